"""How a sender cuts what it has into deliveries: by month, and a small one by several months at once."""

from collections.abc import Callable

import numpy as np

Gather = Callable[[np.ndarray], list[tuple[str, np.ndarray]]]
"""Cuts days (since 1970, any order) into deliveries: the name of each, and the places of its days."""
LEAST_ROWS = 60
"""A sender waits with a delivery until it has this many rows, or nothing more to come."""


def gather_months(day: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """The places of each delivery in `day` (days since 1970, any order), by the last month (`202609`) that it holds."""
    month = day.astype("datetime64[D]").astype("datetime64[M]")
    order = np.argsort(day, kind="stable")
    gathered, waiting = [], np.array([], dtype=np.int64)
    months = np.unique(month)
    for one in months:
        waiting = np.concatenate([waiting, order[month[order] == one]])
        if len(waiting) >= LEAST_ROWS or one == months[-1]:
            gathered.append((str(one).replace("-", ""), waiting))
            waiting = np.array([], dtype=np.int64)
    return gathered
