"""One row as its sender sees it: read again out of the raw bytes, and no further than to that row."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc
from lxml import etree

from etl.contracts.reading import Recognition
from etl.sources.envelope import SAFE, read_envelope
from etl.sources.grid import Cells
from etl.sources.headings import Headings, find_header
from etl.sources.limits import Limits
from etl.sources.parts import decode_part
from etl.sources.sheet import open_sheets


@dataclass(frozen=True)
class Cell:
    """One cell, or one tag of a part: where it stands, its heading or tag, the field it means (None where unknown) and
    its text (None where empty)."""

    place: str
    heading: str
    field: str | None
    text: str | None


@dataclass(frozen=True)
class RawRow:
    """A row with all its cells; `last_row` where the file ends before it, `is_heading` where it is above the list."""

    cells: tuple[Cell, ...] = ()
    last_row: int | None = None
    is_heading: bool = False


def read_raw_row(
    path: Path, recognition: Recognition, row_no: int, headings: Headings | None, limits: Limits
) -> RawRow:
    """The row of a number: of a sheet its cells by their headings, of an envelope (which has no `headings`) the tags of
    the visit's parts.

    Raises DataError where the file cannot be read up to there.
    """
    if headings is None:
        return _read_visit(path, row_no, limits)
    return _read_cells(path, recognition, row_no, headings, limits)


def _read_visit(path: Path, row_no: int, limits: Limits) -> RawRow:
    last = 0
    for _, visits in read_envelope(path, limits):
        for visit in visits:
            last = visit.row_no
            if last == row_no:
                return RawRow(tuple(cell for part, sent in visit.parts for cell in _read_part(part, sent)))
    return RawRow(last_row=last)


def _read_part(part: str, sent: str) -> Iterator[Cell]:
    """Each element with text, in order; the part as it was sent where it cannot be decoded."""
    content = decode_part(sent)
    try:
        root = None if content is None else etree.fromstring(content, etree.XMLParser(**SAFE))  # type: ignore[arg-type]
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        yield Cell(part, "NOIDUNGFILE", None, sent)
        return
    for element in root.iter(etree.Element):
        text = (element.text or "").strip()
        if text or not len(element):
            yield Cell(part, str(element.tag), None, text or None)


def _read_cells(path: Path, recognition: Recognition, row_no: int, known: Headings, limits: Limits) -> RawRow:
    wanted = (recognition.sheet, recognition.separator)
    [grid, *_] = [grid for grid in open_sheets(path, limits) if (grid.sheet, grid.separator) == wanted]
    header = find_header(grid.preview, known)
    first, body = (header.first_row, header.last_row) if header else (1, 0)
    fields = header.fields if header else ()
    headings = _headings(grid.preview[first - 1 : body])
    last = 0
    for batch in grid.batches(limits):
        place = pc.index(batch.row_nos, row_no).as_py()
        if place >= 0:
            texts: Cells = [column[place].as_py() for column in batch.cells.columns]
            cells = (
                Cell(
                    f"{number + 1}",
                    headings[number] if number < len(headings) else "",
                    fields[number] if number < len(fields) else None,
                    text,
                )
                for number, text in enumerate(texts)
                if text is not None or number < len(headings)
            )
            return RawRow(tuple(cells), is_heading=row_no <= body)
        last = max(last, pc.max(batch.row_nos).as_py() or 0)
    return RawRow(last_row=last)


def _headings(lines: list[Cells]) -> list[str]:
    """The sender's own headings, as written: those of two lines joined."""
    width = max(map(len, lines), default=0)
    return [" ".join(str(line[place]) for line in lines if place < len(line) and line[place]) for place in range(width)]
