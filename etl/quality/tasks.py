"""Tasks: what somebody must mend, by when; opened by findings and standing checks, closed by data that passes alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import TASK
from etl.contracts.reading import Finding
from etl.quality.catalogue import Action, Catalogue, catalogue

OPENING = (Action.open_task, Action.quarantine_row)
LATER = {"task_id", "closed_at", "acknowledged_at", "assignee", "escalated_at"}
OPENED = pa.schema([field for field in TASK.arrow_schema if field.name not in LATER])
"""A task as it is opened: the database numbers it."""


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


@dataclass(frozen=True)
class StandingChanges:
    """What becomes of the tasks of standing conditions: `opened` as `OPENED`; `changed` with task_id and row_count, and the
    new due_on of one that is opened again; `closed` by task_id."""

    opened: pa.Table
    changed: tuple[dict[str, Any], ...]
    closed: tuple[int, ...]


def settle_standing(
    tasks: pa.Table, standing: pa.Table, stations: dict[str, str], today: date, rules: Catalogue | None = None
) -> StandingChanges:
    """One task for each standing rule and scope that fails, for as long as it does.

    `tasks`: every task of a standing condition (task_id, rule_id, scope_kind, scope_code, state, row_count); `standing`: the
    day's rows of `quality.standing`; `stations`: ward -> the sender that is its station. A rule that tells of wards or
    senders opens none for the city. A condition of which the day says nothing, or whose check broke, leaves its task alone.
    """
    rules = rules or catalogue()
    meant = {rule.rule_id for rule in rules if rule.meta.action is Action.open_task and not rule.meta.shadow}
    finest = {row["rule_id"] for row in standing.to_pylist() if row["scope_kind"] != "city"}
    said = {
        (row["rule_id"], row["scope_kind"], row["scope_code"]): row["failing"]
        for row in standing.to_pylist()
        if row["rule_id"] in meant
        and not row["has_erred"]
        and (row["scope_kind"] != "city" or row["rule_id"] not in finest)
    }
    known = {(task["rule_id"], task["scope_kind"], task["scope_code"]): task for task in tasks.to_pylist()}
    changed, closed = [], []
    for key, task in known.items():
        failing, is_closed = said.get(key), task["state"] == "closed"
        if failing and is_closed:
            changed.append({"task_id": task["task_id"], "row_count": failing, "due_on": _due(rules, key[0], today)})
        elif failing and failing != task["row_count"]:
            changed.append({"task_id": task["task_id"], "row_count": failing})
        elif failing == 0 and not is_closed:
            closed.append(task["task_id"])
    opened = [
        _opened(rules, key, failing, stations, today)
        for key, failing in sorted(said.items())
        if failing and key not in known
    ]
    return StandingChanges(pa.Table.from_pylist(opened, schema=OPENED), tuple(changed), tuple(closed))


def _due(rules: Catalogue, rule_id: str, today: date) -> date:
    return today + timedelta(days=rules[rule_id].meta.due_days or 0)


def _opened(
    rules: Catalogue, key: tuple[str, str, str], failing: int, stations: dict[str, str], today: date
) -> dict[str, Any]:
    rule_id, scope_kind, scope_code = key
    return {
        "rule_id": rule_id,
        "sender_code": {"sender": scope_code, "ward": stations.get(scope_code)}.get(scope_kind),
        "owner": rules[rule_id].meta.owner,
        "state": "open",
        "row_count": failing,
        "opened_at": datetime.combine(today, time(), UTC),
        "due_on": _due(rules, rule_id, today),
        "scope_kind": scope_kind,
        "scope_code": scope_code,
        "reopened": 0,
    }
