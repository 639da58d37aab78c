"""Airflow's configuration and secrets."""

import stat
from pathlib import Path

from etl.orchestration.environment import Installation, airflow_environment, read_secrets


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    first = read_secrets(tmp_path / "a")
    assert read_secrets(tmp_path / "a") == first
    assert read_secrets(tmp_path / "b").jwt_secret != first.jwt_secret
    assert stat.S_IMODE((tmp_path / "a" / "secrets.json").stat().st_mode) == 0o600


def test_nothing_listens_beyond_this_machine_and_nothing_is_told_outside(tmp_path: Path) -> None:
    made = airflow_environment(Installation(tmp_path, "postgresql+psycopg2://u@127.0.0.1/airflow", 8123), {})
    assert made["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert made["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8123/execution/"
    assert made["AIRFLOW__USAGE_DATA_COLLECTION__ENABLED"] == "False"
    assert made["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"
    assert stat.S_IMODE((tmp_path / "passwords.json").stat().st_mode) == 0o600


def test_settings_of_another_airflow_are_dropped(tmp_path: Path) -> None:
    inherited = {"AIRFLOW__CORE__EXECUTOR": "CeleryExecutor", "AIRFLOW_CONFIG": "/x", "PATH": "/bin"}
    made = airflow_environment(Installation(tmp_path, "postgresql+psycopg2://u@127.0.0.1/airflow", 8123), inherited)
    assert made["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert "AIRFLOW_CONFIG" not in made
    assert made["PATH"] == "/bin"


def test_an_ipv6_loopback_has_brackets(tmp_path: Path) -> None:
    assert Installation(tmp_path, "", 8080, "::1").base_url == "http://[::1]:8080"
