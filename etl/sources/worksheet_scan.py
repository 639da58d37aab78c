"""The cells of a worksheet's XML, a block at a time, found by their places in the bytes.

Excel, LibreOffice and the libraries that programs export with all write cells in one plain way: `<c r="B7" s="1" t="s">
<v>5</v></c>` without white space between tags. That way is read here; whatever differs from it raises OddSheet, and
the sheet is left to a library that reads all of XML.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import IO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from etl.sources.slices import Places, cut_slices, read_numbers

BLOCK_BYTES = 16 << 20
PADDING = b" " * 32
"""Behind each block, so that looking ahead from its last tag stays inside."""
SPACED_TEXT = b'<t xml:space="preserve">'
NUMBER, SHARED, TEXT, TRUTH, ERROR, DAY = range(6)
TYPES = {
    None: NUMBER,
    b"n": NUMBER,
    b"s": SHARED,
    b"str": TEXT,
    b"inlineStr": TEXT,
    b"b": TRUTH,
    b"e": ERROR,
    b"d": DAY,
}
_STYLE, _TYPE = re.compile(rb' s="(\d{1,6})"'), re.compile(rb' t="(\w+)"')
_TEXTS = re.compile(rb"<t(?:\s[^>]*)?>([^<]*)</t>")
_PHONETIC = re.compile(rb"<rPh.*?</rPh>", re.DOTALL)
_BEGIN = re.compile(rb"<sheetData\s*(/?)>")


class OddSheet(Exception):  # noqa: N818 - not an error: the sheet is read in another way
    """The XML is not written in the plain way."""


@dataclass(frozen=True)
class CellBlock:
    """Filled cells of some rows, in the file's order: places from 0, type and style of each, and its raw value.

    `last_row` is the number of the last row of the block (from 1), `hidden` the numbers of rows that are not shown;
    `is_formula` marks cells that hold one. A value is null where a formula has no cached result.
    """

    rows: Places
    columns: Places
    types: npt.NDArray[np.uint8]
    styles: Places
    values: pa.Array
    is_formula: npt.NDArray[np.bool_]
    last_row: int
    hidden: tuple[int, ...]


def read_head(stream: IO[bytes]) -> tuple[bytes, bytes]:
    """What stands before the rows of a sheet, and the first bytes of its rows. Raises OddSheet where none begin."""
    data = b""
    while block := stream.read(BLOCK_BYTES // 16):
        data += block
        if found := _BEGIN.search(data):
            return data[: found.end()], b"</sheetData>" if found.group(1) else data[found.end() :]
        if len(data) > BLOCK_BYTES:
            break
    raise OddSheet


def scan_blocks(stream: IO[bytes], first: bytes, size: int = BLOCK_BYTES) -> Iterator[CellBlock]:
    """The cells of whole rows, from `first` and the rest of the stream up to the end of the rows.

    Raises OddSheet where the XML is not written in the plain way, or ends too early.
    """
    rest, last_row, is_last = first, 0, False
    while not is_last:
        block = stream.read(size)
        data = rest + block
        end = data.find(b"</sheetData>")
        is_last = end >= 0
        if not is_last:
            end = data.rfind(b"<row ")
            if not block or len(data) > 8 * size:
                raise OddSheet
        if end > 0:
            found = _scan(data[:end] + PADDING, last_row)
            last_row = found.last_row
            yield found
        rest = data[max(end, 0) :]


def _scan(data: bytes, row_before: int) -> CellBlock:
    buffer = np.frombuffer(data, np.uint8)
    tags = np.flatnonzero(buffer == ord("<"))
    first, second = buffer[tags + 1], buffer[tags + 2]
    _require(not ((first == ord("!")) | (first == ord("?"))).any())
    is_row = (first == ord("r")) & (second == ord("o"))
    is_cell = first == ord("c")
    row_numbers, hidden = _rows(data, buffer, tags[is_row], row_before)
    last_row = int(row_numbers[-1]) if len(row_numbers) else row_before
    at = np.flatnonzero(is_cell)
    rows = np.cumsum(is_row)[at] - 1
    _require(not len(at) or rows[0] >= 0)
    begins = tags[at]
    _require(_spell(buffer, begins, b'<c r="'))
    columns, behind = _columns(buffer, begins + 6, row_numbers[rows])
    ends = tags[np.minimum(at + 1, len(tags) - 1)] - 1
    _require(bool((buffer[ends] == ord(">")).all()))
    types, styles = _attributes(data, behind, ends)
    owner = np.cumsum(is_cell) - 1
    is_formula = np.zeros(len(at), bool)
    is_formula[owner[first == ord("f")]] = True
    values = _values(data, buffer, tags, (first, second), owner, begins)
    filled = np.flatnonzero(np.asarray(values.is_valid()) | is_formula)
    return CellBlock(
        row_numbers[rows[filled]] - 1,
        columns[filled],
        types[filled],
        styles[filled],
        values.take(pa.array(filled)),
        is_formula[filled],
        last_row,
        hidden,
    )


def _rows(
    data: bytes, buffer: npt.NDArray[np.uint8], begins: Places, row_before: int
) -> tuple[Places, tuple[int, ...]]:
    """The numbers of the rows, which must ascend, and of those that are hidden."""
    _require(_spell(buffer, begins, b'<row r="'))
    numbers, digits = read_numbers(buffer, begins + 8, 8)
    _require(bool((buffer[begins + 8 + digits] == ord('"')).all()))
    _require(bool((np.diff(numbers, prepend=row_before) > 0).all()))
    hidden: tuple[int, ...] = ()
    if b' hidden="' in data:
        heads = [data[begin : data.index(b">", begin)] for begin in begins.tolist()]
        hidden = tuple(
            number
            for number, head in zip(numbers.tolist(), heads, strict=True)
            if b' hidden="1"' in head or b' hidden="true"' in head
        )
    return numbers, hidden


def _columns(buffer: npt.NDArray[np.uint8], begins: Places, row_numbers: Places) -> tuple[Places, Places]:
    """The column of each cell, from 0, and where the quotation mark behind its reference stands."""
    number, letters = np.zeros(len(begins), np.int64), np.zeros(len(begins), np.int64)
    is_open = np.ones(len(begins), bool)
    for place in range(3):
        letter = buffer[begins + place]
        is_open = is_open & (letter >= ord("A")) & (letter <= ord("Z"))
        number = np.where(is_open, number * 26 + letter - 64, number)
        letters += is_open
    _require(bool((letters > 0).all()))
    said, digits = read_numbers(buffer, begins + letters, 8)
    behind = begins + letters + digits
    _require(bool((said == row_numbers).all() and (buffer[behind] == ord('"')).all()))
    return number - 1, behind


def _attributes(data: bytes, behind: Places, ends: Places) -> tuple[npt.NDArray[np.uint8], Places]:
    """Type and style of each cell; few combinations of them occur in a sheet."""
    encoded = cut_slices(data, behind + 1, np.maximum(ends, behind + 1)).dictionary_encode()
    known = [_read_attributes(text) for text in encoded.dictionary.to_pylist()]
    types = np.array([type_ for type_, _ in known] or [0], np.uint8)
    styles = np.array([style for _, style in known] or [0], np.int64)
    codes = encoded.indices.to_numpy()
    return types[codes], styles[codes]


@lru_cache(maxsize=1024)
def _read_attributes(text: bytes) -> tuple[int, int]:
    style, type_ = _STYLE.search(text), _TYPE.search(text)
    name = type_.group(1) if type_ else None
    _require(name in TYPES and (type_ is not None or b" t=" not in text))
    return TYPES[name], int(style.group(1)) if style else 0


def _values(
    data: bytes,
    buffer: npt.NDArray[np.uint8],
    tags: Places,
    letters: tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]],
    owner: Places,
    cells: Places,
) -> pa.Array:
    """What stands in `<v>` or `<t>` of each cell, as bytes; null for a cell without."""
    first, second = letters
    opened = np.flatnonzero(((first == ord("v")) | (first == ord("t"))) & (second != ord("/")))
    begins, owners = tags[opened], owner[opened]
    _require(not len(owners) or owners[0] >= 0)
    is_spaced = second[opened] == ord(" ")
    _require(bool((is_spaced | (second[opened] == ord(">"))).all()))
    _require(_spell(buffer, begins[is_spaced], SPACED_TEXT))
    starts = begins + np.where(is_spaced, len(SPACED_TEXT), 3)
    stops = tags[np.minimum(opened + 1, len(tags) - 1)]
    repeated = owners[1:][owners[1:] == owners[:-1]]
    texts = cut_slices(data, starts, stops)
    if len(repeated):  # text in several runs
        texts, owners = _joined(data, texts, owners, set(repeated.tolist()), cells)
    place = np.full(len(cells), -1, np.int64)
    place[owners] = np.arange(len(owners))
    return texts.take(pa.array(place, mask=place < 0))


def _joined(data: bytes, texts: pa.Array, owners: Places, repeated: set[int], cells: Places) -> tuple[pa.Array, Places]:
    """The texts with one for each cell: that of a cell with several runs is put together, without its pronunciation."""
    is_once = ~np.isin(owners, list(repeated))
    order = sorted(repeated)
    ends = np.append(cells, len(data))[1:]
    runs = [join_runs(data[cells[number] : ends[number]]) for number in order]
    whole = pa.concat_arrays([texts.filter(pa.array(is_once)), pa.array(runs, pa.binary())])
    return whole, np.concatenate([owners[is_once], np.array(order, np.int64)])


def join_runs(element: bytes) -> bytes:
    """The text of an element that holds several runs of it, without its pronunciation."""
    return b"".join(_TEXTS.findall(_PHONETIC.sub(b"", element)))


def unescaped(texts: pa.Array) -> pa.Array:
    """Texts of XML with their entities resolved."""
    is_escaped = pc.fill_null(pc.match_substring(texts, "&"), False)
    if not pc.any(is_escaped).as_py():
        return texts
    return pc.replace_with_mask(
        texts, is_escaped, pa.array([unescape(text) for text in texts.filter(is_escaped).to_pylist()], texts.type)
    )


def _spell(buffer: npt.NDArray[np.uint8], begins: Places, text: bytes) -> bool:
    """True if `text` stands at each of the places."""
    return all(bool((buffer[begins + place] == letter).all()) for place, letter in enumerate(text))


def _require(is_plain: bool) -> None:
    if not is_plain:
        raise OddSheet
