"""Foretell a split: what the book of a person loses when a record is taken from it, and what the record's own book holds.

Books are made of the records, links and staged rows at hand by the very rules that the next build makes them by
(`etl.books`), once with the record and once without: nothing is written.
"""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl.books.build import build_books
from etl.books.corrections import sql_for_superseded
from etl.contracts import EVENT_TABLES, PERSON_RECORD, REGISTER_PERSON, SOURCE_TABLES, Table
from etl.contracts.book import PERSON_FIELDS
from etl.contracts.clinical import ENCOUNTER
from etl.contracts.fields import Privacy
from etl.engines.local import LocalEngine
from etl.errors import ConfigError
from etl.linkage.review import check_actor
from etl.settings import Settings
from etl.steps.book_inputs import OPEN_SCHEMA, input_name
from etl.steps.database import warehouse
from etl.steps.linkage_input import open_engine
from etl.warehouse import queue
from etl.warehouse.audit import record as note
from etl.warehouse.store import Store

SHOWN = tuple(field.name for field in PERSON_FIELDS if field.privacy is not Privacy.health)
"""What a reviewer may read of a book: never what is about somebody's health."""
Page = dict[str, Any]


@dataclass(frozen=True)
class Books:
    """What is read of the books of one case: pages by person, values kept behind, counts of lines by section."""

    pages: dict[int, Page]
    behind: dict[int, set[tuple[str, str]]]
    events: dict[int, dict[str, int]]


def foretell_split(settings: Settings, actor: str, record_id: int, reader: Connection) -> dict[str, Any]:
    """What splitting a record from its person would do to the books, before it is done.

    Gives `person_id`, `records` (of the person), `fields` (`field, before, after, own`, `is_changed`), `behind` (`field,
    value` of what is kept behind the shown value and vanishes) and `events` (`section, before, after, own`: how many, and
    nothing else; what the law restricts is not counted). `after` is the person's book without the record, `own` that of the
    record, which the next build may yet find to be somebody else's. Identity is read by `reader`, in his own role; that
    it was shown is audited and committed before. Raises ConfigError where there is no link to split.
    """
    check_actor(actor)
    seals = Store(settings).seals
    link = queue.read_links(reader, [record_id]).get(record_id)
    if link is None:
        raise _nothing(record_id)
    person_id = int(link["person_id"])
    ids = queue.read_record_ids(reader, person_id)
    if person_id < 0 and len(ids) < 2:
        raise _nothing(record_id)
    records = queue.read_rows(reader, seals, PERSON_RECORD, ids)
    people = queue.read_rows(reader, seals, REGISTER_PERSON, [person_id])
    with warehouse(settings) as connection:
        note(connection, actor, "split.foretold", f"record {record_id}", {"person": person_id, "records": len(ids)})
    own_id = -record_id if person_id != -record_id else -max(one for one in ids if one != record_id)
    others_id, own_id = (person_id, own_id) if person_id != -record_id else (own_id, person_id)
    with open_engine(settings) as engine:
        _load(engine, Store(settings), records, people)
        before = _build(engine, dict.fromkeys(ids, person_id))
        after = _build(engine, {one: own_id if one == record_id else others_id for one in ids})
    return {
        "record_id": record_id,
        "person_id": person_id,
        "records": len(ids),
        "fields": _compare_pages(before.pages.get(person_id), after.pages.get(others_id), after.pages.get(own_id)),
        "behind": [
            {"field": name, "value": value}
            for name, value in sorted(before.behind.get(person_id, set()) - after.behind.get(others_id, set()))
            if value != (after.pages.get(others_id) or {}).get(name)
        ],
        "events": [
            {"section": section, "before": count, **{
                which: books.get(section, 0)
                for which, books in (("after", after.events.get(others_id, {})), ("own", after.events.get(own_id, {})))
            }}
            for section, count in before.events.get(person_id, {}).items()
        ],
        "is_emptied": len(ids) == 1,
    }  # fmt: skip


def _nothing(record_id: int) -> ConfigError:
    return ConfigError(
        f"record {record_id}: it stands alone; expected one that is linked to a person, or shares a provisional one. "
        "There is nothing to split."
    )


def _load(engine: LocalEngine, store: Store, records: pa.Table, people: pa.Table) -> None:
    """Make known the inputs of `etl.books` for these records: identity as it was read, events from the staged files."""
    engine.register("person_record", _completed(records, PERSON_RECORD))
    engine.register("people", _completed(people, REGISTER_PERSON))
    batches = sorted(set(records["batch_id"].to_pylist()))
    for table in SOURCE_TABLES:
        if table is PERSON_RECORD:
            continue
        paths = [path for one in batches if (path := store.path(f"staged/{one}") / f"{table.name}.parquet").exists()]
        name, columns = input_name(table), ", ".join(table.source_schema.names)
        engine.create_from_parquet(f"sent_{name}", paths, table.source_schema)
        # A record stands by one row of one batch, whatever others delivered it too.
        engine.create(
            name,
            f"select {columns} from sent_{name} semi join person_record using (record_id, batch_id, row_no)",
        )
    engine.create("superseded", sql_for_superseded())


def _completed(rows: pa.Table, table: Table) -> pa.Table:
    """The rows with every column of their contract, those that were not read without a value."""
    columns = [
        rows[field.name] if field.name in rows.schema.names else pa.nulls(rows.num_rows, field.type)
        for field in table.arrow_schema
    ]
    return pa.table(columns, schema=table.arrow_schema)


def _build(engine: LocalEngine, persons: dict[int, int]) -> Books:
    """The books where each record is the person's beside it."""
    rows = [{"record_id": one, "person_id": person, "place": 0} for one, person in persons.items()]
    engine.register("link", pa.Table.from_pylist(rows, OPEN_SCHEMA))
    build_books(engine)
    pages = {row["person_id"]: row for row in engine.query("select * from health_book").to_pylist()}
    behind: dict[int, set[tuple[str, str]]] = {}
    for row in engine.query("select person_id, field_name, value from field_value where value_rank > 1").to_pylist():
        if row["field_name"] in (*SHOWN, "insurance_card"):
            behind.setdefault(row["person_id"], set()).add((row["field_name"], row["value"]))
    events: dict[int, dict[str, int]] = {}
    for table in EVENT_TABLES:
        for row in engine.query(_sql_for_count(table)).to_pylist():
            events.setdefault(row["person_id"], {})[table.name] = int(row["lines"])
    return Books(pages, behind, events)


def _sql_for_count(table: Table) -> str:
    """One row per person: how many lines of a section, without what the law restricts and every line of such a visit."""
    is_open = "is_restricted is not true and" if "is_restricted" in [field.name for field in table] else ""
    return (
        f"select person_id, count(*) as lines from {table.name} where {is_open} record_id not in"
        f" (select record_id from staged_{ENCOUNTER.name} where is_restricted) group by person_id"
    )


def _compare_pages(before: Page | None, after: Page | None, own: Page | None) -> list[dict[str, Any]]:
    rows = []
    for name in SHOWN:
        said = {"before": (before or {}).get(name), "after": (after or {}).get(name), "own": (own or {}).get(name)}
        if any(value is not None for value in said.values()) and name != "birth_precision":
            rows.append({"field": name, **said, "is_changed": said["before"] != said["after"]})
    return rows
