"""Tasks: who must mend what by when, what became of it, and what is new since another day. Nothing is closed by hand."""

from collections.abc import Callable
from datetime import date
from typing import Any

from psycopg2.extensions import connection as Connection

from etl.errors import ConfigError
from etl.settings import Settings
from etl.steps.database import warehouse
from etl.steps.report import rule_wording
from etl.warehouse import batches, scores
from etl.warehouse import tasks as kept_tasks

Row = dict[str, Any]


def list_tasks(
    settings: Settings, owner: str | None = None, scope: str | None = None, overdue: bool = False
) -> list[Row]:
    """Open tasks, the most urgent first: all, or those of an owner, of a sender's or ward's code, or whose day has passed."""
    with warehouse(settings) as connection:
        rows: list[Row] = scores.read_query(connection, "task_list", {"today": settings.day}).to_pylist()
    return [
        {**row, "message_vi": rule_wording()[row["rule_id"]].message_vi}
        for row in rows
        if owner in (None, row["owner"])
        and scope in (None, row["scope_code"])
        and not (overdue and row["days_left"] >= 0)
    ]


def show_task(settings: Settings, task_id: int) -> Row:
    """A task with the words of its rule, the numbers of the rows concerned, and its course. ConfigError for an unknown one."""
    query = "select rule_id, batch_id, scope_kind, scope_code, owner, state, assignee, row_count, due_on, reopened from quality.task"
    with warehouse(settings) as connection, connection.cursor() as cursor:
        cursor.execute(f"{query} where task_id = %s", (task_id,))
        found = cursor.fetchone()
        if found is None:
            raise ConfigError(f"task {task_id}: there is none; expected a number that `healthbook task list` shows.")
        names = [column.name for column in cursor.description or ()]
        task = dict(zip(names, found, strict=True))
        events = scores.read_query(connection, "task_events", {"task": task_id}).to_pylist()
        findings = batches.read_findings(connection, task["batch_id"]) if task["batch_id"] else ()
    words = rule_wording()[task["rule_id"]]
    told = {name: getattr(words, name) for name in ("message_vi", "fix_vi", "message_en", "fix_en", "example")}
    rows = [
        {"column": one.column_name, "rows": list(one.row_nos)} for one in findings if one.rule_id == task["rule_id"]
    ]
    return {"task_id": task_id, **task, **told, "where": rows, "course": events}


def acknowledge_task(settings: Settings, task_id: int, actor: str) -> Row:
    """Note that its owner is at it."""
    return _change(settings, task_id, lambda c: kept_tasks.acknowledge(c, task_id, actor, settings.day))


def assign_task(settings: Settings, task_id: int, assignee: str, actor: str) -> Row:
    """Ask an account to do it."""
    return _change(settings, task_id, lambda c: kept_tasks.assign(c, task_id, assignee, actor, settings.day))


def compare_tasks(settings: Settings, first: date, second: date) -> dict[str, list[Row]]:
    """Faults that are new, resolved and persisting on the second day, held against the first."""
    with warehouse(settings) as connection:
        rows = scores.read_query(connection, "task_compare", {"first": first, "second": second}).to_pylist()
    return {course: [row for row in rows if row["course"] == course] for course in ("new", "resolved", "persisting")}


def _change(settings: Settings, task_id: int, change: Callable[[Connection], None]) -> Row:
    with warehouse(settings) as connection:
        change(connection)
    return show_task(settings, task_id)
