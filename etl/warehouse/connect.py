"""Connections to PostgreSQL: one transaction each, UTC, and errors that never show the password or a value."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

import psycopg2
from psycopg2 import errors, sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import make_dsn, parse_dsn

from etl.errors import DependencyError, HealthbookError

TRY_AGAIN = ("08", "40", "53", "55P03", "57P")
"""SQLSTATE classes after which the same call may succeed: connection lost, deadlock, no space, lock, shut down."""
APPLICATION = "healthbook"
OPTIONS = "-c timezone=UTC -c datestyle=ISO,YMD -c client_encoding=UTF8"


@contextmanager
def connect(url: str) -> Iterator[Connection]:
    """A connection whose work is one transaction: committed at the end, rolled back where an exception leaves.

    Raises `DependencyError` where the server is not there or goes away meanwhile, `HealthbookError` where it refuses
    a statement: PostgreSQL's own message holds the row that offends, so only state, table and constraint are told.
    """
    connection = open_connection(url)
    try:
        with connection_errors(url, connection), connection:
            yield connection
    finally:
        connection.close()


@contextmanager
def connection_errors(url: str, connection: Connection) -> Iterator[None]:
    """Errors of a connection to `url` as `connect` raises them."""
    try:
        yield
    except psycopg2.Error as error:
        if error.pgcode is None and connection.closed:
            _refuse(url, error)
        _retell(error)


@contextmanager
def connect_alone(url: str, what: str) -> Iterator[Connection]:
    """A connection as of `connect`, which waits until nobody else has one that is alone with `what`.

    Its work before the last transaction may be committed; it stays alone until it is closed.
    """
    with connect(url) as connection:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(hashtext(%s))", (what,))
        connection.commit()
        yield connection


@contextmanager
def connect_if_alone(url: str, what: str) -> Iterator[Connection | None]:
    """The same without waiting: None where somebody else is alone with `what`."""
    with connect(url) as connection:
        with connection.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(hashtext(%s))", (what,))
            (is_alone,) = cursor.fetchone() or (False,)
        connection.commit()
        yield connection if is_alone else None


def ensure_database(url: str, name: str) -> str:
    """Create a database on the server of `url` where it is not there yet; gives its address."""
    connection = open_connection(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("select 1 from pg_database where datname = %s", (name,))
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    except (errors.DuplicateDatabase, errors.UniqueViolation):
        pass  # another caller was quicker
    finally:
        connection.close()
    return url_of_database(url, name)


def url_of_database(url: str, name: str) -> str:
    """The address of another database on the same server."""
    return re.sub(r"^([^:]+://[^/?]*)(/[^?]*)?", rf"\g<1>/{name}", url)


def split_password(url: str) -> tuple[str, str | None]:
    """The server of an address as libpq's programs read it, without a database, and the password apart: what stands on a
    command line everybody on the machine can read."""
    parts = parse_dsn(_dsn(url))
    password = parts.pop("password", None)
    parts.pop("dbname", None)
    return make_dsn(**parts), password


def url_by_socket(url: str, folder: Path) -> str:
    """The address of the same database and user on a server that listens in a folder, where no password is asked."""
    parts = parse_dsn(_dsn(url))
    return f"postgresql://{quote(parts.get('user', ''))}@/{quote(parts.get('dbname', ''))}?host={quote(str(folder), safe='')}"


def is_ready(url: str) -> bool:
    """Whether the server answers; a wrong password is a `DependencyError`, since waiting would not mend it."""
    try:
        open_connection(url).close()
    except DependencyError as error:
        if "password" in str(error):
            raise
        return False
    return True


def open_connection(url: str) -> Connection:
    """A connection that the caller commits and closes; `connect` does both by itself."""
    try:
        return psycopg2.connect(
            _dsn(url), application_name=APPLICATION, options=OPTIONS, connect_timeout=10, keepalives_idle=30
        )
    except psycopg2.Error as error:
        _refuse(url, error)


def _dsn(url: str) -> str:
    """The address as libpq reads it: without SQLAlchemy's name of the driver."""
    return make_dsn(re.sub(r"^postgresql\+psycopg2://", "postgresql://", url))


def _retell(error: psycopg2.Error) -> NoReturn:
    """Turn PostgreSQL's refusal into ours, without the values that it cites."""
    named = (error.diag.schema_name, error.diag.table_name, error.diag.column_name, error.diag.constraint_name)
    where = ".".join(name for name in named if name) or "statement"
    told = f"database {where}: refused with {type(error).__name__} ({error.pgcode or 'no state'})"
    if error.pgcode is not None and error.pgcode.startswith(TRY_AGAIN):
        raise DependencyError(f"{told}; expected a server at rest with space left. Run it again.") from None
    raise HealthbookError(f"{told}; expected data that fits the warehouse. Report it with this line.") from None


def _refuse(url: str, error: psycopg2.Error) -> NoReturn:
    """Turn a connection error into ours: it names host, port and database, never user or password."""
    try:
        parts = parse_dsn(_dsn(url))
    except psycopg2.Error:
        parts = {}
    where = f"{parts.get('host', 'local socket')}:{parts.get('port', '5432')}/{parts.get('dbname', '')}"
    wrong = "the password or user is wrong" if "password authentication" in str(error) else "the server does not answer"
    if isinstance(error, errors.InvalidCatalogName) or "does not exist" in str(error):
        wrong = "the database does not exist"
    if any(word in str(error) for word in ("certificate", "does not support SSL", "SSL error")):
        wrong = "it offers no encryption, or shows no certificate that can be trusted (sslmode, sslrootcert)"
    raise DependencyError(
        f"database {where}: {wrong}; expected a PostgreSQL server that accepts HEALTHBOOK_DATABASE_URL. "
        "Start it or correct the address, then run the same command again."
    ) from None
