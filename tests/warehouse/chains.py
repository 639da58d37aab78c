"""Writes a chain of audit entries, tampers with it as a superuser, and verifies it."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg2.extensions import connection as Connection

from etl.warehouse.audit import record
from etl.warehouse.audit_chain import Head, Verified, verify
from etl.warehouse.connect import connect

ENTRIES = 12
ODD = ("Đỗ Thị Mẫu 'x' \\ \"y\"", "", " ", "12:ab,", "\n\t", "😀", "-,")
OFF = "set session_replication_role = replica; alter table audit.event disable trigger all; alter table audit.chain disable trigger all"
ON = "alter table audit.event enable always trigger chained, enable always trigger append_only; alter table audit.chain enable always trigger append_only"
MORE = "insert into audit.event values (777, now(), 'nobody', 'false', 'person 1', null);"
"""An event that nobody wrote."""


def write(url: str, count: int, actor: str = "thu") -> None:
    for number in range(count):
        with connect(url) as connection:
            record(connection, actor, "tested", f"person {number}", {"odd": ODD[number % len(ODD)], "number": number})


def check(url: str, known: list[Head] | None = None, first_no: int = 1) -> Verified:
    with connect(url) as connection:
        return verify(connection, known or [], first_no)


def kinds(found: Verified) -> set[str]:
    return {one.kind for one in found.breaks}


@contextmanager
def tampering(url: str) -> Iterator[Connection]:
    """A superuser with every trigger off, who puts them back as they were."""
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(OFF)
        yield connection
        cursor.execute(ON)


def run(connection: Connection, statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
