"""Partitions of the book tables: loaded beside those that readers see, checked, and put in their place all at once.

A partition that is loaded is a table of the schema `book_part` named after table, place and build. Until the exchange it
belongs to nothing; one that a build left there when it was cut off is removed by the next.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
from psycopg2 import errors
from psycopg2.extensions import connection as Connection

from etl.contracts import Table
from etl.errors import DependencyError, HealthbookError
from etl.warehouse.connect import connect
from etl.warehouse.load import copy_table
from etl.warehouse.sealing import Seals

PARTITIONS = 16
"""As many as migration 0010 made; a power of two, which `sql_for_partition` relies on."""
ROWS_AT_ONCE = 250_000
LOCK_SECONDS, LOCK_TRIES = 2, 30
"""Readers wait behind the exchange for as long as it waits for a slower reader: so it gives up soon, and tries again."""


@dataclass(frozen=True)
class Built:
    """What a build wrote of one table for one partition (or for all, where it changed few persons)."""

    path: Path
    rows: int
    person_sum: int
    """The sum of `person_id` over all rows: with the number of rows, what must arrive."""


def sql_for_partition(person: str) -> str:
    """The number of the partition that PostgreSQL keeps a person in, as an expression over a bigint column.

    Its hash partitions take `hashint8extended(person, seed) + 0x49a0f4dd15e5a8e3` modulo their number, without a sign;
    of that sum a power of two needs the low bits only.
    """
    low = PARTITIONS - 1
    return (
        f"(((hashint8extended({person}, 8816678312871386365) & {low}) + {0x49A0F4DD15E5A8E3 & low}) & {low})::smallint"
    )


def find_published(connection: Connection, table: Table, place: int) -> str:
    """The name of the partition that readers see at a place."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select inhrelid::regclass::text from pg_inherits join pg_class c on c.oid = inhrelid where inhparent = %s::regclass"
            " and pg_get_expr(relpartbound, c.oid) = %s",
            (table.qualified_name, f"FOR VALUES WITH (modulus {PARTITIONS}, remainder {place})"),
        )
        (name,) = cursor.fetchone() or ("",)
    return str(name)


@contextmanager
def looking_up(connection: Connection, is_few: bool = True) -> Iterator[None]:
    """Statements in here look persons up in the partitions one by one where these are few, in the caller's transaction.

    Of keys over hash partitions PostgreSQL guesses that most persons are meant, and would read every table whole.
    """
    if not is_few:
        yield
        return
    ways = ("seqscan", "bitmapscan", "hashjoin", "mergejoin")
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"set local enable_{way} = off" for way in ways))
        yield
        cursor.execute("; ".join(f"set local enable_{way} to default" for way in ways))


def remove_left_over(connection: Connection) -> None:
    """Drop what builds that were cut off had loaded; the caller holds the lock of builds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select oid::regclass::text from pg_class where relnamespace = 'book_part'::regnamespace"
            " and relkind = 'r' and not relispartition"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"drop table {name}")


def load_beside(url: str, seals: Seals, run_id: int, built: Mapping[Table, Sequence[Built]], threads: int) -> None:
    """Load every table's partitions beside the published ones, a place at a time in each of `threads` connections.

    Raises HealthbookError where what arrived is not what was built, or breaks a key or a rule of the table.
    """
    pool = ThreadPoolExecutor(threads)
    try:
        list(pool.map(partial(_load_place, url, seals, run_id, built), range(PARTITIONS)))
    finally:
        pool.shutdown(cancel_futures=True)


def exchange(connection: Connection, run_id: int, tables: Sequence[Table]) -> None:
    """Put the partitions that a build loaded in the place of those that readers see, in the caller's transaction.

    Readers of books wait from here to its end, so call it last. Raises DependencyError where others keep reading for
    `LOCK_SECONDS * LOCK_TRIES`.
    """
    _lock(connection, tables)
    with connection.cursor() as cursor:
        cursor.execute(
            "select inhparent::regclass::text, inhrelid::regclass::text from pg_inherits"
            " where inhparent = any(%s::regclass[])",
            ([table.qualified_name for table in tables],),
        )
        statements = [f"drop table {part}" for _, part in cursor.fetchall()]
        for table in tables:
            for place in range(PARTITIONS):
                part = _part_name(table, place, run_id)
                statements.append(
                    f"alter table {table.qualified_name} attach partition {part}"
                    f" for values with (modulus {PARTITIONS}, remainder {place})"
                )
                statements.append(f"alter table {part} drop constraint in_place")
        cursor.execute(";\n".join(statements))


def _part_name(table: Table, place: int, run_id: int) -> str:
    return f"book_part.{table.name}_{place:02}_{run_id}"


def _load_place(url: str, seals: Seals, run_id: int, built: Mapping[Table, Sequence[Built]], place: int) -> None:
    """One transaction: the partitions of one place, of all tables."""
    with connect(url) as connection:
        with connection.cursor() as cursor:
            cursor.execute("set local maintenance_work_mem = '256MB'; set local default_statistics_target = 20")
        for table, parts in built.items():
            _load_part(connection, seals, table, place, run_id, parts[place])


def _load_part(connection: Connection, seals: Seals, table: Table, place: int, run_id: int, built: Built) -> None:
    """Make a partition, fill it, then index it: the other way round each row would look for its place in each index."""
    name = _part_name(table, place, run_id)
    with connection.cursor() as cursor:
        # The check lets PostgreSQL attach the partition without reading it. It names a number of this very database, which
        # a backup restored elsewhere would not have: it goes with the exchange.
        cursor.execute(
            f"create table {name} (like {table.qualified_name} including defaults including constraints, constraint"
            f" in_place check (satisfies_hash_partition({_oid(connection, table)}::oid, {PARTITIONS}, {place}, person_id)))"
        )
        copy_file(connection, seals, name, table, built.path)
        check_arrived(connection, name, built)
        cursor.execute(
            "select indisprimary, indisunique, split_part(pg_get_indexdef(indexrelid), ' USING ', 2) from pg_index"
            " where indrelid = %s::regclass",
            (table.qualified_name,),
        )
        for is_primary, is_unique, described in cursor.fetchall():
            if is_primary:
                cursor.execute(f"alter table {name} add primary key {described.removeprefix('btree ')}")
            else:
                cursor.execute(f"create {'unique ' if is_unique else ''}index on {name} using {described}")
        cursor.execute(f"analyze {name}")


def copy_file(connection: Connection, seals: Seals, name: str, table: Table, path: Path) -> None:
    """Copy a built Parquet file into a table that this transaction made, some rows at a time."""
    columns = [field.name for field in table]
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS_AT_ONCE, columns=columns):
            copy_table(connection, name, seals.seal(table, batch), is_frozen=True)


def check_arrived(connection: Connection, name: str, built: Built) -> None:
    """Raises HealthbookError where a table does not hold the rows that were built, person by person."""
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*), coalesce(sum(person_id), 0) from {name}")
        found = cursor.fetchone()
    if found is None or (found[0], int(found[1])) != (built.rows, built.person_sum):
        raise HealthbookError(
            f"publish {name}: not the rows that were built arrived; expected {built.rows} rows of the same persons."
            " The books that readers see stand. Run merge again, and report it if it happens twice."
        )


def _oid(connection: Connection, table: Table) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select %s::regclass::oid", (table.qualified_name,))
        (oid,) = cursor.fetchone() or (0,)
    return int(oid)


def _lock(connection: Connection, tables: Sequence[Table]) -> None:
    """Lock the tables against readers, all or none; between two tries those who wait are let through."""
    names = ", ".join(table.qualified_name for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"set local lock_timeout = '{LOCK_SECONDS}s'")
        for _ in range(LOCK_TRIES):
            cursor.execute("savepoint alone")
            try:
                cursor.execute(f"lock table {names} in access exclusive mode")
                return
            except errors.LockNotAvailable:
                cursor.execute("rollback to savepoint alone")
    raise DependencyError(
        f"publish: others kept reading the books for {LOCK_SECONDS * LOCK_TRIES} s; expected a moment between two readers."
        " End long queries, then run it again."
    )
