"""The population register: snapshots and deltas become its versions, which linkage looks people up in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import file_digest
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from psycopg2.extensions import connection as Connection

from etl import sources
from etl.contracts import REGISTER_PERSON
from etl.contracts.reading import Recognition
from etl.errors import DataError
from etl.settings import Settings
from etl.steps.database import warehouse
from etl.steps.inbox import REGISTER_SENDER, inbox_files
from etl.warehouse import batches, register, register_order
from etl.warehouse.store import Store


@dataclass(frozen=True)
class RegisterReceipt:
    """What became of a register file."""

    register_version: int
    kind: str
    rows_in: int
    state: str


def waiting_register_files(settings: Settings) -> list[str]:
    """Register files in the inbox: the hashes of their bytes in the store, in the order of the days that they describe.

    A file stays in the inbox until `load_register` has made it a version. One that does not say its day comes last: it
    will be refused, and shall not hold up the others.
    """
    store, limits = Store(settings), sources.Limits.from_settings(settings)
    found = []
    for path in _register_inbox(settings):
        try:
            day, kind = sources.register.describe(path, limits)
        except DataError:
            day, kind = date.max, ""
        found.append((day, kind != sources.register.SNAPSHOT, store.put_raw(path)[0]))
    return [sha256 for *_, sha256 in sorted(found)]


def _register_inbox(settings: Settings) -> list[Path]:
    return [path for path in inbox_files(settings) if path.parent.name == REGISTER_SENDER]


def load_register(settings: Settings, file: str | Path, confirmed_by: str | None = None) -> RegisterReceipt:
    """Fold a register file (a path, or the hash of one in the store) into the register, as its next version.

    Files may come in any order: of each person the newest statement stands. Loaded again, a file is the version that it
    was. Raises `DataError` where the file is no register, and where it is a snapshot that would remove more people than
    the settings allow, unless `confirmed_by` is the account of somebody who answers for it.
    """
    store = Store(settings)
    sha256 = store.put_raw(Path(file))[0] if Path(file).is_file() else str(file)
    with warehouse(settings) as connection:
        register.lock_register(connection)
        version, rows_in = register.find_version(connection, sha256), 0
        is_known = version is not None
        if version is None:
            version, rows_in = _load(settings, connection, store, sha256, confirmed_by)
    for path in _register_inbox(settings):
        with path.open("rb") as waiting:
            is_loaded = file_digest(waiting, "sha256").hexdigest() == sha256
        if is_loaded:
            path.unlink()
    return RegisterReceipt(version, "register", rows_in, "known" if is_known else "loaded")


def _load(
    settings: Settings, connection: Connection, store: Store, sha256: str, confirmed_by: str | None
) -> tuple[int, int]:
    """Fold a file in, and keep the register as of then in the store; gives the version and the file's rows."""
    with store.opened_raw(sha256) as path:
        recognition = sources.recognise(path, "register", sources.Limits.from_settings(settings))
        day, kind = sources.register.describe(path, sources.Limits.from_settings(settings))
        if day > settings.day and not settings.demo:
            raise DataError(
                f"register file, column NGAY_CHOT: it describes {day}, a day to come; expected a day that has been. "
                "Export the register again.",
                "register_out_of_order",
            )
        parts = _read_persons(settings, connection, path, recognition, day, kind)
        file = register_order.RegisterFile(sha256, kind, day, confirmed_by)
        seals = store.seals
        version, rows_in = register_order.apply_file(connection, seals, file, parts, settings.register_removal_share)
    with store.writing(f"register/{version}") as folder:
        target = folder / "register_person.parquet"
        with pq.ParquetWriter(target, REGISTER_PERSON.arrow_schema, compression="zstd") as writer:
            for people in register.read_register(connection, seals):
                writer.write_table(people)
    return version, rows_in


def _read_persons(
    settings: Settings, connection: Connection, path: Path, recognition: Recognition, day: date, kind: str
) -> Iterator[pa.Table]:
    """The file's persons part by part, standardised, each with the key of its statement."""
    from etl.standardise.records import standardise_table

    sender = batches.find_sender(connection, REGISTER_SENDER)
    assert sender is not None
    for chunk in sources.read(path, recognition, sender, sources.Limits.from_settings(settings)):
        persons = standardise_table(REGISTER_PERSON, chunk.tables["register_person"], sender=sender)
        persons = sources.register.settle_changes(persons)
        days = [
            persons[name] if name in persons.column_names and kind == sources.register.DELTA else nothing
            for nothing in (pa.nulls(persons.num_rows, pa.date32()),)
            for name in ("as_of_date", "changed_on")
        ]
        yield persons.append_column("stated_key", register_order.register_key(days[0], days[1], day))
