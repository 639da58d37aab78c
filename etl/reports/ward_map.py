"""Where each ward's mark stands on the map: by latitude and longitude, the dense inner city drawn wider, marks moved apart."""

from functools import lru_cache

import numpy as np

from etl.contracts import reference

WIDTH, HEIGHT, MARGIN = 1160, 1160, 44
MARK_WIDTH, MARK_HEIGHT = 80, 50
"""The room of a mark with its name below it."""
CENTRE = (21.0285, 105.8542)
"""Hoàn Kiếm lake."""
ROUNDS = 3000


@lru_cache
def mark_places() -> dict[str, tuple[int, int]]:
    """Ward -> the middle of its mark, in units of the drawing; no two marks overlap.

    Distances from the centre are drawn by their square root, which keeps every direction; then marks that overlap are moved
    apart, each pair along the way that is shorter, until none does.
    """
    wards = reference.ward_positions()
    north = np.asarray(wards["latitude"]) - CENTRE[0]
    east = (np.asarray(wards["longitude"]) - CENTRE[1]) * np.cos(np.radians(CENTRE[0]))
    far = np.hypot(north, east)
    x, y = east / np.sqrt(far + 1e-9), -north / np.sqrt(far + 1e-9)
    x = MARGIN + (x - x.min()) / np.ptp(x) * (WIDTH - 2 * MARGIN)
    y = MARGIN + (y - y.min()) / np.ptp(y) * (HEIGHT - 2 * MARGIN)
    _move_apart(x, y)
    return dict(
        zip(
            wards["ward_code"].to_pylist(),
            zip(x.round().astype(int).tolist(), y.round().astype(int).tolist(), strict=True),
            strict=True,
        )
    )


def _move_apart(x: "np.ndarray", y: "np.ndarray") -> None:
    first, second = np.triu_indices(len(x), 1)
    for _ in range(ROUNDS):
        dx, dy = x[second] - x[first], y[second] - y[first]
        over_x, over_y = MARK_WIDTH + 1 - np.abs(dx), MARK_HEIGHT + 1 - np.abs(dy)
        hit = (over_x > 0) & (over_y > 0)
        if not hit.any():
            return
        sideways = hit & (over_x / MARK_WIDTH < over_y / MARK_HEIGHT)
        upright = hit & ~sideways
        for values, other, meant, over in ((x, dx, sideways, over_x), (y, dy, upright, over_y)):
            step = np.where(other >= 0, 0.5, -0.5) * over
            np.add.at(values, second[meant], 0.5 * step[meant])
            np.add.at(values, first[meant], -0.5 * step[meant])
        np.clip(x, MARGIN, WIDTH - MARGIN, out=x)
        np.clip(y, MARGIN, HEIGHT - MARGIN, out=y)
