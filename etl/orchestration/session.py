"""One running installation: database, metadata, Airflow's processes, and a signed-in client."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from etl.errors import ConfigError, HealthbookError
from etl.orchestration.client import AirflowClient
from etl.orchestration.environment import Installation, airflow_environment, read_secrets
from etl.orchestration.metadata import migrate_metadata
from etl.orchestration.names import DAGS, POOLS
from etl.orchestration.processes import Airflow, running, wait_until
from etl.settings import Settings
from etl.warehouse import embedded
from etl.warehouse.connect import ensure_database
from etl.warehouse.embedded import ensure_running

START_SECONDS = 180.0


@dataclass(frozen=True)
class Session:
    """Airflow, healthy, with every DAG parsed and every pool there."""

    installation: Installation
    airflow: Airflow
    client: AirflowClient


def find_free_port(host: str) -> int:
    """A port of the loopback interface that nobody listens on at this moment."""
    return claim_port(host, 0)


def claim_port(host: str, port: int) -> int:
    """The port, if it is free (0: any that is). Raises ConfigError where another program has it."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise ConfigError(
                f"port {port}: another program listens there; expected a free one. Set HEALTHBOOK_AIRFLOW_PORT."
            ) from None
        return int(probe.getsockname()[1])


@contextmanager
def airflow_session(settings: Settings, port: int) -> Iterator[Session]:
    """Database and Airflow for as long as the block lasts; they are being started when it begins: see `await_ready`.

    Raises ConfigError where another session runs in this folder: its database would be stopped under it.
    """
    with _alone(settings.var_dir / "airflow"):
        try:
            database_url = ensure_database(ensure_running(settings), "airflow")
            installation = Installation(settings.var_dir / "airflow", database_url, port, settings.host)
            environment = airflow_environment(installation, dict(os.environ))
            migrate_metadata(environment, installation.home)
            airflow = Airflow(environment, installation.home / "logs" / "components")
            with running(airflow):
                yield Session(installation, airflow, AirflowClient(installation.base_url))
        finally:
            embedded.stop(settings)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(
                "Airflow: it already runs in this folder; expected one at a time. Stop the other `make run` or `serve`."
            ) from None
        yield


def await_ready(session: Session) -> None:
    """Wait until Airflow is healthy, sign in, make the pools, wait until every DAG is parsed.

    Raises DependencyError when a component ends, HealthbookError when a DAG does not parse or time runs out.
    """
    client, airflow = session.client, session.airflow

    def is_healthy() -> bool:
        airflow.check_alive()
        return client.is_healthy()

    def has_dags() -> bool:
        if broken := client.list_import_errors():
            raise HealthbookError(f"DAGs: {', '.join(broken)} cannot be imported; expected no error. Mend the file.")
        return client.list_dags() >= set(DAGS)

    wait_until(is_healthy, START_SECONDS, "Airflow's health")
    client.sign_in(read_secrets(session.installation.home).admin_password)
    client.add_pools(POOLS)
    wait_until(has_dags, START_SECONDS, "Airflow's list of DAGs")
