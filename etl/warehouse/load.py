"""Arrow tables into PostgreSQL and back, by COPY in CSV: a million rows in seconds, no value in a statement.

NULL is an empty field, an empty text a quoted one; that holds in both directions. A text with a NUL character
cannot be stored by PostgreSQL and is refused by it.
"""

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from pyarrow import csv

from etl.contracts import SQL_TYPES

ROWS_AT_ONCE = 200_000
LONGEST_ROW_BYTES = 256 * 1024**2
ARROW_TYPES = {sql_type: arrow_type for arrow_type, sql_type in SQL_TYPES.items()}
ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"'})
PLAIN = "^[-+.0-9]+$|^[A-Z]{2}[0-9]+$"
"""Items of an array that need no quotes: numbers, and codes of senders."""
WRITE = csv.WriteOptions(include_header=False, quoting_style="needed")


def copy_table(connection: Connection, name: str, table: pa.Table | pa.RecordBatch, is_frozen: bool = False) -> int:
    """Append rows to a table (`schema.name`, or a temporary one's bare name), column by name; gives their number.

    Columns that the rows lack take their default. Constraint violations are raised by PostgreSQL as they are.
    `is_frozen` is for a table that the same transaction made: its rows need no vacuum later, and are there for whoever
    sees the table.
    """
    columns = sql.SQL(", ").join(sql.Identifier(column) for column in table.schema.names)
    target = sql.Identifier(*name.split("."))
    options = sql.SQL("format csv, freeze" if is_frozen else "format csv")
    statement = sql.SQL("copy {} ({}) from stdin ({})").format(target, columns, options)
    with connection.cursor() as cursor:
        for start in range(0, table.num_rows, ROWS_AT_ONCE):
            cursor.copy_expert(statement, _to_csv(table.slice(start, ROWS_AT_ONCE)))
    return int(table.num_rows)


def fetch_table(
    connection: Connection,
    query: str,
    parameters: Sequence[object] | Mapping[str, object] = (),
    schema: pa.Schema | None = None,
) -> pa.Table:
    """The rows of a SELECT; with `schema` its columns and types, else those that PostgreSQL states."""
    with connection.cursor() as cursor:
        # Without parameters a % in the query stands for itself, as psycopg2 has it.
        bound = cursor.mogrify(query, parameters or None).decode()
        wanted = schema or _schema_of(cursor, bound)
        selected = ", ".join(_selected(field) for field in wanted)
        lines = io.BytesIO()
        cursor.copy_expert(f"copy (select {selected} from (\n{bound}\n) as q) to stdout (format csv)", lines)
    return _from_csv(lines, wanted)


def _to_csv(table: pa.Table | pa.RecordBatch) -> io.BytesIO:
    lines = io.BytesIO()
    for place, field in enumerate(table.schema):
        if pa.types.is_list(field.type):
            table = table.set_column(place, field.name, _array_literals(table.column(place)))
    csv.write_csv(table, lines, WRITE)
    lines.seek(0)
    return lines


def _array_literals(column: "pa.ChunkedArray[Any] | pa.Array[Any]") -> pa.Array:
    """Lists as PostgreSQL writes arrays; findings and books hold millions of numbers and codes, which need no quotes."""
    texts = column.cast(pa.list_(pa.string()))
    items = pc.list_flatten(texts)
    if not items.null_count and pc.all(pc.match_substring_regex(items, PLAIN), min_count=0).as_py():
        return pc.binary_join_element_wise("{", pc.binary_join(texts, ","), "}", "")
    return pa.array([None if items is None else _array_literal(items) for items in column.to_pylist()], pa.string())


def _array_literal(items: list[object]) -> str:
    escaped = ("NULL" if item is None else str(item).translate(ESCAPES).join('""') for item in items)
    return "{" + ",".join(escaped) + "}"


def _selected(field: "pa.Field[Any]") -> str:
    name = '"' + field.name.replace('"', '""') + '"'
    return f"array_to_json({name})" if pa.types.is_list(field.type) else name


def _schema_of(cursor: Cursor, bound: str) -> pa.Schema:
    """What PostgreSQL says of the columns of a SELECT; types that no contract uses, such as json, come as text."""
    cursor.execute(f"select * from (\n{bound}\n) as q limit 0")
    described = [(column.name, column.type_code) for column in cursor.description or ()]
    codes = [code for _, code in described]
    cursor.execute("select oid, format_type(oid, null) from pg_type where oid = any(%s)", (codes,))
    types = dict(cursor.fetchall())
    return pa.schema([(name, ARROW_TYPES.get(types[code], pa.string())) for name, code in described])


def _from_csv(lines: io.BytesIO, schema: pa.Schema) -> pa.Table:
    size = lines.tell()
    if size == 0:
        return schema.empty_table()
    lines.seek(0)
    as_read = {field.name: pa.string() if pa.types.is_list(field.type) else field.type for field in schema}
    table = csv.read_csv(
        lines,
        csv.ReadOptions(column_names=schema.names, block_size=min(size, LONGEST_ROW_BYTES)),
        csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        csv.ConvertOptions(
            column_types=as_read,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )
    for place, field in enumerate(schema):
        if pa.types.is_list(field.type):
            texts = table.column(place).to_pylist()
            items = pa.array([None if text is None else json.loads(text) for text in texts], field.type)
            table = table.set_column(place, field, items)
    return table.cast(schema)
