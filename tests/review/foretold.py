"""A ruling foretold, then given and built, and both compared."""

from typing import Any

from etl import steps
from etl.contracts import EVENT_TABLES, HEALTH_BOOK
from etl.settings import Settings
from etl.steps.foretell import SHOWN
from tests.pipeline.city import build, read_opened, read_rows


def foretold(settings: Settings, record_id: int, other_id: int | None = None, what: str = "split") -> dict[str, Any]:
    with steps.warehouse(settings) as connection:
        if other_id is None:
            return steps.foretell_split(settings, "thu", record_id, connection)
        foretell = steps.foretell_join if what == "join" else steps.foretell_part
        return foretell(settings, "thu", record_id, other_id, connection)


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


def compare(settings: Settings, told: dict[str, Any], when: str) -> None:
    """What was said of the books `before` or `after` is what they say."""
    for place, book in enumerate(told[when]):
        person_id = book["person_id"]
        page, lines = page_of(settings, person_id), lines_of(settings, person_id)
        said = {row["field"]: row[when][place] for row in told["fields"]}
        assert said == {field: page[field] for field in said}, (when, book)
        assert {row["section"]: row[when][place] for row in told["events"] if row[when][place]} == lines, (when, book)
        [(records,)] = read_rows(
            settings, f"select count(*) from identity.link where closed_at is null and person_id = {person_id}"
        )
        assert records == book["records"], (when, book)


def check(
    settings: Settings, record_id: int, other_id: int | None = None, what: str = "split", person_id: int | None = None
) -> dict[str, Any]:
    """Foretell, rule, build, and compare with what the books say then."""
    told = foretold(settings, record_id, other_id, what)
    compare(settings, told, "before")
    about = -other_id if other_id is not None else told["before"][-1]["person_id"]
    verdict = {"split": "split", "join": "same", "part": "different"}[what]
    steps.decide(settings, steps.Ruling(record_id, about, verdict, "documents", "thu"))
    at_once = {
        book["person_id"]: read_rows(
            settings,
            f"select record_id from identity.link where closed_at is null and person_id = {book['person_id']} order by 1",
        )
        for book in told["after"]
    }
    build(settings)
    own_id = told["after"][-1]["person_id"]
    if read_rows(settings, f"select 1 from identity.link where closed_at is null and person_id = {own_id}"):
        compare(settings, told, "after")  # else the build found the record to be somebody else's
        assert at_once == {
            person: read_rows(
                settings,
                f"select record_id from identity.link where closed_at is null and person_id = {person} order by 1",
            )
            for person in at_once
        }
    return told
