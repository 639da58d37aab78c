"""The sender's own sheet given back as a workbook: same rows and cells, and beside each row its result and why.

All cells are text, so that nothing in a file that somebody sent can become a formula or a link.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xlsxwriter

from etl.contracts import PERSON_RECORD, SENT, TABLES, Field
from etl.contracts.reading import Finding
from etl.contracts.wording import RuleWording
from etl.errors import ConfigError

RESULT, REASON = "Kết quả tiếp nhận (Result)", "Lý do (Reason)"
"""Headings of the two columns added; the sources' readers pass over them when a mended file is sent again."""
OUTCOMES = {"accepted": "Chấp nhận", "quarantined": "Cách ly", "duplicate": "Trùng"}
TWICE = (
    "• Dòng này đã nhận trước đây hoặc lặp lại trong tệp; không cần sửa."
    " / This row was received before, or stands twice in the file; nothing to mend."
)
FILLS = {"quarantined": "#F8CBAD", "warned": "#FFE699", "duplicate": "#D9D9D9", "cell": "#F4907C"}
"""Red, amber and grey; each is said in words too. A cell that a finding is about is of a stronger red."""
MAX_ROWS, MAX_CHARS, PLAIN_WIDTH, REASON_WIDTH = 1_048_576, 32_767, 18, 90
"""Rows of a sheet and characters of a cell that Excel can hold; widths of columns in characters."""
Batch = tuple[pa.Array, pa.Table]
"""Some rows: their numbers as the sender sees them (ascending), and their cells as text columns."""

Told = tuple[str, bool, tuple[int, ...]]
"""A finding's text, whether it is more than a note, and the places of the cells that it is about."""


@dataclass(frozen=True)
class Sheet:
    """What to give back: rows in order, `width` columns of theirs, the row of the headings, each person's outcome.

    `outcomes` has `row_no` and `row_state` for each row that names a person; other rows have no result and no reason.
    `places` are the columns, from 0, of each field; `only` leaves all rows out but headings and those of that state.
    """

    batches: Iterable[Batch]
    width: int
    header_row: int
    outcomes: pa.Table
    max_rows: int = MAX_ROWS
    places: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    only: str | None = None
    header_end: int = 0

    def keeps(self, row_no: int, state: str | None) -> bool:
        """Whether the row is given back."""
        is_heading = self.header_row <= row_no <= max(self.header_end, self.header_row)
        return self.only is None or state == self.only or is_heading


def sheet_of_visits(staged: Path, outcomes: pa.Table) -> Sheet:
    """The visits of an XML as a sheet, from staged person records: their ordinals, and what was sent of each person.

    The headings are row 0, so that row numbers stay those of the visits.
    """
    file = pq.ParquetFile(staged)
    sent = [field for field in PERSON_RECORD.sent_fields if SENT + field.name in file.schema_arrow.names]
    return Sheet(_visits(file, sent), len(sent) + 1, 0, outcomes)


def _visits(file: pq.ParquetFile, sent: Sequence[Field]) -> Iterator[Batch]:
    headings = ("HOSO", *(field.vi for field in sent))
    names = [f"c{place}" for place in range(len(headings))]
    yield pa.array([0], pa.int32()), pa.table([pa.array([text]) for text in headings], names)
    for batch in file.iter_batches(columns=["row_no", *(SENT + one.name for one in sent)]):
        table = pa.Table.from_batches([batch]).sort_by("row_no")
        ordinals = table["row_no"].cast(pa.string())
        texts = [ordinals, *(table[SENT + field.name] for field in sent)]
        yield table["row_no"].combine_chunks(), pa.table(texts, names)


def write_annotated(sheet: Sheet, findings: Sequence[Finding], wording: Mapping[str, RuleWording], out: Path) -> None:
    """Write the workbook under a temporary name beside `out`, then rename it; row n of the sender's is row n here.

    A list longer than a worksheet goes on in the next one. A second kind of sheet sums the findings up.
    Raises ConfigError where `out` cannot be written.
    """
    try:
        with TemporaryDirectory(dir=out.parent, prefix=".annotated-") as folder:
            draft = Path(folder) / "sheet.xlsx"
            with xlsxwriter.Workbook(draft, {"constant_memory": True, "tmpdir": folder, "in_memory": False}) as book:
                _SheetWriter(book, sheet).write(_Reasons(findings, wording, sheet.places))
                _write_summary(book, findings, wording)
            draft.replace(out)
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        told = getattr(error, "strerror", None) or type(error).__name__
        raise ConfigError(
            f"annotated file: it cannot be written ({told}); expected a path in a folder that we may "
            "write, with free space. Choose another path."
        ) from None


class _Reasons:
    """The findings of each row as text, looked up batch by batch."""

    def __init__(
        self,
        findings: Sequence[Finding],
        wording: Mapping[str, RuleWording],
        places: Mapping[str, tuple[int, ...]],
    ) -> None:
        told = [finding for finding in findings if finding.row_nos]
        self._texts = [_explain(finding, wording) for finding in told]
        self._warns = [finding.severity != "info" for finding in told]
        self._places = [places.get(finding.column_name, ()) for finding in told]
        self._row_nos = [np.sort(np.array(finding.row_nos, np.int64)) for finding in told]

    def among(self, first: int, last: int) -> dict[int, list[Told]]:
        """What is told of each row from `first` to `last` that a finding names."""
        found: dict[int, list[Told]] = {}
        each = zip(self._texts, self._warns, self._places, self._row_nos, strict=True)
        for text, warns, places, row_nos in each:
            start, end = np.searchsorted(row_nos, [first, last + 1])
            for row_no in row_nos[start:end].tolist():
                found.setdefault(row_no, []).append((text, warns, places))
        return found


class _SheetWriter:
    """Writes rows one after the other, on to a further worksheet where one is full."""

    def __init__(self, book: Any, sheet: Sheet) -> None:
        self._book, self._sheet = book, sheet
        self._worksheet: Any = None
        self._first_row = self._left_out = 0
        plain = {"num_format": "@", "valign": "top"}
        self._formats = {kind: book.add_format({**plain, "bg_color": fill}) for kind, fill in FILLS.items()}
        self._formats |= {"": book.add_format(plain), "heading": book.add_format({**plain, "bold": True})}
        wrapped = {**plain, "text_wrap": True}
        self._wrapped = {kind: book.add_format({**wrapped, "bg_color": fill}) for kind, fill in FILLS.items()}
        self._wrapped |= {"": book.add_format(wrapped), "heading": book.add_format({**wrapped, "bold": True})}

    def write(self, reasons: _Reasons) -> None:
        """All rows of the sheet, with their results and reasons."""
        states = _States(self._sheet.outcomes)
        for row_nos, cells in self._sheet.batches:
            if not len(row_nos):
                continue
            found = reasons.among(row_nos[0].as_py(), row_nos[-1].as_py())
            for row_no, state, row in zip(row_nos.to_pylist(), states.of(row_nos), _rows(cells), strict=True):
                if not self._sheet.keeps(row_no, state):
                    self._left_out += 1
                    continue
                is_heading = row_no == self._sheet.header_row
                self._write_row(row_no - self._left_out, is_heading, state, row, found.get(row_no, []))
        if self._worksheet is None:
            self._open_worksheet(1)

    def _write_row(
        self, row_no: int, is_heading: bool, state: str | None, row: Sequence[str | None], found: list[Told]
    ) -> None:
        if self._worksheet is None or row_no - self._first_row >= self._sheet.max_rows:
            self._open_worksheet(row_no)
        kind = "heading" if is_heading else _kind(state, any(warns for _, warns, _ in found))
        wrong = {place for _, warns, places in found if warns for place in places}
        place = row_no - self._first_row
        for column, cell in enumerate(row):
            form = self._formats["cell" if column in wrong else kind]
            if cell is not None:
                self._worksheet.write_string(place, column, _fit(cell), form)
            elif kind:
                self._worksheet.write_blank(place, column, None, form)
        # A blank row must stay blank, or it would count as a person's when the file is sent again.
        texts = [text for text, _, _ in found if state] + ([TWICE] if state == "duplicate" else [])
        result = RESULT if is_heading else OUTCOMES.get(state or "", "")
        reason = REASON if is_heading else "\n".join(texts)
        for column, text in ((self._sheet.width, result), (self._sheet.width + 1, reason)):
            if text:
                self._worksheet.write_string(place, column, _fit(text), self._wrapped[kind])

    def _open_worksheet(self, row_no: int) -> None:
        count = len(self._book.worksheets())
        self._worksheet = self._book.add_worksheet("Dữ liệu" if count == 0 else f"Dữ liệu {count + 1}")
        self._first_row = min(self._sheet.header_row, 1) if count == 0 else row_no
        self._worksheet.set_column(0, max(self._sheet.width - 1, 0), PLAIN_WIDTH)
        self._worksheet.set_column(self._sheet.width, self._sheet.width, PLAIN_WIDTH)
        self._worksheet.set_column(self._sheet.width + 1, self._sheet.width + 1, REASON_WIDTH)
        if count == 0:
            self._worksheet.freeze_panes(self._sheet.header_row - self._first_row + 1, 0)


class _States:
    """The outcome of each row, found by its number."""

    def __init__(self, outcomes: pa.Table) -> None:
        self._row_nos = outcomes["row_no"].combine_chunks()
        self._states = outcomes["row_state"].combine_chunks()

    def of(self, row_nos: pa.Array) -> list[str | None]:
        """accepted, quarantined or duplicate; None for a row that names nobody."""
        states: list[str | None] = self._states.take(pc.index_in(row_nos.cast(pa.int32()), self._row_nos)).to_pylist()
        return states


def _rows(cells: pa.Table) -> Iterator[Sequence[str | None]]:
    if not cells.num_columns:
        return iter([()] * cells.num_rows)
    return zip(*(column.to_pylist() for column in cells.columns), strict=True)


def _kind(state: str | None, is_warned: bool) -> str:
    """The fill of a row."""
    if state == "accepted":
        return "warned" if is_warned else ""
    return state if state in FILLS else ""


def _fit(text: str) -> str:
    return text if len(text) <= MAX_CHARS else text[: MAX_CHARS - 1] + "…"


def _explain(finding: Finding, wording: Mapping[str, RuleWording]) -> str:
    """One line: the column, what is wrong and how to mend it, in Vietnamese and after a slash in English."""
    rule = wording[finding.rule_id]
    column = _heading(finding)
    where = f"{column}: " if column else ""
    return f"• {where}{rule.message_vi} {rule.fix_vi} / {rule.message_en} {rule.fix_en}"


def _heading(finding: Finding) -> str:
    """The contract's Vietnamese name of a finding's column; other names, such as a tag's, as they are."""
    table = TABLES.get(finding.table_name)
    named = {field.name: field.vi for field in table} if table else {}
    return named.get(finding.column_name, finding.column_name)


def _write_summary(book: Any, findings: Sequence[Finding], wording: Mapping[str, RuleWording]) -> None:
    """A sheet with one line for each finding, those about the whole file included."""
    worksheet = book.add_worksheet("Tóm tắt (Summary)")
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    headings = ("Mức độ (Severity)", "Số dòng (Rows)", "Quy tắc (Rule)", "Cách sửa (What to do)")
    for column, (text, width) in enumerate(zip(headings, (16, 14, 32, 110), strict=True)):
        worksheet.set_column(column, column, width)
        worksheet.write_string(0, column, text, bold)
    failing = [finding for finding in findings if finding.row_count]
    for place, finding in enumerate(failing, 1):
        cells = (_SEVERITIES[finding.severity], str(finding.row_count), finding.rule_id, _explain(finding, wording))
        for column, text in enumerate(cells):
            worksheet.write_string(place, column, text, wrapped)


_SEVERITIES = {"critical": "Nghiêm trọng (critical)", "warning": "Cảnh báo (warning)", "info": "Ghi chú (info)"}
