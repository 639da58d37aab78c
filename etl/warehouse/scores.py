"""Scores in PostgreSQL: a day's scores are replaced whole."""

from collections.abc import Mapping
from datetime import date

import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl.contracts import SCORE
from etl.settings import PROJECT_DIR
from etl.warehouse.audit import record
from etl.warehouse.load import copy_table, fetch_table

QUERIES = PROJECT_DIR / "sql" / "reports"


def read_query(connection: Connection, name: str, parameters: Mapping[str, object]) -> pa.Table:
    """The rows of `sql/reports/<name>.sql`."""
    return fetch_table(connection, (QUERIES / f"{name}.sql").read_text(encoding="utf-8"), parameters)


def write_scores(connection: Connection, scored_on: date, scores: pa.Table) -> None:
    """Make these the scores of the day, in place of any that it had; nothing happens where it has these already."""
    columns = scores.column_names
    standing = fetch_table(
        connection,
        f"select {', '.join(columns)} from {SCORE.qualified_name} where scored_on = %s",
        (scored_on,),
        scores.schema,
    )
    keys = [(name, "ascending") for name in SCORE.key]
    if standing.sort_by(keys).equals(scores.sort_by(keys)):
        return
    with connection.cursor() as cursor:
        cursor.execute("delete from quality.score where scored_on = %s", (scored_on,))
    copy_table(connection, SCORE.qualified_name, scores)
    record(connection, "engine", "scores.written", f"day {scored_on}", {"rows": scores.num_rows})
