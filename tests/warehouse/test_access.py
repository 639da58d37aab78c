"""What the catalogue and the contracts must say of access, and a server on which we may not make roles."""

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
import pytest
from psycopg2 import sql
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from etl.contracts import EVENT_TABLES, SCHEMAS, TABLES, WAREHOUSE_TABLES, Privacy, Rows
from etl.contracts.access import ROLE, ROLES
from etl.contracts.access_page import matrix_text
from etl.errors import ConfigError
from etl.settings import PROJECT_DIR
from etl.warehouse.access import Scope, grant
from etl.warehouse.connect import connect, open_connection
from etl.warehouse.load import copy_table
from etl.warehouse.migrate import SQL_DIR, migrate
from etl.warehouse.policies import ensure_roles, sql_for_access
from tests.warehouse.access_city import City

OURS = ("pg_class c join pg_namespace n on n.oid = c.relnamespace", "n.nspname = any(%s)")


def fetch(url: str, query: str, *values: object) -> list[tuple]:
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(query, values or None)
        return cursor.fetchall()


def test_every_table_says_whose_its_rows_are() -> None:
    for table in WAREHOUSE_TABLES:
        is_personal = any(field.privacy is not Privacy.public for field in table)
        kind = "holds personal fields" if is_personal else "is there"
        assert table.rows is not None, f"table {table.qualified_name} {kind} and states no scope: give it `rows=Rows.…`"
        assert not (is_personal and table.rows is Rows.everyone), (
            f"{table.qualified_name} {kind}, and would be everyone's"
        )
        needed = {Rows.sender: "sender_code", Rows.batch: "batch_id", Rows.ward: "ward_code", Rows.person: "person_id"}
        column = needed.get(table.rows)
        assert column is None or column in {field.name for field in table}, f"{table.qualified_name} has no {column}"
        about_people = {"person_id", "record_id"} & {field.name for field in table}
        is_counted = not is_personal and table.rows in (Rows.batch, Rows.city)  # numbers, and nothing about whom they mean
        is_scoped = table.rows in (Rows.person, Rows.ward) or is_counted
        assert not about_people or is_scoped, f"{table.qualified_name} names people"


def test_a_table_that_does_not_say_so_is_closed_to_all() -> None:
    silent = replace(TABLES["health_book"], rows=None)
    assert [role.fields_of(silent) for role in ROLES] == [()] * len(ROLES)


def test_the_matrix_keeps_its_promises() -> None:
    """By hand, beside the rules that it is derived from."""
    for table in WAREHOUSE_TABLES:
        classes = {role.name: {field.privacy for field in role.fields_of(table)} for role in ROLES}
        for name in ("engineer", "manager", "auditor"):
            assert classes[name] <= {Privacy.public}, (name, table.name)
        assert Privacy.health not in classes["steward"] | classes["officer"]
        if table.rows in (Rows.ward, Rows.person):
            for name in ("engineer", "officer", "manager", "auditor"):
                assert not classes[name], (name, table.name)
        if table in EVENT_TABLES:
            assert {name for name, seen in classes.items() if seen} == {"exchange", "hiv", "reader"}
        assert bool(classes["auditor"]) == (table.schema in ("audit", "access") and table.rows is not Rows.nobody)
    assert "file_name" in {field.name for field in ROLE["officer"].fields_of(TABLES["batch"])}
    assert [role.name for role in ROLES if role.sees_restricted] == ["hiv"]


def test_the_page_shows_the_matrix() -> None:
    assert matrix_text() in (PROJECT_DIR / "docs" / "access.md").read_text(encoding="utf-8")


def test_row_security_is_forced_on_every_table(module_database_url: str) -> None:
    rows = fetch(
        module_database_url,
        f"select c.oid::regclass::text, relrowsecurity and relforcerowsecurity from {OURS[0]} where {OURS[1]} and relkind in ('r', 'p')",
        list(SCHEMAS),
    )
    assert {name for name, _ in rows} >= {table.qualified_name for table in WAREHOUSE_TABLES}
    assert [name for name, is_forced in rows if not is_forced] == []


def test_policies_are_for_one_role_each_and_for_reading(module_database_url: str) -> None:
    rows = fetch(
        module_database_url,
        "select schemaname || '.' || tablename, policyname, roles::text[], cmd, permissive from pg_policies where schemaname = any(%s)",
        list(SCHEMAS),
    )
    expected = {
        (table.qualified_name, role.name) for table in WAREHOUSE_TABLES for role in ROLES if role.fields_of(table)
    }
    assert {(table, name) for table, name, *_ in rows} == expected
    assert all(
        (roles, command, mode) == ([ROLE[name].account], "SELECT", "PERMISSIVE")
        for _, name, roles, command, mode in rows
    )


def test_application_roles_are_bare_groups_that_own_nothing(module_database_url: str) -> None:
    accounts = [role.account for role in ROLES]
    rows = fetch(
        module_database_url,
        """select rolname, rolcanlogin or rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls
        from pg_roles where rolname = any(%s)""",
        accounts,
    )
    assert sorted(rows) == sorted((account, False) for account in accounts)
    names = "select oid from pg_roles where rolname = any(%s)"
    assert (
        fetch(module_database_url, f"select * from pg_shdepend where deptype = 'o' and refobjid in ({names})", accounts)
        == []
    )
    assert fetch(module_database_url, f"select * from pg_auth_members where member in ({names})", accounts) == []


def test_public_has_no_privilege_on_ours(module_database_url: str) -> None:
    held = fetch(
        module_database_url,
        """
        with acl (name, list) as (
            select nspname::text, coalesce(nspacl, acldefault('n', nspowner)) from pg_namespace where nspname = any(%(schemas)s)
            union all
            select oid::regclass::text, coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner))
            from pg_class where relnamespace::regnamespace::text = any(%(schemas)s) and relkind in ('r', 'p', 'v', 'm', 'S', 'f')
            union all
            select attrelid::regclass || '.' || attname, attacl from pg_attribute join pg_class c on c.oid = attrelid
            where c.relnamespace::regnamespace::text = any(%(schemas)s) and attacl is not null
            union all
            select oid::regprocedure::text, coalesce(proacl, acldefault('f', proowner))
            from pg_proc where pronamespace::regnamespace::text = any(%(schemas)s)
        )
        select name from acl cross join aclexplode(list) as a where a.grantee = 0""".replace(
            "%(schemas)s", "array['" + "','".join(SCHEMAS) + "']"
        ),
    )
    assert held == []


def test_what_the_owner_makes_later_starts_closed(database_url: str) -> None:
    with connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "create function book.later() returns int language sql return 1; create table book.later (full_name text)"
        )
        for role in ROLES:
            cursor.execute(
                f"select has_function_privilege('{role.account}', 'book.later()', 'execute'), has_any_column_privilege('{role.account}', 'book.later', 'select')"
            )
            assert cursor.fetchone() == (False, False)


def test_functions_with_the_owners_rights_look_nothing_up_elsewhere(module_database_url: str) -> None:
    rows = fetch(
        module_database_url,
        "select proname, prosecdef, proconfig from pg_proc where pronamespace::regnamespace::text = any(%s) and prosecdef and prorettype <> 'trigger'::regtype",
        list(SCHEMAS),
    )
    assert len(rows) >= 8
    for name, is_definers, settings in rows:
        assert is_definers, name
        assert settings == ["search_path=pg_catalog, pg_temp"], name


def test_views_over_people_see_as_their_reader_and_reports_show_no_personal_column(module_database_url: str) -> None:
    rows = fetch(
        module_database_url,
        f"""select n.nspname, c.relname, coalesce(c.reloptions::text, ''), array_agg(a.attname::text)
        from {OURS[0]} join pg_attribute a on a.attrelid = c.oid and attnum > 0 where {OURS[1]} and relkind = 'v' group by 1, 2, 3""",
        list(SCHEMAS),
    )
    assert len(rows) == len(list((SQL_DIR / "views").glob("*.sql")))
    public = {field.name for table in WAREHOUSE_TABLES for field in table if field.privacy is Privacy.public}
    identifying = {f.name for table in WAREHOUSE_TABLES for f in table if f.privacy is Privacy.identifying}
    personal = identifying - public | {  # what else is counted by, test_report_privacy looks at
        "person_id",
        "record_id",
        "row_no",
    }
    for schema, name, options, columns in rows:
        if schema != "report":
            assert "security_invoker=true" in options, name
        else:
            assert "security_barrier=true" in options, name
            assert not personal & set(columns), name


def test_grants_are_renewed_when_the_contracts_change(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was given by hand is gone after a renewal, and what the contracts no longer say is taken away."""
    query = "select has_column_privilege('healthbook_officer', 'intake.batch', 'file_name', 'select'), has_table_privilege('healthbook_officer', 'book.health_book', 'delete')"
    with connect(database_url) as connection:
        connection.cursor().execute(
            "grant all on book.health_book to healthbook_officer; create policy open on book.health_book using (true)"
        )
    assert fetch(database_url, query) == [(True, True)]
    fields = tuple(
        replace(field, privacy=Privacy.health, en="x") if field.name == "file_name" else field
        for field in TABLES["batch"]
    )
    changed = tuple(replace(table, fields=fields) if table.name == "batch" else table for table in WAREHOUSE_TABLES)
    monkeypatch.setattr("etl.warehouse.policies.WAREHOUSE_TABLES", changed)
    officer = replace(
        ROLE["officer"], sights=tuple(replace(s, classes=frozenset({Privacy.public})) for s in ROLE["officer"].sights)
    )
    monkeypatch.setattr(
        "etl.warehouse.policies.ROLES", tuple(officer if role.name == "officer" else role for role in ROLES)
    )
    migrate(database_url)
    assert fetch(database_url, query) == [(False, False)]
    assert fetch(database_url, "select 1 from pg_policies where policyname = 'open'") == []


def test_grants_are_given_again_where_roles_were_missing(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dump that was restored on a server without the roles has lost every grant, and remembers that it had them."""
    query = "select has_any_column_privilege('healthbook_officer', 'intake.batch', 'select')"
    with connect(database_url) as connection:
        connection.cursor().execute("revoke select on intake.batch from healthbook_officer")
    migrate(database_url)
    assert fetch(database_url, query) == [(False,)]
    monkeypatch.setattr("etl.warehouse.migrate.ensure_roles", lambda _: True)
    migrate(database_url)
    assert fetch(database_url, query) == [(True,)]


@pytest.fixture
def plain_owner(server_url: str) -> Iterator[City]:
    """A database whose owner is no superuser and may make no roles, as on a managed server."""
    name = f"owner_{uuid.uuid4().hex[:12]}"
    url = make_url(server_url).set(database=name)
    city = City(url.render_as_string(hide_password=False), prefix=name)
    admin = open_connection(server_url)
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(
            sql.SQL("create role {} login password {}").format(sql.Identifier(name), sql.Literal(city.password))
        )
        cursor.execute(f"create database {name} owner {name}")
        yield city
        cursor.execute(f"drop database {name} with (force)")
        cursor.execute(f"drop owned by {name} cascade; drop role {name}")
    admin.close()


def test_where_we_may_not_make_roles_the_administrator_is_told_what_to_run(
    plain_owner: City, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = plain_owner.login_url("")
    with pytest.raises(ConfigError, match=rf"administrator run: alter role {plain_owner.prefix} bypassrls;$"):
        migrate(url)
    monkeypatch.setattr("etl.contracts.access.PREFIX", f"{plain_owner.prefix}_")  # roles that the server does not have
    engine = create_engine(url)
    with pytest.raises(ConfigError) as caught, engine.begin() as connection:
        ensure_roles(connection)
    lines = str(caught.value).split("administrator run: ")[1]
    assert lines.count("create role ") == len(ROLES)
    with connect(server_url) as admin, admin.cursor() as cursor:
        cursor.execute(lines)
    with engine.begin() as connection:
        ensure_roles(connection)  # nothing is missing now
    engine.dispose()
    with connect(server_url) as admin, admin.cursor() as cursor:
        cursor.execute("; ".join(f"drop role {role.account}" for role in ROLES))


def test_an_owner_who_is_no_superuser_runs_the_pipeline_under_forced_policies(
    plain_owner: City, server_url: str
) -> None:
    with connect(server_url) as admin, admin.cursor() as cursor:
        cursor.execute(f"alter role {plain_owner.prefix} bypassrls")
        cursor.execute(
            "; ".join(
                f"grant {role.account} to {plain_owner.prefix} with admin option, inherit false, set false"
                for role in ROLES
            )
        )
    url = plain_owner.login_url("")
    migrate(url)
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("select rolsuper from pg_roles where rolname = current_user")
        assert cursor.fetchone() == (False,)
        people = pa.table({"person_id": pa.array([5, 6], pa.int64()), "is_provisional": [False, False]})
        assert copy_table(connection, "identity.person", people) == 2
        cursor.execute("select count(*) from report.coverage")
        assert cursor.fetchone() == (126,)
        cursor.execute("create temp table x (a int)")
    with connect(server_url) as admin, admin.cursor() as cursor:
        cursor.execute(f"create role {plain_owner.prefix}_officer login")
    with connect(url) as connection:
        assert grant(connection, f"{plain_owner.prefix}_officer", "officer", Scope(wards=("00004",)), "chief") == 1
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"revoke healthbook_officer from {plain_owner.prefix}_officer")
    with connect(server_url) as admin, admin.cursor() as cursor:
        cursor.execute(f"drop role {plain_owner.prefix}_officer")


@pytest.mark.parametrize(
    ("user", "role", "scope", "wrong"),
    [
        ("nobody_here", "officer", Scope(wards=("00004",)), "create role \"nobody_here\" login"),
        ("healthbook", "officer", Scope(wards=("00004",)), "passes policies"),
        ("healthbook_steward", "officer", Scope(wards=("00004",)), "cannot log in"),
        ("x", "chief", Scope(is_city=True), "no role chief"),
        ("x", "officer", Scope(), "does not fit"),
        ("x", "steward", Scope(wards=("00004",)), "does not fit"),
        ("x", "exchange", Scope(senders=("CS01929",)), "does not fit"),
        ("x", "officer", Scope(wards=("99999",)), "no ward 99999"),
        ("x", "officer", Scope(facilities=("99999",)), "no facility 99999"),
        ("x", "officer", Scope(senders=("99999",)), "no sender 99999"),
    ],
)  # fmt: skip
def test_a_grant_that_cannot_hold_is_refused(
    module_database_url: str, user: str, role: str, scope: Scope, wrong: str
) -> None:
    with pytest.raises(ConfigError, match=wrong), connect(module_database_url) as connection:
        grant(connection, user, role, scope, "chief")


def test_statements_name_no_table_that_is_not_in_the_contracts() -> None:
    text = " ".join(sql_for_access(["report.coverage"]))
    assert all((table.qualified_name in text) == (table.rows is not Rows.nobody) for table in WAREHOUSE_TABLES)
