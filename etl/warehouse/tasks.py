"""The one writer of tasks: each change of `quality.task` brings its event and its entry of the audit, in one transaction.

What is to change is decided elsewhere (`etl.quality.tasks`, `etl.quality.reminders`). Functions that are asked for what
holds already write nothing, so that every step may run twice.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl.errors import ConfigError
from etl.warehouse.audit import ENGINE, check_actor, record
from etl.warehouse.load import copy_table

AS_IT_WAS = "case when acknowledged_at is null then 'open' else 'acknowledged' end"


def write_batch_tasks(connection: Connection, batch_id: int, tasks: pa.Table, day: date) -> None:
    """Let a batch have these tasks (`etl.quality.tasks.OPENED`), one a rule.

    A task that it has already keeps its state, its course and who does it; one for which nothing is found any more is
    closed. A closed one stays closed: `keep_batch_tasks` alone judges by newer data whether it opens again.
    """
    with connection.cursor() as cursor:
        cursor.execute("create temp table if not exists found_task (like quality.task) on commit drop")
        cursor.execute(
            "alter table found_task alter column task_id drop not null; truncate found_task",
        )
    copy_table(connection, "found_task", tasks)
    names = ", ".join(tasks.column_names)
    changed = _write(
        connection,
        "update quality.task t set row_count = f.row_count from found_task f where t.batch_id = f.batch_id"
        " and t.rule_id = f.rule_id and t.row_count <> f.row_count returning t.task_id",
    )
    opened = _write(
        connection,
        f"insert into quality.task ({names}) select {names} from found_task order by rule_id"
        " on conflict (rule_id, batch_id) where batch_id is not null do nothing returning task_id",
    )
    gone = _write(
        connection,
        "update quality.task t set state = 'closed', closed_at = now() where batch_id = %s and state <> 'closed'"
        " and not exists (select from found_task f where f.rule_id = t.rule_id) returning t.task_id",
        (batch_id,),
    )
    for kind, task_ids in (("changed", changed), ("opened", opened), ("closed", gone)):
        note(connection, kind, task_ids, day)


def write_standing_tasks(connection: Connection, changes: pa.Table, day: date) -> None:
    """Open, change, close and re-open tasks of standing conditions (rows of `etl.quality.tasks.STANDING_CHANGE`)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "create temp table if not exists standing_change (kind text, rule_id text, scope_kind text, scope_code text,"
            " owner text, row_count bigint, due_on date) on commit drop"
        )
        cursor.execute("truncate standing_change")
    copy_table(connection, "standing_change", changes)
    same = (
        "c.rule_id = t.rule_id and c.scope_kind = t.scope_kind and c.scope_code = t.scope_code and t.batch_id is null"
    )
    opened = _write(
        connection,
        "insert into quality.task (rule_id, sender_code, owner, state, row_count, opened_at, due_on, scope_kind, scope_code)"
        " select c.rule_id, s.sender_code, c.owner, 'open', c.row_count, %s::timestamp at time zone 'UTC', c.due_on,"
        " c.scope_kind, c.scope_code from standing_change c left join reference.sender s on s.sender_code ="
        " case c.scope_kind when 'sender' then c.scope_code when 'ward' then 'PX' || c.scope_code end"
        " where c.kind = 'opened' order by c.rule_id, c.scope_kind, c.scope_code returning task_id",
        (day,),
    )
    note(connection, "opened", opened, day)
    for kind, setting in (
        ("changed", "row_count = c.row_count"),
        ("closed", "state = 'closed', closed_at = now(), row_count = 0"),
        (
            "reopened",
            "state = 'open', closed_at = null, acknowledged_at = null, escalated_at = null, row_count = c.row_count,"
            " due_on = c.due_on, reopened = t.reopened + 1",
        ),
    ):
        statement = (
            f"update quality.task t set {setting} from standing_change c where {same} and c.kind = %s returning task_id"
        )
        note(connection, kind, _write(connection, statement, (kind,)), day)


def close_tasks(connection: Connection, task_ids: Sequence[int], day: date) -> None:
    """Close tasks whose data passes now."""
    closed = _write(
        connection,
        "update quality.task set state = 'closed', closed_at = now() where task_id = any(%s) and state <> 'closed'"
        " returning task_id",
        (list(task_ids),),
    )
    note(connection, "closed", closed, day)


def reopen_tasks(connection: Connection, due_on: Mapping[int, date], day: date) -> None:
    """Open tasks again, each with its new day, because the data by which they were closed does not stand any more."""
    reopened = [
        task_id
        for task_id, due in sorted(due_on.items())
        for _ in _write(
            connection,
            "update quality.task set state = 'open', closed_at = null, acknowledged_at = null, escalated_at = null,"
            " due_on = %s, reopened = reopened + 1 where task_id = %s and state = 'closed' returning task_id",
            (due, task_id),
        )
    ]
    note(connection, "reopened", reopened, day)


def close_withdrawn(connection: Connection, batch_id: int, day: date) -> None:
    """Close the tasks of a batch that is withdrawn: there is nothing left to mend."""
    closed = _write(
        connection,
        "update quality.task set state = 'closed', closed_at = now() where batch_id = %s and state <> 'closed' returning task_id",
        (batch_id,),
    )
    note(connection, "closed", closed, day)


def restore_withdrawn(connection: Connection, batch_id: int, day: date) -> None:
    """Open the tasks again that a batch's withdrawal closed, as they were: its fault never was mended."""
    restored = _write(
        connection,
        f"update quality.task set state = {AS_IT_WAS}, closed_at = null where batch_id = %s and closed_at ="
        " (select max(decided_at) from intake.withdrawal where batch_id = %s and not is_undo) returning task_id",
        (batch_id, batch_id),
    )
    note(connection, "reopened", restored, day)


def acknowledge(connection: Connection, task_id: int, actor: str, day: date) -> None:
    """Note that somebody is at it. Raises ConfigError where there is no such task, or it is closed."""
    _check_open(connection, task_id, actor)
    done = _write(
        connection,
        "update quality.task set state = 'acknowledged', acknowledged_at = now() where task_id = %s and state = 'open'"
        " returning task_id",
        (task_id,),
    )
    note(connection, "acknowledged", done, day, actor)


def assign(connection: Connection, task_id: int, account: str, actor: str, day: date) -> None:
    """Ask an account to do it. Raises ConfigError as `acknowledge` does, and where no account is named."""
    if not account.strip():
        raise ConfigError("to: it names nobody; expected the account that is to do it. Name it with --to.")
    _check_open(connection, task_id, actor)
    done = _write(
        connection,
        "update quality.task set assignee = %s where task_id = %s and assignee is distinct from %s returning task_id",
        (account, task_id, account),
    )
    note(connection, "assigned", done, day, actor)


def _check_open(connection: Connection, task_id: int, actor: str) -> None:
    check_actor(actor)
    with connection.cursor() as cursor:
        cursor.execute("select state from quality.task where task_id = %s for update", (task_id,))
        (state,) = cursor.fetchone() or ("not there",)
    if state not in ("open", "acknowledged"):
        raise ConfigError(f"task {task_id}: it is {state}; expected one that is open. See `healthbook task list`.")


def note_told(connection: Connection, kind: str, task_ids: Sequence[int], day: date) -> None:
    """Note that the owners are reminded (`reminded`), or those above them told (`escalated`), of these tasks."""
    if kind == "escalated":
        _write(
            connection,
            "update quality.task set escalated_at = now() where task_id = any(%s) and escalated_at is null returning task_id",
            (list(task_ids),),
        )
    note(connection, kind, task_ids, day)


def note(connection: Connection, kind: str, task_ids: Sequence[int], day: date, actor: str = ENGINE) -> None:
    """Add an event to the course of each task, and one entry to the audit; nothing where there is no task."""
    if not task_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into quality.task_event (task_id, sender_code, kind, happened_on, row_count, actor, noted_at)"
            " select task_id, sender_code, %s, %s, row_count, %s, now() from quality.task where task_id = any(%s)"
            " order by task_id",
            (kind, day, actor, list(task_ids)),
        )
    subject = f"task {task_ids[0]}" if len(task_ids) == 1 else "tasks"
    record(connection, actor, f"tasks.{kind}", subject, {kind: len(task_ids)})


def _write(connection: Connection, statement: str, parameters: Sequence[object] = ()) -> list[int]:
    """Run a statement that returns the tasks that it wrote; gives them in order."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return sorted(task_id for (task_id,) in cursor.fetchall())
