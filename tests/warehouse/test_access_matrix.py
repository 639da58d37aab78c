"""Each role on each table, column, view, sequence and function, inside its scope, outside it and without one.

The expectation comes from the contracts and from `access_city.visible`, which says in Python what the policies say in SQL.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg2
import pytest
from psycopg2 import errors
from psycopg2.extensions import connection as Connection

from etl.contracts import ENTRY, SCHEMAS, WAREHOUSE_TABLES, Table
from etl.contracts.access import ROLES, Reach, Role
from etl.errors import ConfigError
from etl.warehouse.access import CITY, Scope, acting_as
from etl.warehouse.connect import connect
from etl.warehouse.policies import FUNCTIONS
from tests.warehouse.access_city import (
    HERE,
    PLACES,
    REASON,
    THERE,
    City,
    Place,
    opened_city,
    read_all,
    read_rows,
    scope_of,
    visible,
)

DENIED = "denied"
WRITES = (
    "insert into {0} default values",
    "update {0} set {1} = {1}",
    "delete from {0}",
    "truncate {0}",
    "select from {0} for update",
    "lock table {0} in exclusive mode nowait",
    "copy {0} from program 'true'",
    "alter table {0} disable row level security",
    "alter table {0} no force row level security",
    "drop table {0}",
    "create trigger t before insert on {0} for each statement execute function identity.refuse_change()",
    "create policy p on {0} using (true)",
    "grant select on {0} to public",
)
SEQUENCES = ("select nextval('{0}')", "select last_value from {0}", "select setval('{0}', 1)")


@dataclass(frozen=True)
class Case:
    """One statement, and what it must give: rows (as sorted texts), or a refusal."""

    statement: str
    expected: tuple[str, ...] | str


def shown(rows: list[dict[str, object]], names: list[str]) -> tuple[str, ...]:
    return tuple(sorted(repr([row[name] for name in names]) for row in rows))


def cases_of_table(
    table: Table, role: Role | None, rows: list[dict[str, object]], place: Place | None
) -> Iterator[Case]:
    """What a role does with a table when it entered for a place (or nowhere); `None` is an account without a role."""
    readable = [field.name for field in role.fields_of(table)] if role else []
    seen = visible(rows, table, role, place) if role and readable else []
    for field in table:
        is_open = field.name in readable
        expected = shown(seen, [field.name]) if is_open else DENIED
        yield Case(f"select {field.name} from {table.qualified_name}", expected)
        if not is_open:  # nor may it be asked after
            yield Case(f"select from {table.qualified_name} where {field.name} is null", DENIED)
            yield Case(f"copy {table.qualified_name} ({field.name}) to stdout", DENIED)
    if readable:
        columns = ", ".join(readable)
        yield Case(f"select {columns} from {table.qualified_name}", shown(seen, readable))
        yield Case(f"select count(*) from {table.qualified_name}", (repr([len(seen)]),))
    if len(readable) < len(table.fields):
        yield Case(f"select * from {table.qualified_name}", DENIED)
        yield Case(f"select t from {table.qualified_name} t", DENIED)
    for statement in WRITES:
        yield Case(statement.format(table.qualified_name, table.fields[-1].name), DENIED)
    if role and readable and place:  # aimed at what is outside, key by key
        key = [name for name in table.key if name in readable]
        for row in rows:
            if row not in seen and key:
                aim = " and ".join(f"{name} = {_literal(row[name])}" for name in key)
                yield Case(f"select {key[0]} from {table.qualified_name} where {aim}", ())


def cases_of_others(role: Role | None, catalogue: dict[str, list[str]], place: Place | None) -> Iterator[Case]:
    for sequence in catalogue["sequences"]:
        for statement in SEQUENCES:
            yield Case(statement.format(sequence), DENIED)
    for view in catalogue["views"]:
        schema = view.split(".")[0]
        is_open = role is not None and schema in role.view_schemas
        if not is_open:
            yield Case(f"select * from {view}", DENIED)
        elif view == "book.coverage":  # of wards, not of persons
            continue
        elif role and schema == "book":
            persons = sorted(place.persons) if place and view != "book.field_conflict" else []  # nothing conflicts here
            yield Case(f"select distinct person_id from {view} order by 1", tuple(sorted(repr([p]) for p in persons)))
        for write in ("delete from {0}", "insert into {0} default values", "drop view {0}"):
            yield Case(write.format(view), DENIED)
    callable_ = {*FUNCTIONS[None], *FUNCTIONS[role.reach]} if role else set()
    for function, number in zip(catalogue["functions"], catalogue["function numbers"], strict=True):
        is_open = function in {name.replace(", ", ",") for name in callable_}
        yield Case(f"select has_function_privilege({number}::oid, 'execute')", (repr([is_open]),))
        yield Case(f"alter function {function} security invoker", DENIED)
    for schema in SCHEMAS:
        yield Case(f"create table {schema}.mine (a int)", DENIED)
        yield Case(f"create function {schema}.mine() returns int language sql return 1", DENIED)


def _literal(value: object) -> str:
    return str(value) if isinstance(value, int) else f"'{value}'"


@pytest.fixture(scope="module")
def city(module_database_url: str) -> Iterator[City]:
    with opened_city(module_database_url) as opened:
        yield opened


@pytest.fixture(scope="module")
def rows(city: City) -> dict[str, list[dict[str, object]]]:
    return read_all(city.url)


@pytest.fixture(scope="module")
def catalogue(city: City) -> dict[str, list[str]]:
    """All views, sequences and functions of our schemas."""
    kinds = {"views": "v", "sequences": "S"}
    with connect(city.url) as connection, connection.cursor() as cursor:
        found = {}
        for name, kind in kinds.items():
            cursor.execute(
                "select oid::regclass::text from pg_class where relkind = %s and relnamespace::regnamespace::text = any(%s) order by 1",
                (kind, list(SCHEMAS)),
            )
            found[name] = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            "select oid::regprocedure::text, oid::text from pg_proc where pronamespace::regnamespace::text = any(%s) order by 1",
            (list(SCHEMAS),),
        )
        found["functions"], found["function numbers"] = map(list, zip(*cursor.fetchall(), strict=True))
    return found


def all_cases(
    role: Role | None, rows: dict[str, list[dict[str, object]]], catalogue: dict[str, list[str]], place: Place | None
) -> list[Case]:
    tables = [case for table in WAREHOUSE_TABLES for case in cases_of_table(table, role, rows[table.name], place)]
    return [*tables, *cases_of_others(role, catalogue, place)]


def wrong_cases(connection: Connection, cases: list[Case]) -> list[str]:
    """Those that gave something else than expected; each is undone before the next."""
    wrong = []
    with connection.cursor() as cursor:
        for case in cases:
            cursor.execute("savepoint here")
            try:
                cursor.execute(case.statement)
                got: tuple[str, ...] | str = (
                    tuple(sorted(repr(list(row)) for row in cursor.fetchall())) if cursor.description else "done"
                )
            except (
                errors.InsufficientPrivilege,
                errors.ObjectNotInPrerequisiteState,
            ):  # a view that takes no rows at all
                got = DENIED
            except psycopg2.Error as error:
                got = type(error).__name__
            cursor.execute("rollback to here")
            if got != case.expected:
                wrong.append(f"{case.statement}: {str(got)[:80]}, expected {str(case.expected)[:80]}")
    return wrong


COUNTED: Counter[str] = Counter()


@pytest.mark.parametrize("place", PLACES, ids=["here", "there"])
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_role_that_entered_sees_its_part_and_no_more(
    role: Role, place: Place, city: City, rows: dict, catalogue: dict
) -> None:
    with (
        city.login(f"{role.name}_{place.number}") as connection,
        acting_as(connection, role.name, scope_of(role, place), REASON),
    ):
        cases = all_cases(role, {**rows, "entry": read_rows(city.url, ENTRY)}, catalogue, place)
        COUNTED["entered"] += len(cases)
        assert wrong_cases(connection, cases) == []


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
@pytest.mark.parametrize(
    "entry", ["none", "not a number", "another's", "of this transaction", "of another role", "too old"]
)
def test_a_role_without_an_entry_of_its_own_sees_nobodys_rows(
    role: Role, entry: str, city: City, rows: dict, catalogue: dict
) -> None:
    cases = all_cases(role, rows, catalogue, None)
    COUNTED["not entered"] += len(cases)
    named = _entry_of_kind(entry, role, city)
    with city.login("everybody") as connection, connection.cursor() as cursor:
        cursor.execute(f"set local role {role.account}")
        if entry == "of this transaction":
            cursor.execute("select access.enter(%s, %s, %s)", (role.name, scope_of(role, HERE).parts, REASON))
            named = str((cursor.fetchone() or ("",))[0])
        if named:
            cursor.execute("select set_config('healthbook.entry', %s, true)", (named,))
        assert wrong_cases(connection, cases) == []


def _entry_of_kind(kind: str, role: Role, city: City) -> str:
    """The number of a real entry that does not let the account `everybody` act in the role now."""
    other = next(other for other in ROLES if other is not role)
    made = {"another's": (f"{role.name}_1", role), "of another role": ("everybody", other)}
    if kind in made:
        name, entered = made[kind]
        with (
            city.login(name) as connection,
            acting_as(connection, entered.name, scope_of(entered, HERE), REASON),
            connection.cursor() as cursor,
        ):
            cursor.execute("select current_setting('healthbook.entry')")
            return str((cursor.fetchone() or ("",))[0])
    if kind == "too old":
        with connect(city.url) as connection, connection.cursor() as cursor:
            cursor.execute(
                """insert into access.entry (user_name, role_name, scope, reason, transaction_no, entered_at)
                values (%s, %s, %s, 'x', 1, now() - interval '16 minutes') returning entry_id""",
                (city.account("everybody"), role.name, scope_of(role, HERE).parts),
            )
            return str((cursor.fetchone() or ("",))[0])
    return {"not a number": "1 or 1=1"}.get(kind, "")


def test_an_account_without_a_role_sees_nothing(city: City, rows: dict, catalogue: dict) -> None:
    cases = all_cases(None, rows, catalogue, None)
    COUNTED["no role"] += 2 * len(cases)
    for name in ("nobody", "everybody"):  # who has roles has nothing of them before `set role`
        with city.login(name) as connection:
            assert wrong_cases(connection, cases) == [], name


WRONG_SCOPES = {
    Reach.sender: (THERE.scope, CITY, Scope(senders=("PX00008",)), Scope(wards=("00004", "00008")), Scope()),
    Reach.ward: (Scope(wards=("00008",)), CITY, Scope(senders=("CS01929",)), Scope(wards=("00004", "00008")), Scope()),
    Reach.city: (Scope(),),
}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_what_was_not_granted_is_refused_at_the_door(role: Role, city: City) -> None:
    doors = [(role, scope) for scope in WRONG_SCOPES[role.reach]]
    doors += [(other, scope_of(other, HERE)) for other in ROLES if other is not role]
    COUNTED["refused"] += len(doors)
    for wanted, scope in doors:
        with (
            city.login(f"{role.name}_1") as connection,
            pytest.raises(ConfigError, match="may not act"),
            acting_as(connection, wanted.name, scope, REASON),
        ):
            pass


def test_every_table_of_now_was_tried_with_rows_inside_and_outside(rows: dict, catalogue: dict) -> None:
    assert [name for name, found in rows.items() if not found and name != "entry"] == []
    total = sum(len(all_cases(role, rows, catalogue, place)) for role in ROLES for place in (*PLACES, None))
    assert total > 10_000, total
    print(f"cases of one pass over all roles: {total}; as run: {dict(COUNTED)}, {COUNTED.total()} in all")
