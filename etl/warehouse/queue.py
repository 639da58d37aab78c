"""What a reviewer is shown: the records that wait, the links as they stand, and what both sides state."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl.contracts import PERSON_RECORD, REGISTER_PERSON, RULING, Table
from etl.contracts.fields import Privacy
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


def read_rows(connection: Connection, seals: Seals, table: Table, ids: Sequence[int]) -> pa.Table:
    """The rows of records or persons without what is about their health: a reviewer has no need of it, nor the right."""
    schema = pa.schema([table.arrow_schema.field(one.name) for one in table if one.privacy is not Privacy.health])
    query = f"select {', '.join(schema.names)} from {table.qualified_name} where {table.owner} = any(%s)"
    return seals.open(table, fetch_table(connection, query, (list(ids),), schema))


def _read_rows(connection: Connection, seals: Seals, table: Table, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    return {int(row[table.owner]): row for row in read_rows(connection, seals, table, ids).to_pylist()}


def read_rulings_of(connection: Connection, seals: Seals, record_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """What reviewers ruled of records before, openly; the newest last; `is_undone` where it was taken back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select r.record_id, r.person_id, r.verdict, r.reason, r.note, r.actor, r.decided_at, u.ruling_id is not null as is_undone"
            " from identity.ruling r left join identity.ruling u on u.undoes_ruling_id = r.ruling_id"
            " where not r.is_blind and r.undoes_ruling_id is null and r.record_id = any(%s) order by r.ruling_id",
            (list(record_ids),),
        )
        names = [column.name for column in cursor.description or ()]
        rows = seals.open_rows(RULING, [dict(zip(names, row, strict=True)) for row in cursor.fetchall()])
    return {one: [row for row in rows if row["record_id"] == one] for one in record_ids}


def read_links_of(connection: Connection, record_id: int) -> list[dict[str, Any]]:
    """Whose a record was believed to be, by whom and from when to when; the newest first."""
    return _read_all(
        connection,
        "select l.link_id, l.person_id, l.decision, l.rule, l.actor, l.opened_at, l.opened_run_id, l.closed_at, l.closed_run_id,"
        " o.actor as opened_by, c.actor as closed_by, o.undoes_ruling_id is not null as is_restored"
        " from identity.link l left join identity.ruling o on o.ruling_id = l.opened_ruling_id"
        " left join identity.ruling c on c.ruling_id = l.closed_ruling_id where l.record_id = %s order by l.link_id desc",
        (record_id,),
    )


def read_record_ids(connection: Connection, person_id: int) -> list[int]:
    """The records that are believed to be a person's."""
    query = "select record_id from identity.link where closed_at is null and person_id = %s order by record_id"
    return [int(row["record_id"]) for row in _read_all(connection, query, (person_id,))]


def count_records_of(connection: Connection, person_ids: Sequence[int]) -> dict[int, int]:
    """How many records are believed to be each person's."""
    query = "select person_id, count(*) as records from identity.link where closed_at is null and person_id = any(%s) group by 1"
    return {int(row["person_id"]): int(row["records"]) for row in _read_all(connection, query, (list(person_ids),))}


def read_records_of(
    connection: Connection, seals: Seals, person_ids: Sequence[int], most: int
) -> dict[int, list[dict[str, Any]]]:
    """Of each person up to `most` records, the newest statement first: who sent them, when, and whom they name."""
    rows = _read_all(
        connection,
        """
        select q.*, b.received_at from (
            select l.person_id, l.decision, l.rule, l.actor, l.opened_at, p.record_id, p.batch_id, p.row_no, p.sender_code,
                p.as_of_date, p.full_name, p.birth_date, p.birth_precision, p.national_id, p.phone, p.address,
                count(*) over (partition by l.person_id) as records,
                row_number() over (partition by l.person_id order by p.as_of_date desc nulls last, p.record_id) as place
            from identity.link l join intake.person_record p using (record_id)
            where l.closed_at is null and l.person_id = any(%s)) q
        left join intake.batch b using (batch_id) where place <= %s order by person_id, place""",
        (list(person_ids), most),
    )
    opened = seals.open_rows(PERSON_RECORD, rows)
    return {one: [row for row in opened if row["person_id"] == one] for one in person_ids}


def _read_all(connection: Connection, query: str, values: Sequence[object]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


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
