"""Airflow's whole configuration, as environment variables made in one place; no airflow.cfg is ever edited."""

import json
import os
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path

ADMIN = "admin"
PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Installation:
    """Where one Airflow lives: its home under var/, its metadata database, its port on the loopback interface."""

    home: Path
    database_url: str
    port: int
    host: str = "127.0.0.1"
    task_slots: int = 2
    dags: Path = PROJECT / "dags"

    @property
    def base_url(self) -> str:
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"


@dataclass(frozen=True)
class Secrets:
    """Keys of this installation; made once, kept in one file that only its owner can read."""

    fernet_key: str
    jwt_secret: str
    session_secret: str
    admin_password: str


def read_secrets(home: Path) -> Secrets:
    """The installation's secrets, made at the first call (`secrets.json`, mode 0600)."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = home / "secrets.json"
    if not path.exists():
        fresh = {
            "fernet_key": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "jwt_secret": secrets.token_urlsafe(48),
            "session_secret": secrets.token_urlsafe(48),
            "admin_password": secrets.token_urlsafe(12),
        }
        write_privately(path, json.dumps(fresh))
    return Secrets(**json.loads(path.read_text(encoding="utf-8")))


def write_privately(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)


def airflow_environment(installation: Installation, inherited: dict[str, str]) -> dict[str, str]:
    """The environment for every Airflow process; settings of another Airflow in `inherited` are dropped."""
    keys = read_secrets(installation.home)
    passwords = installation.home / "passwords.json"
    write_privately(passwords, json.dumps({ADMIN: keys.admin_password}))
    kept = {name: value for name, value in inherited.items() if not name.startswith("AIRFLOW")}
    groups = (_core(installation, keys, passwords), _server(installation, keys), _pace(), _logs(installation))
    return kept | {name: value for group in groups for name, value in group.items()}


def _core(installation: Installation, keys: Secrets, passwords: Path) -> dict[str, str]:
    bundle = [{
        "name": "dags",
        "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
        "kwargs": {"path": str(installation.dags), "refresh_interval": 300},
    }]  # fmt: skip
    return {
        "AIRFLOW_HOME": str(installation.home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(installation.dags),
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundle),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(installation.task_slots),
        "AIRFLOW__CORE__MP_START_METHOD": "fork",  # tasks inherit what the scheduler imported: see component.py
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",  # no name server is asked
        "AIRFLOW__CORE__FERNET_KEY": keys.fernet_key,
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{ADMIN}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(installation.home / "plugins"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": installation.database_url,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": "",  # or it looks for a driver that we do not ship
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "GX_ANALYTICS_ENABLED": "false",
        "PYTHONPATH": str(PROJECT),
        "PYTHONUNBUFFERED": "1",
    }


def _server(installation: Installation, keys: Secrets) -> dict[str, str]:
    return {
        "AIRFLOW__API__HOST": installation.host,
        "AIRFLOW__API__PORT": str(installation.port),
        "AIRFLOW__API__BASE_URL": installation.base_url,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": keys.session_secret,
        "AIRFLOW__API_AUTH__JWT_SECRET": keys.jwt_secret,
        "AIRFLOW__API_AUTH__JWT_ISSUER": "healthbook",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{installation.base_url}/execution/",
        "NO_PROXY": f"{installation.host},localhost",
        "no_proxy": f"{installation.host},localhost",
    }


def _pace() -> dict[str, str]:
    """Airflow waits seconds between steps by default, for clusters; on one machine the waits are most of the time."""
    return {
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "30",
        # After a crash a task that was running is tried again this many seconds later, not five minutes.
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
        "AIRFLOW__DAG_PROCESSOR__STALE_DAG_THRESHOLD": "600",
        "AIRFLOW__SCHEDULER__PARSING_CLEANUP_INTERVAL": "600",
    }


def _logs(installation: Installation) -> dict[str, str]:
    logs = installation.home / "logs"
    return {
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(logs),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(logs / "dag_processor"),
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
        "AIRFLOW__LOGGING__UVICORN_LOGGING_LEVEL": "WARNING",
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
    }
