"""CSV and its relatives: any encoding, any separator, quoted line ends, blank and ragged rows, true row numbers."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pv

from etl.contracts.reading import Remark
from etl.errors import DataError
from etl.sources.encodings import decode_head, open_as_utf8, recognise_file_encoding
from etl.sources.grid import PREVIEW_ROWS, Batch, Cells, cell_too_long, check_cells, too_wide
from etl.sources.limits import Limits
from etl.standardise.column import as_array, matches

SEPARATORS = (",", ";", "\t", "|")
SAID = re.compile(r'"?sep=([,;\t|])"?[ ,;\t|]*(?:\r\n|\n|\r)', re.IGNORECASE)
HEAD_BYTES = 256 * 1024
BLOCK_BYTES, BLOCKS_AT_ONCE = 1 << 20, 8
"""pyarrow's reader takes thirty times the memory of a block; what comes after it is quicker on more rows at a time."""


@dataclass(frozen=True)
class DelimitedGrid:
    """A text file cut by one separator."""

    path: Path
    encoding: str | None
    separator: str | None
    sheet: str | None
    width: int
    preview: list[Cells]
    remarks: tuple[Remark, ...] = ()
    skipped_lines: int = 0

    def batches(self, limits: Limits) -> Iterator[Batch]:
        """All rows; a row of fewer cells is filled up with nulls, one of more is cut and named as overlong."""
        reader = _RaggedReader(self.width, self.separator or ",")
        try:
            with open_as_utf8(self.path, self.encoding or "utf-8", self.skipped_lines) as file:
                for batch in reader.read(pa.PythonFile(file, "r")):
                    yield _tell_swallowed(check_cells(batch, limits), self.separator or ",")
        except pa.ArrowInvalid as error:
            if "straddling" in str(error) or "block" in str(error):
                raise cell_too_long("file", limits) from None
            raise DataError(
                "file: its rows cannot be told apart; expected one row a line, cells parted by one "
                "separator. Export it again as CSV.",
                "file_unreadable",
            ) from None


def preview_delimited(
    path: Path, limits: Limits, encoding: str | None = None, separator: str | None = None
) -> list[DelimitedGrid]:
    """The file as each separator cuts it, those that cut it into most columns first; checked for width and length.

    A first line `sep=;` names the separator: Excel does not show it, so that row 1 is the line after it. `encoding` and
    `separator` are given where they are known already.
    """
    encoding = encoding or recognise_file_encoding(path)
    text = decode_head(path, encoding, HEAD_BYTES)
    is_whole = path.stat().st_size <= HEAD_BYTES
    if not is_whole and "\n" not in text and "\r" not in text:
        widest = max(text.count(separator) for separator in SEPARATORS)
        raise too_wide(widest, limits) if widest > limits.max_columns else cell_too_long("row 1", limits)
    said = SAID.match(text)
    if said:
        text = text[said.end() :]
    separators = said.group(1) if said else separator or SEPARATORS
    skipped = 1 if said else 0
    grids = [_preview(path, encoding, one, text, is_whole, skipped, limits) for one in separators]
    return sorted(grids, key=lambda grid: -grid.width)


def _preview(
    path: Path, encoding: str, separator: str, text: str, is_whole: bool, skipped: int, limits: Limits
) -> DelimitedGrid:
    rows: list[Cells] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            rows.append([cell or None for cell in row])
            if len(rows) > PREVIEW_ROWS:
                break
    except csv.Error:
        raise cell_too_long(f"row {len(rows) + 1}", limits) from None
    if not is_whole and 1 < len(rows) <= PREVIEW_ROWS:
        rows.pop()
    width = max((len(row) for row in rows), default=0)
    if width > limits.max_columns:
        raise too_wide(width, limits)
    return DelimitedGrid(path, encoding, separator, None, width, rows[:PREVIEW_ROWS], (), skipped)


def _tell_swallowed(batch: Batch, separator: str) -> Batch:
    """The batch, with the rows told in which a quotation mark that was never closed has swallowed lines."""
    pattern = rf"[^\r\n]{re.escape(separator)}[^\r\n]*[\r\n]|[\r\n][^\r\n]*{re.escape(separator)}"
    swallowed = np.zeros(batch.cells.num_rows, bool)
    for column in batch.cells.columns:
        texts = as_array(column)
        if _holds_line_end(texts):
            swallowed |= np.asarray(matches(texts, pattern))
    if not swallowed.any():
        return batch
    return replace(batch, told=(*batch.told, ("quote_open", tuple(batch.row_nos.to_numpy()[swallowed].tolist()))))


def _holds_line_end(texts: pa.Array) -> bool:
    """True if any cell holds one: a look at the bytes, of which a column has tens of millions."""
    data = texts.buffers()[2]
    if data is None or not len(texts):
        return False
    offsets = np.frombuffer(texts.buffers()[1], np.int32)
    content = memoryview(data)[offsets[texts.offset] : offsets[texts.offset + len(texts)]]
    return b"\n" in (whole := bytes(content)) or b"\r" in whole


class _RaggedReader:
    """pyarrow's reader, with the rows that do not fit its width put back in their places."""

    def __init__(self, width: int, separator: str) -> None:
        self._width, self._separator = width, separator
        self._ragged: list[tuple[int, str]] = []
        self._returned = 0

    def read(self, file: pa.NativeFile) -> Iterator[Batch]:
        names = [f"c{place}" for place in range(self._width)]
        reader = pv.open_csv(
            file,
            pv.ReadOptions(use_threads=False, column_names=names, block_size=BLOCK_BYTES),
            pv.ParseOptions(
                delimiter=self._separator,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=self._keep,
            ),
            pv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=True,
                null_values=[""],
                check_utf8=False,  # the stream is UTF-8
            ),
        )
        seen = 0
        while batches := list(islice(reader, BLOCKS_AT_ONCE)):
            cells = pa.Table.from_batches(batches)
            numbers = self._number(seen, cells.num_rows)
            seen += cells.num_rows
            yield self._with_ragged(numbers, cells, None)
        if self._returned < len(self._ragged):
            yield self._with_ragged(
                np.array([], np.int64), pa.table({name: pa.array([], pa.string()) for name in names}), np.inf
            )

    def _keep(self, row: pv.InvalidRow) -> str:
        self._ragged.append((row.number, row.text))
        return "skip"

    def _number(self, seen: int, count: int) -> np.ndarray:
        """Row numbers of the next `count` rows that fit, of which `seen` came before."""
        before = np.array([number - 1 - place for place, (number, _) in enumerate(self._ragged)], np.int64)
        order = np.arange(seen, seen + count)
        return order + 1 + np.searchsorted(before, order, side="right")

    def _with_ragged(self, numbers: np.ndarray, cells: pa.Table, last: float | None) -> Batch:
        """The batch with the ragged rows that stand before its end."""
        end = last if last is not None else (numbers[-1] if len(numbers) else 0)
        due = [(number, text) for number, text in self._ragged[self._returned :] if number <= end]
        self._returned += len(due)
        if not due:
            return Batch(pa.array(numbers, pa.int32()), cells)
        parsed = [next(csv.reader([text], delimiter=self._separator), []) for _, text in due]
        overlong = tuple(
            number
            for (number, _), row in zip(due, parsed, strict=True)
            if any(cell.strip() for cell in row[self._width :])
        )
        padded = [[cell or None for cell in (row + [""] * self._width)[: self._width]] for row in parsed]
        added = pa.table(
            [pa.array(list(column), pa.string()) for column in zip(*padded, strict=True)], cells.column_names
        )
        row_nos = np.concatenate([numbers, [number for number, _ in due]]).astype(np.int64)
        order = pa.array(np.argsort(row_nos, kind="stable"))
        return Batch(pa.array(row_nos, pa.int32()).take(order), pa.concat_tables([cells, added]).take(order), overlong)
