"""The start page: what is due, what failed, what is new, for each role that the visitor holds."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from portal.pages import render
from portal.visitor import Anyone, Visitor, fetch
from portal.wording import WORDS, rule_texts

router = APIRouter()
DUE_TASKS, NEW_BATCHES, UNSENT_UPLOADS = 10, 8, 8


@router.get("/")
def show_start(request: Request, visitor: Anyone) -> Response:
    """Each part is read in the role that it is for."""
    parts = {role: part(visitor) for role, part in PARTS.items() if visitor.has(role)}
    return render(request, "start.html", parts=parts, today=visitor.settings.day, words=WORDS)


def _officer(visitor: Visitor) -> dict[str, Any]:
    with visitor.acting("officer") as connection:
        tasks = fetch(
            connection,
            "select task_id, rule_id, batch_id, row_count, due_on, state from quality.task where state in ('open', 'acknowledged')"
            " order by due_on, task_id limit %s",
            (DUE_TASKS,),
        )
        (counted,) = fetch(
            connection,
            "select count(*) as task_count, count(*) filter (where due_on < %s) as overdue from quality.task"
            " where state in ('open', 'acknowledged')",
            (visitor.settings.day,),
        )
        unsent = fetch(
            connection,
            "select upload_id, sender_code, state, rows_in, quarantined, created_at from intake.upload"
            " where state in ('receiving', 'waiting', 'checked', 'refused', 'failed') order by upload_id desc limit %s",
            (UNSENT_UPLOADS,),
        )
        batches = fetch(connection, f"{BATCHES} order by b.batch_id desc limit %s", (NEW_BATCHES,))
    return {"tasks": tasks, **counted, "unsent": unsent, "batches": batches, "rules": rule_texts()}


BATCHES = """
    select b.batch_id, b.sender_code, b.kind, b.state, b.refusal_rule_id, b.rows_in, b.accepted, b.quarantined, b.duplicate,
        b.withdrawn, b.received_at, b.finished_at,
        exists (select from identity.run r where r.state in ('published', 'scored') and r.started_at > b.finished_at) as is_in_books
    from intake.batch b"""


def _steward(visitor: Visitor) -> dict[str, Any]:
    return visitor.one(
        "steward", "select count(*) as waiting from identity.link where closed_at is null and decision = 'review'"
    )


def _manager(visitor: Visitor) -> dict[str, Any]:
    return visitor.one(
        "manager",
        "select count(*) as tasks, count(*) filter (where due_on < %s) as overdue,"
        " (select max(reported_on) from quality.report_day) as reported_on"
        " from quality.task where state in ('open', 'acknowledged')",
        (visitor.settings.day,),
    )


def _engineer(visitor: Visitor) -> dict[str, Any]:
    return visitor.one(
        "engineer",
        "select count(*) filter (where state = 'waiting') as waiting, count(*) filter (where state = 'refused') as refused,"
        " (select max(finished_at) from identity.run) as built_at from intake.batch",
    )


PARTS = {"officer": _officer, "steward": _steward, "manager": _manager, "engineer": _engineer}
