"""The live database says what the contracts say, column by column; views run; migrations come from any version."""

import re
import threading
from collections import defaultdict
from pathlib import Path

import psycopg2
import pytest

from etl.contracts import SQL_TYPES, TABLES, WAREHOUSE_TABLES, reference
from etl.errors import ConfigError, DependencyError
from etl.warehouse.connect import connect
from etl.warehouse.migrate import SQL_DIR, MigrationResult, migrate
from etl.warehouse.partitions import PARTITIONS
from etl.warehouse.publish import BOOK_TABLES
from etl.warehouse.reference import load_reference
from tests.warehouse.test_views import ROWS

COLUMNS = """
select n.nspname || '.' || c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
    col_description(c.oid, a.attnum)
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped and n.nspname = any(%s)
order by c.oid, a.attnum"""
KEYS = """
select conrelid::regclass::text, contype, array(select attname::text from unnest(conkey) with ordinality k (n, i)
    join pg_attribute on attrelid = conrelid and attnum = n order by i),
    confrelid::regclass::text, array(select attname::text from unnest(confkey) with ordinality k (n, i)
    join pg_attribute on attrelid = confrelid and attnum = n order by i)
from pg_constraint where contype in ('p', 'f') and connamespace::regnamespace::text = any(%s)"""
SCHEMAS = ["reference", "intake", "identity", "book", "quality", "audit", "access", "report"]


def fetch(url: str, query: str, *parameters: object) -> list[tuple]:
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(query, parameters or None)
        return cursor.fetchall()


def test_columns_are_those_of_the_contracts(module_database_url: str) -> None:
    live = defaultdict(list)
    for table, *column in fetch(module_database_url, COLUMNS, SCHEMAS):
        live[table].append(tuple(column))
    assert dict(live) == {
        table.qualified_name: [
            (
                field.name,
                SQL_TYPES[field.type],
                field.is_required or field.name in table.key,
                f"{field.vi} — {field.en}",
            )
            for field in table.stored_fields
        ]
        for table in WAREHOUSE_TABLES
    }


def test_keys_and_references_are_those_of_the_contracts(module_database_url: str) -> None:
    keys, references = {}, set()
    for table, kind, columns, far_table, far_columns in fetch(module_database_url, KEYS, SCHEMAS):
        if kind == "p":
            keys[table] = tuple(columns)
        else:
            references.add((table, *columns, far_table, *far_columns))
    assert keys == {table.qualified_name: table.key for table in WAREHOUSE_TABLES}
    expected = set()
    for table in WAREHOUSE_TABLES:
        for field in table:
            if field.references and table not in BOOK_TABLES:  # a build proves those of the books, all at once
                far_table, far_column = field.references.split(".")
                expected.add((table.qualified_name, field.name, TABLES[far_table].qualified_name, far_column))
    assert references == expected


def test_books_are_partitioned_by_their_person(module_database_url: str) -> None:
    """In as many partitions as a build writes, with all their indexes; what is no book is a plain table."""
    parted = fetch(
        module_database_url,
        """
        select p.partrelid::regclass::text, pg_get_partkeydef(p.partrelid), count(*)::int,
            count(distinct relnamespace::regnamespace::text)::int,
            min((select count(*) from pg_index i where i.indrelid = c.oid and i.indisvalid))::int
            = (select count(*) from pg_index i where i.indrelid = p.partrelid and i.indisvalid)::int
        from pg_partitioned_table p join pg_inherits on inhparent = p.partrelid join pg_class c on c.oid = inhrelid
        group by p.partrelid""",
    )
    assert sorted(parted) == sorted(
        (table.qualified_name, "HASH (person_id)", PARTITIONS, 1, True) for table in BOOK_TABLES
    )


def test_every_schema_table_and_view_is_commented(module_database_url: str) -> None:
    query = "select nspname, obj_description(oid) from pg_namespace where nspname = any(%s)"
    schemas = dict(fetch(module_database_url, query, SCHEMAS))
    assert set(schemas) == set(SCHEMAS)
    assert all(schemas.values())
    tables = fetch(
        module_database_url,
        "select oid::regclass::text, relkind, obj_description(oid) from pg_class"
        " where relkind in ('r', 'p', 'v') and relnamespace::regnamespace::text = any(%s)",
        SCHEMAS,
    )
    comments = {name: comment for name, _, comment in tables}
    for table in WAREHOUSE_TABLES:
        assert comments[table.qualified_name] == f"{table.vi} — {table.en}"
    views = {name for name, kind, _ in tables if kind == "v"}
    assert views == {path.stem for path in (SQL_DIR / "views").glob("*.sql")}
    assert all(re.fullmatch("mỗi dòng là .+ — one row per .+", comments[view]) for view in views)


def test_code_lists_are_loaded(module_database_url: str) -> None:
    counts = fetch(
        module_database_url,
        """
        select (select count(*) from reference.ward), (select count(*) from reference.old_ward),
            (select count(*) from reference.facility), (select count(*) from reference.sender)""",
    )
    assert counts == [(126, reference.old_wards().num_rows, reference.facilities().num_rows, 12 + 126 + 30 + 1)]


def test_migrating_again_changes_nothing_and_says_so(database_url: str) -> None:
    result = migrate(database_url)
    assert result.applied == ()
    assert result.before == result.after
    assert "up to date" in str(result)


def test_any_earlier_version_comes_up_to_date(empty_database_url: str, tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "views").mkdir()
    for path in (SQL_DIR / "migrations").iterdir():
        (tmp_path / "migrations" / path.name).write_text(path.read_text())
    assert migrate(empty_database_url).before is None
    (tmp_path / "migrations" / "9001_later.sql").write_text("create table report.later (a text default '100% :x');")
    result = migrate(empty_database_url, sql_dir=tmp_path)
    assert result.applied == ("9001_later",)
    assert str(result) == f"database brought from version {result.before} to 9001: 9001_later"
    with pytest.raises(ConfigError, match="9001"):
        migrate(empty_database_url)


def test_books_that_stood_before_partitions_stand_in_them(empty_database_url: str) -> None:
    """Row by row, under views and comments as a new database has them."""
    migrate(empty_database_url, target="0009")
    with connect(empty_database_url) as connection:
        load_reference(connection)
        connection.cursor().execute(ROWS)
    before = {table.name: fetch(empty_database_url, whole_table(table.qualified_name)) for table in BOOK_TABLES}
    assert [len(rows) for rows in before.values()].count(0) < 8
    migrate(empty_database_url)
    for table in BOOK_TABLES:
        assert fetch(empty_database_url, whole_table(table.qualified_name)) == before[table.name]
    assert len(fetch(empty_database_url, "select person_id from book.person_book")) == 2
    test_every_schema_table_and_view_is_commented(empty_database_url)


def whole_table(name: str) -> str:
    """Its rows as text, in their order."""
    return f"select t::text from {name} t order by 1"


def test_a_failing_migration_leaves_nothing_behind(empty_database_url: str, tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0001_half.sql").write_text("create table half (a int); select 1/0;")
    with pytest.raises(Exception, match=r"DivisionByZero|division"):
        migrate(empty_database_url, sql_dir=tmp_path)
    assert fetch(empty_database_url, "select count(*) from pg_class where relname = 'half'") == [(0,)]


def test_two_callers_do_not_race(empty_database_url: str) -> None:
    results: list[MigrationResult] = []
    threads = [threading.Thread(target=lambda: results.append(migrate(empty_database_url))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(result.applied) for result in results) == [0, len(list((SQL_DIR / "migrations").iterdir()))]


def test_an_absent_database_is_a_dependency_error() -> None:
    with pytest.raises(DependencyError):
        migrate("postgresql+psycopg2://u:s3cret@127.0.0.1:1/x")


def test_audit_is_append_only(database_url: str) -> None:
    with connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute("insert into audit.event (happened_at, actor, action, subject) values (now(), 'a', 'b', 'c')")
        connection.commit()
        for statement in ("update audit.event set actor = 'x'", "delete from audit.event", "truncate audit.event cascade"):
            cursor.execute("savepoint before")
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(statement)
            cursor.execute("rollback to before")


def test_an_accepted_batch_must_balance(database_url: str) -> None:
    columns = (
        "(sha256, sender_code, state, bytes, rows_in, accepted, quarantined, duplicate, withdrawn, received_at,"
        " finished_at)"
    )
    values = f"('{'0' * 64}', 'DC01', %s, 1, 3, 1, 1, 0, 0, now(), now())"
    with connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute("savepoint before")
        with pytest.raises(psycopg2.errors.CheckViolation, match="control_equation"):
            cursor.execute(f"insert into intake.batch {columns} values {values}", ("accepted",))
        cursor.execute("rollback to before")
        cursor.execute(f"insert into intake.batch {columns} values {values}", ("waiting",))
        with pytest.raises(psycopg2.errors.UniqueViolation):
            cursor.execute(f"insert into intake.batch {columns} values {values}", ("waiting",))
        connection.rollback()
