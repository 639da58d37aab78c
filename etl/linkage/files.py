"""The files of linkage alone: Parquet of text just as a source wrote it, checked before anything is linked."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from etl.contracts import PERSON_RECORD, REGISTER_PERSON, Table
from etl.errors import ConfigError, DataError

PERSON_ID, RECORD_ID = "person_id", "record_id"


def read_register(path: Path) -> pa.Table:
    """`person_id` (int64) and those text columns of the register that the file has; others are left out.

    Raises ConfigError for what is no such Parquet file, DataError where a person's number is missing or stands twice.
    """
    sent = _read("register", path, PERSON_ID, REGISTER_PERSON)
    if not pa.types.is_integer(sent[PERSON_ID].type):
        raise ConfigError(
            f"register, column {PERSON_ID}: it holds {sent[PERSON_ID].type}; expected whole numbers. "
            "Write it as an integer column."
        )
    if sent[PERSON_ID].null_count or pc.count_distinct(sent[PERSON_ID]).as_py() != sent.num_rows:
        raise DataError(
            f"register, column {PERSON_ID}: a number is missing or stands twice; expected each person "
            "once. Write one row a person."
        )
    return sent.set_column(sent.column_names.index(PERSON_ID), PERSON_ID, sent[PERSON_ID].cast(pa.int64()))


def read_records(path: Path) -> tuple[pa.Table, pa.ChunkedArray]:
    """Those text columns of a record that the file has, with their place from 0 as `record_id`; and the file's own ids.

    The file's ids may be of any type, and even repeat: nothing depends on them. Raises ConfigError like the register.
    """
    sent = _read("records", path, RECORD_ID, PERSON_RECORD)
    places = pa.array(np.arange(sent.num_rows, dtype=np.int64))
    return sent.set_column(sent.column_names.index(RECORD_ID), RECORD_ID, places), sent[RECORD_ID]


def with_columns(table: pa.Table, contract: Table) -> pa.Table:
    """The table with every column of the contract, empty where the file has none."""
    for field in contract.source_fields:
        if field.name not in table.column_names:
            table = table.append_column(field.name, pa.nulls(table.num_rows, field.type))
    return table


def _read(what: str, path: Path, key: str, contract: Table) -> pa.Table:
    """The key and the columns that senders write, as valid text."""
    try:
        names = pq.read_schema(path).names if path.is_file() else pq.ParquetDataset(path).schema.names
    except (pa.ArrowException, OSError, ValueError):
        raise ConfigError(
            f"{what}: it is not a Parquet file; expected one with the column {key}. "
            "Check the path, and write the file as Parquet."
        ) from None
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
    return _as_text(what, path, wanted)


def _as_text(what: str, path: Path, columns: list[str]) -> pa.Table:
    """The columns, all but the first as text; days become yyyy-mm-dd."""
    try:
        sent = pq.read_table(path, columns=columns)
        sent.validate(full=True)
        texts = [sent[name].cast(pa.string()) for name in columns[1:]]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataError(
            f"{what}: its columns cannot be read as text ({type(error).__name__}); expected UTF-8 text "
            "just as a source wrote it. Write the file again."
        ) from None
    return pa.table([sent[columns[0]], *texts], columns)
