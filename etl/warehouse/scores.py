"""Scores and standing checks in PostgreSQL: those of a day are replaced whole."""

from collections.abc import Mapping
from datetime import date

import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl.contracts import SCORE, STANDING, Table
from etl.settings import PROJECT_DIR
from etl.warehouse.audit import record
from etl.warehouse.load import copy_table, fetch_table

QUERIES = PROJECT_DIR / "sql" / "reports"


def read_query(connection: Connection, name: str, parameters: Mapping[str, object]) -> pa.Table:
    """The rows of `sql/reports/<name>.sql`."""
    return fetch_table(connection, (QUERIES / f"{name}.sql").read_text(encoding="utf-8"), parameters)


def write_scores(connection: Connection, scored_on: date, scores: pa.Table) -> None:
    """Make these the scores of the day, in place of any that it had; nothing happens where it has these already."""
    _replace_day(connection, SCORE, "scored_on", scored_on, scores, "scores.written")


def write_standing(connection: Connection, checked_on: date, standing: pa.Table) -> None:
    """Make these the results of the day's standing checks, likewise."""
    _replace_day(connection, STANDING, "checked_on", checked_on, standing, "standing.written")


def _replace_day(connection: Connection, table: Table, column: str, day: date, rows: pa.Table, action: str) -> None:
    names = rows.column_names
    query = f"select {', '.join(names)} from {table.qualified_name} where {column} = %s"
    keys = [(name, "ascending") for name in table.key]
    if fetch_table(connection, query, (day,), rows.schema).sort_by(keys).equals(rows.sort_by(keys)):
        return
    with connection.cursor() as cursor:
        cursor.execute(f"delete from {table.qualified_name} where {column} = %s", (day,))
    copy_table(connection, table.qualified_name, rows)
    record(connection, "engine", action, f"day {day}", {"rows": rows.num_rows})
