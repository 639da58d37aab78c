"""No report view gives away a person: PostgreSQL says which columns its views read and hand on, the contracts say of
which class those are."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2.extensions
import pytest

from etl.contracts import TABLES, WAREHOUSE_TABLES, Field, Privacy
from etl.warehouse.connect import connect

FIELDS = {(table.qualified_name, field.name): field for table in WAREHOUSE_TABLES for field in table}
PERSON_KEYS = {
    (TABLES[name].qualified_name, key) for name, key in (("person", "person_id"), ("person_record", "record_id"))
}
READS_AND_DOES_NOT_SHOW = {
    ("report.book_age_sex", "book.health_book", "birth_date"),  # as a band of years
    *(
        ("report.section_completeness", "book.health_book", name)  # as whether it is filled
        for name in ("full_name", "birth_date", "national_id", "address")
    ),
}
"""The only uses of identifying columns, each looked at: a new one must be argued here."""
VIEWS = """
select c.oid::regclass::text, pg_get_viewdef(c.oid) from pg_class as c
where c.relkind in ('v', 'm') and c.relnamespace::regnamespace::text <> all('{pg_catalog,information_schema}')"""
READS = """
select distinct r.ev_class::regclass::text, d.refobjid::regclass::text, a.attname
from pg_rewrite as r
inner join pg_depend as d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
inner join pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
where d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.refobjid <> r.ev_class"""
Column = tuple[str, str]


def is_person_key(column: Column, field: Field) -> bool:
    """It tells which person or record a row is about."""
    if column in PERSON_KEYS:
        return True
    far_table, _, far_column = (field.references or ".").partition(".")
    return (TABLES[far_table].qualified_name if far_table else "", far_column) in PERSON_KEYS


def columns_read(cursor: psycopg2.extensions.cursor) -> set[tuple[str, str, str]]:
    """View, table and column, for each column that a report view reads itself or through views below it."""
    cursor.execute(READS)
    direct: dict[str, set[Column]] = {}
    for view, relation, column in cursor.fetchall():
        direct.setdefault(view, set()).add((relation, column))

    def below(view: str) -> Iterator[Column]:
        for relation, column in direct.get(view, ()):
            yield from below(relation) if relation in direct else [(relation, column)]

    return {(view, *column) for view in direct if view.startswith("report.") for column in below(view)}


def columns_shown(cursor: psycopg2.extensions.cursor) -> set[tuple[str, str, str]]:
    """View, table and column, for each column of a table that a report view hands on as it is."""
    cursor.execute(VIEWS)
    queries = dict(cursor.fetchall())

    def origins(query: str) -> Iterator[Column]:
        cursor.execute(f"select * from ({query.rstrip(';')}) as v limit 0")
        for column in cursor.description or ():
            if column.table_oid:
                cursor.execute(
                    "select attrelid::regclass::text, attname from pg_attribute where attrelid = %s and attnum = %s",
                    (column.table_oid, column.table_column),
                )
                ((relation, name),) = cursor.fetchall()
                yield from only(origins(queries[relation]), name) if relation in queries else [(relation, name)]

    def only(found: Iterator[Column], name: str) -> list[Column]:
        return [column for column in found if column[1] == name]

    return {
        (view, *column) for view, query in queries.items() if view.startswith("report.") for column in origins(query)
    }


def faults(cursor: psycopg2.extensions.cursor) -> list[str]:
    """What report views give away, by name; empty where they give away nothing."""
    read, shown = columns_read(cursor), columns_shown(cursor)
    identifying = {
        f"{view} reads {table}.{column}"
        for view, table, column in read - READS_AND_DOES_NOT_SHOW
        if (table, column) in FIELDS and FIELDS[table, column].privacy is Privacy.identifying
    }
    personal = {
        f"{view} shows {table}.{column}"
        for view, table, column in shown
        if (table, column) in FIELDS
        and (
            FIELDS[table, column].privacy is Privacy.identifying
            or is_person_key((table, column), FIELDS[table, column])
        )
    }
    cursor.execute(VIEWS)
    whole = {
        f"{view} takes whole rows, of which PostgreSQL does not say what is read"
        for view, query in cursor.fetchall()
        if view.startswith("report.") and ".*" in query  # pg_get_viewdef writes every other star out
    }
    return sorted(identifying | personal | whole)


@contextmanager
def view(url: str, name: str, query: str) -> Iterator[psycopg2.extensions.cursor]:
    """A further view, which is gone afterwards."""
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"create view {name} as {query}")
        yield cursor
        connection.rollback()


def test_report_views_give_no_person_away(module_database_url: str) -> None:
    with connect(module_database_url) as connection, connection.cursor() as cursor:
        assert faults(cursor) == []


def test_what_may_be_read_is_read(module_database_url: str) -> None:
    with connect(module_database_url) as connection, connection.cursor() as cursor:
        assert columns_read(cursor) >= READS_AND_DOES_NOT_SHOW
        assert ("report.book_age_sex", "book.health_book", "sex") in columns_shown(cursor)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("select upper(full_name) as x from book.health_book", "report.leak reads book.health_book.full_name"),
        ("select person_id as x from (select * from book.encounter) as e", "report.leak shows book.encounter.person_id"),
        ("select candidate_person_id from identity.link", "report.leak shows identity.link.candidate_person_id"),
        ("with r as (select * from intake.person_record) select record_id from r group by 1", "report.leak shows intake.person_record.record_id"),
        ("select value from book.person_page", "report.leak reads book.field_value.value"),
        ("select to_jsonb(b) from book.health_book as b", "report.leak takes whole rows, of which PostgreSQL does not say what is read"),
        ("select file_name from intake.batch", "report.leak reads intake.batch.file_name"),
        ("select count(*) from book.health_book where phone = '0'", "report.leak reads book.health_book.phone"),
    ],
)  # fmt: skip
def test_a_view_that_gives_a_person_away_is_found(module_database_url: str, query: str, expected: str) -> None:
    with view(module_database_url, "report.leak", query) as cursor:
        assert expected in faults(cursor)


def test_hiv_rows_are_left_out_of_every_view(module_database_url: str) -> None:
    """A view that reads a table with restricted rows also reads the column that tells them."""
    restricted = {table for table, column in FIELDS if column == "is_restricted"}
    with connect(module_database_url) as connection, connection.cursor() as cursor:
        read = columns_read(cursor)
    reading = {(view, table) for view, table, _ in read if table in restricted}
    assert reading
    assert {(view, table) for view, table in reading if (view, table, "is_restricted") not in read} == set()
