"""OpenDocument sheets say "this cell, a million times" in a few bytes: how far they reach is counted before reading."""

import zipfile
import zlib
from pathlib import Path

from lxml import etree

from etl.errors import DataError
from etl.sources.container import locked, other_kind
from etl.sources.grid import too_wide
from etl.sources.limits import Limits
from etl.sources.parts import SAFE
from etl.sources.workbook_guard import too_far

CONTENT = "content.xml"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_FILLED = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}value-type"
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")


def check_ods(path: Path, limits: Limits) -> None:
    """Refuse a sheet whose last filled cell, repetitions counted, lies too far, and a file with a password.

    Rows and columns without content are often repeated to the sheet's end: those behind the last filled one are free.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if b"encryption-data" in archive.read("META-INF/manifest.xml"):
                raise locked()
            with archive.open(CONTENT) as stream:
                _check_content(stream, limits)
    except (
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        etree.XMLSyntaxError,
    ):
        raise other_kind("a damaged OpenDocument sheet") from None


def _check_content(stream: object, limits: Limits) -> None:
    rows, last_row, width, reach, kept, filled = 0, 0, 0, 0, 0, 0
    options = {name: value for name, value in SAFE.items() if name not in ("recover",)}
    for _, element in etree.iterparse(stream, tag=(*_CELLS, f"{_TABLE}table-row", f"{_TABLE}table"), **options):
        count = _repeated(element)
        if element.tag in _CELLS:
            width += count
            if element.get(_FILLED) is not None or len(element):
                reach = width
                kept += count
        elif element.tag == f"{_TABLE}table-row":
            rows += count
            if reach:
                last_row = rows
                if reach > limits.max_columns:
                    raise too_wide(reach, limits)
                if last_row * reach > limits.max_sheet_cells:
                    raise too_far(last_row, reach, limits)
                filled += kept * count
                if filled > limits.max_filled_cells:
                    raise _too_full(filled, limits)
            width, reach, kept = 0, 0, 0
        else:
            rows, last_row = 0, 0
        element.clear()


def _too_full(filled: int, limits: Limits) -> DataError:
    """The refusal of sheets that say little in many cells."""
    return DataError(
        f"sheet: at least {filled:,} cells are filled; expected at most {limits.max_filled_cells:,} in a file of this kind."
        " Save it as .xlsx or CSV, or send it in several files.",
        "file_too_large",
    )


def _repeated(element: etree._Element) -> int:
    name = "number-rows-repeated" if element.tag == f"{_TABLE}table-row" else "number-columns-repeated"
    text = element.get(f"{_TABLE}{name}", "1")
    return int(text[:9]) if text.isdecimal() else 1
