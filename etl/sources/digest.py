"""What makes two rows the same row: a digest over their cells, wherever and however the row was written down."""

from hashlib import md5

import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.column import as_array, matches

UNIT, RECORD = "\x1f", "\x1e"
MARKS = r"[\x1e\x1f]"


def row_digests(cells: pa.Table) -> pa.Array:
    """MD5 of each row as 32 hex digits, over the filled cells with their columns' names, in the order of the names.

    So neither the order of columns, empty columns nor encoding matter. Cells must be trimmed, with null for blank ones,
    and columns have distinct names; leave out those that count rows.
    """
    parts = [_marked(name, as_array(cells[name])) for name in sorted(cells.column_names)]
    rows = pc.binary_join_element_wise(*parts, "") if parts else pa.array([""] * cells.num_rows)
    digests = [md5(row, usedforsecurity=False).hexdigest() for row in rows.cast(pa.binary()).to_pylist()]
    return pa.array(digests, pa.string())


def _marked(name: str, column: pa.Array) -> pa.Array:
    """Each filled cell between its column's name and a mark that no cell holds; empty text for an empty one."""
    if pc.any(matches(column, MARKS)).as_py():  # else a cell could pass for two
        column = pc.replace_substring_regex(column, MARKS, " ")
    marked = pc.binary_join_element_wise(name + UNIT, column, RECORD, "")
    return pc.fill_null(marked, "")
