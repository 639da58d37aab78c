"""Keeping: backups, the proof that they restore, and the store against its hashes."""

import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from etl.errors import ConfigError
from etl.settings import Settings
from etl.steps.database import warehouse
from etl.warehouse import marks, retention
from etl.warehouse.audit import record
from etl.warehouse.backup import NO_ARCHIVE, Backups
from etl.warehouse.connect import connect
from etl.warehouse.drill import restored
from etl.warehouse.embedded import ensure_running
from etl.warehouse.store import Store
from etl.warehouse.store_check import check_store, describe_store, differs_from


def backup(settings: Settings, out: Path | None = None) -> dict[str, Any]:
    """Copy the database's files while it runs, verify the copy, and mark the moment after it, with what the store holds.

    The mark has a digest of every table, which a restore to it must give again; without an archive there is none.
    """
    backups, url = Backups(settings, out), ensure_running(settings)
    with backups.locked():
        _check_archiving(settings, url)
        name, began = marks.new_name(), time.monotonic()
        backups.make(url, name)
        seconds = {"backup": round(time.monotonic() - began, 2)}
        mark = _mark(settings, backups, url, marks.new_name(), name, seconds)
    with connect(url) as connection:
        record(connection, "engine", "backup.made", f"backup {name}", {"mark": mark.name})
    return {
        "backup": name,
        "folder": str(backups.base / name),
        "bytes": backups.size(name),
        "is_archiving": mark.lsn is not None,
        "mark": mark.name,
        "tables": len(mark.digests),
        "rows": sum(one.rows for one in mark.digests.values()),
        "seconds": mark.seconds,
    }


def restore_drill(settings: Settings, to: str | None = None, folder: Path | None = None) -> dict[str, Any]:
    """Restore a backup into a server of its own, to a mark (else to one set now), and compare every table's digest.

    `is_equal` tells whether all that the mark says of tables, and of the store, holds.
    """
    backups, url = Backups(settings, folder), ensure_running(settings)
    with backups.locked():
        _check_archiving(settings, url, must=True)
        if to is None:
            moment = marks.new_name()
            mark = _mark(settings, backups, url, moment, backups.newest_before(moment), {})
        else:
            mark = backups.find_mark(to)
        if mark.lsn is None:
            raise ConfigError(NO_ARCHIVE)
        base = backups.newest_before(mark.name)
        began = time.monotonic()
        backups.verify(base)
        seconds = {**mark.seconds, "verify": round(time.monotonic() - began, 2)}
        with restored(settings, backups, url, base, mark.name) as server:
            began = time.monotonic()
            with connect(server.url) as connection:
                found = marks.digest_tables(connection)
            seconds |= {**server.seconds, "check": round(time.monotonic() - began, 2)}
    different = sorted(name for name in {*mark.digests, *found} if mark.digests.get(name) != found.get(name))
    with connect(url) as connection:
        lost = differs_from(Store(settings), mark.store, retention.read_removed(connection))
        detail: dict[str, int | str] = {"tables": len(found), "different": len(different), "store": len(lost)}
        record(connection, "engine", "backup.drilled", f"backup {base}", {**detail, "mark": mark.name})
    return {
        "backup": base,
        "mark": mark.name,
        "at": mark.at,
        "tables": len(found),
        "rows": sum(one.rows for one in found.values()),
        "is_equal": not different and not lost,
        "different": different,
        "store_different": lost,
        "seconds": seconds,
    }


def verify_store(settings: Settings) -> dict[str, Any]:
    """Read everything in the store against its hash, and hold it against what the database says must be there."""
    with warehouse(settings) as connection:
        expected = retention.read_expected(connection)
        known = expected | retention.read_removed(connection)
    found = check_store(Store(settings), expected, known)
    return {"is_sound": found.is_sound, **asdict(found)}


def _check_archiving(settings: Settings, url: str, must: bool = False) -> None:
    """Refuse where the settings name an archive that the server does not fill, and where there `must` be one."""
    with connect(url) as connection:
        is_archiving = marks.is_archiving(connection)
    if is_archiving != (settings.wal_archive_dir is not None) or (must and not is_archiving):
        raise ConfigError(NO_ARCHIVE)


def _mark(
    settings: Settings, backups: Backups, url: str, name: str, base: str, seconds: dict[str, float]
) -> marks.Mark:
    """Mark this moment and keep the mark, once the archive holds the log up to it."""
    began, digests = time.monotonic(), dict[str, marks.TableDigest]()
    with connect(url) as connection:
        if settings.wal_archive_dir is None:
            at, lsn = datetime.now(UTC).isoformat(), None
        else:
            at, lsn, digests = marks.set_mark(connection, name)
        held = describe_store(Store(settings))  # while nobody writes: the files of one moment with the tables of it
        seconds = {**seconds, "digest": round(time.monotonic() - began, 2)}
        if lsn is not None:
            marks.await_archived(connection, lsn)
    mark = marks.Mark(name, at, lsn, base, digests, held, seconds)
    mark.write(backups.marks / f"{name}.json")
    return mark
