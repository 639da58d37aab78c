"""The parts of an XLSX package beside its sheets' cells: which sheets there are, shared texts, styles of dates."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree

from etl.sources.parts import SAFE
from etl.sources.slices import cut_slices
from etl.sources.worksheet_scan import BLOCK_BYTES, PADDING, SPACED_TEXT, OddSheet, join_runs, unescaped

BOOK = "xl/workbook.xml"
SMALL_PART = 32 << 20
"""Bytes that a part about sheets or styles may have."""
MOST_TEXT = 1 << 31
"""Bytes of all shared texts that one array can address."""
BUILT_IN_DAYS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
"""Numbers of Excel's own formats that show a date or a time."""
_RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_QUOTED = re.compile(r'"[^"]*"|\\.|\[(?!(?:h+|m+|s+)\])[^\]]*\]|General', re.IGNORECASE)


@dataclass(frozen=True)
class SheetPart:
    """A worksheet of a package: its name, the part that holds it, and whether Excel shows it."""

    name: str
    part: str
    is_hidden: bool


class Package:
    """An open XLSX file. Raises OddSheet, here and from its properties, where a part is not as it is known."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self._names = set(archive.namelist())
        book = self._parse(BOOK)
        self.sheets = self._find_sheets(book)
        properties = next(_children(book, "workbookPr"), None)
        self.is_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        self.texts = SharedTexts(archive, self._names)

    def open_sheet(self, name: str) -> IO[bytes]:
        """The stream of a worksheet's XML."""
        part = next((sheet.part for sheet in self.sheets if sheet.name == name), None)
        if part is None:
            raise OddSheet
        return self.archive.open(part)

    @cached_property
    def day_styles(self) -> np.ndarray:
        """For each cell style, whether it shows a date or a time (bool)."""
        if "xl/styles.xml" not in self._names:
            return np.zeros(1, bool)
        styles = self._parse("xl/styles.xml")
        formats = {
            int(one.get("numFmtId", "0")): one.get("formatCode", "") for one in _children(styles, "numFmts", "numFmt")
        }
        numbers = [int(one.get("numFmtId", "0")) for one in _children(styles, "cellXfs", "xf")]
        return np.array(
            [shows_day(formats[one]) if one in formats else one in BUILT_IN_DAYS for one in numbers] or [False]
        )

    def _find_sheets(self, book: etree._Element) -> list[SheetPart]:
        relations = {
            one.get("Id"): (one.get("Type", ""), one.get("Target", ""))
            for one in self._parse("xl/_rels/workbook.xml.rels")
        }
        sheets = []
        for one in _children(book, "sheets", "sheet"):
            type_, target = relations.get(one.get(f"{_RELATIONS}id"), ("", ""))
            if type_.endswith("/worksheet"):
                part = posixpath.normpath(posixpath.join("xl", target)).lstrip("/")
                is_hidden = one.get("state", "visible") != "visible"
                sheets.append(SheetPart(one.get("name", ""), part, is_hidden))
        if not sheets or not {sheet.part for sheet in sheets} <= self._names:
            raise OddSheet
        return sheets

    def _parse(self, part: str) -> etree._Element:
        if part not in self._names or self.archive.getinfo(part).file_size > SMALL_PART:
            raise OddSheet
        try:
            return etree.fromstring(self.archive.read(part), etree.XMLParser(**SAFE))  # type: ignore[arg-type]  # as in etl.sources.envelope
        except etree.XMLSyntaxError:
            raise OddSheet from None


def shows_day(code: str) -> bool:
    """Whether a number format shows a date or a time: d, m, y, h or s outside of quoted text, colours and conditions."""
    return bool(re.search(r"[dmyhs]", _QUOTED.sub("", code.split(";")[0]), re.IGNORECASE))


class SharedTexts:
    """The texts that cells refer to by number, read as far as they are asked for."""

    def __init__(self, archive: zipfile.ZipFile, names: set[str]) -> None:
        part = next((name for name in names if name.lower() == "xl/sharedstrings.xml"), None)
        is_too_long = part is not None and archive.getinfo(part).file_size >= MOST_TEXT
        if is_too_long:
            raise OddSheet
        self._blocks = iter(()) if part is None else _text_blocks(archive, part)
        self._known: pa.Array = pa.array([], pa.string())

    def take(self, numbers: pa.Array) -> pa.Array:
        """The text of each number; null for null. Raises OddSheet for a number that has none."""
        most = pc.max(numbers).as_py()
        if most is None:
            return pa.nulls(len(numbers), pa.string())
        more = []
        count = len(self._known)
        while count <= most:
            block = next(self._blocks, None)
            if block is None:
                raise OddSheet
            more.append(block)
            count += len(block)
        if more:
            self._known = pa.concat_arrays([self._known, *more])
        return self._known.take(numbers)


def _text_blocks(archive: zipfile.ZipFile, part: str) -> Iterator[pa.Array]:
    rest, is_last = b"", False
    with archive.open(part) as stream:
        while not is_last:
            block = stream.read(BLOCK_BYTES // 4)
            data = rest + block
            is_last = not block
            end = len(data) if is_last else data.rfind(b"<si>")
            if end > 0:
                yield _texts(data[:end] + PADDING)
            if len(data) > BLOCK_BYTES:
                raise OddSheet
            rest = data[max(end, 0) :]


def _texts(data: bytes) -> pa.Array:
    """The text of each `<si>`, its runs put together, without its pronunciation."""
    buffer = np.frombuffer(data, np.uint8)
    tags = np.flatnonzero(buffer == ord("<"))
    first, second, third = buffer[tags + 1], buffer[tags + 2], buffer[tags + 3]
    if (first == ord("!")).any():
        raise OddSheet
    is_item = (first == ord("s")) & (second == ord("i"))
    if not is_item.any():
        return pa.array([], pa.string())
    opened = np.flatnonzero((first == ord("t")) & ((second == ord(">")) | (second == ord(" "))))
    if len(opened) and opened[-1] == len(tags) - 1:  # a text that nothing closes
        raise OddSheet
    owners = np.cumsum(is_item)[opened] - 1
    is_spaced = second[opened] == ord(" ")
    begins = tags[opened]
    starts = begins + np.where(is_spaced, len(SPACED_TEXT), 3)
    count = int(is_item.sum())
    is_plain = bool((third[is_item] == ord(">")).all()) and bool((buffer[starts - 1] == ord(">")).all())
    if not is_plain:
        raise OddSheet
    if len(owners) == count and bool((owners == np.arange(count)).all()):
        return _decoded(cut_slices(data, starts, tags[opened + 1]))
    items = np.append(tags[is_item], len(data)).tolist()
    texts = [join_runs(data[begin:end]) for begin, end in pairwise(items)]
    return _decoded(pa.array(texts, pa.binary()))


def _decoded(texts: pa.Array) -> pa.Array:
    try:
        return unescaped(texts.cast(pa.string()))
    except pa.ArrowInvalid:
        raise OddSheet from None


def _children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """The elements below by their local names, level by level."""
    found = [one for one in element if isinstance(one.tag, str) and etree.QName(one).localname == names[0]]
    for one in found:
        if len(names) == 1:
            yield one
        else:
            yield from _children(one, *names[1:])
