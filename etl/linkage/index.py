"""The register as linkage looks it up: standardised once, kept in Parquet, replaced person by person as it changes."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from etl.engines import Engine
from etl.linkage import residue
from etl.linkage.keys import KEY_SCHEMA, VERSION, Profile, prepare_side

PERSONS, NAMES, RARITY = "person_key.parquet", "name.parquet", "rarity.parquet"
PERSON_SCHEMA = pa.schema([pa.field("person_id", pa.int64()), *KEY_SCHEMA])
NAME_SCHEMA = pa.schema([("key_id", pa.int64()), ("key_text", pa.string())])
RARITY_SCHEMA = pa.schema([("key_id", pa.int64()), ("people", pa.int64()), ("rarity", pa.int64())])
FILES = {
    "person_key": (PERSONS, PERSON_SCHEMA),
    "person_name": (NAMES, NAME_SCHEMA),
    "name_count": (RARITY, RARITY_SCHEMA),
}
"""The tables of an index: their files and schemas."""


def folder_name(register_version: int) -> str:
    """Where the index of a register version lies in a store."""
    return f"index/{register_version}-{VERSION}"


def build_index(engine: Engine, profile: Profile, has: Sequence[str], people: str = "people") -> None:
    """From `people` (text), a table or view, to `person_key`, `person_name` (the text of each toneless name) and `name_count`.

    `person_key_name` keeps the forms of the names as sent, for the records that are looked up next.
    """
    prepare_side(engine, people, "person_key", "person_id", profile, has)
    count_names(engine)
    engine.create("person_name", sql_for_person_names("person_key_name"))


def sql_for_person_names(source: str) -> str:
    """One row per toneless name that somebody in the register bears; those of cancelled people are left out."""
    return f"""
    select key_id, min(key_text) as key_text from {source}
    where key_id in (select key_id from name_count) group by key_id"""


def count_names(engine: Engine) -> None:
    """Make `name_count` from `person_key`."""
    people = int(engine.query("select count(*) as people from person_key")["people"][0].as_py())
    engine.create("name_count", residue.sql_for_rarity(1 << max(people - 1, 0).bit_length()))


def write_index(engine: Engine, folder: Path) -> None:
    """Keep the index in a folder that is there."""
    for table, (file, _) in FILES.items():
        engine.write_parquet(f"select * from {table}", folder / file)


def read_index(engine: Engine, folder: Path) -> None:
    """Make an index known to an engine as `build_index` would, without reading it yet."""
    for table, (file, schema) in FILES.items():
        engine.create_from_parquet(table, [folder / file], schema)


def update_index(engine: Engine, old: Path, profile: Profile, has: Sequence[str]) -> None:
    """From the index in `old` and the changed persons in `people` (text, whole as after the change) to the index of now.

    Who is cancelled is no longer in it. Makes the same tables as `build_index` would from the whole register.
    """
    prepare_side(engine, "people", "changed_key", "person_id", profile, has)
    for name, file, schema in (("old_key", PERSONS, PERSON_SCHEMA), ("old_name", NAMES, NAME_SCHEMA)):
        engine.create_from_parquet(name, [old / file], schema)
    engine.create(
        "person_key",
        "select * from changed_key union all select o.* from old_key o"
        " where not exists (select 1 from people c where c.person_id = o.person_id)",
    )
    count_names(engine)
    both = "(select key_id, key_text from old_name union all select key_id, key_text from changed_key_name) t"
    engine.create("person_name", sql_for_person_names(both))
