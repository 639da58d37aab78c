"""Sealing again what lies sealed: under the newest key, and what an older version of the program wrote in clear."""

from psycopg2.extensions import connection as Connection

from etl.contracts import SEALED_TABLES, Table, hash_name
from etl.warehouse.load import copy_table, fetch_table
from etl.warehouse.sealing import PREFIX_LENGTH, SEALED_NAMES, Seals

PAGES_AT_ONCE = 4096
"""Of 8 KiB: some hundred thousand rows."""


def reseal_all(connection: Connection, seals: Seals) -> int:
    """Reseal every row that the newest key did not seal, and let nobody write meanwhile; gives how many rows."""
    with connection.cursor() as cursor:
        names = ", ".join(table.qualified_name for table in SEALED_TABLES)
        cursor.execute(f"lock table {names} in share row exclusive mode")
    return sum(_reseal_table(connection, seals, table) for table in SEALED_TABLES)


def note_all_sealed(connection: Connection) -> None:
    """Let PostgreSQL look every row through; raises its error where one is in clear."""
    with connection.cursor() as cursor:
        for table in SEALED_TABLES:
            cursor.execute(f"alter table {table.qualified_name} validate constraint sealed")


def _reseal_table(connection: Connection, seals: Seals, table: Table) -> int:
    """A table's rows, partition by partition; rows that nobody may change are, for what they say stays the same."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select relid::text from pg_partition_tree(%s::regclass) where isleaf order by 1", (table.qualified_name,)
        )
        leaves = [name for (name,) in cursor.fetchall()] or [table.qualified_name]  # none where there are no partitions
        cursor.execute(
            "select tgname from pg_trigger where tgrelid = %s::regclass and tgname = 'append_only'",
            (table.qualified_name,),
        )
        is_guarded = cursor.fetchone() is not None
        if is_guarded:
            cursor.execute(f"alter table {table.qualified_name} disable trigger append_only")
        count = sum(reseal_rows(connection, seals, table, leaf) for leaf in leaves)
        if is_guarded:
            cursor.execute(f"alter table {table.qualified_name} enable trigger append_only")
    return count


def reseal_rows(connection: Connection, seals: Seals, table: Table, name: str) -> int:
    """Reseal the rows of a table (`name`) that is made like `table`, or has its sealed columns, some pages at a time."""
    sealed = [field.name for field in table.sealed_fields]
    named_by = [field.named_by for field in table.sealed_fields if field.named_by]
    written = [*sealed, *(hash_name(field) for field in table.looked_up)]
    columns = ", ".join((*dict.fromkeys((table.owner, *named_by)), *sealed))
    values = ", ".join(f"r.{column}" for column in written)
    count = 0
    with connection.cursor() as cursor:
        cursor.execute("select pg_relation_size(%s::regclass) / current_setting('block_size')::integer", (name,))
        (pages,) = cursor.fetchone() or (0,)
        for first in range(0, pages, PAGES_AT_ONCE):
            rows = fetch_table(
                connection,
                f"select ctid::text as place, {columns} from {name}"
                f" where ctid >= '({first},0)' and ctid < '({first + PAGES_AT_ONCE},0)' and ({_sql_for_stale(table, seals)})",
            )
            if not rows.num_rows:
                continue
            cursor.execute("create temp table resealed (place tid, " + ", ".join(f"{c} text" for c in written) + ")")
            copy_table(connection, "resealed", seals.reseal(table, rows).select(["place", *written]))
            cursor.execute(
                f"update {name} t set ({', '.join(written)}) = row({values}) from resealed r where t.ctid = r.place"
            )
            cursor.execute("drop table resealed")
            count += rows.num_rows
    return count


def _sql_for_stale(table: Table, seals: Seals) -> str:
    """Whether a row holds a text that the newest key did not seal."""
    names = ", ".join(f"'{name}'" for name in sorted(SEALED_NAMES))
    return " or ".join(
        f"left({field.name}, {PREFIX_LENGTH}) <> '{seals.prefix}'"
        + (f" and {field.named_by} in ({names})" if field.named_by else "")
        for field in table.sealed_fields
    )
