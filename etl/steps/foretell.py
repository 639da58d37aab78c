"""Foretell what a ruling would do to books: a record split from its person, two persons joined, and parted again.

Books are made of the records, links and staged rows at hand by the very rules that the next build makes them by
(`etl.books`), once as records are linked now and once as they would be: nothing is written.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
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
from etl.linkage.provisional import Bonds
from etl.linkage.review import check_actor
from etl.settings import Settings
from etl.steps.bonds import believe, bonds_of, join, part, split_off
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
    """What splitting a record from its person would do to the books, before it is done (`_foretell`).

    The last book after it is the record's own, which the next build may yet find to be somebody else's. Raises
    ConfigError where there is no link to split.
    """
    link = queue.read_links(reader, [record_id]).get(record_id)
    if link is None or (link["person_id"] < 0 and len(queue.read_record_ids(reader, int(link["person_id"]))) < 2):
        raise ConfigError(
            f"record {record_id}: it stands alone; expected one that is linked to a person, or shares a provisional one. "
            "There is nothing to split."
        )
    with warehouse(settings) as connection:
        bonds = split_off(bonds_of(connection), record_id)
    return _foretell(settings, _Case("split", actor, record_id, [int(link["person_id"])], bonds, record_id), reader)


def foretell_join(settings: Settings, actor: str, record_id: int, other_id: int, reader: Connection) -> dict[str, Any]:
    """What ruling two records of two provisional persons to be of one person would do to the books (`_foretell`).

    Raises ConfigError where either is no provisional person's, or both are one's.
    """
    links = queue.read_links(reader, [record_id, other_id])
    persons = [int(links[one]["person_id"]) for one in (record_id, other_id) if one in links]
    if len(set(persons)) != 2 or max(persons) > 0:
        raise ConfigError(
            f"record {record_id}: it and record {other_id} are not of two provisional persons; expected two. "
            "There is nothing to join."
        )
    with warehouse(settings) as connection:
        bonds = join(bonds_of(connection), record_id, other_id)
    return _foretell(settings, _Case("join", actor, record_id, persons, bonds), reader)


def foretell_part(settings: Settings, actor: str, record_id: int, other_id: int, reader: Connection) -> dict[str, Any]:
    """What taking such a ruling back would do to the books (`_foretell`); the last book after it is that of the record.

    Raises ConfigError where no such ruling stands.
    """
    links = queue.read_links(reader, [record_id, other_id])
    with warehouse(settings) as connection:
        before = bonds_of(connection)
    bonds = part(before, record_id, other_id)
    if bonds.together.num_rows == before.together.num_rows or record_id not in links:
        raise ConfigError(
            f"record {record_id}: it was not ruled to be of one person with record {other_id}; expected a ruling that stands. "
            "There is nothing to part."
        )
    persons = sorted({int(link["person_id"]) for link in links.values()})
    return _foretell(settings, _Case("part", actor, record_id, persons, bonds), reader)


@dataclass(frozen=True)
class _Case:
    what: str
    actor: str
    record_id: int
    persons: Sequence[int]
    bonds: Bonds
    lost_id: int | None = None


def _foretell(settings: Settings, case: _Case, reader: Connection) -> dict[str, Any]:
    """The books of some persons now, and as they would be: `before` and `after` (`person_id, records`).

    Gives with it `fields` (`field`, and what each book says `before` and `after`; `is_changed`), `leaving` (`field, value`
    of what the first book keeps behind and loses), `kept` (of what a book shows now, and the first would keep behind another
    value) and `events` (`section`, and how many lines each book has `before` and `after`; what the law restricts is not
    counted). The book of the record itself comes last. Identity is read by `reader`, in his own role; that it was shown is
    audited and committed before.
    """
    check_actor(case.actor)
    store = Store(settings)
    ids = [one for person_id in case.persons for one in queue.read_record_ids(reader, person_id)]
    links = queue.read_links(reader, ids)
    records = queue.read_rows(reader, store.seals, PERSON_RECORD, ids)
    people = queue.read_rows(reader, store.seals, REGISTER_PERSON, case.persons)
    with warehouse(settings) as connection:
        for person_id in case.persons:
            detail: dict[str, int | str] = {"person": person_id, "records": len(ids)}
            note(connection, case.actor, f"{case.what}.foretold", f"record {case.record_id}", detail)
        now = {record_id: int(link["person_id"]) for record_id, link in links.items()}
        then = believe(settings, connection, links, case.bonds, case.lost_id)
    with open_engine(settings) as engine:
        _load(engine, store, records, people)
        before, after = _build(engine, now), _build(engine, then)
    old, new = _ordered(now, case), _ordered(then, case, [one for one in case.persons if one > 0])
    left = [(before, one) for one in old], [(after, one) for one in new]
    first, shown = new[0], {said for one in old for said in _said(before, one)}
    return {
        "record_id": case.record_id,
        "before": _counted(now, old),
        "after": _counted(then, new),
        "fields": _fields(*left),
        "leaving": _values(before.behind.get(old[0], set()) - after.behind.get(first, set()) - _said(after, first)),
        "kept": _values(after.behind.get(first, set()) & shown),
        "events": _lines(*left),
    }


def _ordered(persons: Mapping[int, int], case: _Case, always: Sequence[int] = ()) -> list[int]:
    """The persons, who has most records first, and whose the record of the case is last, if there are several."""
    counts = Counter(persons.values())
    own = persons[case.record_id]
    return sorted({*counts, *always}, key=lambda one: (one == own, -counts[one], -one))


def _counted(persons: Mapping[int, int], order: Sequence[int]) -> list[dict[str, int]]:
    counts = Counter(persons.values())
    return [{"person_id": one, "records": counts[one]} for one in order]


def _said(books: Books, person_id: int) -> set[tuple[str, str]]:
    page = books.pages.get(person_id, {})
    return {(name, str(page[name])) for name in SHOWN if page.get(name) is not None}


def _values(found: set[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"field": name, "value": value} for name, value in sorted(found)]


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


def _fields(before: Sequence[tuple[Books, int]], after: Sequence[tuple[Books, int]]) -> list[dict[str, Any]]:
    """What each book says of each field that any says; whether the first book then says what not every book says now."""
    rows = []
    for name in SHOWN:
        old, new = ([books.pages.get(one, {}).get(name) for books, one in side] for side in (before, after))
        if name != "birth_precision" and any(value is not None for value in (*old, *new)):
            rows.append({"field": name, "before": old, "after": new, "is_changed": set(old) != {new[0]}})
    return rows


def _lines(before: Sequence[tuple[Books, int]], after: Sequence[tuple[Books, int]]) -> list[dict[str, Any]]:
    """How many lines each book has of each section that any has."""
    rows = []
    for table in EVENT_TABLES:
        old, new = ([books.events.get(one, {}).get(table.name, 0) for books, one in side] for side in (before, after))
        if any((*old, *new)):
            rows.append({"section": table.name, "before": old, "after": new})
    return rows
