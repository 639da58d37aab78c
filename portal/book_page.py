"""One person's book as a page shows it: read in the reader's role, opened, and arranged with the source of each value."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from psycopg2.extensions import connection as Connection

from etl import steps
from etl.contracts import EVENT_TABLES, FIELD_VALUE, HEALTH_BOOK, Field, Table
from etl.contracts.book import FIELD_HISTORY, PERSON_FIELDS
from etl.settings import Settings
from etl.warehouse.store import Store
from portal.book_words import SECTIONS, VALUES, heading
from portal.visitor import fetch

PLACE = {"person_id", "record_id", "batch_id", "row_no", "line_no", "is_restricted", "sender_code"}
"""Of a line what its source says."""
SHOWN_FIELDS = (
    *tuple(field.name for field in PERSON_FIELDS if field.name != "birth_precision"),
    "status",
    "death_date",
)
WITH_VISIT = ("diagnosis", "medication", "service", "lab_result", "vital_sign")
"""Lines that a visit holds; they stand on their own where there is none."""
ORDER = {
    "encounter": "started_at desc nulls last, record_id", "diagnosis": "diagnosed_on desc nulls last, record_id, line_no",
    "immunisation": "given_on desc nulls last, record_id, line_no", "history": "kind, stated_on desc nulls last, record_id, line_no",
}  # fmt: skip
Rows = list[dict[str, Any]]


def is_shown_to(connection: Connection, person_ids: Sequence[int]) -> list[int]:
    """Of these persons those whose books the role on this connection sees."""
    found = fetch(connection, "select person_id from book.health_book where person_id = any(%s)", (list(person_ids),))
    return [row["person_id"] for row in found]


def read_book(connection: Connection, settings: Settings, person_id: int) -> dict[str, Any] | None:
    """All that the role on this connection sees of a book, opened; None where it sees none."""
    found = fetch(connection, "select * from book.health_book where person_id = %s", (person_id,))
    if not found:
        return None
    seals = Store(settings).seals
    pages = fetch(connection, f"{SOURCED.format(table='book.person_page')} where t.person_id = %s", (person_id,))
    others = fetch(
        connection,
        f"{SOURCED.format(table='book.field_value')} where t.person_id = %s and t.value_rank > 1 order by t.field_name, t.value_rank",
        (person_id,),
    )
    former = fetch(
        connection,
        "select h.*, r.finished_at from book.field_history h left join identity.run r on r.run_id = h.known_to_run_id"
        " where h.person_id = %s and h.field_name <> 'book' order by h.known_to_run_id desc",
        (person_id,),
    )
    return {
        "book": found[0],
        "pages": seals.open_rows(FIELD_VALUE, pages),
        "others": seals.open_rows(FIELD_VALUE, others),
        "former": seals.open_rows(FIELD_HISTORY, former),
        "states": fetch(connection, "select * from book.person_section where person_id = %s", (person_id,)),
        "conflicts": {row["field_name"] for row in others if row["is_conflicting"]},
        "visit_sources": fetch(
            connection,
            f"{SOURCED.format(table='book.encounter_source')} where t.person_id = %s order by t.record_id",
            (person_id,),
        ),
        **{table.name: seals.open_rows(table, _read_lines(connection, table, person_id)) for table in EVENT_TABLES},
    }


SOURCED = "select t.*, b.sender_code as from_sender from {table} t left join intake.batch b using (batch_id)"


def _read_lines(connection: Connection, table: Table, person_id: int) -> Rows:
    order = ORDER.get(table.name, "record_id, line_no")
    own = ", ".join(f"t.{part}" for part in order.split(", "))
    return fetch(
        connection,
        f"{SOURCED.format(table=table.qualified_name)} where t.person_id = %s order by {own}",
        (person_id,),
    )


def without_restricted(found: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The same where these fields show the best value that may be seen: the one shown else comes from a restricted visit,
    and neither its place nor that it is missing may tell of that."""
    kept = [row for row in found["pages"] if row["field_name"] not in names]
    next_best = [next((row for row in found["others"] if row["field_name"] == name), None) for name in names]
    others = [row for row in found["others"] if all(row is not one for one in next_best)]
    return {
        **found,
        "pages": [*kept, *(row for row in next_best if row is not None)],
        "others": others,
        "former": [row for row in found["former"] if row["field_name"] not in names],
        "conflicts": found["conflicts"] - set(names),
    }


def arrange(found: dict[str, Any]) -> dict[str, Any]:
    """The parts of the page: `identity`, `visits`, `alone` (lines of no visit), `histories`, `states`."""
    return {
        "identity": [_field(found, name) for name in SHOWN_FIELDS],
        "visits": [_visit(found, visit) for visit in found["encounter"]],
        "alone": {name: _alone(found, name) for name in WITH_VISIT},
        "histories": _histories(found),
        "states": {row["section"]: row for row in found["states"]},
    }


def _field(found: dict[str, Any], name: str) -> dict[str, Any]:
    book = found["book"]
    precision = book["birth_precision"] if name == "birth_date" else None
    page = next((row for row in found["pages"] if row["field_name"] == name), None)
    return {
        "name": name,
        "heading": heading(HEALTH_BOOK, name),
        "value": tell(name, page["value"], precision) if page else None,
        "source": page,
        "others": [
            {**row, "told": tell(name, row["value"], None)} for row in found["others"] if row["field_name"] == name
        ],
        "former": [
            {**row, "told": tell(name, row["value"], None)} for row in found["former"] if row["field_name"] == name
        ],
        "is_conflicting": name in found["conflicts"],
    }


def _visit(found: dict[str, Any], visit: dict[str, Any]) -> dict[str, Any]:
    sources = [row for row in found["visit_sources"] if row["encounter_id"] == visit["record_id"]]
    record_ids = {visit["record_id"], *(row["record_id"] for row in sources)}
    lines = {name: [row for row in found[name] if row["record_id"] in record_ids] for name in WITH_VISIT}
    return {"visit": visit, "sources": sources, "lines": lines}


def _alone(found: dict[str, Any], name: str) -> Rows:
    in_visits = {row["record_id"] for row in (*found["encounter"], *found["visit_sources"])}
    return [row for row in found[name] if row["record_id"] not in in_visits]


def _histories(found: dict[str, Any]) -> list[tuple[str, Rows]]:
    """Each kind of history, asked about or not."""
    kinds = [kind for kind in SECTIONS if kind not in ("allergy", "vaccination")]
    return [(kind, [row for row in found["history"] if row["kind"] == kind]) for kind in kinds]


def columns(table_name: str, rows: Iterable[dict[str, Any]], without: Sequence[str] = ()) -> list[Field]:
    """The fields of a table that some of the lines fill, as the columns of a list."""
    table = next(one for one in EVENT_TABLES if one.name == table_name)
    listed = list(rows)
    return [
        field
        for field in table
        if field.name not in PLACE and field.name not in without and any(row[field.name] is not None for row in listed)
    ]


def tell(name: str, value: Any, precision: str | None = None) -> Any:
    """A value as people read it: a pair of words where its code has some, days and moments as they are written here."""
    if value is None:
        return None
    if name in VALUES and value in VALUES[name]:
        return VALUES[name][value]
    named = _names().get(name, {}).get(str(value))
    if named is not None:
        return f"{named} ({value})"
    if name in ("birth_date", "death_date"):
        return _tell_day(value, precision)
    return value


def _tell_day(value: str | date | datetime, precision: str | None) -> str:
    """What of a day is known: 05/03/1980, 03/1980 or 1980."""
    parts = value[:10].split("-") if isinstance(value, str) else f"{value:%Y-%m-%d}".split("-")
    kept = {"year": 1, "month": 2}.get(precision or "day", 3)
    return "/".join(reversed(parts[:kept]))


@cache
def _names() -> dict[str, dict[str, str]]:
    from etl.contracts import reference

    wards = {row["ward_code"]: row["name"] for row in reference.wards().to_pylist()}
    facilities = {row["facility_code"]: row["name"] for row in reference.facilities().to_pylist()}
    return {
        "ward_code": wards, "facility_code": facilities, "referred_to_code": facilities, **steps.code_names(),
    }  # fmt: skip


@cache
def sender_names() -> dict[str, str]:
    """Who is behind a sender's code."""
    from etl.contracts import reference

    return {row["sender_code"]: row["name"] for row in reference.senders().to_pylist()}
