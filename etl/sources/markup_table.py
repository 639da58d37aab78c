"""Web pages with a table, and workbooks as one XML: what many programs export under the name .xls."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from lxml import etree, html

from etl.contracts.reading import Remark
from etl.errors import DataError
from etl.sources.container import other_kind
from etl.sources.encodings import decode_head, recognise_file_encoding
from etl.sources.grid import PREVIEW_ROWS, Batch, Cells, check_cells, too_wide
from etl.sources.limits import Limits
from etl.sources.workbook_guard import too_far

LARGEST = 64 * 1024**2
"""Bytes: such a file is held in memory as a tree of many times its size."""
MOST_SPAN = 1_000
"""Rows or columns that one cell of a web page may span."""
MOST_ROWS = 1_048_576
"""Rows of a worksheet."""
_SHEET = "{urn:schemas-microsoft-com:office:spreadsheet}"


@dataclass(frozen=True)
class MarkupGrid:
    """One table; its rows counted as Excel shows them when it opens the file."""

    path: Path
    encoding: str | None
    separator: str | None
    sheet: str | None
    width: int
    rows: list[Cells]
    remarks: tuple[Remark, ...] = ()

    @property
    def preview(self) -> list[Cells]:
        """The first rows."""
        return self.rows[:PREVIEW_ROWS]

    def batches(self, limits: Limits) -> Iterator[Batch]:
        """All rows as text."""
        most = limits.rows_at_once(self.width)
        for first in range(0, len(self.rows), most):
            part = self.rows[first : first + most]
            padded = [row + [None] * (self.width - len(row)) for row in part]
            columns = [pa.array(list(column), pa.string()) for column in zip(*padded, strict=True)]
            cells = pa.table(columns, [f"c{place}" for place in range(self.width)])
            yield check_cells(Batch(pa.array(range(first + 1, first + 1 + len(part)), pa.int32()), cells), limits)


def preview_markup(path: Path, limits: Limits) -> list[MarkupGrid]:
    """The tables of a page, or the worksheets of an XML workbook, that hold anything.

    Raises DataError where there is none, or the file is too large for its kind.
    """
    if path.stat().st_size > LARGEST:
        raise DataError(
            f"file: it has {path.stat().st_size:,} bytes; expected at most {LARGEST:,} of a web page or XML workbook. "
            "Save it as .xlsx or CSV.",
            "file_too_large",
        )
    encoding = recognise_file_encoding(path)
    text = decode_head(path, encoding, LARGEST)
    is_workbook = "schemas-microsoft-com:office:spreadsheet" in text[:4096].lower()
    tables = _read_workbook(path, limits) if is_workbook and "<Workbook" in text[:4096] else _read_page(text, limits)
    grids = []
    for number, rows in enumerate(tables, 1):
        width = max((len(row) for row in rows), default=0)
        if width > limits.max_columns:
            raise too_wide(width, limits)
        if width * len(rows) > limits.max_sheet_cells:
            raise too_far(len(rows), width, limits)
        if width:
            grids.append(MarkupGrid(path, encoding, None, f"table {number}", width, rows))
    if not grids:
        raise other_kind("a web page without a table")
    return grids


def _read_page(text: str, limits: Limits) -> Iterator[list[Cells]]:
    try:
        page = html.document_fromstring(text.encode("utf-8"), html.HTMLParser(encoding="utf-8", no_network=True))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return
    for table in page.iter("table"):
        if not any(True for _ in table.iterancestors("table")):
            yield _lay_rows(table, limits)


def _lay_rows(table: html.HtmlElement, limits: Limits) -> list[Cells]:
    """Rows of a page's table; a cell that spans several stands in the first, those below and beside are empty."""
    below: dict[int, int] = {}
    rows: list[Cells] = []
    for row in (one for one in table.iter("tr") if next(one.iterancestors("table")) is table):
        cells: Cells = []
        begun: dict[int, int] = {}
        for cell in row.iterchildren("td", "th"):
            while below.get(len(cells)):
                cells.append(None)
            across, down = _span(cell, "colspan"), _span(cell, "rowspan") - 1
            if down:
                begun |= dict.fromkeys(range(len(cells), len(cells) + across), down)
            cells += [" ".join(cell.text_content().split()) or None, *[None] * (across - 1)]
            if len(cells) > limits.max_columns:
                raise too_wide(len(cells), limits)
        below = {place: left - 1 for place, left in below.items() if left > 1} | begun
        rows.append(cells)
    return rows


def _span(cell: html.HtmlElement, name: str) -> int:
    text = cell.get(name, "1").strip()
    return max(1, min(int(text[:5]), MOST_SPAN)) if text.isdecimal() else 1


def _read_workbook(path: Path, limits: Limits) -> Iterator[list[Cells]]:
    """The worksheets of a workbook as one XML ("XML Spreadsheet 2003")."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(path.read_bytes(), parser)  # by name, bytes of no encoding are an OSError with the name
    except etree.XMLSyntaxError:
        raise other_kind("a damaged XML workbook") from None
    for table in root.iterfind(f"{_SHEET}Worksheet/{_SHEET}Table"):
        rows: list[Cells] = []
        for row in table.iterchildren(f"{_SHEET}Row"):
            if len(rows) > MOST_ROWS:
                raise too_far(len(rows), 1, limits)
            rows += [[] for _ in range(_index(row) - 1 - len(rows))]
            cells: Cells = []
            for cell in row.iterchildren(f"{_SHEET}Cell"):
                cells += [None] * (_index(cell) - 1 - len(cells))
                if len(cells) > limits.max_columns:
                    raise too_wide(len(cells), limits)
                data = cell.find(f"{_SHEET}Data")
                cells.append(_say(data) if data is not None else None)
                cells += [None] * _number(cell.get(f"{_SHEET}MergeAcross"))
            rows.append(cells)
            rows += [[] for _ in range(_number(row.get(f"{_SHEET}Span")))]
        yield rows


def _say(data: etree._Element) -> str | None:
    text = "".join(map(str, data.itertext()))
    kind = data.get(f"{_SHEET}Type")
    if kind == "Error":
        return None
    if kind == "DateTime":
        return text.removesuffix(".000").removesuffix("T00:00:00")
    return text or None


def _index(element: etree._Element) -> int:
    return _number(element.get(f"{_SHEET}Index"))


def _number(text: str | None) -> int:
    """A count, at most one beyond what a worksheet has."""
    return min(int(text[:8]), 1_048_577) if text and text.isdecimal() else 0
