"""Tasks: what somebody must mend, by when; opened by findings, closed by data that passes, by nothing else."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import STANDING, TASK
from etl.contracts.reading import Finding
from etl.quality.catalogue import Action, Catalogue, catalogue

OPENING = (Action.open_task, Action.quarantine_row)
LATER = {"task_id", "closed_at", "acknowledged_at", "assignee", "escalated_at"}
OPENED = pa.schema([field for field in TASK.arrow_schema if field.name not in LATER])
"""A task as it is opened: the database numbers it."""
CONDITION = ("rule_id", "scope_kind", "scope_code")
STANDING_CHANGE = pa.schema(
    [
        ("kind", pa.string()),
        *[STANDING.arrow_schema.field(name) for name in CONDITION],
        *[TASK.arrow_schema.field(name) for name in ("owner", "row_count", "due_on")],
    ]
)
"""What becomes of the task of a standing condition: kind is opened, changed, closed or reopened."""


def open_tasks(
    findings: Iterable[Finding], *, batch_id: int, sender_code: str, today: date, rules: Catalogue | None = None
) -> pa.Table:
    """One open task for each rule of the batch that somebody must mend, with the rows it concerns in all tables.

    Due `due_days` of the rule after `today` (review in 5 days, fix within 10, complex cases 15). Rules in shadow
    open none. Columns as in `OPENED`, ordered by rule.
    """
    rules = rules or catalogue()
    rows: dict[str, int] = {}
    for finding in findings:
        if finding.action in OPENING and finding.row_count and not rules[finding.rule_id].meta.shadow:
            rows[finding.rule_id] = rows.get(finding.rule_id, 0) + finding.row_count
    opened_at = today if isinstance(today, datetime) else datetime.combine(today, time(), UTC)
    day = today.date() if isinstance(today, datetime) else today
    opened = [
        {
            "rule_id": rule_id,
            "batch_id": batch_id,
            "sender_code": sender_code,
            "owner": rules[rule_id].meta.owner,
            "state": "open",
            "row_count": row_count,
            "opened_at": opened_at,
            "due_on": day + timedelta(days=rules[rule_id].meta.due_days or 0),
            "scope_kind": "sender",
            "scope_code": sender_code,
            "reopened": 0,
        }
        for rule_id, row_count in sorted(rows.items())
    ]
    return pa.Table.from_pylist(opened, schema=OPENED)


def close_tasks(tasks: pa.Table, findings: pa.Table) -> list[int]:
    """`task_id` of the tasks that newer data closes, ascending.

    `tasks`: task_id, rule_id, batch_id, sender_code, kind, row_count, those not closed yet. `findings`: batch_id,
    rule_id, sender_code, kind, applicable, row_count, of accepted batches. A task closes when the newest batch after
    its own, of the same sender and kind of file, to which the rule applied, has no failing row, and applied to at
    least as many rows as failed: a file of one row does not wipe out a hundred faults.
    """
    key = ["sender_code", "kind", "rule_id"]
    per_batch = findings.group_by([*key, "batch_id"]).aggregate([("applicable", "sum"), ("row_count", "sum")])
    per_batch = per_batch.filter(pc.field("applicable_sum") > 0)
    newest = per_batch.group_by(key).aggregate([("batch_id", "max")]).rename_columns([*key, "batch_id"])
    newest = newest.join(per_batch, [*key, "batch_id"], join_type="inner").rename_columns(
        {"batch_id": "newest_batch_id", "applicable_sum": "newest_applicable", "row_count_sum": "newest_failing"}
    )
    judged = tasks.join(newest, key, join_type="inner")
    closed = judged.filter(
        (pc.field("newest_batch_id") > pc.field("batch_id"))
        & (pc.field("newest_failing") == 0)
        & (pc.field("newest_applicable") >= pc.field("row_count"))
    )
    return sorted(closed["task_id"].to_numpy().tolist())


def opens_tasks(rule_id: str, rules: Catalogue) -> bool:
    """Whether somebody must mend what a rule finds in a batch: not where it is gone, in shadow, or counts only."""
    rule = rules.rules.get(rule_id)
    return rule is not None and rule.meta.action in OPENING and not rule.meta.shadow


def due_days(rule_id: str, rules: Catalogue | None = None) -> timedelta:
    """The time that the catalogue gives for mending what a rule finds."""
    return timedelta(days=(rules or catalogue())[rule_id].meta.due_days or 0)


def plan_standing(standing: pa.Table, known: pa.Table, day: date, rules: Catalogue) -> pa.Table:
    """What becomes of the tasks of standing conditions on a day, as `STANDING_CHANGE`, by rule and scope.

    `standing`: rule_id, scope_kind, scope_code, applicable, failing, has_erred, the day's checks. `known`: rule_id,
    scope_kind, scope_code, state, row_count of every task without a batch. A rule with rows of wards or senders has tasks
    for those and none for the city. A check that erred, had nothing to apply to, or is not there, leaves its task as it
    is. Tasks of rules that open none any more (gone, in shadow, counted only) are closed.
    """
    asked = {rule.rule_id: rule.meta for rule in rules if rule.meta.action is Action.open_task and not rule.meta.shadow}
    rows = [row for row in standing.to_pylist() if row["rule_id"] in asked]
    divided = {row["rule_id"] for row in rows if row["scope_kind"] != "city"}
    tasks = {tuple(row[name] for name in CONDITION): row for row in known.to_pylist()}
    changes = {
        condition: ("closed", 0)
        for condition, task in tasks.items()
        if task["state"] != "closed"
        and (condition[0] not in asked or (condition[0] in divided and condition[1] == "city"))
    }
    for row in rows:
        condition = tuple(row[name] for name in CONDITION)
        is_silent = row["has_erred"] or row["applicable"] == 0
        if is_silent or (row["scope_kind"] == "city" and row["rule_id"] in divided):
            continue
        if kind := _change_of(tasks.get(condition), row["failing"]):
            changes[condition] = (kind, row["failing"])
    planned = [
        {
            "kind": kind,
            **dict(zip(CONDITION, condition, strict=True)),
            "owner": asked[condition[0]].owner if condition[0] in asked else "city",
            "row_count": row_count,
            "due_on": day + due_days(condition[0], rules) if condition[0] in asked else day,
        }
        for condition, (kind, row_count) in sorted(changes.items())
    ]
    return pa.Table.from_pylist(planned, schema=STANDING_CHANGE)


def _change_of(task: dict[str, Any] | None, failing: int) -> str | None:
    """What happens to the task of a condition of which so many fail now; None where nothing does."""
    if task is None:
        return "opened" if failing else None
    if task["state"] == "closed":
        return "reopened" if failing else None
    if not failing:
        return "closed"
    return "changed" if failing != task["row_count"] else None


def compare_days(states: pa.Table) -> dict[str, list[dict[str, Any]]]:
    """The tasks that are `new`, `resolved` and `persisting` between two days, by rule and scope.

    `states`: task_id, rule_id, scope_kind, scope_code, batch_id, was_open, is_open. What opened and closed between the
    days is none of them; what closed and opened again persists.
    """
    names = {(False, True): "new", (True, False): "resolved", (True, True): "persisting"}
    compared: dict[str, list[dict[str, Any]]] = {name: [] for name in names.values()}
    for row in states.to_pylist():
        if name := names.get((row.pop("was_open"), row.pop("is_open"))):
            compared[name].append(row)
    return compared
