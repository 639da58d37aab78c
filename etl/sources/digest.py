"""What makes two rows the same row: a digest over their cells, wherever and however the row was written down."""

from hashlib import md5

import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.column import as_array, matches

UNIT, RECORD = "\x1f", "\x1e"
MARKS = r"[\x1e\x1f]"


def row_digests(cells: pa.Table) -> pa.Array:
    """MD5 of each row as 32 hex digits, over the filled cells with their columns' names, in the order of the names.

    So neither the order of columns, empty columns, encoding nor spaces around a value matter. Columns must have
    distinct names; leave out those that count rows.
    """
    parts = [_marked(name, as_array(cells[name])) for name in sorted(cells.column_names)]
    rows = pc.binary_join_element_wise(*parts, "") if parts else pa.array([""] * cells.num_rows)
    digests = [md5(row, usedforsecurity=False).hexdigest() for row in rows.cast(pa.binary()).to_pylist()]
    return pa.array(digests, pa.string())


def _marked(name: str, column: pa.Array) -> pa.Array:
    """Each filled cell between its column's name and a mark that no cell holds; empty text for an empty one."""
    trimmed = pc.utf8_trim_whitespace(column)
    if pc.any(matches(trimmed, MARKS)).as_py():  # else a cell could pass for two
        trimmed = pc.replace_substring_regex(trimmed, MARKS, " ")
    marked = pc.binary_join_element_wise(name + UNIT, trimmed, RECORD, "")
    return pc.if_else(pc.fill_null(pc.equal(trimmed, ""), True), "", marked)
