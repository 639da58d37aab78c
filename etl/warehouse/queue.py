"""What a reviewer is shown: the records that wait, the links as they stand, and what both sides state."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl.contracts import PERSON_RECORD, REGISTER_PERSON, RULING, Table
from etl.warehouse.load import fetch_table
from etl.warehouse.scores import read_query
from etl.warehouse.sealing import Seals


def read_waiting(connection: Connection) -> pa.Table:
    """The records that wait for a reviewer, as `linkage.review.rank` takes them, with `opened_at`."""
    return read_query(connection, "review_waiting", {})


def read_verdicts(connection: Connection) -> dict[str, tuple[int, int]]:
    """Per rule by which pairs had waited, how many were ruled same, and how many different."""
    rows = read_query(connection, "review_verdicts", {}).to_pylist()
    return {row["rule"]: (row["same"], row["different"]) for row in rows}


def read_links(connection: Connection, record_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The open links of records, by record; with the `register_version` of the build that opened each."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select l.*, r.register_version from identity.link l left join identity.run r on r.run_id = l.opened_run_id
            where l.closed_at is null and l.record_id = any(%s)""",
            (list(record_ids),),
        )
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {int(row["record_id"]): row for row in rows}


def read_records(connection: Connection, seals: Seals, record_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What sources stated, by record."""
    return _read_rows(connection, seals, PERSON_RECORD, record_ids)


def read_persons(connection: Connection, seals: Seals, person_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What the register states now, by person."""
    return _read_rows(connection, seals, REGISTER_PERSON, person_ids)


def _read_rows(connection: Connection, seals: Seals, table: Table, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    query = f"select * from {table.qualified_name} where {table.owner} = any(%s)"
    rows = seals.open(table, fetch_table(connection, query, (list(ids),), table.arrow_schema))
    return {int(row[table.owner]): row for row in rows.to_pylist()}


def read_rulings_of(connection: Connection, seals: Seals, record_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """What reviewers ruled of records before, openly; the newest last."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select record_id, person_id, verdict, reason, note, actor, decided_at from identity.ruling"
            " where not is_blind and record_id = any(%s) order by ruling_id",
            (list(record_ids),),
        )
        names = [column.name for column in cursor.description or ()]
        rows = seals.open_rows(RULING, [dict(zip(names, row, strict=True)) for row in cursor.fetchall()])
    return {one: [row for row in rows if row["record_id"] == one] for one in record_ids}


def count_people(connection: Connection) -> int:
    """The people of the register who are not cancelled."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from identity.register_person where status is distinct from 'cancelled'")
        (people,) = cursor.fetchone() or (0,)
    return int(people)


def count_links(connection: Connection) -> dict[str, int]:
    """How many open links are matches, wait for a reviewer, or found nobody."""
    with connection.cursor() as cursor:
        cursor.execute("select decision, count(*) from identity.link where closed_at is null group by decision")
        found = dict(cursor.fetchall())
    return {decision: int(found.get(decision, 0)) for decision in ("match", "review", "none")}
