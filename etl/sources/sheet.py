"""From a grid to rows that mean something: headings found, rows that are no people told and left out, digests made."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from etl.contracts.reading import Recognition, Remark
from etl.errors import DataError
from etl.sources.container import MARKUP, ODS, OLD_WORKBOOK, TEXT, WORKBOOK, other_kind, recognise_container
from etl.sources.delimited import preview_delimited
from etl.sources.grid import TABLE, Batch, Grid
from etl.sources.headings import NAME, Header, Headings, OwnHeadings, doubts, find_header
from etl.sources.limits import Limits
from etl.sources.markup_table import preview_markup
from etl.sources.sheet_rows import RowReader, Rows
from etl.sources.workbook import preview_workbook, preview_worksheet

WORKBOOKS = (WORKBOOK, OLD_WORKBOOK, ODS)
Sheets = list[tuple[Grid, Header]]


def open_sheets(path: Path, limits: Limits) -> list[Grid]:
    """The ways in which a file can be seen as a sheet: its worksheets, or its text by each separator; [] if it is
    XML."""
    container = recognise_container(path, limits)
    if container in WORKBOOKS:
        return list(preview_workbook(path, container, limits))
    if container == MARKUP:
        return list(preview_markup(path, limits))
    return list(preview_delimited(path, limits)) if container == TEXT else []


def find_sheet(grids: list[Grid], headings: Headings, own: OwnHeadings | None = None) -> tuple[Grid, Header] | None:
    """The grid with the most known headings, and its header, which remarks on the other grids that look like lists of
    people and will not be read."""
    found = [(grid, header) for grid in grids if (header := find_header(grid.preview, headings, own))]
    best = max(found, key=lambda pair: len(pair[1].known), default=None)
    if best is None:
        return None
    grid, header = best
    remarks = list(grid.remarks)
    for other, its_header in found if grid.sheet is not None else []:
        if other is not grid and NAME in its_header.known and len(other.preview) > its_header.last_row:
            remarks.append(Remark("sheet_other", TABLE, f"sheet {grids.index(other) + 1}"))
    remarks += [Remark("header_doubtful", TABLE, f"column {place}", (header.last_row,)) for place in doubts(header)]
    return grid, replace(header, remarks=tuple(remarks))


def describe_sheet(kind: str, grid: Grid, header: Header, confidence: float) -> Recognition:
    """How the sheet was understood, to be read by it."""
    return Recognition(
        kind,
        confidence,
        grid.encoding,
        grid.separator,
        header.first_row,
        grid.sheet,
        header.matches(),
        header.last_row,
        header.remarks,
    )


def read_rows(path: Path, recognition: Recognition, headings: Headings, limits: Limits) -> Iterator[Rows]:
    """The rows of the recognised sheet, chunk by chunk, in the file's order; its size was checked in recognising it.

    Raises DataError `header_missing` if no column holds names. Unknown headings
    are remarked once, by position, when their column first holds something.
    """
    grid, header = open_recognised(path, recognition, headings, limits)
    unknown = {
        place
        for place, (field, text) in enumerate(zip(header.fields, header.texts, strict=True))
        if text and field is None
    }
    reader, remarks = RowReader(header, grid.preview[: header.first_row - 1]), recognition.remarks
    for batch in grid.batches(limits):
        body, rows = reader.read(batch)
        filled = {place for place in unknown if _is_filled(body, place)}
        unknown -= filled
        remarks += tuple(
            Remark("header_unknown", TABLE, f"column {place + 1}", (header.last_row,)) for place in sorted(filled)
        )
        yield Rows(rows.table, remarks + rows.remarks)
        remarks = ()


def open_recognised(path: Path, recognition: Recognition, headings: Headings, limits: Limits) -> tuple[Grid, Header]:
    """The sheet and header that were recognised; `headings` are the kind's own terms, for a file recognised otherwise."""
    container = recognise_container(path, limits)
    if container in WORKBOOKS and recognition.sheet is not None:
        grids: list[Grid] = [preview_worksheet(path, container, recognition.sheet, limits)]
    elif container == TEXT:
        grids = list(preview_delimited(path, limits, recognition.encoding, recognition.separator))
    else:
        grids = [one for one in open_sheets(path, limits) if one.sheet == recognition.sheet]
    if recognition.headings and grids:
        return grids[0], _header_of(recognition, grids[0])
    found = find_sheet(grids, headings)
    if found is None:
        raise other_kind("not the file that was recognised")
    if NAME not in found[1].known:
        raise header_missing()
    return found


def _header_of(recognition: Recognition, grid: Grid) -> Header:
    """The header as it was recognised, with the fields that the sender's own headings give."""
    width = max(match.column for match in recognition.headings)
    fields: list[str | None] = [None] * width
    texts = [""] * width
    for match in recognition.headings:
        fields[match.column - 1], texts[match.column - 1] = match.field, match.text
    first, last = recognition.header_row or 1, recognition.header_end or recognition.header_row or 1
    return Header(
        first, last, tuple(fields), tuple(texts), tuple(tuple(line) for line in grid.preview[first - 1 : last])
    )


def header_missing() -> DataError:
    """The refusal of a sheet without a column of names."""
    return DataError(
        "sheet: no column is headed as the persons' names; expected a heading such as Họ và tên. "
        "Put the headings in the row above the list.",
        "header_missing",
    )


def _is_filled(batch: Batch, place: int) -> bool:
    """True if a column holds anything: an empty one that nobody knows is nobody's loss."""
    return bool(place < batch.cells.num_columns and batch.cells.column(place).null_count < batch.cells.num_rows)
