"""One transaction a connection, and errors that keep secrets."""

import psycopg2
import pytest

from etl.errors import DependencyError, HealthbookError
from etl.warehouse.audit import record
from etl.warehouse.connect import connect, ensure_database, url_of_database


def count_events(url: str) -> int:
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from audit.event")
        return cursor.fetchone()[0]


def test_work_is_committed_at_the_end(database_url: str) -> None:
    with connect(database_url) as connection:
        record(connection, "engine", "tested", "batch 1", {"rows": 3, "state": "accepted"})
        assert count_events(database_url) == 0
    assert count_events(database_url) == 1


def test_work_is_rolled_back_on_an_exception(database_url: str) -> None:
    def fail() -> None:
        with connect(database_url) as connection:
            record(connection, "engine", "tested", "batch 1", {})
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    assert count_events(database_url) == 0


def test_sessions_are_utc_and_named(server_url: str) -> None:
    with connect(server_url) as connection, connection.cursor() as cursor:
        cursor.execute("select current_setting('timezone'), current_setting('application_name')")
        assert cursor.fetchone() == ("UTC", "healthbook")


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("postgresql+psycopg2://u:s3cret@127.0.0.1:1/x", "does not answer"),
        ("postgresql+psycopg2://u:s3cret@[broken/x", "does not answer"),
    ],
)
def test_an_absent_server_is_told_without_the_password(url: str, wrong: str) -> None:
    with pytest.raises(DependencyError, match=wrong) as caught, connect(url):
        pass
    assert "s3cret" not in str(caught.value)


def test_a_wrong_password_and_database_are_told(server_url: str) -> None:
    mistyped = server_url.replace("://healthbook:", "://healthbook:x")
    with pytest.raises(DependencyError, match="password or user is wrong"), connect(mistyped):
        pass
    nowhere = url_of_database(server_url, "nowhere")
    with pytest.raises(DependencyError, match="database does not exist"), connect(nowhere):
        pass


def test_a_connection_lost_meanwhile_is_a_dependency_error(database_url: str) -> None:
    def lose() -> None:
        with connect(database_url) as connection, connection.cursor() as cursor:
            with connect(database_url) as other, other.cursor() as killer:
                killer.execute("select pg_terminate_backend(%s)", (connection.get_backend_pid(),))
            cursor.execute("select 1")

    with pytest.raises(DependencyError):
        lose()


def test_a_refused_statement_is_told_without_values(database_url: str) -> None:
    with pytest.raises(HealthbookError, match="InvalidText") as caught, connect(database_url) as connection:
        connection.cursor().execute("select 'Nguyễn Văn A'::int")
    assert "Nguyễn" not in str(caught.value)
    assert not isinstance(caught.value, psycopg2.Error)


def test_a_database_is_made_once(server_url: str) -> None:
    url = ensure_database(server_url, "airflow")
    assert url == ensure_database(server_url, "airflow")
    assert url.endswith("/airflow")
    other = url_of_database("postgresql+psycopg2://u:p@h:1/x?sslmode=require", "y")
    assert other == "postgresql+psycopg2://u:p@h:1/y?sslmode=require"
