"""Somebody with an account and a role tries to see what is not his: every way that we know of, and what he gets."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
import pytest
from psycopg2 import errors
from psycopg2.extensions import connection as Connection

from etl.contracts.access import ROLE, ROLES
from etl.errors import ConfigError
from etl.warehouse.access import CITY, acting_as, grant, list_permissions, revoke
from etl.warehouse.connect import connect
from tests.warehouse.access_city import HERE, REASON, THERE, City, opened_city, scope_of

OWN, FOREIGN = "*Trần Thị Mẫu 1.xml", "*Trần Thị Mẫu 2.xml"
FOREIGN_ID = "000000000025"


@pytest.fixture(scope="module")
def city(module_database_url: str) -> Iterator[City]:
    with opened_city(module_database_url) as opened:
        yield opened


@pytest.fixture
def officer(city: City) -> Iterator[Connection]:
    """An officer who entered for his own place, and may make temporary things, which by default nobody may."""
    with allowed_temporary(city, "officer_1"), entered(city, "officer") as connection:
        yield connection


@contextmanager
def entered(city: City, role: str) -> Iterator[Connection]:
    with (
        city.login(f"{role}_1") as connection,
        acting_as(connection, role, scope_of(ROLE[role], HERE), REASON),
    ):
        yield connection


@contextmanager
def allowed_temporary(city: City, name: str) -> Iterator[None]:
    _as_owner(
        city, f"grant temporary on database {city.url.rsplit('/', 1)[1]} to {city.account(name)}, healthbook_officer"
    )
    yield
    _as_owner(
        city, f"revoke temporary on database {city.url.rsplit('/', 1)[1]} from {city.account(name)}, healthbook_officer"
    )


def _as_owner(city: City, statement: str) -> None:
    with connect(city.url) as connection, connection.cursor() as cursor:
        cursor.execute(statement)


def fetch(connection: Connection, statement: str, *values: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


def refused(connection: Connection, statement: str) -> str:
    """The refusal of a statement, after which the transaction goes on; it must be one of rights."""
    with connection.cursor() as cursor:
        cursor.execute("savepoint here")
        with pytest.raises(errors.InsufficientPrivilege) as caught:
            cursor.execute(statement)
        cursor.execute("rollback to here")
    return str(caught.value)


@pytest.mark.parametrize(
    "statement",
    [
        "set role healthbook", "set role healthbook_steward", "set session authorization healthbook",
        "set role pg_read_all_data", "set row_security = off; select count(*) from intake.batch",
        "set session_replication_role = replica", "alter role current_user bypassrls", "alter role healthbook_officer login",
        "grant healthbook_steward to current_user", "create role x", "create extension dblink", "create schema x",
        "create table public.x (a int)", "create database x",
        "select access.is_permitted(session_user, 'officer', array['city'])", "select access.current_scope('officer')",
        "select access.has_city('steward')", "select access.wards('exchange')", "select access.is_restricted(12)",
        "select access.enter('officer', array['ward:00008'], 'x')", "select access.enter('officer', array['city'], 'x')",
        "select access.enter('officer', array[]::text[], 'x')", "select access.enter('officer', null, 'x')",
        "select access.enter('officer', array[null], 'x')", "select access.enter(null, array['ward:00004'], 'x')",
        "select access.enter('nothing', array['ward:00004'], 'x')", "select access.enter('steward', array['city'], 'x')",
        "select access.enter('officer'' or true', array['ward:00004'], 'x')",
        "update access.permission set scope = 'city'", "insert into access.permission default values",
        "select pg_read_file('/etc/passwd')", "select pg_ls_dir('.')", "copy intake.batch to '/tmp/x'",
        "copy (select 1) to program 'true'", "select lo_import('/etc/passwd')", "select lo_export(1, '/tmp/x')",
        "select * from pg_statistic", "select * from pg_authid", "select * from pg_largeobject",
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'healthbook'",
        "do $$ begin perform full_name from book.health_book; end $$",
        "select query_to_xml('select full_name from book.health_book', true, true, '')",
        "select table_to_xml('book.health_book', true, true, '')",
        "select * from ts_stat('select to_tsvector(full_name) from book.health_book')",
        "create function pg_temp.f() returns int language c as 'x', 'y'",
        "create function pg_temp.f(text) returns boolean language sql leakproof return true",
        "comment on table intake.batch is 'x'", "analyze verbose pg_statistic; select 1 from pg_statistic",
        "reindex table intake.batch", "cluster intake.batch using batch_pkey",
        "refresh materialized view book.person_book", "security label on table intake.batch is 'x'",
        "create event trigger x on ddl_command_end execute function identity.refuse_change()",
        "create publication x for all tables", "alter system set row_security = off", "checkpoint",
        "alter database template1 set row_security = off", "select pg_reload_conf()", "create statistics s on sha256, state from intake.batch",
    ],
)  # fmt: skip
def test_what_is_not_his_to_do_is_refused(officer: Connection, statement: str) -> None:
    with officer.cursor() as cursor:
        cursor.execute("savepoint here")
        with pytest.raises(psycopg2.Error) as caught:
            cursor.execute(statement)
        cursor.execute("rollback to here")
    assert isinstance(
        caught.value, (errors.InsufficientPrivilege, errors.WrongObjectType, errors.ActiveSqlTransaction)
    ) or ("no security label providers" in str(caught.value)), caught.value
    assert FOREIGN not in str(caught.value)


def test_settings_of_his_own_open_nothing(officer: Connection) -> None:
    for name, value in [("healthbook.scope", "city"), ("healthbook.role", "steward"), ("role", "healthbook_officer")]:
        fetch(officer, "select set_config(%s, %s, true)", name, value)
        assert fetch(officer, "select file_name from intake.batch") == [(OWN,)]
    for entry in range(1, 200):  # every entry that anybody made
        fetch(officer, "select set_config('healthbook.entry', %s, true)", str(entry))
        assert set(fetch(officer, "select file_name from intake.batch")) <= {(OWN,)}


def test_leaving_the_role_leaves_nothing(city: City) -> None:
    with entered(city, "officer") as connection:
        fetch(connection, "reset role")
        assert "schema intake" in refused(connection, "select file_name from intake.batch")
        assert "schema access" in refused(connection, "select access.enter('officer', array['ward:00004'], 'x')")


def test_a_leaky_function_is_shown_his_own_rows_alone(officer: Connection) -> None:
    fetch(
        officer,
        """
        create function pg_temp.tell(text) returns boolean language plpgsql cost 0.0000001 as
        $$ begin raise notice '%', $1; return true; end $$""",
    )
    for statement in (
        "select count(*) from intake.batch where pg_temp.tell(file_name)",
        "select count(*) from intake.batch b join intake.batch c on pg_temp.tell(b.file_name || c.file_name)",
        "select max(file_name) from intake.batch group by pg_temp.tell(file_name) having pg_temp.tell(max(file_name))",
        "select count(*) from quality.finding f join intake.batch b using (batch_id) where pg_temp.tell(b.file_name)",
    ):
        fetch(officer, statement)
    told = "".join(officer.notices)
    assert OWN in told
    assert FOREIGN not in told


@pytest.mark.parametrize(
    "condition",
    ["file_name::int > 0", "file_name::date is null", "1 / (position('2' in file_name) - 15) > 0",
     "(xpath('/' || file_name, '<a/>'))[1] is null", "to_tsquery(file_name) is null", "file_name::regclass is null"],
)  # fmt: skip
def test_an_operator_that_fails_shows_no_foreign_value(officer: Connection, condition: str) -> None:
    with officer.cursor() as cursor:
        cursor.execute("savepoint here")
        told = "nothing"
        try:
            cursor.execute(f"select count(*) from intake.batch where {condition}")
        except psycopg2.Error as error:
            told = str(error)
        cursor.execute("rollback to here")
    assert FOREIGN not in told
    assert "division" not in told, "that would tell that a row with a 2 is there"


def test_shadows_of_tables_and_operators_change_no_function(officer: Connection) -> None:
    """What runs with the owner's rights looks nothing up where he can put things."""
    for statement in (
        "create temp table permission (user_name text, role_name text, scope text, revoked_at timestamptz)",
        "insert into permission values (session_user, 'officer', 'city', null)",
        "create temp table sender as select * from reference.sender",
        "create function pg_temp.pg_has_role(name, text, text) returns boolean language sql return true",
        "create function pg_temp.yes(text, text) returns boolean language sql return true",
        "create operator pg_temp.= (leftarg = text, rightarg = text, function = pg_temp.yes)",
        "set local search_path = pg_temp, pg_catalog, access, reference, intake",
    ):
        fetch(officer, statement)
    refused(officer, "select access.enter('officer', array['city'], 'x')")
    refused(officer, "select access.enter('steward', array['city'], 'x')")
    assert fetch(officer, "select file_name from intake.batch") == [(OWN,)]


def test_views_and_functions_of_his_own_see_as_he_does(officer: Connection) -> None:
    fetch(officer, "create temp view all_batches with (security_invoker = false) as select file_name from intake.batch")
    assert fetch(officer, "select * from all_batches") == [(OWN,)]
    fetch(
        officer,
        """create function pg_temp.names() returns setof text language sql security definer
        as 'select file_name from intake.batch'""",
    )
    assert fetch(officer, "select * from pg_temp.names()") == [(OWN,)]
    assert fetch(officer, "select count(*) from intake.batch tablesample system (100)") == [(1,)]
    fetch(officer, "create temp table kept as select file_name from intake.batch")
    assert fetch(officer, "select * from kept") == [(OWN,)]


def test_by_default_nobody_makes_temporary_things(city: City) -> None:
    with entered(city, "officer") as connection:
        assert "temporary" in refused(connection, "create temp table x (a int)")


def test_statistics_and_plans_tell_nothing_of_others(city: City) -> None:
    _as_owner(city, "analyze")
    with entered(city, "exchange") as connection:
        assert (
            fetch(connection, "select * from pg_stats where schemaname not in ('pg_catalog', 'information_schema')")
            == []
        )
        assert fetch(connection, "select * from pg_stats_ext") == []
        plans = [
            fetch(
                connection,
                f"explain (verbose) select from book.health_book where national_id = '{number}'",
            )
            for number in (FOREIGN_ID, "999999999999")
        ]
        assert str(plans[0]).replace(FOREIGN_ID, "") == str(plans[1]).replace("999999999999", "")
        assert (
            fetch(
                connection,
                "select query from pg_stat_activity where usename = 'healthbook' and query like '%%select%%'",
            )
            == []
        )


def test_large_objects_of_others_stay_closed(city: City) -> None:
    with connect(city.url) as connection, connection.cursor() as cursor:
        cursor.execute("select lo_from_bytea(0, 'secret')")
        (number,) = cursor.fetchone() or (0,)
    with entered(city, "steward") as connection:
        assert "secret" not in refused(connection, f"select lo_get({number})")
        refused(connection, f"select lo_put({number}, 0, 'x')")
        refused(connection, f"select lo_unlink({number})")


def test_a_plan_kept_from_one_entry_serves_no_other(city: City) -> None:
    with connect(city.url) as owner:
        grant(owner, city.account("everybody"), "officer", THERE.scope, "chief")
    with city.login("everybody") as connection:
        with acting_as(connection, "officer", HERE.scope, REASON):
            fetch(connection, "prepare mine as select file_name from intake.batch")
            assert [fetch(connection, "execute mine") for _ in range(7)] == [[(OWN,)]] * 7  # a generic plan by now
        with acting_as(connection, "officer", THERE.scope, REASON):
            assert fetch(connection, "execute mine") == [(FOREIGN,)]
        with acting_as(connection, "auditor", CITY, REASON):
            refused(connection, "execute mine")


def test_no_reading_can_be_rolled_back(city: City) -> None:
    """The entry stands before the first row is shown, so that hanging up after a look hides nothing."""
    with city.login("steward_1") as connection:

        def look_and_fail() -> None:
            with acting_as(connection, "steward", CITY, "to hide it"):
                assert fetch(connection, "select full_name from identity.register_person")
                raise KeyError

        with pytest.raises(KeyError):
            look_and_fail()
    with connect(city.url) as owner:
        entries = fetch(owner, "select user_name, role_name, scope from access.entry where reason = 'to hide it'")
        assert entries == [(city.account("steward_1"), "steward", ["city"])]
        refused(owner, "delete from access.entry")
        refused(owner, "update access.entry set reason = 'x'")


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_who_looks_says_why(city: City, reason: str) -> None:
    with (
        city.login("steward_1") as connection,
        pytest.raises(ConfigError, match="the reason does not fit"),
        acting_as(connection, "steward", CITY, reason),
    ):
        pass


def test_a_permission_taken_back_ends_what_was_entered(city: City) -> None:
    with entered(city, "manager") as connection:
        assert fetch(connection, "select count(*) from quality.task") == [(2,)]
        with connect(city.url) as owner:
            assert revoke(owner, city.account("manager_1"), "manager", "chief") == 1
        assert fetch(connection, "select count(*) from quality.task") == [(0,)]
    with (
        city.login("manager_1") as connection,
        pytest.raises(ConfigError, match="may not act as manager"),
        acting_as(connection, "manager", CITY, REASON),
    ):
        pass
    with connect(city.url) as owner:
        listed = {(row["user"], row["role"]) for row in list_permissions(owner)}
        assert (city.account("manager_1"), "manager") not in listed
        assert (city.account("manager_2"), "manager") in listed
        grant(owner, city.account("manager_1"), "manager", CITY, "chief")
        audited = fetch(
            owner,
            "select action, count(*) from audit.event where subject = %s group by 1 order by 1",
            f"account {city.account('manager_1')}",
        )
        assert audited == [("access.granted", 2), ("access.revoked", 1)]


def test_restricted_rows_are_for_their_own_role(city: City) -> None:
    events = [
        "encounter",
        "diagnosis",
        "medication",
        "service",
        "lab_result",
        "vital_sign",
        "immunisation",
        "allergy",
        "history",
        "field_value",
    ]
    seen = {}
    for role in ("exchange", "hiv", "reader"):
        with entered(city, role) as connection:
            counts = [fetch(connection, f"select count(*) from book.{name}")[0][0] for name in events]
            seen[role] = dict(zip(events, counts, strict=True))
            pages = str(fetch(connection, "select b::text from book.person_book b"))
            assert not any(word in pages for word in ("Z21", "B24")), "the general view shows them to nobody"
    assert all(seen["hiv"][name] > seen["exchange"][name] >= 1 for name in events), seen
    assert seen["reader"] == seen["exchange"]
    for role in {role.name for role in ROLES} - {"exchange", "hiv", "reader"}:
        with entered(city, role) as connection:
            for name in events:
                refused(connection, f"select record_id from book.{name}")


def test_a_transaction_that_is_open_cannot_become_an_entry(city: City) -> None:
    with city.login("steward_1") as connection:
        fetch(connection, "select 1")
        with pytest.raises(Exception, match="a transaction is open"), acting_as(connection, "steward", CITY, REASON):
            pass
