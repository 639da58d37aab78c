"""Everything that is held of one person, in one statement, so that no publishing falls in between; and what would name him."""

from typing import Any

from psycopg2.extensions import connection as Connection

from etl.contracts import EVENT_TABLES, FIELD_VALUE, PERSON_RECORD, REGISTER_PERSON, Table
from etl.contracts.book import PERSON_FIELDS
from etl.warehouse.load import fetch_table
from etl.warehouse.sealing import Seals

PLACE = "'{person_id,batch_id,row_no,sender_code,register_version}'::text[]"
"""What an exported line says in its `source`, and not beside its values."""


def read_person(
    connection: Connection, seals: Seals, person_id: int, *, with_restricted: bool
) -> dict[str, Any] | None:
    """A person's whole book with the source of each value; None where there is no book.

    `book` (what it is based on), `administrative` (a list: field, value, rule, source; the value shown has rank 1, and
    those kept behind it follow), `records` and a list for each table of events. What the law restricts (HIV), and all
    that was recorded in the same visit, is there only `with_restricted`.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql_for_person(with_restricted), {"person_id": person_id})
        row = cursor.fetchone()
    if row is None:
        return None
    found: dict[str, Any] = row[0]
    sections = {table.name: seals.open_rows(table, found["sections"][table.name], person_id) for table in EVENT_TABLES}
    administrative = seals.open_rows(FIELD_VALUE, found["administrative"], person_id)
    return {**found, "administrative": administrative, "sections": sections}


def find_bearers(connection: Connection, number_hash: str) -> list[dict[str, Any]]:
    """Who bears a number (`is_active`) or bore it: `person_id`, `kept_id` where merged away, and whether a book is there."""
    found: list[dict[str, Any]] = fetch_table(
        connection,
        """
        select i.person_id, i.is_active, m.kept_id, b.person_id is not null as has_book
        from identity.register_identifier i left join identity.merged_person m using (person_id)
        left join book.health_book b on b.person_id = coalesce(m.kept_id, i.person_id)
        where i.national_id_hash = %s order by i.is_active desc, i.person_id""",
        (number_hash,),
    ).to_pylist()
    return found


def count_decisions(connection: Connection, person_id: int, *, with_restricted: bool) -> dict[str, int]:
    """A book's records by how each came to be in it: `rule`, `weight`, `reviewer`, `waiting` or `alone` (no one else's)."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            select case when l.rule in ('reviewer', 'joined') or l.opened_ruling_id is not null then 'reviewer' when l.decision = 'review' then 'waiting'
                when l.decision = 'none' then 'alone' when l.rule = 'weight' then 'weight' else 'rule' end as how, count(*)
            from identity.link l where l.closed_at is null and l.person_id = %s {_sql_for_open("l", with_restricted)}
            group by 1 order by 1""",
            (person_id,),
        )
        return {str(how): int(records) for how, records in cursor.fetchall()}


def read_restricted_fields(connection: Connection, person_id: int) -> list[str]:
    """The fields whose value a book shows because a visit that the law restricts stated it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select v.field_name from book.field_value v where v.person_id = %s and v.value_rank = 1 and exists"
            " (select from book.encounter r where r.record_id = v.record_id and r.is_restricted) order by v.field_name",
            (person_id,),
        )
        return [name for (name,) in cursor.fetchall()]


def sql_for_person(with_restricted: bool) -> str:
    """One row: the book as one JSON object; no row where there is no book."""
    names = "'{" + ",".join(("digest", "lineage_digest", *(field.name for field in PERSON_FIELDS))) + "}'::text[]"
    sections = ",\n".join(f"'{table.name}', {_sql_for_section(table, with_restricted)}" for table in EVENT_TABLES)
    return f"""
    select jsonb_build_object(
        'book', to_jsonb(b) - {names},
        'administrative', {_sql_for_list(_sql_for_administrative(), "x.field_name, x.value_rank")},
        'records', {_sql_for_list(_sql_for_records(with_restricted), "x.record_id")},
        'sections', jsonb_build_object({sections}))
    from book.health_book b where b.person_id = %(person_id)s"""


def _sql_for_list(rows: str, order: str) -> str:
    """The rows as a JSON list, each with its source apart."""
    source = (
        "jsonb_build_object('batch_id', x.batch_id, 'row_no', x.row_no, 'sender_code', x.sender_code,"
        " 'register_version', x.register_version)"
    )
    return (
        f"(select coalesce(jsonb_agg(to_jsonb(x) - {PLACE} || jsonb_build_object('source', {source}) order by {order}), '[]')"
        f" from ({rows}) as x)"
    )


def _sql_for_administrative() -> str:
    return """
        select field_name, 1 as value_rank, value, rule, as_of_date, record_count, record_id, batch_id, row_no,
            sender_code, register_version
        from book.person_page where person_id = %(person_id)s
        union all
        select v.field_name, v.value_rank, v.value, v.rule, v.as_of_date, v.record_count, v.record_id, v.batch_id,
            v.row_no, p.sender_code, v.register_version
        from book.field_value v left join intake.person_record p using (record_id)
        where v.person_id = %(person_id)s and v.value_rank > 1"""


def _sql_for_records(with_restricted: bool) -> str:
    return f"""
        select p.record_id, p.batch_id, p.row_no, p.sender_code, p.as_of_date, l.decision, l.opened_at,
            null::integer as register_version
        from identity.link l join intake.person_record p using (record_id)
        where l.closed_at is null and l.person_id = %(person_id)s {_sql_for_open("l", with_restricted)}"""


def _sql_for_section(table: Table, with_restricted: bool) -> str:
    names = [field.name for field in table]
    own = "and t.is_restricted is not true" if "is_restricted" in names and not with_restricted else ""
    rows = f"""
        select t.*, p.sender_code, null::integer as register_version
        from {table.qualified_name} t left join intake.person_record p using (record_id)
        where t.person_id = %(person_id)s {own} {_sql_for_open("t", with_restricted)}"""
    return _sql_for_list(rows, "x.record_id, x.line_no" if "line_no" in names else "x.record_id")


def _sql_for_open(alias: str, with_restricted: bool) -> str:
    """Leaves out what belongs to a visit that the law restricts: a drug or a measurement would tell of it."""
    if with_restricted:
        return ""
    return f"and not exists (select from book.encounter r where r.record_id = {alias}.record_id and r.is_restricted)"


def has_person(connection: Connection, person_id: int) -> bool:
    """Whether there is, or was, such a person."""
    with connection.cursor() as cursor:
        cursor.execute("select exists (select from identity.person where person_id = %s)", (person_id,))
        (found,) = cursor.fetchone() or (False,)
    return bool(found)


def read_naming_values(connection: Connection, seals: Seals, person_id: int) -> list[str]:
    """Every identifying value that the register or one of his records states of a person."""
    sources = {
        PERSON_RECORD: "intake.person_record t join identity.link l using (record_id) where l.person_id = %s",
        REGISTER_PERSON: "identity.register_person t where t.person_id = %s",
    }
    values: set[str] = set()
    for table, source in sources.items():
        names = [field.name for field in table.sealed_fields]  # a birth date is not among them, for letters have dates
        columns = ", ".join(f"t.{name}" for name in (table.owner, *names))
        rows = fetch_table(connection, f"select {columns} from {source}", (person_id,)).to_pylist()
        values |= {row[name] for row in seals.open_rows(table, rows) for name in names if row[name]}
    return sorted(values)
