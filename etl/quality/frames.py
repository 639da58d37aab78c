"""A staged table as its rules see it: the columns that they name, made when asked for, notes filled in."""

from datetime import date
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import NOTE, SENT, TABLES
from etl.quality.derived import DERIVED, Staged
from etl.standardise.column import as_array, nulls

FILLED = "filled_"
KEPT, REFUSED = "kept", "refused"
"""What a note column says in a frame where standardising said nothing: the value stands, or it is gone unexplained."""
Mask: TypeAlias = npt.NDArray[np.bool_]


class Frame:
    """The rows of a table and, by name, each column that rules may look at.

    A column that the staged table lacks is empty, so that a file without the column fails the rules that require
    it. `note_x` is empty only where nothing was sent: then rules on the note do not apply. A NaN counts as empty.
    """

    def __init__(self, name: str, tables: dict[str, pa.Table], received_on: date | None = None) -> None:
        self.staged = Staged(name, tables[name], tables.get("person_record"), received_on)
        self.count = self.staged.table.num_rows
        self.row_nos: npt.NDArray[np.int32] = as_array(self.staged.table["row_no"], pa.int32()).to_numpy()
        self._columns: dict[str, pa.Array] = {}
        self._masks: dict[str, Mask] = {}

    def values(self, column: str) -> pa.Array:
        """The column; notes come as a dictionary array, since they repeat."""
        if column not in self._columns:
            self._columns[column] = self._make(column)
        return self._columns[column]

    def valid(self, column: str) -> Mask:
        """Where the column holds something."""
        if column not in self._masks:
            self._masks[column] = self._tell_valid(column)
        return self._masks[column]

    def _make(self, column: str) -> pa.Array:
        derived = DERIVED.get(self.staged.name, {})
        if column in derived:
            return derived[column](self.staged)
        if column.startswith(NOTE):
            return self._note(column.removeprefix(NOTE))
        if column.startswith(FILLED):
            return pc.if_else(pa.array(self.valid(column)), "yes", pa.scalar(None, pa.string()))
        if column.startswith(SENT):
            return self._sent(column.removeprefix(SENT))
        return self.staged[column]

    def _tell_valid(self, column: str) -> Mask:
        if column.startswith(FILLED):  # something was sent, or derived where nothing was
            field = column.removeprefix(FILLED)
            return self.valid(field) | self.valid(SENT + field)
        return np.asarray(pc.invert(pc.is_null(self.values(column), nan_is_null=True)))

    def _sent(self, field: str) -> pa.Array:
        table = self.staged.table
        return as_array(table[SENT + field], pa.string()) if SENT + field in table.column_names else nulls(self.count)

    def _note(self, field: str) -> pa.DictionaryArray:
        """What was noted, else `kept` or `refused`; null where the field is neither filled nor noted."""
        words, codes = [KEPT, REFUSED], np.where(self.valid(field), 0, 1).astype(np.int32)
        is_said = self.valid(FILLED + field)
        table = self.staged.table
        if NOTE + field in table.column_names and table[NOTE + field].null_count < self.count:
            noted = pc.dictionary_encode(as_array(table[NOTE + field], pa.string()))
            is_noted = np.asarray(pc.is_valid(noted))
            codes[is_noted] = pc.fill_null(noted.indices, 0).to_numpy()[is_noted] + len(words)
            words += noted.dictionary.to_pylist()
            is_said = is_said | is_noted
        return pa.DictionaryArray.from_arrays(pa.array(codes, mask=~is_said), pa.array(words, pa.string()))


def contract_columns(table_name: str) -> set[str]:
    """The names that a rule's column may have in a table's frame, without its prefix."""
    return {field.name for field in TABLES[table_name]} | DERIVED.get(table_name, {}).keys()
