"""Moments that can be restored and proved: a named point in the log of changes, with a digest of every table at it."""

import json
import os
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from psycopg2 import errors, sql
from psycopg2.extensions import connection as Connection

from etl.errors import DependencyError, HealthbookError

QUIET_SECONDS = 600
"""How long to wait for a moment in which nobody writes, and for the archive to take the log in."""
TABLES = """
    select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence = 'p' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    order by 1, 2"""
DIGEST = """
    select count(*), md5(concat_ws(' ', count(*),
        sum(('x' || left(h, 16))::bit(64)::bigint), sum(('x' || right(h, 16))::bit(64)::bigint)))
    from (select md5(t::text) as h from {} t) r"""
"""Rows and 32 hex digits over all that a table holds, in whatever order: sums of two halves of each row's digest."""


@dataclass(frozen=True)
class TableDigest:
    """What one table held."""

    rows: int
    digest: str


@dataclass(frozen=True)
class Mark:
    """One moment: its name and position in the log, the tables' digests, what the store held, the backup below it.

    `digests` and `lsn` are empty where the server archives nothing, so that no moment after a backup can be restored.
    """

    name: str
    at: str
    lsn: str | None
    backup: str
    digests: dict[str, TableDigest]
    store: dict[str, Any]
    seconds: dict[str, float]

    @classmethod
    def read(cls, path: Path) -> Self:
        """The mark of a file that `write` made; HealthbookError where it is damaged."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            digests = {name: TableDigest(**one) for name, one in content.pop("digests").items()}
            return cls(**content, digests=digests)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise HealthbookError(
                f"backup: {path} cannot be read; expected the mark that a backup wrote. Name another moment."
            ) from None

    def write(self, path: Path) -> None:
        """Keep it: under a temporary name, synced, renamed."""
        draft = path.with_name(f".draft-{path.name}")
        with draft.open("w", encoding="utf-8") as file:
            json.dump(asdict(self), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)


def new_name() -> str:
    """A name after the clock, so that names sort as their moments do."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"


def is_archiving(connection: Connection) -> bool:
    """Whether the server keeps its log of changes for restores."""
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('archive_mode') <> 'off'")
        return bool((cursor.fetchone() or (False,))[0])


def digest_tables(connection: Connection) -> dict[str, TableDigest]:
    """Every table of the database, read through once each. Fails where a row would be hidden from us."""
    digests = {}
    with connection.cursor() as cursor:
        # Rather an error than the digest of the rows that a policy lets this account see.
        cursor.execute("set local row_security = off")
        for schema, name in _tables(connection):
            cursor.execute(sql.SQL(DIGEST).format(sql.Identifier(schema, name)))
            rows, digest = cursor.fetchone() or (0, "")
            digests[f"{schema}.{name}"] = TableDigest(rows, digest)
    return digests


def set_mark(connection: Connection, name: str) -> tuple[str, str, dict[str, TableDigest]]:
    """Name this moment in the log; gives its time, position and digests. All of them tell of exactly one state.

    Writers wait for as long as the digests take, readers do not. Waits in turn until nobody writes, without holding up
    those who come meanwhile.
    """
    _lock_tables(connection)
    digests = digest_tables(connection)
    with connection.cursor() as cursor:
        cursor.execute("select pg_create_restore_point(%s)::text, clock_timestamp()::text", (name,))
        lsn, at = cursor.fetchone() or ("", "")
    return at, lsn, digests


def await_archived(connection: Connection, lsn: str) -> None:
    """Close the log's file that holds a position, and wait until it is archived."""
    connection.commit()
    with connection.cursor() as cursor:
        cursor.execute("select pg_walfile_name(%s::pg_lsn), pg_switch_wal()", (lsn,))
        (file, _) = cursor.fetchone() or ("", None)
        ends_at = time.monotonic() + QUIET_SECONDS
        while time.monotonic() < ends_at:
            connection.commit()  # the figures of a transaction stand still
            cursor.execute("select last_archived_wal >= %s from pg_stat_archiver", (file,))
            if (cursor.fetchone() or (False,))[0]:
                return
            time.sleep(0.1)
    raise DependencyError(
        f"backup: the log's file {file} was not archived within {QUIET_SECONDS} s; expected the server to archive it. "
        "See its log and pg_stat_archiver: the archive may be full or away."
    )


def _tables(connection: Connection) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        return cursor.fetchall()


def _lock_tables(connection: Connection) -> None:
    """Keep every writer out until the transaction ends. Never waits in a queue: whoever came later would wait too."""
    names = sql.SQL(", ").join(sql.Identifier(*one) for one in _tables(connection))
    statement = sql.SQL("lock table {} in share mode nowait").format(names)
    ends_at = time.monotonic() + QUIET_SECONDS
    with connection.cursor() as cursor:
        cursor.execute("savepoint before")
        while True:
            try:
                cursor.execute(statement)
                return
            except errors.LockNotAvailable:
                cursor.execute("rollback to before")
            if time.monotonic() > ends_at:
                raise DependencyError(
                    f"backup: somebody wrote without a pause for {QUIET_SECONDS} s; expected a moment of rest. "
                    "Run it again when no build runs."
                )
            time.sleep(0.2)
