"""XLSX worksheets read block by block, in memory that does not grow with them; errors, formulas and hidden rows told."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from etl.contracts.reading import Remark
from etl.sources.cell_text import CellTexts, read_texts
from etl.sources.container import other_kind
from etl.sources.grid import PREVIEW_ROWS, TABLE, Batch, Cells, check_cells, too_wide
from etl.sources.limits import Limits
from etl.sources.workbook_guard import too_far
from etl.sources.worksheet_scan import BLOCK_BYTES, CellBlock, OddSheet, read_head, scan_blocks
from etl.sources.xlsx_parts import Package

DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)
"""What a zip raises that is cut, changed or encrypted."""
_HIDDEN_COLUMN = re.compile(rb'<col [^>]*?min="(\d{1,5})" max="(\d{1,5})"[^>]*? hidden="(?:1|true)"')


@dataclass(frozen=True)
class XlsxGrid:
    """One worksheet in the plain way of writing."""

    path: Path
    encoding: str | None
    separator: str | None
    sheet: str | None
    width: int
    preview: list[Cells]
    remarks: tuple[Remark, ...] = ()

    def batches(self, limits: Limits) -> Iterator[Batch]:
        """All rows as text. Raises OddSheet, at the latest at the sheet's end, where it is not written plainly."""
        try:
            with zipfile.ZipFile(self.path) as archive:
                package = Package(archive)
                yield from _read_batches(package, self.sheet or "", self.width, limits)
        except DAMAGE:
            raise other_kind("a damaged or encrypted workbook") from None


def preview_xlsx(path: Path, limits: Limits) -> list[XlsxGrid]:
    """The visible worksheets that hold anything. Raises OddSheet where they are not written in the plain way."""
    try:
        with zipfile.ZipFile(path) as archive:
            package = Package(archive)
            return [
                grid
                for sheet in package.sheets
                if not sheet.is_hidden and (grid := _preview(path, package, sheet.name, limits)) is not None
            ]
    except DAMAGE:
        raise other_kind("a damaged or encrypted workbook") from None


def hidden_sheets(path: Path) -> list[int]:
    """The places (from 1) of hidden worksheets that hold anything."""
    try:
        with zipfile.ZipFile(path) as archive:
            package = Package(archive)
            return [
                place
                for place, sheet in enumerate(package.sheets, 1)
                if sheet.is_hidden and _first_block(package, sheet.name) is not None
            ]
    except (*DAMAGE, OddSheet):
        return []


def preview_sheet(path: Path, name: str, limits: Limits) -> XlsxGrid | None:
    """One worksheet; None where it is empty. Raises OddSheet as above."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _preview(path, Package(archive), name, limits)
    except DAMAGE:
        raise other_kind("a damaged or encrypted workbook") from None


def _preview(path: Path, package: Package, name: str, limits: Limits) -> XlsxGrid | None:
    found = _first_block(package, name)
    if found is None:
        return None
    head, block = found
    is_first = block.rows < PREVIEW_ROWS
    width = int(block.columns[is_first].max(initial=0)) + 1
    if width > limits.max_columns:
        raise too_wide(width, limits)
    batch = next(_lay(block, read_texts(block, package), 0, width, PREVIEW_ROWS), None)
    rows = (
        [list(row) for row in zip(*(column.to_pylist() for column in batch.cells.columns), strict=True)]
        if batch
        else []
    )
    columns = sorted(
        {
            place
            for first, last in _HIDDEN_COLUMN.findall(head)
            for place in range(int(first), min(int(last), width) + 1)
        }
    )
    remarks = tuple(Remark("column_hidden", TABLE, f"column {place}") for place in columns)
    return XlsxGrid(path, None, None, name, width, rows[:PREVIEW_ROWS], remarks)


def _first_block(package: Package, name: str) -> tuple[bytes, CellBlock] | None:
    """What stands before the rows, and the first block with filled cells; None where there are none."""
    with package.open_sheet(name) as stream:
        head, first = read_head(stream)
        for block in scan_blocks(stream, first, BLOCK_BYTES // 16):
            if len(block.rows):
                return head, block
    return None


def _read_batches(package: Package, name: str, width: int, limits: Limits) -> Iterator[Batch]:
    done = 0
    with package.open_sheet(name) as stream:
        for block in scan_blocks(stream, read_head(stream)[1]):
            if not len(block.rows):
                continue
            width = max(width, int(block.columns.max()) + 1)
            if width > limits.max_columns:
                raise too_wide(width, limits)
            last = int(block.rows.max()) + 1
            if last * width > limits.max_sheet_cells:
                raise too_far(last, width, limits)
            for batch in _lay(block, read_texts(block, package), done, width, limits.rows_at_once(width)):
                yield check_cells(batch, limits)
            done = last


def _lay(block: CellBlock, cells: CellTexts, done: int, width: int, most: int) -> Iterator[Batch]:
    """The cells as rows behind row `done`, blank ones included, at most `most` at a time."""
    for first in range(done, int(block.rows.max(initial=-1)) + 1, most):
        chosen = np.flatnonzero((block.rows >= first) & (block.rows < first + most))
        count = min(most, int(block.rows.max()) + 1 - first)
        places = np.full((count, width), -1, np.int64)
        is_inside = block.columns[chosen] < width
        chosen = chosen[is_inside]
        places[block.rows[chosen] - first, block.columns[chosen]] = chosen
        columns = [cells.texts.take(pa.array(places[:, column], mask=places[:, column] < 0)) for column in range(width)]
        told = (
            ("cell_error", block.rows[chosen][cells.is_error[chosen]] + 1),
            ("formula_unresolved", block.rows[chosen][cells.is_unresolved[chosen]] + 1),
            ("row_hidden", np.array([row for row in block.hidden if first < row <= first + count], np.int64)),
        )
        yield Batch(
            pa.array(np.arange(first + 1, first + count + 1), pa.int32()),
            pa.table(columns, [f"c{place}" for place in range(width)]),
            told=tuple((rule, tuple(np.unique(rows).tolist())) for rule, rows in told if len(rows)),
        )
