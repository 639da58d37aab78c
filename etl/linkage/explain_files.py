"""Explain one record of a file: linkage alone, without a database."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from etl.engines import Engine
from etl.engines.opening import open_engine
from etl.errors import ConfigError
from etl.linkage.explain import explain_link, pairs_of
from etl.linkage.link_files import share_of


def explain_file(
    register: Path, records: Path, record_id: str, *, memory: str, threads: int, model: Path | None = None
) -> dict[str, Any]:
    """Why `link_files` would decide so of the record with this id: it links the whole file, then explains the one.

    Without `model` one is trained, as `link_files` does. Raises ConfigError where no record has the id, or where a file
    is not what `etl.linkage.files` expects.
    """
    from etl.linkage import engine as linkage
    from etl.linkage import files, index, keys
    from etl.linkage.model import load_model

    people = files.open_register(register)
    waiting, ids = files.open_records(records)
    number = _number_of(ids, record_id)
    with open_engine("duckdb", share_of(memory), threads, records.resolve().parent) as engine:
        people.load(engine, "people")
        index.build_index(engine, keys.VIETNAM, people.columns)
        places = files.number_records(engine, waiting, ids)
        key = int(record_id) if places is None else number
        chosen = None if model is None else load_model(model)
        used = linkage.link_records(engine, linkage.Clock(), keys.VIETNAM, waiting.columns, chosen, "person_key_name")
        [link] = engine.query(
            f"select *, person_id as candidate_person_id from decision where record_id = {key}"
        ).to_pylist()
        pairs = pairs_of(link)
        vectors = _compare(engine, key, [one["person_id"] for one in pairs if one["vector"] is None])
        [record] = engine.query(f"select * from records where record_id = {key}").to_pylist()
        wanted = ", ".join(str(one["person_id"]) for one in pairs if one["person_id"] is not None) or "null"
        persons = engine.query(f"select * from people where person_id in ({wanted})").to_pylist()
    found = explain_link(link, pairs, vectors, record, {row["person_id"]: row for row in persons}, used)
    return {**found, "record_id": record_id}


def _compare(engine: Engine, record_id: int, person_ids: list[int]) -> dict[tuple[int, int], int]:
    from etl.linkage.pairs import PAIR, compare_pairs

    if not person_ids:
        return {}
    engine.create("all_key", "select * from record_key")
    asked = [{"record_id": record_id, "person_id": person_id} for person_id in person_ids]
    return compare_pairs(engine, pa.Table.from_pylist(asked, PAIR))


def _number_of(ids: pa.ChunkedArray, record_id: str) -> int:
    """The first place of an id, as text."""
    for place, one in enumerate(ids):
        if str(one.as_py()) == record_id:
            return place
    raise ConfigError("records: none has this record_id; expected the id of one of them. Check it.")
