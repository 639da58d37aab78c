"""The `airflow` command line on our installation: `python -m etl.orchestration.command dags trigger receive_batches`.

It speaks to the metadata database, so that it works beside `make serve` and without it; what it triggers runs once a
scheduler does. The configuration goes over in the environment: nothing secret stands in an argument or is printed.
"""

import os
import sys

from etl.errors import HealthbookError
from etl.orchestration.environment import PROJECT, Installation, airflow_environment
from etl.orchestration.metadata import migrate_metadata
from etl.orchestration.watch import say
from etl.settings import Settings, load_settings
from etl.warehouse.connect import ensure_database
from etl.warehouse.embedded import ensure_running


def prepare_environment(settings: Settings) -> dict[str, str]:
    """The environment for one `airflow` command, its database running and up to date.

    An embedded server that this starts runs on, as after `healthbook`; `make clean` stops it.
    """
    database_url = ensure_database(ensure_running(settings), "airflow")
    installation = Installation(settings.var_dir / "airflow", database_url, settings.airflow_port, settings.host)
    environment = airflow_environment(installation, dict(os.environ))
    migrate_metadata(environment, installation.home)
    return environment


def main() -> None:
    """Become `airflow` with the arguments given; its exit code is ours."""
    try:
        environment = prepare_environment(load_settings())
    except HealthbookError as error:
        say(str(error))
        sys.exit(error.exit_code)
    os.chdir(PROJECT)
    os.execve(sys.executable, [sys.executable, "-m", "airflow", *sys.argv[1:]], environment)  # noqa: S606 - no shell


if __name__ == "__main__":
    main()
