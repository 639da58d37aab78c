"""One record as a reviewer sees it: both sides, why it is linked as it is, and the history of both; and the words for it."""

from typing import Any

from psycopg2.extensions import connection as Connection

from etl.linkage import review, wording
from etl.linkage.explain import side_by_side
from etl.settings import Settings
from etl.steps.database import warehouse
from etl.steps.explain import explain_records
from etl.warehouse import queue, rulings
from etl.warehouse.audit import record as note
from etl.warehouse.store import Store

MOST_OTHERS = 20
"""Records of a person that are listed beside a pair."""


def show_pair(
    settings: Settings, actor: str, record_id: int, reader: Connection, *, is_compared: bool = False
) -> dict[str, Any] | None:
    """A record explained (`explain`), with `link_id`, `rulings`, `stated`, `links`, `others` and `joined`; None where the reader sees none.

    `stated` is what the record states where it has no candidate, as in a pair; `links` are all that it had; `others` are, by person, the records that are believed to be his; `joined` are the
    pairs of this record and another that were ruled to be of one person. All that is stated is read by `reader`, in his own role. That record and persons were shown is audited, and committed before they are given.
    """
    review.check_actor(actor)
    seals = Store(settings).seals
    with warehouse(settings) as connection:
        found = explain_records(settings, connection, [record_id], reader, is_compared=is_compared)
        if record_id not in found:
            return None
        item = found[record_id]
        people = [pair["person_id"] for pair in item["pairs"] if pair["person_id"] is not None]
        people += [one for one in (item["link"]["person_id"],) if one not in people]
        links = queue.read_links_of(reader, record_id)
        shown = {
            **item,
            "link_id": next(int(link["link_id"]) for link in links if link["closed_at"] is None),
            "rulings": queue.read_rulings_of(reader, seals, [record_id])[record_id],
            "links": links,
            "others": _without(record_id, queue.read_records_of(reader, seals, people, MOST_OTHERS + 1)),
            "stated": []
            if item["pairs"]
            else side_by_side(queue.read_records(reader, seals, [record_id])[record_id], None),
            "joined": rulings.read_together(connection, record_id).to_pylist(),
        }
        note(connection, actor, "review.shown", f"record {record_id}", {"link": shown["link_id"]})
        for person_id in people:
            if person_id > 0 or shown["others"][person_id]:
                note(connection, actor, "review.shown", f"person {person_id}", {"beside": record_id})
    return shown


def show_person(settings: Settings, actor: str, person_id: int, reader: Connection) -> dict[str, Any] | None:
    """What the register states of a person, and the records that are believed to be his; None where the reader sees neither.

    That he was shown is audited, and committed before it is given.
    """
    review.check_actor(actor)
    seals = Store(settings).seals
    person = queue.read_persons(reader, seals, [person_id]).get(person_id)
    records = queue.read_records_of(reader, seals, [person_id], MOST_OTHERS)[person_id]
    if person is None and not records:
        return None
    with warehouse(settings) as connection:
        note(connection, actor, "review.shown", f"person {person_id}", {"records": len(records)})
    return {"person_id": person_id, "person": person, "records": records}


def _without(record_id: int, others: dict[int, list[dict[str, Any]]]) -> dict[int, list[dict[str, Any]]]:
    return {
        person_id: [row for row in rows if row["record_id"] != record_id][:MOST_OTHERS]
        for person_id, rows in others.items()
    }


def review_words() -> dict[str, dict[str, tuple[str, str]]]:
    """What verdicts, reasons, rules and fields of the review are called, Vietnamese and English."""
    fields = {wording.column_of(field): words for field, words in wording.FIELD_WORDS.items()}
    return {
        "verdicts": wording.VERDICTS,
        "reasons": {**wording.REASONS, wording.UNDONE: wording.UNDONE_WORDS},
        "rules": wording.RULE_WORDS,
        "fields": fields,
    }


def usual_reasons() -> dict[str, str]:
    """The reason of each verdict where a reviewer has no better one."""
    return dict(wording.USUAL_REASONS)
