"""What retention may remove, found by one SELECT a kind (`sql/retention/<kind>.sql`), and its removal.

Each SELECT gives what is older than `before` and needed by nobody: the key of rows of a table, or `kind, subject_id, path` of
files in the store; and `at`, from when on its age counts.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from psycopg2.extensions import connection as Connection
from psycopg2.extras import execute_values

from etl.contracts import WAREHOUSE_TABLES
from etl.contracts.retention import Kind
from etl.settings import PROJECT_DIR
from etl.warehouse.audit import record
from etl.warehouse.store import Store

QUERIES = PROJECT_DIR / "sql" / "retention"
FRESH_SECONDS = 24 * 3600
APPEND_ONLY = "audit.event"
"""Shown, and never removed: a chain without its beginning proves nothing."""
TABLES = {table.qualified_name: table for table in WAREHOUSE_TABLES}


@dataclass(frozen=True)
class Due:
    """What of one kind is due: how much (rows or files), bytes of files, and the age of the oldest and the newest."""

    count: int
    bytes: int
    oldest: datetime | None
    newest: datetime | None


@dataclass(frozen=True)
class DueFile:
    """A file or folder of the store that may go, as the fact that will stay of it."""

    kind: str
    subject_id: int
    path: Path
    bytes: int
    at: datetime


def count_rows(connection: Connection, kind: Kind, before: date) -> Due:
    """How many rows of the kind's table are due."""
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*), 0, min(at), max(at) from ({_query(kind.name)}) q", {"before": before})
        return Due(*(cursor.fetchone() or (0, 0, None, None)))


def remove_rows(connection: Connection, kind: Kind, before: date, actor: str) -> int:
    """Remove the rows that are due; what the control equation counts of them stays. Gives their number."""
    assert kind.table is not None
    if kind.table == APPEND_ONLY:
        return 0
    keys = TABLES[kind.table].key
    is_same = " and ".join(f"t.{key} = due.{key}" for key in keys)
    with connection.cursor() as cursor:
        if kind.table == "intake.held_row":
            cursor.execute(
                f"insert into intake.removal (kind, subject_id, amount, actor, removed_at)"
                f" select t.outcome, t.batch_id, count(*), %(actor)s, now() from intake.held_row t"
                f" join ({_query(kind.name)}) due on {is_same} group by 1, 2"
                " on conflict (kind, subject_id) do update set amount = removal.amount + excluded.amount",
                {"before": before, "actor": actor},
            )
        cursor.execute(
            f"delete from {kind.table} t using ({_query(kind.name)}) due where {is_same}", {"before": before}
        )
        return int(cursor.rowcount)


def find_files(connection: Connection, store: Store, kind: Kind, before: date) -> list[DueFile]:
    """The files and folders of the kind that are due and there. One that came again within a day stays: somebody uses it."""
    with connection.cursor() as cursor:
        cursor.execute(_query(kind.name), {"before": before})
        due = cursor.fetchall()
    return [
        DueFile(removal, subject_id, path, _size(path), at)
        for removal, subject_id, pattern, at in due
        for path in sorted(store.root.glob(pattern))
        if not is_fresh(path)
    ]


def is_fresh(path: Path) -> bool:
    """Whether it was written within a day, as a file is that was sent again."""
    return path.stat().st_mtime > time.time() - FRESH_SECONDS


def note_files(connection: Connection, files: Iterable[DueFile], actor: str) -> None:
    """Keep the fact that files are removed; they go once it is committed, so that none is ever missing without a reason."""
    sizes: dict[tuple[str, int], int] = {}
    for file in files:
        sizes[file.kind, file.subject_id] = sizes.get((file.kind, file.subject_id), 0) + file.bytes
    with connection.cursor() as cursor:
        execute_values(
            cursor,
            "insert into intake.removal (kind, subject_id, amount, actor, removed_at) values %s on conflict do nothing",
            [(*key, size, actor) for key, size in sizes.items()],
            "(%s, %s, %s, %s, now())",
        )


def summarise(files: Iterable[DueFile]) -> Due:
    """How many files are due; one that two batches name counts once."""
    named = {file.path: file for file in files}.values()
    ages = [file.at for file in named]
    return Due(len(ages), sum(file.bytes for file in named), min(ages, default=None), max(ages, default=None))


def note_removal(connection: Connection, actor: str, kind: Kind, days: int, count: int) -> None:
    """The audit's entry of what was removed of a kind."""
    record(connection, actor, "retention.removed", f"kind {kind.name}", {"count": count, "days": days})


def read_expected(connection: Connection) -> set[str]:
    """The paths that the store must hold."""
    return _paths(connection, "expected")


def read_removed(connection: Connection) -> set[str]:
    """The paths of the store that retention removed."""
    return _paths(connection, "removed")


def _paths(connection: Connection, name: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_query(name))
        return {path for (path,) in cursor.fetchall()}


def _query(name: str) -> str:
    return (QUERIES / f"{name}.sql").read_text(encoding="utf-8")


def _size(path: Path) -> int:
    files: Iterable[Path] = [path] if path.is_file() else (one for one in path.rglob("*") if one.is_file())
    return sum(one.stat().st_size for one in files)
