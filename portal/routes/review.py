"""The review: the queue, one pair after another, a split foretold before it is done, a decision taken back."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from starlette.background import BackgroundTask

from etl import steps
from etl.errors import ConfigError
from portal.differences import bars, scale_of
from portal.pages import go, language_of, render
from portal.review_desk import Desk, Rank
from portal.review_values import DECISIONS, SIGNS, rows_of, senders_of, stated_of, told, wards_of
from portal.visitor import NotThere, Refused, Steward, Visitor
from portal.wording import field_texts

router = APIRouter(prefix="/review")
DESK = Desk()
VERDICTS = ("same", "different", "cannot_tell", "same_runner_up", "same_other")
"""What the form of a pair knows; a split has a page of its own."""
NUMBER = r"-?\d{1,19}"
RECENT = 5
OUTDATED = "Somebody else or a build decided meanwhile, or the decision does not fit this record. Look at it again."


def _ranking(visitor: Visitor) -> Rank:
    def rank(count: int) -> tuple[int, list[int]]:
        with visitor.acting("steward") as reader:
            return steps.rank_waiting(visitor.settings, count, reader)

    return rank


@router.get("")
def show_queue(request: Request, visitor: Steward) -> Response:
    """How many wait, by rule and by age; what he may still take back."""
    with visitor.acting("steward") as reader:
        status = steps.review_status(visitor.settings, reader)
        recent = steps.recent_rulings(visitor.settings, visitor.user_name, RECENT, reader)
    return render(request, "review.html", queue=status, recent=recent, words=steps.review_words(), ages=AGES)


AGES = {
    "1 day": ("đến 1 ngày", "up to 1 day"),
    "7 days": ("đến 7 ngày", "up to 7 days"),
    "30 days": ("đến 30 ngày", "up to 30 days"),
    "older": ("lâu hơn", "older"),
}


@router.get("/next")
def show_next(visitor: Steward) -> Response:
    """On to the record that is worth most to decide."""
    return _go_on(visitor, None)


def _go_on(visitor: Visitor, after: int | None, done: str = "") -> Response:
    found = DESK.next_of(visitor.user_name, after, _ranking(visitor))
    return go((f"/review/{found}" if found is not None else "/review") + (f"?done={done}" if done else ""))


@router.post("/find")
def find(visitor: Steward, number: Annotated[str, Form(max_length=30)]) -> Response:
    """On to a record or a person by its number; not in the address, for somebody may type a citizen ID here."""
    if not re.fullmatch(NUMBER, number.strip()) or abs(int(number)) >= 2**63:
        raise Refused("A number of a record or a person has digits alone.")
    wanted = int(number)
    query = "select 1 from identity.link where record_id = %s and closed_at is null"
    if visitor.rows("steward", query, (wanted,)):
        return go(f"/review/{wanted}")
    query = "select 1 from identity.person where person_id = %s"
    if visitor.rows("steward", query, (wanted,)):
        return go(f"/review/person/{wanted}")
    raise Refused("There is no record and no person of this number.", 404)


@router.get("/person/{person_id}")
def show_person(request: Request, visitor: Steward, person_id: int) -> Response:
    """What the register states of a person, and his records: from here one that is not his can be taken away."""
    with visitor.acting("steward") as reader:
        found = steps.show_person(visitor.settings, visitor.user_name, person_id, reader)
    if found is None:
        raise NotThere
    person = found["person"] or {}
    wards, language = wards_of(visitor), language_of(request)
    stated = [
        (field_texts()[name], text)
        for name in person
        if name in field_texts() and name not in ("person_id", "full_name_toneless", "register_version", "birth_precision")
        and (text := told(name, person[name], person.get("birth_precision"), wards, language)) is not None
    ]  # fmt: skip
    return render(
        request, "review_person.html", found=found, stated=stated, decisions=DECISIONS, words=steps.review_words(),
        senders=senders_of(visitor, {row["sender_code"] for row in found["records"]}), stating=_telling(wards, language),
    )  # fmt: skip


@router.post("/undo")
def undo(visitor: Steward, ruling_id: Annotated[int, Form()]) -> Response:
    """Take a decision of his own back; what he decided on is shown again."""
    try:
        undone = steps.undo_ruling(visitor.settings, ruling_id, visitor.user_name)
    except ConfigError:
        raise Refused("This decision can no longer be taken back. Decide on the record again.", 409) from None
    if undone["sample_id"] is not None:
        return go(f"/review/blind/{undone['sample_id']}?done=undone")
    DESK.give_back(undone["record_id"])
    return go(f"/review/{undone['record_id']}?done=undone")


@router.get("/{record_id:int}")
def show_pair(request: Request, visitor: Steward, record_id: int, weighed: bool = False) -> Response:
    """One record beside its candidates, with all that speaks for and against, and the history of both."""
    with visitor.acting("steward") as reader:
        item = steps.show_pair(visitor.settings, visitor.user_name, record_id, reader, is_compared=weighed)
        recent = steps.recent_rulings(visitor.settings, visitor.user_name, 1, reader)
    if item is None:
        raise NotThere
    DESK.hold(visitor.user_name, record_id)
    page = render(request, "review_pair.html", **_described(request, visitor, item), recent=recent)
    page.background = BackgroundTask(DESK.look_ahead, visitor.user_name, record_id, _ranking(visitor))
    return page


def _described(request: Request, visitor: Visitor, item: dict[str, Any]) -> dict[str, Any]:
    """What the page of a pair needs beside what was found."""
    words, language, wards = steps.review_words(), language_of(request), wards_of(visitor)
    scale = scale_of(item["pairs"], item["thresholds"])
    link = item["link"]
    shown = item["pairs"] or [{"fields": item["stated"]}]
    others, stated = item["others"], stated_of(shown)
    return {
        "item": item,
        "rows": rows_of(shown, words["fields"], wards, language),
        "waterfalls": [(pair, bars(pair["waterfall"], scale)) for pair in item["pairs"] if pair.get("waterfall")],
        "lines": {name: scale.place(item["thresholds"][name]) for name in ("review", "match")} | {"zero": scale.place(0)},
        "next_id": DESK.next_of(visitor.user_name, item["record_id"], _ranking(visitor)),
        "previous_id": DESK.previous_of(visitor.user_name, item["record_id"]),
        "waiting": DESK.waiting(visitor.user_name),
        "can_split": link["person_id"] > 0 or bool(others.get(link["person_id"])),
        "words": words,
        "usual": steps.usual_reasons(),
        "decisions": DECISIONS,
        "signs": SIGNS,
        "stated": stated,
        "senders": senders_of(visitor, {row["sender_code"] for rows in (*others.values(), (stated,)) for row in rows if row}),
        "stating": _telling(wards, language),
    }  # fmt: skip


def _telling(wards: dict[str, str], language: str) -> Any:
    """How templates say a value of a row."""
    return lambda row, name: told(name, row[name], row.get("birth_precision"), wards, language) or "–"


@router.post("/{record_id:int}")
def decide(
    visitor: Steward,
    record_id: int,
    verdict: Annotated[str, Form()],
    link_id: Annotated[int, Form()],
    person_id: Annotated[int | None, Form()] = None,
    runner_up_id: Annotated[int | None, Form()] = None,
    other_id: Annotated[str, Form(max_length=20)] = "",
    reason: Annotated[str, Form()] = "",
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Rule on the record, and on to the next."""
    if verdict not in VERDICTS:
        raise Refused("Choose a decision.")
    about = {"same_runner_up": runner_up_id, "same_other": int(other_id) if other_id.strip().isdigit() else None}
    chosen = about.get(verdict, person_id)
    if chosen is None:
        raise Refused("Say which person: type the number that the register has of him.")
    _rule(visitor, record_id, link_id, chosen, "same" if verdict.startswith("same") else verdict, reason, note)
    return _go_on(visitor, record_id, "decided")


def _rule(visitor: Visitor, record_id: int, link_id: int, person_id: int, verdict: str, reason: str, note: str) -> None:
    """Rule where the record is in his sight, and stands as he saw it."""
    _link_of(visitor, record_id)
    if reason == "other" and not note.strip():
        raise Refused("Say why: choose a reason, and describe another one in a few words.")
    wanted = reason or steps.usual_reasons()[verdict]
    ruling = steps.Ruling(record_id, person_id, verdict, wanted, visitor.user_name, note.strip() or None)
    try:
        steps.decide(visitor.settings, ruling, link_id)
    except ConfigError:
        raise Refused(OUTDATED, 409) from None
    if person_id > 0:
        DESK.decide(record_id, is_settled=verdict != "cannot_tell")


@router.get("/{record_id:int}/split")
def foretell_split(request: Request, visitor: Steward, record_id: int) -> Response:
    """What each book will lose and gain, before anything is done."""
    link = _link_of(visitor, record_id)
    try:
        with visitor.acting("steward") as reader:
            foretold = steps.foretell_split(visitor.settings, visitor.user_name, record_id, reader)
    except ConfigError:
        raise Refused("This record stands alone: there is nobody to split it from.", 409) from None
    return _foretold(request, visitor, "split", record_id, link, foretold)


def _link_of(visitor: Visitor, record_id: int) -> dict[str, Any]:
    """What stands of a record in his sight."""
    query = "select link_id, record_id, person_id from identity.link where record_id = %s and closed_at is null"
    return visitor.one("steward", query, (record_id,))


def _foretold(
    request: Request,
    visitor: Visitor,
    what: str,
    record_id: int,
    link: dict[str, Any],
    foretold: dict[str, Any],
    **more: Any,
) -> Response:
    """The page of what a ruling would do: `what` is `split`, `join` or `part`."""
    wards, language = wards_of(visitor), language_of(request)
    return render(
        request, "review_foretold.html", what=what, record_id=record_id, link=link, foretold=foretold,
        words=steps.review_words(), fields=field_texts(), usual=steps.usual_reasons()[VERDICT_OF[what]],
        stating=lambda name, value: told(name, value, None, wards, language) or "–",
        **{"other_id": None, "rows": [], "signs": SIGNS, "alike": None, **more},
    )  # fmt: skip


VERDICT_OF = {"split": "split", "join": "same", "part": "different"}
"""What is ruled by the page of each name."""


@router.post("/{record_id:int}/split")
def split(
    visitor: Steward,
    record_id: int,
    link_id: Annotated[int, Form()],
    person_id: Annotated[int, Form()],
    reason: Annotated[str, Form()] = "",
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Take the record from the person, as was foretold."""
    _rule(visitor, record_id, link_id, person_id, "split", reason, note)
    return _go_on(visitor, record_id, "decided")


@router.get("/{record_id:int}/alike")
def show_alike(request: Request, visitor: Steward, record_id: int) -> Response:
    """The other provisional persons who may be the one of this record."""
    found = _alike(visitor, record_id)
    wards, language, words = wards_of(visitor), language_of(request), steps.review_words()
    likely = [
        (person, {row.name: row for row in rows_of([person], words["fields"], wards, language)})
        for person in found["people"]
    ]
    stated = {name: "".join(text for text, _ in row.record) for _, rows in likely for name, row in rows.items()}
    return render(request, "review_alike.html", found=found, likely=likely, stated=stated, words=words, signs=SIGNS)


def _alike(visitor: Visitor, record_id: int, other_id: int | None = None) -> dict[str, Any]:
    """Who is alike, or how one other is; both must be of provisional persons in his sight."""
    try:
        with visitor.acting("steward") as reader:
            found = steps.find_alike(visitor.settings, visitor.user_name, record_id, reader, other_id)
    except ConfigError:
        raise Refused(
            "Only provisional persons are joined. Rule the record to be of the person of the register.", 409
        ) from None
    if found is None:
        raise NotThere
    return found


@router.post("/{record_id:int}/alike")
def choose_other(visitor: Steward, record_id: int, number: Annotated[str, Form(max_length=30)]) -> Response:
    """On to what joining with another one would do, by the number of his or of a record of his."""
    if not re.fullmatch(NUMBER, number.strip()) or abs(int(number)) >= 2**63:
        raise Refused("A number of a record or a person has digits alone.")
    return go(f"/review/{record_id}/join/{abs(int(number))}")


@router.get("/{record_id:int}/join/{other_id:int}")
def foretell_join(request: Request, visitor: Steward, record_id: int, other_id: int) -> Response:
    """What each book will lose and gain by joining two provisional persons, and what speaks for it."""
    link, other = _link_of(visitor, record_id), _link_of(visitor, other_id)
    named = -int(other["person_id"])
    if named > 0 and named != other_id:
        return go(f"/review/{record_id}/join/{named}")
    try:
        with visitor.acting("steward") as reader:
            foretold = steps.foretell_join(visitor.settings, visitor.user_name, record_id, other_id, reader)
    except ConfigError:
        raise Refused("These are not two provisional persons: there is nothing to join.", 409) from None
    alike = _alike(visitor, record_id, other_id)
    rows = rows_of(alike["people"], steps.review_words()["fields"], wards_of(visitor), language_of(request))
    return _foretold(request, visitor, "join", record_id, link, foretold, other_id=other_id, rows=rows, alike=alike)


@router.post("/{record_id:int}/join/{other_id:int}")
def join(
    visitor: Steward,
    record_id: int,
    other_id: int,
    link_id: Annotated[int, Form()],
    reason: Annotated[str, Form()] = "",
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Rule both to be of one person, as was foretold; the record may still wait for who that is."""
    _link_of(visitor, other_id)
    _rule(visitor, record_id, link_id, -other_id, "same", reason, note)
    return go(f"/review/{record_id}?done=joined")


@router.get("/{record_id:int}/part/{other_id:int}")
def foretell_part(request: Request, visitor: Steward, record_id: int, other_id: int) -> Response:
    """What each book will lose and gain once the two are not ruled to be of one person any more."""
    link = _link_of(visitor, record_id)
    _link_of(visitor, other_id)
    try:
        with visitor.acting("steward") as reader:
            foretold = steps.foretell_part(visitor.settings, visitor.user_name, record_id, other_id, reader)
    except ConfigError:
        raise Refused("Nobody ruled these two to be of one person: there is nothing to part.", 409) from None
    return _foretold(request, visitor, "part", record_id, link, foretold, other_id=other_id)


@router.post("/{record_id:int}/part/{other_id:int}")
def part(
    visitor: Steward,
    record_id: int,
    other_id: int,
    link_id: Annotated[int, Form()],
    reason: Annotated[str, Form()] = "",
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Take back that they are of one person, as was foretold."""
    _rule(visitor, record_id, link_id, -other_id, "different", reason, note)
    return go(f"/review/{record_id}?done=decided")
