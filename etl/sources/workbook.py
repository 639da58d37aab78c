"""XLSX workbooks: checked for size before anything is unpacked into memory, then read as text."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import python_calamine as calamine

from etl.errors import DataError
from etl.sources.container import other_kind
from etl.sources.grid import PREVIEW_ROWS, Batch, Cells, check_cells, too_wide
from etl.sources.limits import Limits

BLOCK_BYTES = 1 << 20
FILLED_CELL = re.compile(rb"""<(?:\w+:)?c\s(?:[^<>]*?\s)?r\s*=\s*["']([A-Za-z]+)(\d+)["'][^<>]*[^/<>]>""")
PLACED_ROW = re.compile(rb"""<(?:\w+:)?row\s(?:[^<>]*?\s)?r\s*=\s*["'](\d+)["']""")
UNPLACED_CELL = re.compile(rb"""<(?:\w+:)?c(?:\s+(?!r\s*=)[\w:.-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))*\s*>""")
"""A filled cell that does not say where it stands: it follows the one before it, in the row that encloses it."""
SMALL_BYTES = 50 * 1024**2
"""Below this size unpacked, a file may be packed as tightly as it likes."""


@dataclass(frozen=True)
class WorkbookGrid:
    """One worksheet."""

    path: Path
    encoding: str | None
    separator: str | None
    sheet: str | None
    width: int
    preview: list[Cells]
    opened: calamine.CalamineSheet

    def batches(self, limits: Limits) -> Iterator[Batch]:
        """All rows as text: whole numbers without a point, dates as yyyy-mm-dd."""
        rows, first = iter(self.opened.iter_rows()), 1
        while taken := list(islice(rows, limits.rows_per_chunk)):
            columns = [_text_column(list(column)) for column in zip(*taken, strict=True)]
            cells = pa.table(columns, [f"c{place}" for place in range(len(columns))])
            yield check_cells(Batch(pa.array(range(first, first + len(taken)), pa.int32()), cells), limits)
            first += len(taken)


def preview_workbook(path: Path, limits: Limits) -> list[WorkbookGrid]:
    """The visible worksheets that hold anything, after the workbook was checked for size."""
    check_workbook(path, limits)
    grids = []
    with _open(path) as book:
        for data in book.sheets_metadata:
            if data.visible != calamine.SheetVisibleEnum.Visible or data.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = _open_sheet(book, data.name)
            if sheet.start is not None:
                grids.append(_preview(path, data.name, sheet))
    return grids


def preview_worksheet(path: Path, name: str) -> WorkbookGrid:
    """One worksheet of a workbook that was checked before."""
    with _open(path) as book:
        return _preview(path, name, _open_sheet(book, name))


def _preview(path: Path, name: str, sheet: calamine.CalamineSheet) -> WorkbookGrid:
    rows = [[_text(cell) for cell in row] for row in islice(sheet.iter_rows(), PREVIEW_ROWS)]
    return WorkbookGrid(path, None, None, name, max(len(row) for row in rows), rows, sheet)


def check_workbook(path: Path, limits: Limits) -> None:
    """Refuse a workbook that would not fit: by its directory, then by what its sheets really unpack to."""
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        unpacked = sum(part.file_size for part in parts)
        is_bomb = unpacked > SMALL_BYTES and unpacked > path.stat().st_size * limits.max_packing
        if unpacked > limits.max_unpacked_bytes or is_bomb:
            raise _bomb(unpacked)
        try:
            for part in parts:
                _check_part(archive, part, limits)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError):
            raise other_kind("a damaged or encrypted workbook") from None


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, limits: Limits) -> None:
    """Read a part through, a block at a time; of a worksheet, find its last filled row and column."""
    is_sheet = part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
    size, rest, rows, widest, last_row, has_unplaced = 0, b"", 0, 0, 0, False
    with archive.open(part) as stream:
        while block := stream.read(BLOCK_BYTES):
            size += len(block)
            if size > part.file_size or size > limits.max_unpacked_bytes:
                raise _bomb(size)
            if is_sheet:
                block = rest + block
                cells = FILLED_CELL.findall(block)
                widest = max(widest, *map(_column_number, {letters for letters, _ in cells}), 0)
                rows = max(rows, *(int(number[:9]) for number in {number for _, number in cells}), 0)
                last_row = max(last_row, *(int(number[:9]) for number in PLACED_ROW.findall(block)), 0)
                has_unplaced = has_unplaced or UNPLACED_CELL.search(block) is not None
                rest = block[block.rfind(b"<") :][-4096:]
            if widest > limits.max_columns:
                raise too_wide(widest, limits)
    if has_unplaced:  # as many columns as they may be
        rows, widest = max(rows, last_row), limits.max_columns
    if rows * widest > limits.max_sheet_cells:
        message = (
            f"sheet: it reaches to row {rows:,} and column {widest:,}; expected at most "
            f"{limits.max_sheet_cells:,} cells"
        )
        raise DataError(
            f"{message}. Delete what lies far below or beside the list, or send it in several files.", "file_too_large"
        )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _bomb(size: int) -> DataError:
    return DataError(
        f"workbook: it unpacks to {size:,} bytes or more; expected about ten times its size. Save the list "
        "alone in a new workbook.",
        "zip_bomb",
    )


def _open(path: Path) -> calamine.CalamineWorkbook:
    try:
        return calamine.CalamineWorkbook.from_path(str(path))
    except calamine.CalamineError:
        raise other_kind("a damaged or password-protected workbook") from None


def _open_sheet(book: calamine.CalamineWorkbook, name: str) -> calamine.CalamineSheet:
    try:
        return book.get_sheet_by_name(name)
    except calamine.CalamineError:
        raise other_kind("a damaged workbook") from None


def _text_column(cells: list[Any]) -> pa.Array:
    kinds = set(map(type, cells))
    texts = pa.array(cells if kinds <= {str} else [_text(cell) for cell in cells], pa.string())
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _text(cell: Any) -> str | None:
    """A cell as its sender sees it."""
    if isinstance(cell, str):
        return cell or None
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime) and (cell.hour or cell.minute):
        return cell.isoformat(" ", "minutes")
    return cell.strftime("%Y-%m-%d") if isinstance(cell, date) else str(cell)
