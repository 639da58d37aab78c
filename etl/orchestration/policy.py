"""What every DAG agrees on: assets, pools, which errors are retried, what may stand in an XCom.

Task SDK imports only; nothing here reads a file or a setting, so that parsing a DAG stays cheap.
"""

import dataclasses
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import Asset, ExceptionRetryPolicy, RetryAction, RetryRule

from etl.errors import HealthbookError

BATCH_ACCEPTED = Asset("batch_accepted")
REGISTER = Asset("register")
HEALTH_BOOKS = Asset("health_books")

INTAKE, BUILD, REPORTS = "intake", "build", "reports"
POOLS = {
    INTAKE: (2, "Files being read, standardised and checked at the same time: one a core"),
    BUILD: (1, "Linking, merging, publishing, scoring: one at a time, they share the books"),
    REPORTS: (1, "Rendering of reports"),
}
"""Slots and purpose of each pool."""

START = datetime(2025, 7, 1, tzinfo=UTC)
"""The day from which the 126 wards are in force; with catchup off it never makes a run of its own."""

RETRIES = ExceptionRetryPolicy(
    rules=[RetryRule("etl.errors.DependencyError", RetryAction.RETRY, reason="A database or store was away")],
    default=RetryAction.FAIL,
)
"""A lost connection is worth another try. Refused data, a wrong setting or our own fault is not: it fails at once."""

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "data-engineering",
    "retries": 4,
    "retry_delay": timedelta(seconds=10),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=5),
    "retry_policy": RETRIES,
    "execution_timeout": timedelta(hours=6),
}


class OwnFault(HealthbookError):
    """A step broke in a way that nobody foresaw; says where, without the foreign message, which may hold a value."""


@contextmanager
def stated(step: str) -> Iterator[None]:
    """Let our own errors through, whose texts are safe to log; of any other keep its type and its places in the code.

    A foreign message ("invalid input syntax for type date: …") can hold a person's data, and Airflow logs and shows
    whatever a task raises.
    """
    try:
        yield
    except HealthbookError:
        raise
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)[1:][-6:]
        places = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
        kind = f"{type(error).__module__}.{type(error).__qualname__}"
        raise OwnFault(f"{step}: {kind} at {places or 'its first line'}; expected no such error. Report it.") from None


TEXTS_ALLOWED = ("state", "kind")


def figures(receipt: Any) -> dict[str, int | float | str]:
    """What of a step's receipt (a dataclass) may go into an XCom: numbers, and its state and kind."""
    return {
        name: value
        for name, value in ((field.name, getattr(receipt, field.name)) for field in dataclasses.fields(receipt))
        if isinstance(value, int | float) or (isinstance(value, str) and name in TEXTS_ALLOWED)
    }
