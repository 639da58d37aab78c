"""Where a row went and where a book's field came from, as PostgreSQL knows it: outcome, findings, links, books."""

from typing import Any

from psycopg2.extensions import connection as Connection

from etl.contracts import EVENT_TABLES, PERSON_RECORD

Rows = list[dict[str, Any]]


def _read(connection: Connection, query: str, *values: object) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def read_record(connection: Connection, batch_id: int, row_no: int) -> dict[str, Any] | None:
    """The accepted record of a row: the columns of `person_record`."""
    found = _read(
        connection, "select * from intake.person_record where batch_id = %s and row_no = %s", batch_id, row_no
    )
    return found[0] if found else None


def read_held(connection: Connection, batch_id: int, row_no: int) -> dict[str, Any] | None:
    """Why a row was not accepted: `outcome, rule_id, duplicate_of`, and of a duplicate the `first_batch_id` and
    `first_row_no` of the row that came first."""
    found = _read(
        connection,
        """
        select h.outcome, h.rule_id, h.duplicate_of, p.batch_id as first_batch_id, p.row_no as first_row_no
        from intake.held_row h left join intake.person_record p on p.record_id = h.duplicate_of
        where h.batch_id = %s and h.row_no = %s""",
        batch_id,
        row_no,
    )
    return found[0] if found else None


def read_removed(connection: Connection, batch_id: int) -> set[str]:
    """What of a batch retention removed: raw_file, staged_file, quarantined, duplicate."""
    kinds = ("raw_file", "staged_file", "quarantined", "duplicate")
    found = _read(
        connection, "select kind from intake.removal where subject_id = %s and kind = any(%s)", batch_id, list(kinds)
    )
    return {row["kind"] for row in found}


def read_findings_of_row(connection: Connection, batch_id: int, row_no: int) -> Rows:
    """The findings that name a row: `rule_id, table_name, column_name, severity, action`, worst first."""
    return _read(
        connection,
        "select rule_id, table_name, column_name, severity, action from quality.finding"
        " where batch_id = %s and %s = any(row_nos)"
        " order by array_position(array['critical', 'warning', 'info'], severity), rule_id, table_name, column_name",
        batch_id,
        row_no,
    )


def read_links_of_record(connection: Connection, record_id: int) -> Rows:
    """Whose a record was believed to be, from when to when, oldest first."""
    return _read(
        connection,
        "select person_id, decision, rule, score, model_version, opened_at, opened_run_id, opened_ruling_id, closed_at,"
        " closed_run_id, closed_ruling_id, actor from identity.link where record_id = %s order by link_id",
        record_id,
    )


def read_page(connection: Connection, person_id: int) -> Rows:
    """What a book shows, field by field, with its source; nothing where there is no book."""
    return _read(connection, "select * from book.person_page where person_id = %s order by field_name", person_id)


def read_field_values(connection: Connection, person_id: int) -> Rows:
    """What records state of a person beyond the register, the value shown first."""
    return _read(
        connection,
        "select * from book.field_value where person_id = %s order by field_name, value_rank",
        person_id,
    )


def read_former_values(connection: Connection, person_id: int, field: str) -> Rows:
    """What a book showed in a field before, and in which builds; the newest first."""
    return _read(
        connection,
        "select person_id, field_name, value, rule, true_from, record_id, batch_id, row_no, register_version, known_from_run_id, known_to_run_id"
        " from book.field_timeline where person_id = %s and field_name = %s and known_to_run_id is not null"
        " order by known_to_run_id desc",
        person_id,
        field,
    )


def read_records_of_person(connection: Connection, person_id: int) -> Rows:
    """The records that are believed to be a person's, newest statement first."""
    columns = ", ".join(f"p.{field.name}" for field in PERSON_RECORD)
    return _read(
        connection,
        f"select {columns}, l.decision from identity.link l join intake.person_record p using (record_id)"
        " where l.closed_at is null and l.person_id = %s order by p.as_of_date desc nulls last, p.record_id",
        person_id,
    )


def read_events_of_record(connection: Connection, record_id: int) -> Rows:
    """The lines that a record has in a book: `person_id, section, lines` (their numbers; 1 for an encounter)."""
    queries = " union all ".join(
        f"select person_id, '{table.name}' as section, record_id, {'line_no' if _is_numbered(table) else '1'} as line_no"
        f" from {table.qualified_name}"
        for table in EVENT_TABLES
    )
    return _read(
        connection,
        f"select person_id, section, array_agg(line_no order by line_no) as lines from ({queries}) as e"
        " where person_id in (select person_id from identity.link where record_id = %s) and record_id = %s"
        " group by person_id, section order by section",
        record_id,
        record_id,
    )


def _is_numbered(table: Any) -> bool:
    return "line_no" in [field.name for field in table]
