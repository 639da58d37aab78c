"""Below the city: one ward, one sender, one rule, each from the report of a day."""

from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import Response

from etl.reports.scopes import scope_names
from etl.reports.wording import AMBER, DIMENSIONS, GREEN
from etl.warehouse import officers
from portal.figures import figures
from portal.pages import language_of, render
from portal.report_days import read_day, read_scope
from portal.visitor import Manager, NotThere, Visitor
from portal.wording import WORDS, rule_texts

router = APIRouter(prefix="/reports")
PAGE_BATCHES = 30
FAILING_BATCHES = (
    "select b.batch_id, b.sender_code, b.received_at, b.state, sum(f.row_count) as failing from quality.finding f"
    " join intake.batch b using (batch_id) where f.rule_id = %s and f.row_count > 0"
    " group by b.batch_id, b.sender_code, b.received_at, b.state order by b.batch_id desc limit %s"
)
BATCHES = (
    "select batch_id, sender_code, kind, state, rows_in, accepted, quarantined, duplicate, withdrawn, received_at"
    " from intake.batch where sender_code = %s order by batch_id desc limit %s"
)


@router.get("/wards/{code}")
def show_ward(request: Request, visitor: Manager, code: str, day: date | None = None) -> Response:
    """How a ward stands: its station's files and its residents' books."""
    return _show_scope(request, visitor, "ward", code, day)


@router.get("/senders/{code}")
def show_sender(request: Request, visitor: Manager, code: str, day: date | None = None) -> Response:
    """How a sender stands, whom to call, and all of its files."""
    return _show_scope(request, visitor, "sender", code, day)


def _show_scope(request: Request, visitor: Visitor, kind: str, code: str, day: date | None) -> Response:
    data, scope = read_scope(visitor, "manager", day, kind, code)
    sent = scope.sender or scope.station
    sender_code = sent.sender_code if sent else code
    batches = visitor.rows("manager", BATCHES, (sender_code, PAGE_BATCHES))
    with visitor.database.owner() as connection:
        to_call = officers.read_officers(connection).get(sender_code, [])
    return render(
        request, "reports_scope.html", data=data, scope=scope, sent=sent, batches=batches, to_call=to_call, words=WORDS,
        dimensions=DIMENSIONS, bands=(AMBER, GREEN), rules={**rule_texts(), **data.wording},
        fig=figures(language_of(request)), at=f"?day={day}" if day else "",
    )  # fmt: skip


@router.get("/rules/{rule_id}")
def show_rule(request: Request, visitor: Manager, rule_id: str, day: date | None = None) -> Response:
    """Who fails a rule, by how many rows, in which files, and how it is mended."""
    data = read_day(visitor, "manager", day)
    rule = data.wording.get(rule_id) or rule_texts().get(rule_id)
    if rule is None:
        raise NotThere
    line = next((one for one in data.rules if one.rule_id == rule_id), None)
    failing = [
        one
        for one in data.scope_scores
        if one.level == "rule" and one.name == rule_id and one.satisfied < one.applicable
    ]
    failing.sort(key=lambda one: (one.score or 0.0, -one.applicable, one.scope_code))
    return render(
        request, "reports_rule.html", data=data, rule=rule, line=line, failing=failing, names=scope_names(data), words=WORDS,
        batches=visitor.rows("manager", FAILING_BATCHES, (rule_id, PAGE_BATCHES)), dimensions=DIMENSIONS,
        bands=(AMBER, GREEN), fig=figures(language_of(request)), at=f"?day={day}" if day else "",
    )  # fmt: skip
