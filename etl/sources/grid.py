"""A sheet as a grid of text: batches of columns `c0, c1 …` with the sender's own row numbers, whatever held them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts.reading import Remark
from etl.errors import DataError
from etl.sources.limits import Limits

PREVIEW_ROWS = 40
TABLE = "person_record"
"""The table that remarks about rows of a sheet are about."""
Cells = list[str | None]


@dataclass(frozen=True)
class Batch:
    """Some rows: `row_nos` (int32, from 1), `cells` (text columns `c0 …`, null where empty), and which rows are
    too long.

    A row that has more filled cells than the sheet has columns cannot be read: its cells have shifted. `told` is what a
    rule of the catalogue names about some of the rows: (rule, row numbers).
    """

    row_nos: pa.Array
    cells: pa.Table
    overlong: tuple[int, ...] = ()
    told: tuple[tuple[str, tuple[int, ...]], ...] = ()


class Grid(Protocol):
    """A sheet that was opened: its first rows, and all of them in batches."""

    @property
    def path(self) -> Path: ...
    @property
    def encoding(self) -> str | None: ...
    @property
    def separator(self) -> str | None: ...
    @property
    def sheet(self) -> str | None: ...
    @property
    def width(self) -> int: ...
    @property
    def preview(self) -> list[Cells]: ...
    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What was noticed about the sheet as a whole."""

    def batches(self, limits: Limits) -> Iterator[Batch]:
        """All rows from row 1, titles and headings included."""


def too_wide(width: int, limits: Limits) -> DataError:
    """The refusal of a sheet with too many columns."""
    return DataError(
        f"sheet: it has {width:,} columns or more; expected at most {limits.max_columns:,}. Delete the empty "
        "columns on the right and send it again.",
        "sheet_too_wide",
    )


def cell_too_long(where: str, limits: Limits) -> DataError:
    """The refusal of a text longer than any field."""
    return DataError(
        f"{where}: a cell has more than {limits.max_cell_chars:,} characters; expected a short text. A "
        "quotation mark may not be closed: check that row.",
        "cell_too_long",
    )


def check_cells(batch: Batch, limits: Limits) -> Batch:
    """The batch, unless a cell of it is too long."""
    for name in batch.cells.column_names:
        longest = pc.max(pc.binary_length(batch.cells[name])).as_py()
        if longest is None or longest <= limits.max_cell_chars:  # no more characters than bytes
            continue
        longest = pc.max(pc.utf8_length(batch.cells[name])).as_py()
        if longest is not None and longest > limits.max_cell_chars:
            place = pc.index(pc.greater(pc.utf8_length(batch.cells[name]), limits.max_cell_chars), True).as_py()
            raise cell_too_long(f"row {batch.row_nos[place].as_py()}, column {int(name[1:]) + 1}", limits)
    return batch
