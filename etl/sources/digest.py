"""What makes two rows the same row: a digest over their cells, wherever and however the row was written down."""

import duckdb
import pyarrow as pa

UNIT, RECORD = "\x1f", "\x1e"


def row_digests(cells: pa.Table) -> pa.Array:
    """MD5 of each row as 32 hex digits, over the filled cells with their columns' names, in the order of the names.

    So neither the order of columns, empty columns, encoding nor spaces around a value matter. Columns must have
    distinct names; leave out those that count rows.
    """
    if not cells.num_rows or not cells.num_columns:
        return pa.array(["d41d8cd98f00b204e9800998ecf8427e"] * cells.num_rows, pa.string())
    names = sorted(cells.column_names)
    plain = pa.table([cells[name] for name in names], [f"c{place}" for place in range(len(names))])
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        connection.register("cells", plain)
        marks = [name + UNIT for name in names]
        parts = [f"case when trim(c{place}) <> '' then concat(${place + 1}, trim(c{place}), '{RECORD}') else '' end" for place in range(len(names))]
        digests = connection.sql(f"select md5(concat({', '.join(parts)})) as digest from cells", params=marks).to_arrow_table()  # noqa: S608 - names are our own
    return digests["digest"].combine_chunks().cast(pa.string())
