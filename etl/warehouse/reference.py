"""The shared code lists, loaded into the schema `reference` so that foreign keys can point at them."""

import pyarrow as pa
from psycopg2 import sql
from psycopg2.extensions import connection as Connection

from etl.contracts import FACILITY, OLD_WARD, SENDER, WARD, reference
from etl.contracts.fields import Table
from etl.warehouse.load import copy_table


def load_reference(connection: Connection) -> None:
    """Write every code list; a code that is there takes the list's words, one that left the list stays."""
    for table, rows in _lists():
        _merge_rows(connection, table, rows)


def reference_text() -> str:
    """All code lists as one text, to see whether they changed."""
    return "\0".join(str(rows.to_pydict()) for _, rows in _lists())


def _lists() -> tuple[tuple[Table, pa.Table], ...]:
    return (
        (WARD, reference.wards()),
        (OLD_WARD, reference.old_wards()),
        (FACILITY, reference.facilities()),
        (SENDER, reference.senders()),
    )


def _merge_rows(connection: Connection, table: Table, rows: pa.Table) -> None:
    target = sql.Identifier(table.schema, table.name)
    incoming = sql.Identifier(f"incoming_{table.name}")
    columns = [sql.Identifier(field.name) for field in table]
    changes = [sql.SQL("{0} = excluded.{0}").format(column) for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("create temp table {} (like {}) on commit drop").format(incoming, target))
        copy_table(connection, f"incoming_{table.name}", rows)
        cursor.execute(
            sql.SQL("insert into {} ({}) select {} from {} on conflict ({}) do update set {}").format(
                target,
                sql.SQL(", ").join(columns),
                sql.SQL(", ").join(columns),
                incoming,
                sql.SQL(", ").join(sql.Identifier(name) for name in table.key),
                sql.SQL(", ").join(changes),
            )
        )
        cursor.execute(sql.SQL("drop table {}").format(incoming))
