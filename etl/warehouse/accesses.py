"""Who read or changed what is held of people: of one person, and of everybody in a period; out of the audit."""

from datetime import datetime
from typing import Any

from psycopg2.extensions import connection as Connection

from etl.warehouse.scores import QUERIES

Rows = list[dict[str, Any]]


def read_accesses(connection: Connection, person_id: int) -> Rows:
    """Every event that concerns a person: `entry_no, chained_at, actor, action, subject, detail`, oldest first.

    Also of records that are not his any more or were never more than a candidate's: whoever looked at those saw him.
    What a build or a batch did to many people at once is not among them; it is in the lineage of the book's fields.
    """
    return _read(connection, "audit_accesses", {"person_id": person_id})


def read_period(connection: Connection, start: datetime, end: datetime) -> Rows:
    """Per actor and action from `start` to before `end`: `events, first_at, last_at, person_ids, of_nobody` (subjects)."""
    return _read(connection, "audit_breach", {"from": start, "to": end})


def _read(connection: Connection, name: str, values: dict[str, Any]) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute((QUERIES / f"{name}.sql").read_text(encoding="utf-8"), values)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
