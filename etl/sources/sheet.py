"""From a grid to rows that mean something: headings found, blank and totals rows told and left out, digests made."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts.reading import Recognition, Remark
from etl.errors import DataError
from etl.sources.container import MARKUP, ODS, OLD_WORKBOOK, TEXT, WORKBOOK, other_kind, recognise_container
from etl.sources.delimited import preview_delimited
from etl.sources.digest import row_digests
from etl.sources.grid import TABLE, Batch, Grid
from etl.sources.headings import COUNTER, NAME, Header, Headings, find_header
from etl.sources.limits import Limits
from etl.sources.markup_table import preview_markup
from etl.sources.workbook import preview_workbook, preview_worksheet
from etl.standardise.column import as_array, blank_to_null, matches

WORKBOOKS = (WORKBOOK, OLD_WORKBOOK, ODS)
TOTAL = r"(?i)^\s*(t[ổo]ng(\s*(c[ộo]ng|s[ốo]|h[ợo]p))?|c[ộo]ng|total)(\s*(:|\d|s[ốo]|người|$))"
TELLING = ("birth_date", "national_id", "old_id", "phone", "insurance_no")
"""A row with a number of four digits in one of these is about a person, whatever else it says."""
Sheets = list[tuple[Grid, Header]]


@dataclass(frozen=True)
class Rows:
    """Some rows about people: `row_no`, `row_digest` and one text column for each known field that was sent."""

    table: pa.Table
    remarks: tuple[Remark, ...]


def open_sheets(path: Path, limits: Limits) -> list[Grid]:
    """The ways in which a file can be seen as a sheet: its worksheets, or its text by each separator; [] if it is
    XML."""
    container = recognise_container(path, limits)
    if container in WORKBOOKS:
        return list(preview_workbook(path, container, limits))
    if container == MARKUP:
        return list(preview_markup(path, limits))
    return list(preview_delimited(path, limits)) if container == TEXT else []


def find_sheet(grids: list[Grid], headings: Headings) -> tuple[Grid, Header] | None:
    """The grid with the most known headings, and its header."""
    found = [(grid, header) for grid in grids if (header := find_header(grid.preview, headings))]
    return max(found, key=lambda pair: len(pair[1].known), default=None)


def describe_sheet(kind: str, grid: Grid, header: Header, confidence: float) -> Recognition:
    """How the sheet was understood, to be read by it."""
    return Recognition(kind, confidence, grid.encoding, grid.separator, header.first_row, grid.sheet)


def read_rows(path: Path, recognition: Recognition, headings: Headings, limits: Limits) -> Iterator[Rows]:
    """The rows of the recognised sheet, chunk by chunk, in the file's order; its size was checked in recognising it.

    Raises DataError `header_missing` if no column holds names. Unknown headings
    are remarked once, by position, when their column first holds something.
    """
    grid, header = _open_recognised(path, recognition, headings, limits)
    unknown = {
        place
        for place, (field, text) in enumerate(zip(header.fields, header.texts, strict=True))
        if text and field is None
    }
    is_after_total = False
    for batch in grid.batches(limits):
        body = _body(batch, header.last_row)
        rows, is_after_total = _select(body, header, is_after_total)
        filled = {place for place in unknown if _is_filled(body, place)}
        unknown -= filled
        remarks = tuple(
            Remark("header_unknown", TABLE, f"column {place + 1}", (header.last_row,)) for place in sorted(filled)
        )
        yield Rows(rows.table, remarks + rows.remarks)


def _open_recognised(path: Path, recognition: Recognition, headings: Headings, limits: Limits) -> tuple[Grid, Header]:
    container = recognise_container(path, limits)
    if container in WORKBOOKS and recognition.sheet is not None:
        grids: list[Grid] = [preview_worksheet(path, container, recognition.sheet, limits)]
    else:
        opened = open_sheets(path, limits)
        grids = [one for one in opened if (one.sheet, one.separator) == (recognition.sheet, recognition.separator)]
    found = find_sheet(grids, headings)
    if found is None:
        raise other_kind("not the file that was recognised")
    if NAME not in found[1].known:
        raise header_missing()
    return found


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


def _body(batch: Batch, header_row: int) -> Batch:
    """The rows below the headings, their cells trimmed, with null for blank ones."""
    is_body = pc.greater(batch.row_nos, header_row)
    cells = batch.cells.filter(is_body)
    trimmed = pa.table([blank_to_null(as_array(column)) for column in cells.columns], cells.column_names)
    return Batch(batch.row_nos.filter(is_body), trimmed, batch.overlong)


def _select(batch: Batch, header: Header, is_after_total: bool) -> tuple[Rows, bool]:
    """The rows about people, with remarks on those left out."""
    named = _name_columns(batch.cells, header)
    is_blank = _is_blank(batch.cells)
    is_total = pc.and_not(_is_total(named, batch.cells, header, is_after_total), is_blank)
    unreadable = _is_overlong(batch, header)
    digests = row_digests(_digest_columns(batch.cells, header))
    fields = {name: pc.if_else(unreadable, pa.scalar(None, pa.string()), column) for name, column in named.items()}
    table = pa.table({"row_no": batch.row_nos, "row_digest": digests, **fields})
    kept = pc.invert(pc.or_(is_blank, is_total))
    told = (("row_blank", is_blank), ("row_total", is_total), ("part_unreadable", unreadable))
    remarks = tuple(
        Remark(rule, TABLE, "", tuple(batch.row_nos.filter(mask).to_pylist()))
        for rule, mask in told
        if pc.any(mask).as_py()
    )
    return Rows(table.filter(kept), remarks), is_after_total or bool(pc.any(is_total).as_py())


def _name_columns(cells: pa.Table, header: Header) -> dict[str, pa.Array]:
    """Each known field's text; where several columns mean one field, the first that is filled."""
    named: dict[str, pa.Array] = {}
    for place, field in enumerate(header.fields):
        if field is None or field == COUNTER or place >= cells.num_columns:
            continue
        column = as_array(cells[f"c{place}"])
        named[field] = pc.coalesce(named[field], column) if field in named else column
    return named


def _is_overlong(batch: Batch, header: Header) -> pa.Array:
    """Rows with filled cells to the right of the row of headings: an unquoted separator has shifted their cells."""
    overlong = pc.is_in(batch.row_nos, value_set=pa.array(batch.overlong, pa.int32()))
    for column in batch.cells.columns[len(header.fields) :]:
        overlong = pc.or_(overlong, pc.is_valid(as_array(column)))
    return overlong


def _digest_columns(cells: pa.Table, header: Header) -> pa.Table:
    """All columns but the counter, named by field, or by heading where that is unknown, or by place."""
    columns: dict[str, pa.ChunkedArray] = {}
    for place, name in enumerate(cells.column_names):
        field, text = (header.fields[place], header.texts[place]) if place < len(header.fields) else (None, "")
        if field == COUNTER:
            continue
        key = field or f"? {text or place}"
        columns[key if key not in columns else f"{key} {place}"] = cells[name]
    return pa.table(columns)


def _is_blank(cells: pa.Table) -> pa.Array:
    is_blank = pa.array(np.ones(cells.num_rows, bool))
    for column in cells.columns:
        is_blank = pc.and_not(is_blank, pc.is_valid(as_array(column)))
    return is_blank


def _is_total(named: dict[str, pa.Array], cells: pa.Table, header: Header, is_after_total: bool) -> pa.Array:
    """Rows of totals ("Tổng cộng"), and what follows the first of them without telling of a person: signatures.

    Totals are looked for up to the column of names, where forms write them.
    """
    says_total = np.zeros(cells.num_rows, bool)
    for column in cells.columns[: header.fields.index(NAME) + 1]:
        says_total |= np.asarray(matches(pc.utf8_normalize(as_array(column), "NFC"), TOTAL))
    if not (says_total.any() or is_after_total):
        return pa.array(says_total)
    telling, filled = np.zeros(cells.num_rows, bool), np.zeros(cells.num_rows, int)
    for field in TELLING:
        if field in named:
            telling |= np.asarray(matches(named[field], r"\d{4}"))
    for column in cells.columns:
        filled += np.asarray(pc.is_valid(as_array(column)))
    is_total = says_total & ~telling
    after = np.logical_or.accumulate(is_total) | is_after_total
    is_footer = ~telling | ((filled <= 2) & np.asarray(pc.is_null(named[NAME])))
    return pa.array(is_total | (after & is_footer))
