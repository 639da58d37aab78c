"""Workbooks of every kind: .xlsx and .xlsm written plainly are scanned; others, .xls and .ods go through a library."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import python_calamine as calamine

from etl.contracts.reading import Remark
from etl.sources.cell_text import say
from etl.sources.container import ODS, WORKBOOK, locked, other_kind
from etl.sources.grid import PREVIEW_ROWS, TABLE, Batch, Cells, check_cells, too_wide
from etl.sources.limits import Limits
from etl.sources.ods_guard import check_ods
from etl.sources.probe import can_be_opened
from etl.sources.workbook_guard import check_packing, check_reach, check_size, too_far
from etl.sources.worksheet_scan import OddSheet
from etl.sources.xlsx import XlsxGrid, hidden_sheets, preview_sheet, preview_xlsx


@dataclass(frozen=True)
class LibraryGrid:
    """One worksheet that a library has read whole."""

    path: Path
    encoding: str | None
    separator: str | None
    sheet: str | None
    width: int
    preview: list[Cells]
    opened: calamine.CalamineSheet
    remarks: tuple[Remark, ...] = ()

    def batches(self, limits: Limits) -> Iterator[Batch]:
        """All rows as text."""
        return _read_batches(self.opened, limits)


@dataclass(frozen=True)
class PlainGrid:
    """One worksheet of an XLSX whose beginning is written plainly; what turns out not to be is left to the library."""

    scanned: XlsxGrid
    path: Path
    encoding: str | None
    separator: str | None
    sheet: str | None
    width: int
    preview: list[Cells]
    remarks: tuple[Remark, ...] = ()

    def batches(self, limits: Limits) -> Iterator[Batch]:
        """All rows as text."""
        done = 0
        try:
            for batch in self.scanned.batches(limits):
                done = batch.row_nos[-1].as_py()
                yield batch
        except OddSheet:
            check_reach(self.path, limits)
            for batch in _read_batches(_open_sheet(_open(self.path), self.sheet or ""), limits):
                rest = pc.greater(batch.row_nos, done)
                yield Batch(batch.row_nos.filter(rest), batch.cells.filter(rest))


WorkbookGrid = LibraryGrid | PlainGrid


def preview_workbook(path: Path, container: str, limits: Limits) -> list[WorkbookGrid]:
    """The visible worksheets that hold anything, after the workbook was checked for size; the first tells of hidden
    ones."""
    if container == WORKBOOK:
        check_packing(path, limits)
        try:
            grids: list[WorkbookGrid] = [_plain(grid) for grid in preview_xlsx(path, limits)]
            return _tell_hidden(grids, hidden_sheets(path))
        except OddSheet:
            check_reach(path, limits)
    elif container == ODS:
        check_packing(path, limits)
        check_ods(path, limits)
    else:
        check_size(path)
    return _preview_by_library(path, limits)


def preview_worksheet(path: Path, container: str, name: str, limits: Limits) -> WorkbookGrid:
    """One worksheet of a workbook that was checked before."""
    if container == WORKBOOK:
        try:
            grid = preview_sheet(path, name, limits)
            if grid is not None:
                return _plain(grid)
        except OddSheet:
            pass
    return _preview(path, name, _open_sheet(_open(path), name), limits)


def _preview_by_library(path: Path, limits: Limits) -> list[WorkbookGrid]:
    grids: list[WorkbookGrid] = []
    hidden = []
    with _open(path) as book:
        for place, data in enumerate(book.sheets_metadata, 1):
            if data.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = _open_sheet(book, data.name)
            if sheet.start is None:
                continue
            if data.visible == calamine.SheetVisibleEnum.Visible:
                grids.append(_preview(path, data.name, sheet, limits))
            else:
                hidden.append(place)
    return _tell_hidden(grids, hidden)


def _tell_hidden(grids: list[WorkbookGrid], places: list[int]) -> list[WorkbookGrid]:
    told = tuple(Remark("sheet_hidden", TABLE, f"sheet {place}") for place in places)
    return [replace(grid, remarks=grid.remarks + told) for grid in grids] if told else grids


def _plain(grid: XlsxGrid) -> PlainGrid:
    return PlainGrid(grid, grid.path, None, None, grid.sheet, grid.width, grid.preview, grid.remarks)


def _preview(path: Path, name: str, sheet: calamine.CalamineSheet, limits: Limits) -> LibraryGrid:
    _check_reach(sheet, limits)
    pad = _columns_before(sheet)
    rows = [[*pad, *map(say, row)] for row in islice(sheet.iter_rows(), PREVIEW_ROWS)]
    return LibraryGrid(path, None, None, name, max((len(row) for row in rows), default=0), rows, sheet)


def _check_reach(sheet: calamine.CalamineSheet, limits: Limits) -> None:
    """Refuse a sheet that the library could read and that is still too large for what comes after."""
    rows, columns = ((place or 0) + 1 for place in sheet.end or (0, 0))
    if columns > limits.max_columns:
        raise too_wide(columns, limits)
    if rows * columns > limits.max_sheet_cells:
        raise too_far(rows, columns, limits)


def _columns_before(sheet: calamine.CalamineSheet) -> list[None]:
    """The empty columns on the left, which the library leaves out, though not the empty rows above."""
    return [None] * (sheet.start[1] if sheet.start else 0)


def _read_batches(sheet: calamine.CalamineSheet, limits: Limits) -> Iterator[Batch]:
    rows, first, pad = iter(sheet.iter_rows()), 1, len(_columns_before(sheet))
    most = limits.rows_at_once(pad + sheet.width)
    while taken := list(islice(rows, most)):
        columns = [pa.nulls(len(taken), pa.string())] * pad
        columns += [_text_column(list(column)) for column in zip(*taken, strict=True)]
        cells = pa.table(columns, [f"c{place}" for place in range(len(columns))])
        yield check_cells(Batch(pa.array(range(first, first + len(taken)), pa.int32()), cells), limits)
        first += len(taken)


def _open(path: Path) -> calamine.CalamineWorkbook:
    if not can_be_opened(path):
        raise other_kind("a damaged workbook")
    try:
        return calamine.CalamineWorkbook.from_path(str(path))
    except calamine.PasswordError:
        raise locked() from None
    except (calamine.CalamineError, OSError):
        raise other_kind("a damaged workbook") from None


def _open_sheet(book: calamine.CalamineWorkbook, name: str) -> calamine.CalamineSheet:
    try:
        return book.get_sheet_by_name(name)
    except calamine.CalamineError:
        raise other_kind("a damaged workbook") from None


def _text_column(cells: list[Any]) -> pa.Array:
    kinds = set(map(type, cells))
    texts = pa.array(cells if kinds <= {str} else [say(cell) for cell in cells], pa.string())
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
