"""What every DAG agrees on: assets, which errors are retried, what may stand in an XCom.

Task SDK imports only; nothing here reads a file or a setting, so that parsing a DAG stays cheap.
"""

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, CronTriggerTimetable, ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.exceptions import AirflowSkipException

from etl.errors import HealthbookError, describe_fault

BATCH_ACCEPTED = Asset("batch_accepted")
REGISTER = Asset("register")
HEALTH_BOOKS = Asset("health_books")


def at(cron: str) -> CronTriggerTimetable:
    """A schedule by cron, Hanoi's time, that waits for its first moment instead of running one that has passed."""
    return CronTriggerTimetable(cron, timezone="Asia/Ho_Chi_Minh", run_immediately=timedelta(0))


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


@contextmanager
def stated(step: str) -> Iterator[None]:
    """Let our own errors through, whose texts are safe to log; of any other keep its type and its places in the code.

    Airflow logs and shows whatever a task raises, and a foreign message can hold a person's data.
    """
    try:
        yield
    except HealthbookError:
        raise
    except Exception as error:
        raise HealthbookError(describe_fault(step, error)) from None


TEXTS_ALLOWED = ("state", "kind")


def figures(receipt: Any) -> dict[str, int | float | str]:
    """What of a step's receipt (a dataclass) may go into an XCom: numbers, and its state and kind."""
    return {
        name: value
        for name, value in ((field.name, getattr(receipt, field.name)) for field in dataclasses.fields(receipt))
        if isinstance(value, int | float) or (isinstance(value, str) and name in TEXTS_ALLOWED)
    }


def announced(receipts: Sequence[dict[str, Any]]) -> dict[str, int]:
    """How many files came to which state; skips the task, whose asset then does not change, where none was accepted."""
    counts = dict(Counter(str(receipt["state"]) for receipt in receipts[:]))  # [:] fetches all at once, not one by one
    if "accepted" not in counts:
        raise AirflowSkipException(f"No file was accepted, so there is nothing new to build: {counts}")
    return counts
