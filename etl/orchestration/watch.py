"""Following what Airflow does until it has nothing left to do."""

import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from etl.errors import HealthbookError
from etl.orchestration.names import ASSET_SCHEDULED
from etl.orchestration.processes import wait_until
from etl.orchestration.session import Session

PAUSE_SECONDS = 1.0
TELL_SECONDS = 5.0
"""Each look costs the api-server a tenth of a second, which tasks wait for too."""
QUIET_POLLS = 2
"""A run ends before the scheduler makes the next one that its asset starts: one quiet look is not enough."""


def say(words: str) -> None:
    """Progress for people goes to stderr; stdout is for results."""
    print(words, file=sys.stderr, flush=True)  # noqa: T201 - this is the command line's voice


@dataclass
class Watch:
    """Progress since the watch began: tasks done and failed, told whenever the numbers change."""

    session: Session
    limit_seconds: float
    began_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    began: float = field(default_factory=time.monotonic)
    looked: float = 0.0
    told: int = 0

    def run_dag(self, dag_id: str) -> str:
        """Trigger a DAG and wait until that run ends; gives its state."""
        client = self.session.client
        run_id = client.trigger(dag_id)
        say(f"{time.monotonic() - self.began:6.1f} s  {dag_id}")

        def has_ended() -> bool:
            self._look()
            return client.read_state(dag_id, run_id) in ("success", "failed")

        wait_until(has_ended, self.limit_seconds, dag_id, PAUSE_SECONDS)
        return client.read_state(dag_id, run_id)

    def await_quiet(self) -> None:
        """Wait until no run is active and no changed asset waits for one."""
        quiet = 0

        def is_quiet() -> bool:
            nonlocal quiet
            self._look()
            quiet = quiet + 1 if self._is_idle() else 0
            return quiet >= QUIET_POLLS

        wait_until(is_quiet, self.limit_seconds, "the end of all runs", PAUSE_SECONDS)

    def list_failed(self) -> list[str]:
        """What failed since the watch began: `dag.task`, and DAGs of failed runs."""
        return self.session.client.list_failed(self.began_at)

    def _is_idle(self) -> bool:
        client = self.session.client
        return not any(client.has_waiting_assets(dag) for dag in ASSET_SCHEDULED) and not client.count_active_runs()

    def _look(self) -> None:
        self.session.airflow.check_alive()
        now = time.monotonic()
        if now - self.looked < TELL_SECONDS:
            return
        self.looked = now
        count = self.session.client.count_tasks(self.began_at, state=["success"])
        if count != self.told:
            self.told = count
            say(f"{now - self.began:6.1f} s  {count} tasks done")


def refuse_failures(watch: Watch) -> None:
    """Raises HealthbookError which names what failed."""
    if failed := watch.list_failed():
        logs = watch.session.installation.home / "logs"
        raise HealthbookError(f"DAGs: {', '.join(failed)} failed; expected success. Read the tasks' logs in {logs}.")
