"""Anchors: the audit's head, kept where whoever owns the database cannot change it: a file, or another database.

A file has one JSON object a line and is only added to; it belongs on a disk that takes additions alone, or with another
account. The other database gets a table of its own; give an account that may insert and select there, and owns nothing.
One place keeps the anchors of one database.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

from psycopg2.extensions import cursor as Cursor

from etl.errors import ConfigError
from etl.warehouse.audit_chain import Head
from etl.warehouse.connect import connect

URL_SCHEMES = ("postgresql://", "postgres://", "postgresql+psycopg2://")
TABLE = """
    create table if not exists public.healthbook_audit_anchor (
        entry_no bigint not null, entry_hash text not null, anchored_at timestamp with time zone not null,
        primary key (entry_no, entry_hash))"""


def read_anchors(place: str) -> list[Head]:
    """Every anchor of a file or database, by number; none where there is nothing yet.

    Raises ConfigError for a line that is no anchor, DependencyError where the database is away.
    """
    anchors = _read_database(place) if is_url(place) else _read_file(Path(place))
    return sorted(anchors, key=lambda anchor: anchor.entry_no)


def write_anchor(place: str, head: Head, anchored_at: datetime) -> None:
    """Add an anchor; it is on the disk once this returns."""
    if is_url(place):
        with connect(place) as connection, connection.cursor() as cursor:
            _make_table(cursor)
            cursor.execute(
                "insert into public.healthbook_audit_anchor values (%s, %s, %s) on conflict do nothing",
                (head.entry_no, head.entry_hash, anchored_at),
            )
        return
    line = json.dumps({**head.__dict__, "anchored_at": anchored_at.isoformat()}) + "\n"
    with _told(), open(place, "ab", opener=partial(os.open, mode=0o640)) as file:
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())


def is_url(place: str) -> bool:
    """Whether a place is a database, and not a file."""
    return place.startswith(URL_SCHEMES)


@contextmanager
def _told() -> Iterator[None]:
    """A path may name anybody, so that it is not told."""
    try:
        yield
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"anchors: the file cannot be read or written ({type(error).__name__}); expected a text file in a folder that "
            "is there. Name another, or mend its rights."
        ) from None


def _make_table(cursor: Cursor) -> None:
    """An account that owns nothing finds the table made, and may not make one."""
    cursor.execute("select to_regclass('public.healthbook_audit_anchor')")
    if cursor.fetchone() == (None,):
        cursor.execute(TABLE)


def _read_database(url: str) -> list[Head]:
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("select to_regclass('public.healthbook_audit_anchor')")
        if cursor.fetchone() == (None,):
            return []
        cursor.execute("select entry_no, entry_hash from public.healthbook_audit_anchor")
        return [Head(*row) for row in cursor.fetchall()]


def _read_file(path: Path) -> list[Head]:
    with _told():
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    anchors = []
    for number, line in enumerate(lines, 1):
        try:
            stated = json.loads(line)
            anchors.append(Head(int(stated["entry_no"]), str(stated["entry_hash"])))
        except (ValueError, KeyError, TypeError):
            raise ConfigError(
                f"anchors line {number}: it cannot be read; expected one anchor as JSON. "
                "Find out who wrote it before anything is anchored again."
            ) from None
    return anchors
