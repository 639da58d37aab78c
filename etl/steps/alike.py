"""Which provisional persons may be the one of a record: found by the blocking passes, weighed by the model, as register people are."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl.engines.local import LocalEngine
from etl.errors import ConfigError
from etl.linkage import index, keys, trust
from etl.linkage.candidates import PASSES
from etl.linkage.explain import explain_pair
from etl.linkage.model import Model
from etl.linkage.pairs import PAIR, compare_pairs
from etl.linkage.review import check_actor
from etl.linkage.weigh import score_vectors
from etl.settings import Settings
from etl.steps.database import warehouse
from etl.steps.explain import sized_model
from etl.steps.linkage_input import IS_CURRENT, NAME_FILE, Build, load_chosen, load_people, open_engine
from etl.warehouse import links, queue
from etl.warehouse.audit import record as note
from etl.warehouse.store import Store

MOST_SHOWN = 20
FIRST_COLUMNS = ("key_id", "birth", "national_id", "old_id", "insurance_no", "phone")
"""Every blocking pass asks that one of these agrees."""
Vectors = dict[int, int]
"""How a record compares with others, by the other's number."""


def find_alike(
    settings: Settings, actor: str, record_id: int, reader: Connection | None = None, other_id: int | None = None
) -> dict[str, Any] | None:
    """The other provisional persons who may be the one of a record, the likeliest first; None where the reader sees no such record.

    Gives `record_id`, `person_id`, `found` (how many persons) and `people`: up to `MOST_SHOWN`, each `person_id`, `records`
    (how many he has), `record_id` (his likeliest) and what `explain_pair` says of both records. With `other_id` nobody is
    searched: the record is weighed against that one. All that is shown is read by `reader`, in his own role; it is audited
    and committed before it is given. Raises ConfigError where a record is no provisional person's.
    """
    check_actor(actor)
    store = Store(settings)
    with warehouse(settings) as connection:
        reader = reader or connection
        standing = queue.read_links(reader, [record_id] if other_id is None else [record_id, other_id])
        if len(standing) < (1 if other_id is None else 2):
            return None
        for link in standing.values():
            _check_provisional(link)
        own_id = int(standing[record_id]["person_id"])
        with open_engine(settings) as engine:
            _look_up(settings, connection, store, engine, record_id)
            near = _search(engine) if other_id is None else [other_id]
            persons = {
                one: int(link["person_id"])
                for one, link in queue.read_links(reader, near).items()
                if link["person_id"] < 0 and link["person_id"] != own_id
            }
            vectors = _compare(connection, store, engine, record_id, list(persons))
        model = sized_model(settings, connection)
        best: dict[int, int] = {}
        for one in _by_score(model, vectors):
            best.setdefault(persons[one], one)
        shown = list(best.items())[:MOST_SHOWN]
        rows = queue.read_records(reader, store.seals, [record_id, *(one for _, one in shown)])
        note(connection, actor, "review.shown", f"record {record_id}", {"alike": len(shown)})
        for _, one in shown:
            note(connection, actor, "review.shown", f"record {one}", {"beside": record_id})
        sizes = queue.count_records_of(reader, [person_id for person_id, _ in shown])
    people = [
        {
            "person_id": person_id,
            "records": sizes.get(person_id, 0),
            "record_id": one,
            "role": "alike",
            **explain_pair(model, vectors[one], None, rows[record_id], rows[one]),
        }
        for person_id, one in shown
        if one in rows
    ]
    return {"record_id": record_id, "person_id": own_id, "found": len(best), "people": people}


def _check_provisional(link: dict[str, Any]) -> None:
    if link["person_id"] > 0:
        raise ConfigError(
            f"record {link['record_id']}: it is linked to a person of the register; expected one of a provisional person. "
            "Rule the other record to be of that person."
        )


def _look_up(settings: Settings, connection: Connection, store: Store, engine: LocalEngine, record_id: int) -> None:
    """Make `record_key` of the record, the index of the register, and `near`: whoever shares one number, name or birth date."""
    newest = links.find_newest_run(connection)
    assert newest is not None, "a record with a link was linked by a build"
    load_people(Build(store, connection, engine, newest, newest, settings.var_dir))
    load_chosen(connection, store, engine, [record_id])
    [own] = engine.query(f"select {', '.join(FIRST_COLUMNS)} from record_key").to_pylist()
    shared = " or ".join(f"{column} = {value}" for column, value in own.items() if value is not None) or "false"
    columns = ", ".join(("record_id", *keys.KEY_SCHEMA.names))
    engine.create(
        "near", f"select {columns} from kept_key where {IS_CURRENT} and record_id <> {record_id} and ({shared})"
    )
    engine.create_view("around", f"select {columns} from near union all select {columns} from record_key")
    trust.find_shared(engine, "around")


def _search(engine: LocalEngine) -> list[int]:
    """The records that a blocking pass brings to the record."""
    passes = " union ".join(
        f"select p.record_id from record_key r join near p on {one.agreement} where {one.strength}" for one in PASSES
    )
    return [int(one) for one in engine.query(passes)["record_id"].to_pylist()]


def _by_score(model: Model, vectors: Vectors) -> list[int]:
    """The numbers of the others, the likeliest first."""
    numbers = np.array(sorted(vectors), dtype=np.int64)
    scores = score_vectors(model, np.array([vectors[one] for one in numbers.tolist()], dtype=np.int64))
    return [int(one) for one in numbers[np.argsort(-scores, kind="stable")]]


def _compare(
    connection: Connection, store: Store, engine: LocalEngine, record_id: int, others: Sequence[int]
) -> Vectors:
    """How the record compares with each of the others, which stand where people of the register do."""
    if not others:
        return {}
    load_chosen(connection, store, engine, [record_id, *others])
    engine.create("all_key", "select * from record_key")
    # Until when a person lived is not known; on what day a record stated something is another thing.
    engine.create(
        "person_key",
        "select record_id as person_id, * exclude (record_id) replace (cast(null as int) as day_limit) from all_key"
        f" where record_id <> {record_id}",
    )
    engine.create_from_parquet("kept_name", store.files("links", NAME_FILE), index.NAME_SCHEMA)
    engine.create(
        "record_name",
        "select key_id, min(key_text) as key_text from kept_name where key_id in (select key_id from all_key) group by key_id",
    )
    asked = [{"record_id": record_id, "person_id": one} for one in others]
    found = compare_pairs(engine, pa.Table.from_pylist(asked, PAIR))
    return {other: vector for (_, other), vector in found.items()}
