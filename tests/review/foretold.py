"""A split foretold, then done and built, and both compared."""

from typing import Any

from etl import steps
from etl.contracts import EVENT_TABLES, HEALTH_BOOK
from etl.settings import Settings
from etl.steps.foretell_split import SHOWN
from tests.pipeline.city import build, read_opened, read_rows


def foretold(settings: Settings, record_id: int) -> dict[str, Any]:
    with steps.warehouse(settings) as connection:
        return steps.foretell_split(settings, "thu", record_id, connection)


def page_of(settings: Settings, person_id: int) -> dict[str, object]:
    columns = ", ".join(SHOWN)
    rows = read_opened(
        settings, HEALTH_BOOK, f"select {columns}, person_id from book.health_book where person_id = {person_id}"
    )
    return dict(zip(SHOWN, rows[0], strict=False)) if rows else dict.fromkeys(SHOWN)


def lines_of(settings: Settings, person_id: int) -> dict[str, int]:
    """Lines that are not restricted, by section."""
    counts = {}
    for table in EVENT_TABLES:
        columns = [field.name for field in table]
        restricted = "and is_restricted is not true" if "is_restricted" in columns else ""
        [(lines,)] = read_rows(
            settings,
            f"select count(*) from {table.qualified_name} e where person_id = {person_id} {restricted} and not exists ("
            "select from book.encounter v where v.person_id = e.person_id and v.record_id = e.record_id and v.is_restricted)",
        )
        if lines:
            counts[table.name] = int(str(lines))
    return counts


def check(settings: Settings, record_id: int) -> dict[str, Any]:
    """Foretell, split, build, and compare with what the books say then."""
    told = foretold(settings, record_id)
    person_id = told["person_id"]
    assert {one["section"]: one["before"] for one in told["events"]} == lines_of(settings, person_id)
    assert {one["field"]: one["before"] for one in told["fields"]} == {
        name: value
        for name, value in page_of(settings, person_id).items()
        if name in {one["field"] for one in told["fields"]}
    }
    steps.decide(settings, steps.Ruling(record_id, person_id, "split", "mixed_record", "thu"))
    build(settings)
    after = page_of(settings, person_id)
    assert {one["field"]: one["after"] for one in told["fields"]} == {
        one["field"]: after[one["field"]] for one in told["fields"]
    }
    left = {one["section"]: one["after"] for one in told["events"] if one["after"]}
    assert left == lines_of(settings, person_id)
    [(own_id,)] = read_rows(
        settings, f"select person_id from identity.link where closed_at is null and record_id = {record_id}"
    )
    if own_id == -record_id:
        own = page_of(settings, -record_id)
        assert {one["field"]: one["own"] for one in told["fields"]} == {
            one["field"]: own[one["field"]] for one in told["fields"]
        }
        assert {one["section"]: one["own"] for one in told["events"] if one["own"]} == lines_of(settings, -record_id)
    return told
