"""Batches in PostgreSQL: opened once per sender and content, ended in one transaction as accepted or refused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl.contracts import FINDING, HELD_ROW, PERSON_RECORD
from etl.contracts.reading import Finding, Recognition, Sender
from etl.errors import ConfigError, DataError
from etl.warehouse.audit import record
from etl.warehouse.load import copy_table, fetch_table
from etl.warehouse.tasks import write_batch_tasks


@dataclass(frozen=True)
class Batch:
    """One received file and what became of it; `refusal_rule_id` and `refusal` say why it was refused."""

    batch_id: int
    sha256: str
    sender_code: str | None
    kind: str | None
    state: str
    refusal_rule_id: str | None
    refusal: str | None
    rows_in: int
    accepted: int
    quarantined: int
    duplicate: int
    withdrawn: int


@dataclass(frozen=True)
class Intake:
    """What taking a file in came to: its accepted person records, the rows held back, findings, tasks.

    `counts` has `rows_in`, `accepted`, `quarantined` and `duplicate`, in this order.
    """

    recognition: Recognition
    counts: dict[str, int]
    person_records: Iterable[pa.Table]
    held_rows: Iterable[pa.Table]
    findings: Sequence[Finding]
    tasks: pa.Table


def open_batch(
    connection: Connection, sha256: str, size: int, sender_code: str, file_name: str, today: date | None = None
) -> Batch:
    """Register a file; the same content from the same sender is the batch that it was the first time.

    `file_name` comes sealed. A sender whom nobody knows, or content that another sender delivered before, opens a batch
    that is refused. Where `today` is set, the file came on that day: how live the data is must not depend on the day of
    a demonstration.
    """
    sender = find_sender(connection, sender_code)
    known_code = sender.sender_code if sender else None
    with connection.cursor() as cursor:
        # One at a time for a content: of two senders who deliver it in the same moment, only one may be its first.
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", (f"content {sha256}",))
        cursor.execute(
            "insert into intake.batch (sha256, sender_code, file_name, bytes, state, rows_in, accepted, quarantined, duplicate, withdrawn, received_at)"
            " values (%s, %s, %s, %s, 'waiting', 0, 0, 0, 0, 0, now() + coalesce(%s::date - current_date, 0) * interval '1 day')"
            " on conflict (sha256, sender_code) do nothing returning batch_id",
            (sha256, known_code, file_name, size, today),
        )
        is_new = cursor.fetchone() is not None
        cursor.execute(
            "select batch_id from intake.batch where sha256 = %s and sender_code is not distinct from %s",
            (sha256, known_code),
        )
        (batch_id,) = cursor.fetchone() or (0,)
        cursor.execute(
            "select min(batch_id) from intake.batch where sha256 = %s and batch_id < %s and state in ('waiting', 'accepted')",
            (sha256, batch_id),
        )
        (first_batch_id,) = cursor.fetchone() or (None,)
    if is_new:
        record(connection, "engine", "batch.received", f"batch {batch_id}", {"bytes": size})
    if sender is None:
        refuse_batch(
            connection,
            batch_id,
            DataError(
                "sender: the code is nobody's; expected a code from the list of senders. Send the file again under your own code.",
                "sender_unknown",
            ),
        )
    elif is_new and first_batch_id is not None:
        refuse_batch(
            connection,
            batch_id,
            DataError(
                f"file: another sender delivered this same content as batch {first_batch_id}; expected the sender's own file."
                " Find out whose file it is, and send the other one.",
                "file_of_another_sender",
            ),
        )
    return read_batch(connection, batch_id)


def find_sender(connection: Connection, sender_code: str) -> Sender | None:
    """The sender of a code, if there is one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select sender_code, kind, name, facility_code, ward_code from reference.sender where sender_code = %s",
            (sender_code,),
        )
        row = cursor.fetchone()
    return Sender(*row) if row else None


def read_batch(connection: Connection, batch_id: int) -> Batch:
    """The batch of a number; `ConfigError` where there is none."""
    columns = ", ".join(Batch.__dataclass_fields__)
    with connection.cursor() as cursor:
        cursor.execute(f"select {columns} from intake.batch where batch_id = %s", (batch_id,))
        row = cursor.fetchone()
    if row is None:
        raise ConfigError(
            f"batch {batch_id}: there is no such batch; expected the number of a received file. See `healthbook status`."
        )
    return Batch(*row)


def read_waiting(connection: Connection) -> list[int]:
    """Batches whose file was received and not yet taken in, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute("select batch_id from intake.batch where state = 'waiting' order by batch_id")
        return [batch_id for (batch_id,) in cursor.fetchall()]


def read_standing(connection: Connection, sender_code: str, kind: str, most: int) -> list[int]:
    """The newest batches of a sender and kind whose rows stand."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select batch_id from intake.batch where (sender_code, kind, state) = (%s, %s, 'accepted')"
            " order by batch_id desc limit %s",
            (sender_code, kind, most),
        )
        return [batch_id for (batch_id,) in cursor.fetchall()]


def refuse_batch(connection: Connection, batch_id: int, error: DataError, kind: str | None = None) -> None:
    """End a batch as refused, with the rule and the reason; nothing of it is kept but its bytes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update intake.batch set state = 'refused', refusal_rule_id = %s, refusal = %s, kind = coalesce(%s, kind), finished_at = now()"
            " where batch_id = %s and state <> 'refused'",
            (error.rule_id, str(error), kind, batch_id),
        )
        if cursor.rowcount:
            record(connection, "engine", "batch.refused", f"batch {batch_id}", {"rule": error.rule_id})


def read_known_records(connection: Connection, sender_code: str, batch_id: int) -> pa.Table:
    """What the sender's other batches brought: `record_id`, and `digest_mark` (see `etl.sources.rows`), both int64.

    What was withdrawn is not known: sent again, it is accepted.
    """
    return fetch_table(
        connection,
        "select record_id, ('x' || substr(row_digest, 16, 8))::bit(32)::bigint as digest_mark from intake.person_record"
        " where sender_code = %s and batch_id <> %s and batch_id not in (select batch_id from intake.batch where state = 'withdrawn')",
        (sender_code, batch_id),
        pa.schema([("record_id", pa.int64()), ("digest_mark", pa.int64())]),
    )


def accept_batch(connection: Connection, batch_id: int, intake: Intake, today: date) -> None:
    """Write all that a batch came to and end it as accepted; running it again writes the same once more.

    Its tasks keep their course.
    """
    with connection.cursor() as cursor:
        for table in ("quality.finding", "intake.held_row", "intake.person_record"):
            cursor.execute(f"delete from {table} where batch_id = %s", (batch_id,))
    _write_records(connection, batch_id, intake.person_records)
    for rows in intake.held_rows:
        copy_table(connection, HELD_ROW.qualified_name, rows)
    copy_table(connection, FINDING.qualified_name, findings_table(batch_id, intake.findings))
    write_batch_tasks(connection, batch_id, intake.tasks, today)
    seen = intake.recognition
    with connection.cursor() as cursor:
        cursor.execute(
            "update intake.batch set state = 'accepted', refusal_rule_id = null, refusal = null, kind = %s, encoding = %s, separator = %s,"
            " rows_in = %s, accepted = %s, quarantined = %s, duplicate = %s, finished_at = now() where batch_id = %s",
            (seen.kind, seen.encoding, seen.separator, *intake.counts.values(), batch_id),
        )
    record(connection, "engine", "batch.accepted", f"batch {batch_id}", {**intake.counts})


def _write_records(connection: Connection, batch_id: int, tables: Iterable[pa.Table]) -> None:
    """Add person records; one that only withdrawn batches of the sender brought is there, and stands by this one's row."""
    columns = [field.name for field in PERSON_RECORD]
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from intake.batch w join intake.batch b using (sender_code)"
            " where w.state = 'withdrawn' and b.batch_id = %s)",
            (batch_id,),
        )
        (has_withdrawn,) = cursor.fetchone() or (False,)
        if has_withdrawn:
            cursor.execute("create temp table arriving (like intake.person_record) on commit drop")
    for table in tables:
        copy_table(connection, "arriving" if has_withdrawn else PERSON_RECORD.qualified_name, table)
    if has_withdrawn:
        new = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "record_id")
        with connection.cursor() as cursor:
            cursor.execute(
                f"insert into intake.person_record ({', '.join(columns)}) select {', '.join(columns)} from arriving"
                f" on conflict (record_id) do update set {new}"
            )


def findings_table(batch_id: int, findings: Iterable[Finding]) -> pa.Table:
    """Findings as rows of `quality.finding`."""
    findings = list(findings)
    rows = [{**finding.__dict__, "batch_id": batch_id, "row_nos": None} for finding in findings]
    table = pa.Table.from_pylist(rows, schema=FINDING.arrow_schema)
    numbers = [pa.array(finding.row_nos, pa.int32()) for finding in findings]
    ends = np.cumsum([0, *map(len, numbers)]).astype(np.int32)
    lists = pa.ListArray.from_arrays(ends, pa.concat_arrays(numbers) if numbers else pa.array([], pa.int32()))
    return table.set_column(table.column_names.index("row_nos"), FINDING.arrow_schema.field("row_nos"), lists)


def read_findings(connection: Connection, batch_id: int) -> list[Finding]:
    """The findings of a batch, worst first."""
    columns = ", ".join(Finding.__dataclass_fields__)
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {columns} from quality.finding where batch_id = %s"
            " order by array_position(array['critical', 'warning', 'info'], severity), row_count desc, rule_id",
            (batch_id,),
        )
        rows = [dict(zip(Finding.__dataclass_fields__, row, strict=True)) for row in cursor.fetchall()]
    return [Finding(**{**row, "row_nos": tuple(row["row_nos"])}) for row in rows]


def read_accepted(connection: Connection) -> dict[int, int]:
    """How many rows each batch has whose accepted rows stand."""
    with connection.cursor() as cursor:
        cursor.execute("select batch_id, accepted from intake.batch where state = 'accepted' order by batch_id")
        return dict(cursor.fetchall())
