"""Batches that are withdrawn and restored: which delivery of a row counts follows from which batches stand, and nothing else.

A record stands by the first of its deliveries (as their batches were accepted) whose batch is not withdrawn. The others
are duplicates, and all good rows of a withdrawn batch are withdrawn. So any sequence of withdrawals and restorations that
ends in the same batches ends in the same rows.
"""

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl.contracts import MOVED_ROW, PERSON_RECORD
from etl.errors import ConfigError
from etl.warehouse import tasks
from etl.warehouse.audit import check_actor, record
from etl.warehouse.load import copy_table, fetch_table

MOVED_SCHEMA = pa.schema([MOVED_ROW.arrow_schema.field(name) for name in ("batch_id", "row_no", "outcome")])
HOLDER_SCHEMA = pa.schema([MOVED_ROW.arrow_schema.field(name) for name in ("record_id", "batch_id", "row_no")])
RECORD_ID_SCHEMA = pa.schema([MOVED_ROW.arrow_schema.field("record_id")])


@dataclass(frozen=True)
class Withdrawal:
    """Who withdraws a batch, or restores it, and why."""

    batch_id: int
    actor: str
    reason: str
    is_undo: bool = False


def check_words(withdrawal: Withdrawal) -> None:
    """Raise ConfigError where nobody answers for it, or no reason is given."""
    check_actor(withdrawal.actor)
    if not withdrawal.reason.strip():
        raise ConfigError("reason: it is empty; expected why the batch is withdrawn or restored. Say it with --reason.")


def change_state(connection: Connection, withdrawal: Withdrawal, day: date) -> None:
    """Set the batch withdrawn, or accepted again; its open tasks close with it and open again.

    Raises ConfigError where it is neither.
    """
    before, after = ("withdrawn", "accepted") if withdrawal.is_undo else ("accepted", "withdrawn")
    batch_id = withdrawal.batch_id
    with connection.cursor() as cursor:
        cursor.execute("select state from intake.batch where batch_id = %s for update", (batch_id,))
        (state,) = cursor.fetchone() or ("not there",)
        if state != before:
            raise ConfigError(
                f"batch {batch_id}: it is {state}; expected one that is {before}. See `healthbook status {batch_id}`."
            )
        # A batch that does not stand accepts nothing: the counts follow with the rows, in this transaction.
        cursor.execute("update intake.batch set state = %s where batch_id = %s", (after, batch_id))
    change = tasks.restore_withdrawn if withdrawal.is_undo else tasks.close_withdrawn
    change(connection, batch_id, day)


def foretell(connection: Connection, batch_id: int) -> dict[str, int]:
    """How many rows of a batch would leave the books (`reversed`), stay by another batch's (`kept`), or are in none (`not_in`)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select count(*) filter (where not is_elsewhere), count(*) filter (where is_elsewhere),
                (select b.rows_in from intake.batch b where b.batch_id = %(batch)s) - count(*)
            from (
                select exists (
                    select from intake.held_row h join intake.batch b using (batch_id)
                    where h.duplicate_of = p.record_id and h.outcome = 'duplicate' and h.batch_id <> p.batch_id
                        and b.state = 'accepted') as is_elsewhere
                from intake.person_record p where p.batch_id = %(batch)s) as q""",
            {"batch": batch_id},
        )
        reversed_rows, kept, not_in = cursor.fetchone() or (0, 0, 0)
    return {"reversed": int(reversed_rows), "kept": int(kept), "not_in": int(not_in)}


def settle_rows(connection: Connection, batch_id: int) -> pa.Table:
    """Decide anew which delivery counts of each record that the batch delivered; the ledger and all counts follow.

    Gives the records that stand by another row now (`HOLDER_SCHEMA`); what that row says is to be written by
    `replace_records`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            create temp table delivery on commit drop as
            with touched as (
                select record_id from intake.person_record where batch_id = %(batch)s
                union select duplicate_of from intake.held_row where batch_id = %(batch)s and duplicate_of is not null),
            delivered as (
                select record_id, batch_id, row_no from intake.person_record join touched using (record_id)
                union select record_id, h.batch_id, h.row_no
                from intake.held_row h join touched t on t.record_id = h.duplicate_of)
            select d.*, b.state = 'withdrawn' as is_withdrawn, row_number() over (
                partition by record_id order by b.state = 'withdrawn', b.finished_at, batch_id, row_no) = 1 as is_holder
            from delivered d join intake.batch b using (batch_id)""",
            {"batch": batch_id},
        )
        cursor.execute("create index on delivery (batch_id, row_no)")
        cursor.execute("analyze delivery")
        cursor.execute("""
            create temp table holder on commit drop as
            select d.record_id, d.batch_id, d.row_no, p.batch_id as old_batch_id, p.row_no as old_row_no
            from delivery d join intake.person_record p using (record_id)
            where d.is_holder and (d.batch_id, d.row_no) <> (p.batch_id, p.row_no)""")
        cursor.execute("""
            insert into intake.moved_row (batch_id, row_no, record_id, outcome)
            select old_batch_id, old_row_no, record_id, 'duplicate' from holder
            union all select batch_id, row_no, record_id, 'accepted' from holder
            on conflict (batch_id, row_no) do update set outcome = excluded.outcome""")
        cursor.execute(
            "delete from intake.held_row h using delivery d where (h.batch_id, h.row_no) = (d.batch_id, d.row_no)"
        )
        cursor.execute("""
            insert into intake.held_row (batch_id, row_no, outcome, duplicate_of)
            select batch_id, row_no, case when is_withdrawn then 'withdrawn' else 'duplicate' end, record_id
            from delivery where is_withdrawn or not is_holder""")
    return fetch_table(connection, "select record_id, batch_id, row_no from holder", (), HOLDER_SCHEMA)


def replace_records(connection: Connection, rows: pa.Table) -> None:
    """Let records say what the rows say by which they stand now (columns of `person_record`)."""
    columns = [field.name for field in PERSON_RECORD if field.name != "record_id"]
    with connection.cursor() as cursor:
        cursor.execute("create temp table if not exists replacing (like intake.person_record) on commit drop")
        cursor.execute("truncate replacing")
    copy_table(connection, "replacing", rows.select([field.name for field in PERSON_RECORD]))
    with connection.cursor() as cursor:
        cursor.execute(
            f"update intake.person_record p set ({', '.join(columns)}) = ({', '.join(f'r.{name}' for name in columns)})"
            " from replacing r where r.record_id = p.record_id"
        )


def finish(connection: Connection, withdrawal: Withdrawal) -> None:
    """Count the rows of every batch concerned, and write down who did it, when and why."""
    with connection.cursor() as cursor:
        cursor.execute("""
            update intake.batch b set (accepted, duplicate, withdrawn) = (
                select
                    case b.state when 'accepted' then (select count(*) from intake.person_record p where p.batch_id = b.batch_id) else 0 end,
                    count(*) filter (where outcome = 'duplicate'), count(*) filter (where outcome = 'withdrawn')
                from intake.held_row h where h.batch_id = b.batch_id)
            where batch_id in (select batch_id from delivery)""")
        cursor.execute("select count(*) from delivery where batch_id = %s", (withdrawal.batch_id,))
        (rows,) = cursor.fetchone() or (0,)
        cursor.execute("select count(*) from holder")
        (moved,) = cursor.fetchone() or (0,)
        cursor.execute(
            "insert into intake.withdrawal (batch_id, is_undo, actor, reason, rows, moved, decided_at)"
            " values (%s, %s, %s, %s, %s, %s, now()) returning withdrawal_id",
            (withdrawal.batch_id, withdrawal.is_undo, withdrawal.actor, withdrawal.reason, rows, moved),
        )
        (withdrawal_id,) = cursor.fetchone() or (0,)
    action = "batch.restored" if withdrawal.is_undo else "batch.withdrawn"
    detail: dict[str, int | str] = {"withdrawal": int(withdrawal_id), "rows": int(rows), "moved": int(moved)}
    record(connection, withdrawal.actor, action, f"batch {withdrawal.batch_id}", detail)


def read_moved(connection: Connection) -> pa.Table:
    """Rows whose outcome is another than when their file was staged (`MOVED_SCHEMA`): few, however many rows there are."""
    return fetch_table(connection, "select batch_id, row_no, outcome from intake.moved_row", (), MOVED_SCHEMA)


def read_demoted(connection: Connection) -> pa.Table:
    """The same by record: deliveries by which a record does not stand (`record_id, batch_id`)."""
    return fetch_table(
        connection,
        "select record_id, batch_id from intake.moved_row where outcome = 'duplicate'",
        (),
        pa.schema([HOLDER_SCHEMA.field("record_id"), HOLDER_SCHEMA.field("batch_id")]),
    )


def read_promoted_batches(connection: Connection) -> list[int]:
    """Batches that stand and hold rows which became a record's only later."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct batch_id from intake.moved_row join intake.batch using (batch_id)"
            " where outcome = 'accepted' and state = 'accepted' order by batch_id"
        )
        return [batch_id for (batch_id,) in cursor.fetchall()]


def close_departed(connection: Connection, run_id: int) -> pa.Table:
    """Close the links of records all of whose deliveries were withdrawn; gives the records (`record_id`)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            create temp table departed on commit drop as
            with closed as (
                update identity.link l set closed_run_id = %s, closed_at = now()
                from intake.person_record p join intake.batch b using (batch_id)
                where b.state = 'withdrawn' and l.record_id = p.record_id and l.closed_at is null
                returning l.record_id)
            select record_id from closed""",
            (run_id,),
        )
    return fetch_table(connection, "select record_id from departed", (), RECORD_ID_SCHEMA)
