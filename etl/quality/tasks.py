"""Tasks: what somebody must mend, by when; opened by findings, closed by data that passes, by nothing else."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

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
