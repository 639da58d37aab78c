"""The population register: snapshots and deltas become its versions, which linkage looks people up in."""

from dataclasses import dataclass
from datetime import date
from hashlib import file_digest
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from psycopg2.extensions import connection as Connection

from etl import sources
from etl.contracts import REGISTER_PERSON
from etl.errors import DataError
from etl.settings import Settings
from etl.steps.database import warehouse
from etl.steps.inbox import REGISTER_SENDER, inbox_files
from etl.warehouse import batches, register
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


def load_register(settings: Settings, file: str | Path) -> RegisterReceipt:
    """Make a register file (a path, or the hash of one in the store) the newest version of the register.

    Loaded again it is the version that it was. Raises `DataError` where the file is no register or comes out of order.
    """
    store = Store(settings)
    sha256 = store.put_raw(Path(file))[0] if Path(file).is_file() else str(file)
    with warehouse(settings) as connection:
        register.lock_register(connection)
        version, rows_in = register.find_version(connection, sha256), 0
        is_known = version is not None
        if version is None:
            as_of_date, kind, persons = _read_register(settings, connection, store.raw_path(sha256))
            version, rows_in = register.apply_version(connection, sha256, kind, as_of_date, persons), persons.num_rows
            with store.writing(f"register/{version}") as folder:
                pq.write_table(
                    register.read_register(connection), folder / "register_person.parquet", compression="zstd"
                )
    for path in _register_inbox(settings):
        with path.open("rb") as waiting:
            is_loaded = file_digest(waiting, "sha256").hexdigest() == sha256
        if is_loaded:
            path.unlink()
    return RegisterReceipt(version, "register", rows_in, "known" if is_known else "loaded")


def _read_register(settings: Settings, connection: Connection, path: Path) -> tuple[date, str, pa.Table]:
    """The day that a register file describes, whether it is a snapshot or a delta, and its persons, standardised."""
    from etl.standardise.records import standardise_table

    limits, sender = sources.Limits.from_settings(settings), batches.find_sender(connection, REGISTER_SENDER)
    assert sender is not None
    recognition = sources.recognise(path, "register", limits)
    persons = [
        standardise_table(REGISTER_PERSON, chunk.tables["register_person"], sender=sender)
        for chunk in sources.read(path, recognition, sender, limits)
    ]
    return *sources.register.describe(path, limits), pa.concat_tables(persons)
