"""The files of linkage alone: Parquet of text just as a source wrote it, checked before anything is linked."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from etl.contracts import PERSON_RECORD, REGISTER_PERSON, Table
from etl.engines import Engine
from etl.errors import ConfigError, DataError

PERSON_ID, RECORD_ID = "person_id", "record_id"


@dataclass(frozen=True)
class TextFile:
    """A Parquet file, by path or by URL, and those of its columns that linkage reads, the key first."""

    what: str
    path: Path | str
    key: str
    columns: tuple[str, ...]

    def load(self, engine: Engine, name: str) -> None:
        """Make its columns known to an engine, all but the key as text."""
        engine.create_from_parquet(f"{name}_file", [self.path], pa.schema([]))
        texts = ", ".join(f"cast({column} as string) as {column}" for column in self.columns[1:])
        engine.create_view(name, f"select cast({self.key} as bigint) as {self.key}, {texts} from {name}_file")


def open_register(path: Path) -> TextFile:
    """A register: `person_id` (int64) and those text columns that the file has; others are left out.

    Raises ConfigError for what is no such Parquet file, DataError where a person's number is missing or stands twice.
    """
    register = _open("register", path, PERSON_ID, REGISTER_PERSON)
    numbers = _read_key(register)
    if not pa.types.is_integer(numbers.type):
        raise ConfigError(
            f"register, column {PERSON_ID}: it holds {numbers.type}; expected whole numbers. "
            "Write it as an integer column."
        )
    if not _is_unique(numbers):
        raise DataError(
            f"register, column {PERSON_ID}: a number is missing or stands twice; expected each person "
            "once. Write one row a person."
        )
    return register


def open_records(path: Path) -> tuple[TextFile, pa.ChunkedArray]:
    """Those text columns of a record that the file has; and the file's own ids in their order.

    The ids may be of any type, and even repeat: nothing depends on them. Raises ConfigError like the register.
    """
    records = _open("records", path, RECORD_ID, PERSON_RECORD)
    return records, _read_key(records)


def number_records(engine: Engine, records: TextFile, ids: pa.ChunkedArray) -> pa.Table | None:
    """Make `records` known with a whole number each as `record_id`: its id, where ids are whole numbers that differ.

    Else rows are counted from 0, and `place` beside `id` is given.
    """
    if ids.type == pa.int64() and _is_unique(ids):
        records.load(engine, "records")
        return None
    places = pa.array(np.arange(len(ids), dtype=np.int64))
    engine.register("records", _as_text(records).add_column(0, RECORD_ID, places))
    return pa.table({"place": places, "id": ids})


def _is_unique(numbers: pa.ChunkedArray) -> bool:
    if numbers.null_count:
        return False
    ordered = np.sort(numbers.to_numpy())
    return bool((ordered[1:] != ordered[:-1]).all())


def _read_key(file: TextFile) -> pa.ChunkedArray:
    return pq.read_table(file.path, columns=[file.key])[file.key]


def _open(what: str, path: Path, key: str, contract: Table) -> TextFile:
    """The key and the columns that senders write, all of which can be read as text."""
    try:
        schema = pq.read_schema(path) if path.is_file() else pq.ParquetDataset(path).schema
    except (pa.ArrowException, OSError, ValueError):
        raise ConfigError(
            f"{what}: it is not a Parquet file; expected one with the column {key}. "
            "Check the path, and write the file as Parquet."
        ) from None
    return choose_columns(what, path, schema, key, contract)


def choose_columns(what: str, path: Path | str, schema: pa.Schema, key: str, contract: Table) -> TextFile:
    """What linkage reads of a file of this schema. Raises ConfigError or DataError where that is not enough."""
    names = schema.names
    wanted = [key, *(field.name for field in contract.sent_fields if field.name != key and field.name in names)]
    if key not in names:
        raise ConfigError(
            f"{what}: the column {key} is missing; expected it and any of "
            f"{', '.join(field.name for field in contract.sent_fields)}. Add the column."
        )
    if len(wanted) == 1:
        raise ConfigError(
            f"{what}: it has no column about a person beside {key}; expected full_name, birth_date "
            "and others. Name the columns as the contract does."
        )
    for name in wanted[1:]:
        if pa.types.is_nested(schema.field(name).type) or pa.types.is_binary(schema.field(name).type):
            raise _not_text(what, str(schema.field(name).type))
    return TextFile(what, path, key, tuple(wanted))


def check_text(file: TextFile) -> None:
    """Raise DataError where a column holds bytes that are no UTF-8."""
    if isinstance(file.path, str):
        return  # read by a cluster only
    for name in file.columns[1:]:
        source = pq.ParquetFile(file.path) if file.path.is_file() else None
        batches = (
            source.iter_batches(columns=[name]) if source else pq.read_table(file.path, columns=[name]).to_batches()
        )
        try:
            for batch in batches:
                batch.validate(full=True)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise _not_text(file.what, type(error).__name__) from None


def _not_text(what: str, why: str) -> DataError:
    return DataError(
        f"{what}: its columns cannot be read as text ({why}); expected UTF-8 text "
        "just as a source wrote it. Write the file again."
    )


def _as_text(file: TextFile) -> pa.Table:
    """The columns but the key as text."""
    sent = pq.read_table(file.path, columns=list(file.columns[1:]))
    return pa.table([column.cast(pa.string()) for column in sent.columns], sent.column_names)
