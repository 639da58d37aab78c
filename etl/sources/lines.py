"""Lines of events out of rows about people: one value to a line, lines counted within their row."""

from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.column import as_array


def split_values(table: pa.Table, column: str, separators: str = ";") -> pa.Table:
    """`row_no` and `column` with a line for each of the values that one cell holds, in their order; none for null."""
    row_nos, texts = as_array(table["row_no"]), as_array(table[column], pa.string())
    parts = pc.split_pattern_regex(texts, rf"\s*[{separators}]\s*")
    values = pc.utf8_trim_whitespace(pc.list_flatten(parts))
    lines = pa.table({"row_no": row_nos.take(pc.list_parent_indices(parts)), column: values})
    return lines.filter(pc.not_equal(values, ""))


def make_lines(
    table: pa.Table,
    value: str,
    name: str,
    constants: Mapping[str, str | None],
    carried: Mapping[str, str] | None = None,
) -> pa.Table:
    """A line for each row whose column `value` is filled: it as `name`, `constants`, and `carried` columns renamed."""
    if value not in table.column_names:
        return table.select(["row_no"]).slice(0, 0)
    filled = table.filter(pc.is_valid(table[value]))
    lines = pa.table({"row_no": filled["row_no"], name: filled[value]})
    for column, text in constants.items():
        lines = lines.append_column(column, pa.repeat(pa.scalar(text, pa.string()), lines.num_rows))
    for column, source in (carried or {}).items():
        if source in table.column_names:
            lines = lines.append_column(column, filled[source])
    return lines


def carry(lines: pa.Table, table: pa.Table, **columns: str) -> pa.Table:
    """The lines with columns of their rows: `new_name=column`; null where the row's table lacks it."""
    place = pc.index_in(as_array(lines["row_no"]), as_array(table["row_no"]))
    for name, source in columns.items():
        known = source in table.column_names
        values = as_array(table[source]).take(place) if known else pa.nulls(lines.num_rows, pa.string())
        lines = lines.append_column(name, values)
    return lines


def number_lines(parts: Iterable[pa.Table]) -> pa.Table:
    """All lines in the order of their rows, and within a row of the parts, with `line_no` (int32) from 1."""
    filled = [part for part in parts if part.num_rows]
    if not filled:
        return pa.table({"row_no": pa.array([], pa.int32()), "line_no": pa.array([], pa.int32())})
    lines = pa.concat_tables(filled, promote_options="default")
    lines = lines.take(pa.array(np.argsort(lines["row_no"].to_numpy(), kind="stable")))
    row_nos = lines["row_no"].to_numpy()
    starts = np.flatnonzero(np.r_[True, row_nos[1:] != row_nos[:-1]])
    counts = np.diff(np.r_[starts, len(row_nos)])
    line_no = np.arange(len(row_nos)) - np.repeat(starts, counts) + 1
    return lines.add_column(1, "line_no", pa.array(line_no, pa.int32()))


def tables_with_rows(**tables: pa.Table) -> dict[str, pa.Table]:
    """Those tables of a chunk that hold anything, and the person records in any case."""
    return {name: table for name, table in tables.items() if table.num_rows or name == "person_record"}
