"""Tasks: what must be mended, by whom and by when; acknowledged and given to somebody, and closed by data alone."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from etl import steps
from etl.reports.data import QUERIES
from etl.reports.page import COURSES
from etl.warehouse import officers
from portal.figures import figures
from portal.pages import go, language_of, render
from portal.visitor import Forbidden, NotThere, Refused, Visitor, acting_as
from portal.wording import WORDS, field_texts, ranges, rule_texts

router = APIRouter(prefix="/tasks")
Concerned = Annotated[Visitor, Depends(acting_as("manager", "officer"))]
SHOWN_RANGES, PAGE_TASKS = 60, 100
EVENTS = {
    "opened": ("Mở việc", "Opened"),
    "acknowledged": ("Đã nhận việc", "Acknowledged"),
    "assigned": ("Giao việc", "Assigned"),
    "reminded": ("Nhắc hạn", "Reminded"),
    "escalated": ("Báo lên trên", "Told to whoever stands above"),
    "changed": ("Số dòng thay đổi", "Other number of rows"),
    "closed": ("Dữ liệu đã đạt, việc đóng", "The data passed, closed"),
    "reopened": ("Lỗi trở lại, mở lại", "The fault came back, re-opened"),
}
STATES = {**WORDS["task"], "closed": ("Đã đóng", "Closed")}
SCOPE_KINDS = {"sender": ("Đơn vị gửi", "Sender"), "ward": ("Phường, xã", "Ward"), "city": ("Thành phố", "City")}


def role_of(visitor: Visitor) -> str:
    """The role in which he sees tasks: all of them as a manager, else those of his senders."""
    return "manager" if visitor.has("manager") else "officer"


def _query(name: str) -> str:
    return (Path(QUERIES) / f"task_{name}.sql").read_text(encoding="utf-8")


@router.get("")
def list_tasks(
    request: Request, visitor: Concerned, owner: str = "", sender: str = "", overdue: bool = False, page: int = 1
) -> Response:
    """Tasks that are not closed, those due first."""
    role = role_of(visitor)
    wanted: dict[str, object] = {
        "today": visitor.settings.day,
        "owner": owner if owner in SCOPE_KINDS else None,
        "sender": sender or None,
        "overdue": overdue,
    }
    tasks = visitor.rows(role, _query("list"), wanted)
    pages = max(1, -(-len(tasks) // PAGE_TASKS))
    page = min(max(page, 1), pages)
    senders = visitor.rows(
        role,
        "select distinct s.sender_code, s.name from quality.task t join reference.sender s using (sender_code)"
        " where t.state <> 'closed' order by s.sender_code",
    )
    return render(
        request, "tasks.html", tasks=tasks[(page - 1) * PAGE_TASKS : page * PAGE_TASKS], found=len(tasks), late=sum(one["is_overdue"] for one in tasks),
        senders=senders, owner=owner, sender=sender, overdue=overdue, rules=rule_texts(), owners=SCOPE_KINDS, states=STATES,
        today=visitor.settings.day, fig=figures(language_of(request)), page=page, pages=pages,
        address=f"?{urlencode({'owner': owner, 'sender': sender, 'overdue': overdue})}&",
    )  # fmt: skip


@router.get("/compare")
def compare_days(
    request: Request, visitor: Concerned, first: date | None = None, second: date | None = None
) -> Response:
    """What is new, resolved and persisting between the ends of two days, of the tasks that he sees."""
    told: dict[str, Any] = {"first": first, "second": second, "compared": None}
    if first is not None and second is not None:
        if first > second:
            raise Refused("The first day must be before the second. Choose them in this order.")
        seen = {row["task_id"] for row in visitor.rows(role_of(visitor), "select task_id from quality.task")}
        compared = steps.compare_tasks(visitor.settings, first, second)
        told["compared"] = {name: [one for one in compared[name] if one["task_id"] in seen] for name in COURSES}
    return render(
        request, "tasks_compare.html", rules=rule_texts(), course_texts=COURSES, today=visitor.settings.day, **told
    )


@router.get("/{task_id}")
def show_task(request: Request, visitor: Concerned, task_id: int) -> Response:
    """One task: the rule in both languages, the numbers of its rows, its course, and who may do it."""
    task = read_task(visitor, task_id)
    role = role_of(visitor)
    found = visitor.rows(role, _query("rows"), {"task": task_id})
    course = visitor.rows(role, _query("course"), {"task": task_id})
    numbers = sorted({number for one in found for number in one["row_nos"]})
    told, left = ranges(numbers, SHOWN_RANGES)
    rule = rule_texts().get(task["rule_id"])
    return render(
        request, "tasks_one.html", task=task, rule=asdict(rule) if rule else None, columns=[one["column_name"] for one in found],
        rows=told, left=left, row_count=len(numbers), course=course, events=EVENTS, states=STATES, owners=SCOPE_KINDS,
        assignees=_assignees(visitor, task), fields=field_texts(), role=role, today=visitor.settings.day,
        fig=figures(language_of(request)), words=WORDS,
    )  # fmt: skip


def read_task(visitor: Visitor, task_id: int) -> dict[str, Any]:
    """A task that he sees; NotThere where it is not there for him."""
    if not 0 < task_id < 2**62:
        raise NotThere
    task = visitor.one(role_of(visitor), _query("one"), {"task": task_id})
    name = "select name from reference.sender where sender_code = %s"
    named = visitor.rows(role_of(visitor), name, (task["sender_code"],)) if task["sender_code"] else []
    return {**task, "sender_name": named[0]["name"] if named else None}


def _assignees(visitor: Visitor, task: dict[str, Any]) -> list[tuple[str, str]]:
    """Accounts that may do it: officers over its sender; of the city's tasks, and for managers always, its managers too."""
    with visitor.database.owner() as connection:
        found = officers.read_officers(connection).get(task["sender_code"] or "", [])
        if visitor.has("manager") or task["sender_code"] is None:
            found = [*found, *(one for one in officers.read_managers(connection) if one not in found)]
    return found


@router.post("/{task_id}/acknowledge")
def acknowledge(visitor: Concerned, task_id: int) -> Response:
    """He is at it, or knows that somebody is."""
    _check_open(read_task(visitor, task_id))
    steps.acknowledge_task(visitor.settings, task_id, visitor.user_name)
    return go(f"/tasks/{task_id}?done=saved")


@router.post("/{task_id}/assign")
def assign(
    visitor: Concerned,
    task_id: int,
    account: Annotated[str, Form(max_length=41)] = "",
    other: Annotated[str, Form(max_length=41)] = "",
) -> Response:
    """Ask an account to do it: one of the list, or, for a manager, any that signs in here."""
    task = read_task(visitor, task_id)
    _check_open(task)
    wanted = other.strip() or account
    if not wanted:
        raise Refused("Say who is to do it: choose an account, or type its name.")
    if wanted not in {name for name, _ in _assignees(visitor, task)}:
        if not visitor.has("manager"):
            raise Forbidden
        with visitor.database.owner() as connection:
            if not officers.has_account(connection, wanted):
                raise Refused("There is no such account. Choose one of the list, or type its name as it signs in.")
    steps.assign_task(visitor.settings, task_id, wanted, visitor.user_name)
    return go(f"/tasks/{task_id}?done=saved")


def _check_open(task: dict[str, Any]) -> None:
    if task["state"] not in ("open", "acknowledged"):
        raise Refused("This task is closed already: its data passed.", 409)
