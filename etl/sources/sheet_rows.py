"""The rows of a sheet: which are about people, and which are blank, totals, signatures or headings once more."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts.reading import Remark
from etl.sources.composites import FAMILY, compose
from etl.sources.digest import row_digests
from etl.sources.grid import TABLE, Batch, Cells
from etl.sources.headings import COUNTER, LEFT_OUT, NAME, Header
from etl.standardise.column import as_array, blank_to_null, matches

TOTAL = (
    r"(?i)^\s*(t(ổ|o\p{M}*|ô\p{M}*)ng(\s*(c(ộ|o\p{M}*|ô\p{M}*)ng|s(ố|o\p{M}*|ô\p{M}*)|h(ợ|o\p{M}*|ơ\p{M}*)p))?"
    r"|c(ộ|o\p{M}*|ô\p{M}*)ng|total)(\s*(:|\d|s(ố|o\p{M}*|ô\p{M}*)|người|$))"
)
FOOTER = (
    r"(?i)^\s*\W*\s*(người (lập|ký|kiểm|tổng hợp|báo cáo)|thủ trưởng|trạm trưởng|trưởng trạm|giám đốc|kế toán|xác nhận của|t/?m\.? "
    r"|k/?t\.? |\(?ký( và|,)? ?(ghi|đóng)|ghi chú\s*:|danh sách (này )?(có|gồm)|ấn định danh sách)"
    r"|^[^\d]{0,40}ngày\s*(\d{1,2}|[.…_\s]*)\s*tháng\s*(\d{1,2}|[.…_\s]*)\s*năm"
)
"""Signatures, and what is written below a list; looked for in rows of few cells alone."""
PAGE = r"(?i)^\s*trang\s*(số\s*)?:?\s*\d+(\s*/\s*\d+)?\s*$"
FEW_CELLS = 3
TELLING = ("birth_date", "national_id", "old_id", "phone", "insurance_no")
"""A row with a number of four digits in one of these is about a person, whatever else it says."""
NEAR = 6
"""Rows around a repeated heading among which the rest of it, and of the page's title, stands."""
Mask = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """Some rows about people: `row_no`, `row_digest` and one text column for each known field that was sent."""

    table: pa.Table
    remarks: tuple[Remark, ...]


class RowReader:
    """Reads batches of one sheet in their order: what follows totals or signatures depends on what came before."""

    def __init__(self, header: Header, titles: Sequence[Cells] = ()) -> None:
        self._header = header
        self._titles = {tuple((cell or "").strip() for cell in row if cell and cell.strip()) for row in titles}
        self._name_place = next(place for place, field in enumerate(header.fields) if field in (NAME, FAMILY))
        self._is_after_total = self._is_after_footer = False

    def read(self, batch: Batch) -> tuple[Batch, Rows]:
        """The rows below the headings, trimmed, and of them those about people, with remarks on the others."""
        body = _body(batch, self._header.last_row)
        named = _name_columns(body.cells, self._header)
        fields = compose(named)
        filled = _count_filled(body.cells)
        is_blank = filled == 0
        is_header = self._is_header(body.cells, filled)
        is_total, is_footer = self._find_ends(body.cells, fields, filled, is_header)
        unreadable = _is_overlong(body, self._header)
        if unreadable.any():
            nothing = pa.scalar(None, pa.string())
            fields = {name: pc.if_else(pa.array(unreadable), nothing, column) for name, column in fields.items()}
        digests = row_digests(_digest_columns(body.cells, self._header))
        table = pa.table({"row_no": body.row_nos, "row_digest": digests, **fields})
        is_left_out = is_blank | is_total | is_footer | is_header
        told = (
            ("row_blank", is_blank),
            ("row_total", is_total),
            ("row_footer", is_footer),
            ("row_header", is_header),
            ("part_unreadable", unreadable),
        )
        numbers = body.row_nos.to_numpy()
        remarks = [Remark(rule, TABLE, "", tuple(numbers[mask].tolist())) for rule, mask in told if mask.any()]
        remarks += _told(body, numbers[~is_left_out])
        kept = table.filter(pa.array(~is_left_out)) if is_left_out.any() else table
        return body, Rows(kept, tuple(remarks))

    def _is_header(self, cells: pa.Table, filled: Counts) -> Mask:
        """Rows that repeat the headings, with their lines and the page's titles around them."""
        is_header = np.zeros(cells.num_rows, bool)
        texts = [line[self._name_place] for line in self._header.lines if self._name_place < len(line)]
        words = [text.strip() for text in texts if text and text.strip()]
        if not words or self._name_place >= cells.num_columns:
            return is_header
        repeats = pc.is_in(as_array(cells.column(self._name_place)), value_set=pa.array(words, pa.string()))
        for place in np.flatnonzero(np.asarray(repeats)).tolist():
            is_header[place] = True
            first = max(0, place - NEAR)
            around = cells.slice(first, 2 * NEAR + 1).to_pylist()
            for near, row in enumerate(around, first):
                if near != place and filled[near] and self._is_of_header(list(row.values()), near - place):
                    is_header[near] = True
        return is_header

    def _is_of_header(self, row: Cells, distance: int) -> bool:
        """True if a row near a repeated heading is another line of it, or before it a title of the page."""
        said = [(place, cell) for place, cell in enumerate(row) if cell]
        if distance < 0 and tuple(cell for _, cell in said) in self._titles:
            return True
        lines = [[(cell or "").strip() for cell in line] for line in self._header.lines]
        return abs(distance) < len(lines) and any(
            all(place < len(line) and line[place] == cell for place, cell in said) for line in lines
        )

    def _find_ends(
        self, cells: pa.Table, fields: dict[str, pa.Array], filled: Counts, is_header: Mask
    ) -> tuple[Mask, Mask]:
        """Rows of totals ("Tổng cộng") and signatures, and what follows the first of them without telling of a person.

        Totals are looked for up to the column of names, where forms write them.
        """
        says_total = np.zeros(cells.num_rows, bool)
        for column in cells.columns[: self._name_place + 1]:
            says_total |= np.asarray(matches(as_array(column), TOTAL))
        says_end, says_page = _say_footer(cells, (filled > 0) & (filled <= FEW_CELLS) & ~is_header)
        is_after = self._is_after_total or self._is_after_footer
        if not (says_total.any() or says_end.any() or says_page.any() or is_after):
            return says_total, says_end
        telling = np.zeros(cells.num_rows, bool)
        for field in TELLING:
            if field in fields:
                telling |= np.asarray(matches(fields[field], r"\d{4}"))
        nameless = np.asarray(pc.is_null(fields[NAME]))
        is_nobody = (~telling | ((filled <= 2) & nameless)) & (filled > 0) & ~is_header
        is_total = says_total & ~telling & ~is_header
        after_total = np.logical_or.accumulate(is_total) | self._is_after_total
        is_end = says_end & (nameless | ~telling)
        after_end = np.logical_or.accumulate(is_end) | self._is_after_footer
        self._is_after_total, self._is_after_footer = bool(after_total[-1:].any()), bool(after_end[-1:].any())
        is_total |= after_total & is_nobody
        is_footer = (is_end | says_page | (after_end & is_nobody & (filled <= FEW_CELLS))) & ~is_total
        return is_total, is_footer


def _say_footer(cells: pa.Table, few: Mask) -> tuple[Mask, Mask]:
    """Among rows of few cells, those that begin what stands below a list, and those that number a page."""
    says_end, says_page = np.zeros(cells.num_rows, bool), np.zeros(cells.num_rows, bool)
    places = np.flatnonzero(few)
    if len(places):
        for column in cells.take(pa.array(places)).columns:
            texts = pc.utf8_normalize(as_array(column, pa.string()), "NFC")
            says_end[places] |= np.asarray(matches(texts, FOOTER))
            says_page[places] |= np.asarray(matches(texts, PAGE))
    return says_end, says_page & ~says_end


def _told(body: Batch, kept: npt.NDArray[np.int32]) -> list[Remark]:
    """What was noticed about rows that are about people."""
    remarks = []
    for rule, rows in body.told:
        about = np.intersect1d(np.array(rows, np.int64), kept)
        if len(about):
            remarks.append(Remark(rule, TABLE, "", tuple(about.tolist())))
    return remarks


def _body(batch: Batch, header_row: int) -> Batch:
    """The rows below the headings, their cells trimmed, with null for blank ones."""
    row_nos, cells = batch.row_nos, batch.cells
    if len(row_nos) and row_nos[0].as_py() <= header_row:
        is_body = pc.greater(row_nos, header_row)
        row_nos, cells = row_nos.filter(is_body), cells.filter(is_body)
    trimmed = pa.table([blank_to_null(as_array(column)) for column in cells.columns], cells.column_names)
    return Batch(row_nos, trimmed, batch.overlong, batch.told)


def _name_columns(cells: pa.Table, header: Header) -> dict[str, pa.Array]:
    """Each known field's text; where several columns mean one field, the first that is filled."""
    named: dict[str, pa.Array] = {}
    for place, field in enumerate(header.fields):
        if not field or field == COUNTER or place >= cells.num_columns:
            continue
        column = as_array(cells.column(place))
        named[field] = pc.coalesce(named[field], column) if field in named else column
    return named


def _count_filled(cells: pa.Table) -> Counts:
    """How many cells of each row hold anything."""
    filled = np.zeros(cells.num_rows, np.int64)
    for column in cells.columns:
        filled += np.asarray(pc.is_valid(as_array(column)))
    return filled


def _is_overlong(batch: Batch, header: Header) -> Mask:
    """Rows with filled cells to the right of the row of headings: an unquoted separator has shifted their cells."""
    overlong = np.isin(batch.row_nos.to_numpy(), batch.overlong)
    for column in batch.cells.columns[len(header.fields) :]:
        overlong |= np.asarray(pc.is_valid(as_array(column)))
    return overlong


def _digest_columns(cells: pa.Table, header: Header) -> pa.Table:
    """All columns but the counter and those left out, named by field, or by heading where that is unknown, or by
    place."""
    columns: dict[str, pa.ChunkedArray] = {}
    for place, name in enumerate(cells.column_names):
        field, text = (header.fields[place], header.texts[place]) if place < len(header.fields) else (None, "")
        if field in (COUNTER, LEFT_OUT):
            continue
        key = field or f"? {text or place}"
        columns[key if key not in columns else f"{key} {place}"] = cells[name]
    return pa.table(columns)
