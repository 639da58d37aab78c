"""Are the decisions right: samples for blind second review, the pairs of one, and what they say of reviewers and links."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from etl import steps
from etl.errors import ConfigError
from portal.pages import go, language_of, render
from portal.review_values import SIGNS, rows_of, wards_of
from portal.visitor import NotThere, Refused, Steward
from portal.wording import field_texts

router = APIRouter(prefix="/review")
MOST_PAIRS = 2000
SAMPLES = """
    select s.sample_id, count(*) as pairs, min(s.drawn_at) as drawn_at, min(s.actor) as actor,
        count(*) filter (where not exists (
            select from identity.ruling r left join identity.ruling u on u.undoes_ruling_id = r.ruling_id
            where r.record_id = s.record_id and r.person_id = s.person_id and r.actor = %(actor)s
                and r.undoes_ruling_id is null and not (r.is_blind and u.ruling_id is not null))) as left_over
    from identity.review_sample s group by s.sample_id order by s.sample_id desc limit 50"""
STRATA = {
    "sure": ("Liên kết chắc chắn", "Sure links"),
    "near_threshold": ("Khớp sát ngưỡng", "Matches near the threshold"),
    "other_match": ("Khớp khác", "Other matches"),
    "reviewed": ("Đã có người xem xét", "Ruled pairs"),
}


@router.get("/samples")
def show_samples(request: Request, visitor: Steward) -> Response:
    """The samples, and how many pairs of each are left for him."""
    rows = visitor.rows("steward", SAMPLES, {"actor": visitor.user_name})
    return render(request, "review_samples.html", samples=rows, most=MOST_PAIRS)


@router.post("/samples")
def draw(visitor: Steward, count: Annotated[int, Form(ge=1, le=MOST_PAIRS)]) -> Response:
    """Draw a sample by lot."""
    try:
        drawn = steps.draw_sample(visitor.settings, count, secrets.randbelow(2**31), visitor.user_name)
    except ConfigError:
        raise Refused(
            "No sample can be drawn of so few: ask for more pairs, or wait for the first build.", 409
        ) from None
    return go(f"/review/samples?done=drawn&sample={drawn['sample_id']}")


@router.get("/blind/{sample_id:int}")
def show_blind(request: Request, visitor: Steward, sample_id: int) -> Response:
    """The next pair of a sample: both sides as stated, and nothing of what was decided."""
    if not visitor.rows("steward", "select 1 from identity.review_sample where sample_id = %s", (sample_id,)):
        raise NotThere
    with visitor.acting("steward") as reader:
        found = steps.next_blind(visitor.settings, sample_id, visitor.user_name, 1, reader)
        recent = [
            one for one in steps.recent_rulings(visitor.settings, visitor.user_name, 1, reader) if one["is_blind"]
        ]
    item = found["items"][0] if found["items"] else None
    words = steps.review_words()
    rows = rows_of([item], words["fields"], wards_of(visitor), language_of(request)) if item else []
    return render(
        request, "review_blind.html", sample_id=sample_id, waiting=found["waiting"], item=item, rows=rows, words=words,
        usual=steps.usual_reasons(), signs=SIGNS, recent=recent, fields=field_texts(),
    )  # fmt: skip


@router.post("/blind/{sample_id:int}")
def rule_blind(
    visitor: Steward,
    sample_id: int,
    record_id: Annotated[int, Form()],
    person_id: Annotated[int, Form()],
    verdict: Annotated[str, Form()],
    reason: Annotated[str, Form()] = "",
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Rule blind: it measures, and binds nobody."""
    query = "select 1 from identity.review_sample where sample_id = %s and record_id = %s and person_id = %s"
    visitor.one("steward", query, (sample_id, record_id, person_id))
    if verdict not in ("same", "different", "cannot_tell"):
        raise Refused("Choose a decision.")
    if reason == "other" and not note.strip():
        raise Refused("Say why: choose a reason, and describe another one in a few words.")
    wanted = reason or steps.usual_reasons()[verdict]
    ruling = steps.Ruling(record_id, person_id, verdict, wanted, visitor.user_name, note.strip() or None, sample_id)
    try:
        steps.decide(visitor.settings, ruling)
    except ConfigError:
        raise Refused("You have ruled on this pair before. Leave it to another reviewer.", 409) from None
    return go(f"/review/blind/{sample_id}?done=decided")


@router.get("/agreement")
def show_agreement(request: Request, visitor: Steward, sample: int | None = None) -> Response:
    """How far reviewers agree, and how many automatic matches are false, as far as the sample tells."""
    try:
        with visitor.acting("steward") as reader:
            found = steps.agreement(visitor.settings, sample, reader)
    except ConfigError:
        if sample is not None:
            raise NotThere from None
        found = None
    return render(request, "review_agreement.html", found=found, strata=STRATA, words=steps.review_words())
