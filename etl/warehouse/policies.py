"""Row-level security and grants, written from the contracts; only the book and the visit, on which others hang, are named.

They are renewed as a whole: whatever an application role or PUBLIC held is taken away, then what the matrix says is given.
A table that no contract knows, such as a partition, is closed to all of them. The owner's role has BYPASSRLS: COPY refuses
to load a table whose policies bind, and a policy that lets the owner pass would have to be repeated on each table.
"""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, exc, text

from etl.contracts import SCHEMAS, WAREHOUSE_TABLES, Rows, Table
from etl.contracts.access import ROLES, Reach, Role
from etl.errors import ConfigError

OWNERS_VIEWS = frozenset({"report"})
"""Their views count over rows that no reader may see, and show no personal column; all others see as their reader does."""
ACCOUNTS = ", ".join(role.account for role in ROLES)
FUNCTIONS = {
    None: ("access.enter(text, text[], text)",),
    Reach.sender: ("access.senders(text)", "access.batches(text)"),
    Reach.ward: ("access.wards(text)", "access.has_entered(text)", "access.is_restricted(bigint)"),
    Reach.city: ("access.has_city(text)",),
}
"""What policies of a reach ask, which the reader's own account has to be let call."""

CLOSE_TABLES = """do $$
declare
    item record;
begin
    for item in
        select format('%I.%I', schemaname, tablename) as name, policyname from pg_policies where schemaname = any ({schemas})
    loop
        execute format('drop policy %I on %s', item.policyname, item.name);
    end loop;
    for item in
        select oid::regclass as name from pg_class
        where relkind in ('r', 'p') and relnamespace::regnamespace::text = any ({schemas})
            and not (relrowsecurity and relforcerowsecurity)
    loop
        execute format('alter table %s enable row level security, force row level security', item.name);
    end loop;
end
$$"""
SHUT_TEMPORARY = """do $$
begin
    if has_database_privilege('public', current_database(), 'temporary') then
        execute format('revoke temporary on database %I from public', current_database());
    end if;
end
$$"""
"""Belongs to the database, not to what it holds: a copy or a restored one has to be told again."""


def ensure_roles(connection: Connection) -> bool:
    """Make the application's roles where they are missing, and see that the owner's own role passes its policies.

    Gives whether roles were missing: then nothing can have been granted to them.

    Raises ConfigError with the lines that the server's administrator has to run where we may not do it ourselves.
    """
    known = set(connection.scalars(text("select rolname from pg_roles")))
    wanted = [f"create role {role.account} nologin;" for role in ROLES if role.account not in known]
    owner, passes, may_create = connection.execute(
        text("""
        select quote_ident(rolname), rolsuper or rolbypassrls, rolsuper or rolcreaterole from pg_roles
        where rolname = current_user""")
    ).one()
    are_made = bool(wanted) and may_create
    if are_made:
        _create_roles(connection, wanted)
        wanted = []
    lines = wanted + [
        f"grant {role.account} to {owner} with admin option, inherit false, set false;" for role in ROLES if wanted
    ]
    if not passes:
        lines.append(f"alter role {owner} bypassrls;")
    if lines:
        raise ConfigError(
            "migration: roles are missing on the server; expected them, or the right to make them. "
            f"Let its administrator run: {' '.join(lines)}"
        )
    return are_made


def _create_roles(connection: Connection, statements: list[str]) -> None:
    """Roles are the whole server's: a migration of another database may make the same ones at the same time."""
    for statement in statements:
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(statement)
        except (exc.ProgrammingError, exc.IntegrityError) as error:
            if getattr(error.orig, "pgcode", None) not in ("42710", "23505"):
                raise


def sql_for_access(views: Iterable[str]) -> list[str]:
    """Everything that closes the schemas and opens to each role what the matrix says; `views` are `schema.name`."""
    return [*_shut(), *_open_tables(), *_open_views(views), *_open_functions()]


def view_options(name: str) -> str:
    """How a view sees rows: as its reader, or as its owner where it counts over what no reader may see."""
    return "security_barrier = true" if name.split(".")[0] in OWNERS_VIEWS else "security_invoker = true"


def _shut() -> Iterator[str]:
    schemas = ", ".join(SCHEMAS)
    for kind in ("tables", "sequences", "functions"):
        yield f"revoke all on all {kind} in schema {schemas} from public, {ACCOUNTS}"
    yield f"revoke all on schema {schemas} from public, {ACCOUNTS}"
    # What the owner makes later starts closed too. Functions are open to all by default, and only a rule for the whole
    # database takes that away.
    yield "alter default privileges revoke execute on functions from public"
    names = ", ".join(f"'{schema}'" for schema in SCHEMAS)
    yield CLOSE_TABLES.format(schemas=f"array[{names}]")


def _open_tables() -> Iterator[str]:
    for role in ROLES:
        tables = [(table, role.fields_of(table)) for table in WAREHOUSE_TABLES]
        seen = {table.schema for table, fields in tables if fields} | role.view_schemas | {"access"}
        yield f"grant usage on schema {', '.join(sorted(seen))} to {role.account}"
        for table, fields in tables:
            if fields:
                columns = ", ".join(field.name for field in fields)
                yield f"grant select ({columns}) on {table.qualified_name} to {role.account}"
                yield (
                    f"create policy {role.name} on {table.qualified_name} for select to {role.account} "
                    f"using ({sql_for_condition(role, table)})"
                )


def sql_for_condition(role: Role, table: Table) -> str:
    """Which rows of a table a role sees, as a condition over the table's columns.

    What does not depend on the row stands in a sub-select of its own, which PostgreSQL asks once a statement.
    """
    if table.rows is Rows.everyone:
        return "true"
    if role.reach is Reach.city:
        return f"(select access.has_city('{role.name}'))"
    if role.reach is Reach.sender:
        if table.rows is Rows.sender:
            return f"sender_code = any ((select access.senders('{role.name}'))::text[])"
        return f"batch_id = any ((select access.batches('{role.name}'))::bigint[])"
    if table.rows in (Rows.sender, Rows.batch):
        return f"(select access.has_entered('{role.name}'))"
    return " and ".join(_conditions_of_people(role, table))


def _conditions_of_people(role: Role, table: Table) -> Iterator[str]:
    if table.rows is Rows.ward:
        yield f"ward_code = any ((select access.wards('{role.name}'))::text[])"
    else:  # the book's own policy says whether it is in reach
        yield f"exists (select from book.health_book as b where b.person_id = {table.name}.person_id)"
    names = {field.name for field in table}
    if not role.sees_restricted and "is_restricted" in names:
        yield "is_restricted is not true"
    if not role.sees_restricted and {"person_id", "record_id"} <= names and table.name != "encounter":
        yield "(record_id is null or not access.is_restricted(record_id))"


def _open_views(views: Iterable[str]) -> Iterator[str]:
    for view in views:
        for role in ROLES:
            if view.split(".")[0] in role.view_schemas:
                yield f"grant select on {view} to {role.account}"


def _open_functions() -> Iterator[str]:
    for role in ROLES:
        functions = ", ".join((*FUNCTIONS[None], *FUNCTIONS[role.reach]))
        yield f"grant execute on function {functions} to {role.account}"
