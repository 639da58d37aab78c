"""`make run`: the invented city through every DAG on a real scheduler and a real PostgreSQL, then all stopped again."""

import sys
import time
from pathlib import Path

from etl.errors import ConfigError, HealthbookError
from etl.orchestration.delivery import BATCH_KINDS, REGISTER_KIND, deliver_city
from etl.orchestration.environment import PROJECT
from etl.orchestration.names import LOAD_REGISTER, RECEIVE_BATCHES
from etl.orchestration.session import airflow_session, await_ready, find_free_port
from etl.orchestration.summary import print_summary
from etl.orchestration.watch import Watch, refuse_failures, say
from etl.settings import Settings, load_settings

CITY = PROJECT / "data_samples"
LIMIT_SECONDS = 1800.0


def run_city(settings: Settings, city: Path) -> None:
    """Deliver the city's files, let the DAGs do their work, print the summary.

    Raises HealthbookError when a task failed; ConfigError outside a demonstration, since invented people would
    stand among real ones.
    """
    if not settings.demo:
        raise ConfigError(
            "make run: HEALTHBOOK_DEMO is false; expected true, for it loads invented people. Use `make serve`."
        )
    began = time.monotonic()
    with airflow_session(settings, find_free_port(settings.host)) as session:
        from etl import steps  # imported while Airflow starts: it takes seconds

        say(steps.prepare(settings))
        await_ready(session)
        say(f"{time.monotonic() - began:6.1f} s  Airflow is up on {session.installation.base_url}")
        watch = Watch(session, LIMIT_SECONDS)
        # Nobody minds the order, since books do not depend on it; but so each record is linked once.
        for kinds, dag_id in (((REGISTER_KIND,), LOAD_REGISTER), (BATCH_KINDS, RECEIVE_BATCHES)):
            delivered = deliver_city(city, settings.inbox_dir, kinds)
            say("Delivered: " + ", ".join(f"{count} {kind}" for kind, count in delivered.items()))
            watch.run_dag(dag_id)
        watch.await_quiet()
        refuse_failures(watch)
        print_summary(steps.summary(settings), settings.reports_dir / "index.html")
    say(f"{time.monotonic() - began:6.1f} s  Done, and everything is stopped")


def main() -> None:
    """Run; errors become a sentence and an exit code."""
    try:
        run_city(load_settings(), CITY)
    except HealthbookError as error:
        say(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        say("Stopped.")
        sys.exit(130)


if __name__ == "__main__":
    main()
