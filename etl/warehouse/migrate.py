"""Bring a database of any earlier version up to date: Alembic over the plain SQL files of `sql/`.

`sql/migrations/NNNN_name.sql` run once each, in order, all in one transaction. What follows from the code — views
(`sql/views/schema.name.sql`), comments, code lists, who may see what — is renewed whenever the code that it
follows from has changed.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType

import psycopg2.extensions
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import RevisionMap
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, exc, pool, text

from etl.contracts import WAREHOUSE_TABLES
from etl.errors import ConfigError, DependencyError, HealthbookError
from etl.settings import DRIVER, PROJECT_DIR
from etl.warehouse.connect import open_connection
from etl.warehouse.policies import SHUT_TEMPORARY, ensure_roles, sql_for_access, view_options
from etl.warehouse.reference import load_reference, reference_text
from etl.warehouse.views import comment_view

SQL_DIR = PROJECT_DIR / "sql"
LOCK = 4_750_831
"""Advisory lock that one migration at a time holds; any number that nothing else uses."""


@dataclass(frozen=True)
class MigrationResult:
    """The database's version before and after, and the migrations run in between."""

    before: str | None
    after: str | None
    applied: tuple[str, ...]

    def __str__(self) -> str:
        if not self.applied:
            return f"database is up to date at version {self.after}"
        return f"database brought from version {self.before or 'none'} to {self.after}: {', '.join(self.applied)}"


def migrate(url: str, target: str = "heads", sql_dir: Path = SQL_DIR) -> MigrationResult:
    """Bring the database to the newest version (or `target`), in one transaction; callers at once wait for each other.

    Raises `DependencyError` where the database is away, `ConfigError` where it is newer than this program.
    """
    engine = create_engine(f"{DRIVER}://", creator=partial(open_connection, url), poolclass=pool.NullPool)
    try:
        with engine.begin() as connection:
            return _migrate(connection, target, sql_dir)
    except exc.OperationalError as error:
        raise DependencyError(
            f"migration: the database gave up ({type(error.orig).__name__}); expected it to stay. "
            "Nothing was changed: run the same command again."
        ) from None
    except exc.DBAPIError as error:
        raise HealthbookError(f"migration: {error.orig}; expected SQL that fits. Mend the file.") from error


def is_all_sealed(connection: psycopg2.extensions.connection) -> bool:
    """Whether no table may hold in clear what names a person: each refuses it, and what lay there before was sealed."""
    with connection.cursor() as cursor:
        cursor.execute("select bool_and(convalidated) from pg_constraint where conname = 'sealed'")
        (is_valid,) = cursor.fetchone() or (True,)
    return bool(is_valid)


def _migrate(connection: Connection, target: str, sql_dir: Path) -> MigrationResult:
    connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    applied: list[str] = []
    scripts = _script_directory(sql_dir, connection, applied)
    # What `alembic upgrade` does, without its ini file and env.py.
    context = MigrationContext.configure(
        connection, opts={"fn": lambda revision, _: scripts._upgrade_revs(target, revision), "script": scripts}
    )
    before = context.get_current_revision()
    try:
        context.run_migrations()
    except CommandError:
        raise ConfigError(
            f"migration: the database is at version {before}, which this program does not know; "
            f"expected one of {sql_dir}/migrations. Use the newest program."
        ) from None
    after = context.get_current_revision()
    if after == scripts.get_current_head():
        _renew_derived(connection, sql_dir)
    return MigrationResult(before, after, tuple(applied))


def _script_directory(sql_dir: Path, connection: Connection, applied: list[str]) -> ScriptDirectory:
    """Alembic's view of the SQL files: each follows the one before it, by number."""
    scripts, previous = [], None
    for path in sorted((sql_dir / "migrations").glob("[0-9]*.sql")):
        revision = path.name.split("_", 1)[0]
        module = ModuleType(path.stem)
        vars(module).update(revision=revision, down_revision=previous, upgrade=_runner(path, connection, applied))
        scripts.append(Script(module, revision, str(path)))
        previous = revision
    directory = ScriptDirectory(str(sql_dir))
    directory.revision_map = RevisionMap(lambda: scripts)
    return directory


def _runner(path: Path, connection: Connection, applied: list[str]) -> Callable[[], None]:
    def run() -> None:
        _execute(connection, path.read_text(encoding="utf-8"))
        applied.append(path.stem)

    return run


def _renew_derived(connection: Connection, sql_dir: Path) -> None:
    """Views, comments, grants and code lists, where they differ from those last written; a digest remembers which."""
    are_roles_new = ensure_roles(connection)
    _execute(connection, SHUT_TEMPORARY)
    views = {path.stem: path.read_text(encoding="utf-8").strip() for path in sorted((sql_dir / "views").glob("*.sql"))}
    comments, access = list(_contract_comments()), list(sql_for_access(views))
    made = {
        name: f"create view {name} with ({view_options(name)}) as\n{views[name]}"
        for name in sorted(views, key=lambda name: (_depth(name, views), name))
    }
    digest = hashlib.sha256("\0".join([*made.values(), *comments, *access, reference_text()]).encode()).hexdigest()
    written = connection.scalar(text("select obj_description('alembic_version'::regclass)"))
    if written == digest and not are_roles_new:
        return
    for name in views:
        _execute(connection, f"drop view if exists {name} cascade")
    for comment in comments:
        _execute(connection, comment)
    raw: psycopg2.extensions.connection = connection.connection.dbapi_connection  # type: ignore[assignment]  # by our creator
    for name, statement in made.items():
        _execute(connection, statement)
        comment_view(raw, name, views[name])
    for statement in access:
        _execute(connection, statement)
    load_reference(raw)
    _execute(connection, f"comment on table alembic_version is '{digest}'")


def _depth(name: str, views: dict[str, str]) -> int:
    """How many views stand below a view."""
    below = [other for other in views if other != name and other in views[name]]
    return 1 + max((_depth(other, views) for other in below), default=0)


def _contract_comments() -> Iterable[str]:
    for table in WAREHOUSE_TABLES:
        yield f"comment on table {table.qualified_name} is {_quoted(f'{table.vi} — {table.en}')}"
        for field in table.stored_fields:
            yield f"comment on column {table.qualified_name}.{field.name} is {_quoted(f'{field.vi} — {field.en}')}"


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _execute(connection: Connection, statements: str) -> None:
    """Run SQL as it is written: no parameters, so that % and : mean themselves."""
    connection.execution_options(no_parameters=True).exec_driver_sql(statements)
