"""Staged tables out of a few written rows, typed as standardising would."""

from typing import Any

import pyarrow as pa

from etl.contracts import TABLES


def stage(table_name: str, rows: list[dict[str, Any]]) -> pa.Table:
    """A staged table with `row_no` counted from 2 where a row names none, `line_no`, and the columns that rows name."""
    contract = TABLES[table_name]
    typed = {field.name: field.type for field in contract.source_fields}
    columns = {name for row in rows for name in row} - {"row_no", "person"}
    numbered = [{"row_no": number, **row} for number, row in enumerate(rows, start=2)]
    arrays: dict[str, pa.Array] = {"row_no": pa.array([row["row_no"] for row in numbered], pa.int32())}
    for name in sorted(columns):
        kind = typed.get(name, pa.string())
        values = [row.get(name) for row in rows]
        if kind == pa.float64():
            values = [None if value is None else float(value) for value in values]
        if kind == pa.string():
            values = [None if value is None else str(value) for value in values]
        arrays[name] = pa.array(values, kind)
    return pa.table(arrays)


def stage_with_people(table_name: str, rows: list[dict[str, Any]]) -> dict[str, pa.Table]:
    """The staged table, and beside it the persons that its rows name under `person`."""
    tables = {table_name: stage(table_name, rows)}
    people = [{"row_no": number, **row["person"]} for number, row in enumerate(rows, start=2) if row.get("person")]
    if table_name != "person_record" and people:
        tables["person_record"] = stage("person_record", people)
    return tables
