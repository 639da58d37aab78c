"""A staged table as the frame that its suite checks: only the columns that its rules look at, notes filled in."""

from datetime import date
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import NOTE, SENT, TABLES, Table
from etl.quality.catalogue import Suite
from etl.quality.derived import DERIVED, NEEDS, Staged

Column: TypeAlias = Any
"""An Arrow array, chunked or not: its stubs know no type that is both."""
FILLED = "filled_"
KEPT, REFUSED = "kept", "refused"
"""What a note column says in a frame where standardising said nothing: the value stands, or it is gone unexplained."""


def build_frame(suite: Suite, tables: dict[str, pa.Table], received_on: date | None = None) -> pd.DataFrame:
    """The frame of `suite.name`: `row_no`, then each column that its rules name.

    A column that the staged table lacks is empty, so that a file without the column fails the rules that require
    it. `note_x` is empty only where nothing was sent: then rules on the note do not apply.
    """
    contract, staged = TABLES[suite.name], tables[suite.name]
    derived = DERIVED.get(suite.name, {})
    wanted = {column for rule in suite.expectations for column in rule.frame_columns} | set(NEEDS.get(suite.name, ()))
    arrays: dict[str, Any] = {"row_no": staged["row_no"]}
    arrays |= {column: _column(staged, contract, column) for column in sorted(wanted - derived.keys())}
    rows = _to_pandas(pa.table(arrays))
    context = Staged(rows, _people(tables), received_on)
    return rows.assign(**{column: derive(context) for column, derive in derived.items() if column in wanted})


def _people(tables: dict[str, pa.Table]) -> pd.DataFrame:
    people = tables.get("person_record")
    if people is None or "birth_date" not in people.column_names:
        return pd.DataFrame({"row_no": pd.Series(dtype="int32"), "birth_date": pd.Series(dtype="datetime64[ns]")})
    return _to_pandas(people.select(["row_no", "birth_date"]))


def _to_pandas(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas(date_as_object=False)
    return frame


def _column(staged: pa.Table, contract: Table, column: str) -> Column:
    if column.startswith(NOTE):
        return _note(staged, contract, column.removeprefix(NOTE))
    if column.startswith(FILLED):
        sent = _is_filled(staged, contract, column.removeprefix(FILLED))
        return pc.if_else(sent, "yes", pa.scalar(None, pa.string()))
    if column.startswith(SENT):
        return _plain(staged, column, pa.string())
    return _plain(staged, column, contract[column].type)


def _plain(staged: pa.Table, column: str, kind: pa.DataType) -> Column:
    return staged[column] if column in staged.column_names else pa.array([None] * staged.num_rows, kind)


def _is_filled(staged: pa.Table, contract: Table, field: str) -> Column:
    """Something was sent, or derived where nothing was."""
    value, sent = _plain(staged, field, contract[field].type), _plain(staged, SENT + field, pa.string())
    return pc.or_(pc.is_valid(value), pc.is_valid(sent))


def _note(staged: pa.Table, contract: Table, field: str) -> Column:
    value = _plain(staged, field, contract[field].type)
    silent = pc.if_else(pc.is_valid(value), KEPT, REFUSED)
    silent = pc.if_else(_is_filled(staged, contract, field), silent, pa.scalar(None, pa.string()))
    return pc.coalesce(_plain(staged, NOTE + field, pa.string()), silent)
