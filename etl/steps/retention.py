"""Retention: what is older than its time and needed by nobody is shown, and removed when somebody says so."""

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from etl.contracts.retention import KINDS, Kind, read_policy
from etl.settings import Settings
from etl.steps.database import warehouse
from etl.warehouse import links, retention
from etl.warehouse.backup import Backups
from etl.warehouse.store import Store

BACKUP = "backup"


def retain(settings: Settings, actor: str | None = None) -> list[dict[str, Any]]:
    """Kind by kind: its days and the least allowed, what is due, and how old that is; with an `actor` it is removed, audited.

    Each kind is one transaction. Run again, it finds nothing more. ConfigError where a setting is below what is allowed.
    """
    policy = read_policy(settings.retention_days)
    return [_retain(settings, kind, policy[kind.name], actor) for kind in KINDS]


def _retain(settings: Settings, kind: Kind, days: int | None, actor: str | None) -> dict[str, Any]:
    due, removed = retention.Due(0, 0, None, None), 0
    if days is not None:
        before = settings.day - timedelta(days=days)
        keep = _keep_backups if kind.name == BACKUP else _keep_rows if kind.table else _keep_files
        due, removed = keep(settings, kind, before, days, actor)
    told = {name: getattr(kind, name) for name in ("name", "vi", "en", "table", "floor_days", "reason")}
    return {**told, "days": days, **asdict(due), "removed": removed}


def _keep_rows(settings: Settings, kind: Kind, before: date, days: int, actor: str | None) -> tuple[retention.Due, int]:
    with warehouse(settings) as connection:
        links.lock_build(connection)
        due = retention.count_rows(connection, kind, before)
        if actor is None or due.count == 0:
            return due, 0
        removed = retention.remove_rows(connection, kind, before, actor)
        if removed:
            retention.note_removal(connection, actor, kind, days, removed)
    return due, removed


def _keep_files(
    settings: Settings, kind: Kind, before: date, days: int, actor: str | None
) -> tuple[retention.Due, int]:
    """The fact is committed, then the files go: one that is cut off in between removes the rest when it is run again."""
    store = Store(settings)
    with warehouse(settings) as connection:
        links.lock_build(connection)
        files = retention.find_files(connection, store, kind, before)
        due = retention.summarise(files)
        if actor is None or not files:
            return due, 0
        retention.note_files(connection, files, actor)
        retention.note_removal(connection, actor, kind, days, due.count)
    paths = {file.path for file in files}
    for path in sorted(path for path in paths if not retention.is_fresh(path)):
        store.remove(path.relative_to(store.root).as_posix())
    return due, len(paths)


def _keep_backups(
    settings: Settings, kind: Kind, before: date, days: int, actor: str | None
) -> tuple[retention.Due, int]:
    """All backups but the newest, which stays however old it is; then what the archive holds of before the oldest left."""
    backups = Backups(settings)
    if not backups.base.is_dir():
        return retention.Due(0, 0, None, None), 0
    with backups.locked():
        names = [name for name in backups.names()[:-1] if name < f"{before:%Y%m%dT}"]
        ages = [datetime.strptime(name, "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC) for name in names]
        due = retention.Due(len(names), sum(map(backups.size, names)), min(ages, default=None), max(ages, default=None))
        if actor is None or not names:
            return due, 0
        with warehouse(settings) as connection:
            retention.note_removal(connection, actor, kind, days, len(names))
        backups.remove(names)
    return due, len(names)
