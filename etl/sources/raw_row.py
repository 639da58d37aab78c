"""One row as its sender sees it: read again out of the raw bytes, and no further than to that row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc
from lxml import etree

from etl.contracts.reading import Recognition
from etl.sources.archives import open_documents
from etl.sources.envelope import read_envelope
from etl.sources.grid import Cells
from etl.sources.headings import Headings
from etl.sources.limits import Limits
from etl.sources.parts import Part, parse_part
from etl.sources.sheet import open_recognised


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
    before = last = 0
    with open_documents(path, limits) as documents:
        for document in documents:
            for _, visits in read_envelope(document, limits):
                for visit in visits:
                    last = before + visit.row_no
                    if last == row_no:
                        return RawRow(tuple(cell for part in visit.parts for cell in _read_part(part)))
            before = last
    return RawRow(last_row=last)


def _read_part(part: Part) -> Iterator[Cell]:
    """Each element with text, in order; the part as it was sent where it cannot be decoded."""
    root = parse_part(part.content) if part.is_decoded else None
    if root is None:
        yield Cell(part.kind, "NOIDUNGFILE", None, part.content.decode(errors="replace"))
        return
    for element in root.iter(etree.Element):
        text = (element.text or "").strip()
        if text or not len(element):
            yield Cell(part.kind, str(element.tag), None, text or None)


def _read_cells(path: Path, recognition: Recognition, row_no: int, known: Headings, limits: Limits) -> RawRow:
    grid, header = open_recognised(path, recognition, known, limits)
    fields, headings = header.fields, _headings(header.lines)
    last = 0
    for batch in grid.batches(limits):
        place = pc.index(batch.row_nos, row_no).as_py()
        if place >= 0:
            texts: Cells = [column[place].as_py() for column in batch.cells.columns]
            cells = (
                Cell(
                    f"{number + 1}",
                    headings[number] if number < len(headings) else "",
                    (fields[number] or None) if number < len(fields) else None,
                    text,
                )
                for number, text in enumerate(texts)
                if text is not None or number < len(headings)
            )
            return RawRow(tuple(cells), is_heading=row_no <= header.last_row)
        last = max(last, pc.max(batch.row_nos).as_py() or 0)
    return RawRow(last_row=last)


def _headings(lines: Sequence[Sequence[str | None]]) -> list[str]:
    """The sender's own headings, as written: those of two lines joined."""
    width = max(map(len, lines), default=0)
    return [" ".join(str(line[place]) for line in lines if place < len(line) and line[place]) for place in range(width)]
