"""Records, links and events put in by hand, and the books that they make."""

from datetime import date
from typing import Any

import pyarrow as pa

from etl.books.build import build_books
from etl.books.corrections import sql_for_superseded
from etl.contracts import BOOK_PARTS, EVENT_TABLES, PERSON_RECORD, REGISTER_PERSON
from etl.engines.local import LocalEngine

REGISTERED = {
    "person_id": 1,
    "full_name": "Nguyễn Văn An",
    "birth_date": date(1990, 5, 17),
    "birth_precision": "day",
    "sex": "male",
    "national_id": "001090000001",
    "ward_code": "00004",
    "status": "resident",
    "register_version": 1,
}
Rows = list[dict[str, Any]]


def record(record_id: int, **said: Any) -> dict[str, Any]:
    return {
        "record_id": record_id,
        "batch_id": 1,
        "row_no": record_id,
        "sender_code": "PX00004",
        "birth_precision": "day",
        **said,
    }


def books(records: Rows, people_of: dict[int, int], **events: Rows) -> dict[str, Rows]:
    with LocalEngine(threads=1) as engine:
        return build_in(engine, records, people_of, **events)


def build_in(
    engine: LocalEngine,
    records: Rows,
    people_of: dict[int, int],
    *,
    superseded: list[int] | None = None,
    **events: Rows,
) -> dict[str, Rows]:
    """The same in an engine that is there: starting one takes longer than building a few books.

    `superseded` is what is known of everybody's records where those at hand are some persons'.
    """
    engine.register("people", pa.Table.from_pylist([REGISTERED], schema=REGISTER_PERSON.arrow_schema))
    engine.register("person_record", pa.Table.from_pylist(records, schema=PERSON_RECORD.arrow_schema))
    engine.register(
        "link",
        pa.table({"record_id": pa.array(people_of, pa.int64()), "person_id": pa.array(people_of.values(), pa.int64())}),
    )
    for event in EVENT_TABLES:
        engine.register(
            f"staged_{event.name}", pa.Table.from_pylist(events.get(event.name, []), schema=event.source_schema)
        )
    if superseded is None:
        engine.create("superseded", sql_for_superseded())
    else:
        engine.register("superseded", pa.table({"record_id": pa.array(superseded, pa.int64())}))
    build_books(engine)
    names = ("health_book", *(table.name for table in BOOK_PARTS))
    return {name: engine.query(f"select * from {name} order by all").to_pylist() for name in names}
