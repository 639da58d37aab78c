"""What a build looked at and why, how it differs from the last one, and who let it take effect."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl.warehouse.audit import record
from etl.warehouse.load import copy_table


def write_reasons(connection: Connection, run_id: int, reasons: Mapping[str, int]) -> None:
    """How many records were looked at, for each reason."""
    with connection.cursor() as cursor:
        for reason, records in sorted(reasons.items()):
            cursor.execute(
                "insert into identity.run_reason (run_id, reason, records) values (%s, %s, %s)",
                (run_id, reason, records),
            )


def write_drift(connection: Connection, run_id: int, drift: pa.Table) -> None:
    """The counts of `drift.DRIFT`."""
    copy_table(connection, "identity.drift", drift.add_column(0, "run_id", pa.array([run_id] * len(drift), pa.int64())))


def write_differences(connection: Connection, run_id: int, found: pa.Table) -> None:
    """The counts of `difference.DIFFERENCE`."""
    copy_table(
        connection, "identity.difference", found.add_column(0, "run_id", pa.array([run_id] * len(found), pa.int64()))
    )


def read_differences(connection: Connection, run_id: int) -> list[dict[str, Any]]:
    """The same back, what changes first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select kind, reason, persons, records from identity.difference where run_id = %s order by kind = 'kept', kind, persons desc, reason",
            (run_id,),
        )
        return [dict(zip(("kind", "reason", "persons", "records"), row, strict=True)) for row in cursor.fetchall()]


def note_answer(connection: Connection, run_id: int, actor: str, answer: str) -> None:
    """Who approved or rejected a proposed build."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update identity.run set answered_by = %s, answered_at = now() where run_id = %s", (actor, run_id)
        )
    record(connection, actor, f"relink.{answer}", f"run {run_id}", {})
