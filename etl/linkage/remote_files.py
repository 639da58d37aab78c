"""The files of linkage alone where only the engine reaches them: by URL, checked before anything is linked.

Nothing of theirs passes through this process: keys must be whole numbers that differ, for rows of many files have no
order to be counted in.
"""

import pyarrow as pa

from etl.contracts import PERSON_RECORD, REGISTER_PERSON, Table
from etl.engines import Engine
from etl.errors import ConfigError, DataError
from etl.linkage.files import PERSON_ID, RECORD_ID, TextFile, choose_columns


def open_register(engine: Engine, url: str) -> TextFile:
    """A register at a URL, as `files.open_register` gives one. Raises ConfigError and DataError like it."""
    return _open(engine, "register", url, PERSON_ID, REGISTER_PERSON)


def open_records(engine: Engine, url: str) -> TextFile:
    """Records at a URL; their ids must be whole numbers that differ. Raises ConfigError and DataError."""
    return _open(engine, "records", url, RECORD_ID, PERSON_RECORD)


def _open(engine: Engine, what: str, url: str, key: str, contract: Table) -> TextFile:
    seen = f"{what}_seen"
    try:
        engine.create_from_parquet(seen, [url], pa.schema([]))
        schema = engine.query(f"select * from {seen} limit 0").schema
    except Exception as error:
        raise ConfigError(
            f"{what}: it cannot be read ({type(error).__name__}); expected Parquet with the column {key}. "
            "Check the URL, and that the engine may read it."
        ) from error
    file = choose_columns(what, url, schema, key, contract)
    if not pa.types.is_integer(schema.field(key).type):
        raise ConfigError(
            f"{what}, column {key}: it holds {schema.field(key).type}; expected whole numbers. "
            "Write it as an integer column."
        )
    counted = engine.query(f"select count(*) as rows, count(distinct {key}) as numbers from {seen}").to_pylist()[0]
    engine.drop(seen)
    if counted["rows"] != counted["numbers"]:
        raise DataError(
            f"{what}, column {key}: a number is missing or stands twice; expected each once. Write one row each."
        )
    return file
