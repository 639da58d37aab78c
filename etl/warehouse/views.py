"""What a view and its columns mean, in the database as comments.

A view's file begins with its grain, in English and in Vietnamese, and a line `-- column: tiếng Việt — English` for each
column that it reckons. A column that it takes over as it is keeps the comment of the column that it comes from.
"""

import re
from dataclasses import dataclass

import psycopg2.extensions
from psycopg2 import sql

from etl.errors import HealthbookError

COLUMN_LINE = re.compile(r"-- (?P<name>[a-z][a-z0-9_]*): (?P<text>.+ — .+)")


@dataclass(frozen=True)
class Description:
    """What the head of a view's file says: its grain in both languages, and the columns that it reckons."""

    vi: str
    en: str
    columns: dict[str, str]


def read_description(name: str, query: str) -> Description:
    """The head of the file `sql/views/<name>.sql`; a line that is missing is a fault of ours."""
    lines = query.splitlines()
    columns = {}
    for line in lines[2:]:
        if (found := COLUMN_LINE.fullmatch(line)) is None:
            break
        columns[found["name"]] = found["text"]
    vi, en = lines[1].removeprefix("-- "), lines[0].removeprefix("-- ")
    if not (en.startswith("one row per ") and vi.startswith("mỗi dòng là ")):
        raise HealthbookError(
            f"sql/views/{name}.sql: it does not say what a row is; expected `-- one row per …` and `-- mỗi dòng là …` "
            "as its first two lines. Write them."
        )
    return Description(vi, en, columns)


def comment_view(connection: psycopg2.extensions.connection, name: str, query: str) -> None:
    """Comment a view and each of its columns; one without a meaning is a fault of ours."""
    description = read_description(name, query)
    view = sql.SQL(".").join(map(sql.Identifier, name.split(".")))
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("comment on view {} is {}").format(view, sql.Literal(f"{description.vi} — {description.en}"))
        )
        texts = {**_inherited(cursor, query), **description.columns}
        for column, text in texts.items():
            if text is None:
                raise HealthbookError(
                    f"sql/views/{name}.sql: column {column} has no meaning; expected a line `-- {column}: tiếng Việt — "
                    "English` at the top. Write it."
                )
            target = sql.SQL("{}.{}").format(view, sql.Identifier(column))
            cursor.execute(sql.SQL("comment on column {} is {}").format(target, sql.Literal(text)))


def _inherited(cursor: psycopg2.extensions.cursor, query: str) -> dict[str, str | None]:
    """Each column of a query with the comment of the column that it takes over; None for one that it reckons.

    PostgreSQL itself says which column of which table that is.
    """
    cursor.execute(f"select * from (\n{query}\n) as v limit 0")
    columns = cursor.description or ()
    inherited = {}
    for column in columns:
        cursor.execute("select col_description(%s, %s)", (column.table_oid or 0, column.table_column or 0))
        ((inherited[column.name],),) = cursor.fetchall()
    return inherited
