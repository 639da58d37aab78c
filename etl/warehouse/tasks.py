"""Tasks in PostgreSQL. Every change is noted by the database (`quality.task_event`, migration 0014) with actor and day."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl.contracts import TASK
from etl.errors import ConfigError
from etl.warehouse.audit import record
from etl.warehouse.load import copy_table, fetch_table

STANDING_COLUMNS = ("task_id", "rule_id", "scope_kind", "scope_code", "state", "row_count")


def act_as(connection: Connection, actor: str, day: date) -> None:
    """Say who changes tasks in this transaction, and on which day of the city."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('healthbook.actor', %s, true), set_config('healthbook.day', %s, true)", (actor, str(day))
        )


def keep_batch_tasks(connection: Connection, batch_id: int, tasks: pa.Table, day: date) -> None:
    """Make these the tasks of a batch that was taken in, perhaps again: what was acknowledged or assigned stays so.

    A task whose fault is not found any more is closed. `tasks`: as `etl.quality.tasks.open_tasks` gives them.
    """
    act_as(connection, "engine", day)
    names = ", ".join(tasks.column_names)
    with connection.cursor() as cursor:
        cursor.execute(f"create temp table found_task on commit drop as select {names} from quality.task limit 0")
        copy_table(connection, "found_task", tasks)
        cursor.execute(
            f"insert into quality.task ({names}) select {names} from found_task"
            " on conflict (rule_id, batch_id) where batch_id is not null do update set row_count = excluded.row_count"
            " where task.row_count <> excluded.row_count"
        )
        cursor.execute(
            "update quality.task set state = 'closed', closed_at = now() where batch_id = %s and state <> 'closed'"
            " and rule_id not in (select rule_id from found_task)",
            (batch_id,),
        )
        cursor.execute("drop table found_task")


def read_standing_tasks(connection: Connection) -> pa.Table:
    """Every task of a standing condition, closed ones too."""
    fields = pa.schema([TASK.arrow_schema.field(name) for name in STANDING_COLUMNS])
    query = f"select {', '.join(STANDING_COLUMNS)} from quality.task where batch_id is null order by task_id"
    return fetch_table(connection, query, (), fields)


def write_standing_tasks(
    connection: Connection, opened: pa.Table, changed: Sequence[dict[str, Any]], closed: Sequence[int], day: date
) -> None:
    """Open, change, re-open and close tasks of standing conditions.

    `changed`: task_id and row_count, and of one that is opened again its new due_on.
    """
    act_as(connection, "engine", day)
    copy_table(connection, TASK.qualified_name, opened)
    with connection.cursor() as cursor:
        for one in changed:
            cursor.execute(
                "update quality.task set row_count = %(row_count)s, closed_at = null, escalated_at = case when state = 'closed' then null"
                " else escalated_at end, reopened = reopened + (state = 'closed')::int, due_on = coalesce(%(due_on)s, due_on),"
                " state = case when state = 'closed' then 'open' else state end where task_id = %(task_id)s",
                {"due_on": None, **one},
            )
    told = {"opened": opened.num_rows, "changed": len(changed)}
    if any(told.values()):
        record(connection, "engine", "tasks.standing", f"day {day}", told)
    close_tasks(connection, closed, day)


def close_tasks(connection: Connection, task_ids: Sequence[int], day: date) -> None:
    """Close tasks whose data passes now."""
    act_as(connection, "engine", day)
    with connection.cursor() as cursor:
        cursor.execute(
            "update quality.task set state = 'closed', closed_at = now() where task_id = any(%s) and state <> 'closed'",
            (list(task_ids),),
        )
        if cursor.rowcount:
            record(connection, "engine", "tasks.closed", "tasks", {"closed": cursor.rowcount})


def acknowledge(connection: Connection, task_id: int, actor: str, day: date) -> None:
    """Note that somebody is at it. ConfigError where there is no such task, or it is closed or acknowledged already."""
    act_as(connection, actor, day)
    _change(connection, task_id, "state = 'acknowledged', acknowledged_at = now()", "state = 'open'", ())
    record(connection, actor, "task.acknowledged", f"task {task_id}", {})


def assign(connection: Connection, task_id: int, assignee: str, actor: str, day: date) -> None:
    """Ask an account to do it. ConfigError where there is no such task, or it is closed."""
    act_as(connection, actor, day)
    _change(connection, task_id, "assignee = %s", "state <> 'closed'", (assignee,))
    record(connection, actor, "task.assigned", f"task {task_id}", {"to": assignee})


def _change(connection: Connection, task_id: int, change: str, where: str, values: Sequence[object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"update quality.task set {change} where task_id = %s and {where}", (*values, task_id))
        if cursor.rowcount:
            return
        cursor.execute("select state from quality.task where task_id = %s", (task_id,))
        found = cursor.fetchone()
    state = found[0] if found else "not there"
    raise ConfigError(f"task {task_id}: it is {state}; expected one that is open. See `healthbook task list`.")
