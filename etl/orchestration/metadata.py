"""Airflow's metadata database: made and brought up to date before Airflow starts, in no time when it already is."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import psycopg2
from sqlalchemy.engine import make_url

from etl.errors import DependencyError
from etl.orchestration.environment import PROJECT, write_privately


def migrate_metadata(environment: dict[str, str], home: Path) -> bool:
    """Run `airflow db migrate` unless the database stands where this Airflow left it; gives whether it ran.

    Importing Airflow to compare the revisions takes six seconds; the stamp file remembers what they were.
    """
    stamp = home / "metadata.json"
    url = environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    wanted = {"airflow": version("apache-airflow-core"), "revision": _read_revision(url)}
    if wanted["revision"] and stamp.exists() and json.loads(stamp.read_text(encoding="utf-8")) == wanted:
        return False
    _run_migration(environment, home / "logs" / "metadata.log")
    write_privately(stamp, json.dumps(wanted | {"revision": _read_revision(url)}))
    return True


def _run_migration(environment: dict[str, str], log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with log.open("wb") as out:
        command = [sys.executable, "-m", "airflow", "db", "migrate"]
        done = subprocess.run(command, cwd=PROJECT, env=environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise DependencyError(f"Airflow's metadata: migration ended with {done.returncode}; expected 0. Read {log}.")


def _read_revision(url: str) -> str | None:
    """The revision of the database, none where it is empty."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        connection = psycopg2.connect(address, connect_timeout=10)
    except psycopg2.OperationalError:
        raise DependencyError(
            "Airflow's metadata: its database does not answer; expected PostgreSQL. Start it, or mend the address."
        ) from None
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("select to_regclass('public.alembic_version') is not null")
            if not (row := cursor.fetchone()) or not row[0]:
                return None
            cursor.execute("select version_num from public.alembic_version")
            found = cursor.fetchone()
            return str(found[0]) if found else None
    finally:
        connection.close()
