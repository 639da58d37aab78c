"""Workbooks are looked over before a library unpacks them: sizes, packing, and how far their cells reach."""

import re
import zipfile
import zlib
from pathlib import Path

from etl.errors import DataError
from etl.sources.container import other_kind
from etl.sources.grid import too_wide
from etl.sources.limits import Limits

BLOCK_BYTES = 1 << 20
FILLED_CELL = re.compile(rb"""<(?:\w+:)?c\s(?:[^<>]*?\s)?r\s*=\s*["']([A-Za-z]+)(\d+)["'][^<>]*[^/<>]>""")
PLACED_ROW = re.compile(rb"""<(?:\w+:)?row\s(?:[^<>]*?\s)?r\s*=\s*["'](\d+)["']""")
UNPLACED_CELL = re.compile(rb"""<(?:\w+:)?c(?:\s+(?!r\s*=)[\w:.-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))*\s*>""")
"""A filled cell that does not say where it stands: it follows the one before it, in the row that encloses it."""
SMALL_BYTES = 50 * 1024**2
"""Below this size unpacked, a file may be packed as tightly as it likes."""
LARGEST_OLD = 256 * 1024**2
"""Bytes of a workbook that is read as a whole: an old .xls of 65,536 rows and 256 columns is smaller."""


def check_packing(path: Path, limits: Limits) -> None:
    """Refuse a zip that says of itself that it unpacks to too much; nothing is unpacked."""
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
    is_bomb = unpacked > SMALL_BYTES and unpacked > path.stat().st_size * limits.max_packing
    if unpacked > limits.max_unpacked_bytes or is_bomb:
        raise _bomb(unpacked)


def check_reach(path: Path, limits: Limits) -> None:
    """Refuse an XLSX whose sheets really unpack to too much, or reach too far for a library that holds them whole."""
    with zipfile.ZipFile(path) as archive:
        try:
            for part in archive.infolist():
                _check_part(archive, part, limits)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError):
            raise other_kind("a damaged or encrypted workbook") from None


def check_size(path: Path) -> None:
    """Refuse a file of a kind that is held in memory as a whole if it is too large for that."""
    if path.stat().st_size > LARGEST_OLD:
        raise DataError(
            f"workbook: it has {path.stat().st_size:,} bytes; expected at most {LARGEST_OLD:,} of this kind. Save it as "
            ".xlsx or CSV.",
            "file_too_large",
        )


def too_far(rows: int, columns: int, limits: Limits) -> DataError:
    """The refusal of a sheet with a cell far below or beside its list."""
    return DataError(
        f"sheet: it reaches to row {rows:,} and column {columns:,}; expected at most {limits.max_sheet_cells:,} cells. "
        "Delete what lies far below or beside the list, or send it in several files.",
        "file_too_large",
    )


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
        raise too_far(rows, widest, limits)


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
