"""Which row of a sheet holds the headings, and which field each heading means: by the contracts' terms.

A heading is compared folded: lower case, no marks, letters and digits only, without what stands in brackets.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from etl.contracts import Table
from etl.sources.grid import Cells
from etl.standardise.text import fold

OWN_HEADINGS = ("ket qua tiep nhan", "ly do")
"""Columns that an annotated file has beside the sender's own: when it comes back mended, they say nothing new."""
COUNTER_HEADINGS = frozenset(("stt", "tt", "so tt", "so thu tu", "thu tu", "no", *OWN_HEADINGS))
COUNTER = "stt"
"""The column that merely counts the rows: it says nothing about anyone."""
NAME = "full_name"
LONGEST_HEADING = 80
"""Characters."""
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]|^\s*(?:\d{1,3}|[IVX]{1,4})[.)]\s*|[*:]")
Headings = Mapping[str, str]


@dataclass(frozen=True)
class Header:
    """Rows (from 1) that hold headings, and per column the field it means (None where unknown) and its folded text."""

    first_row: int
    last_row: int
    fields: tuple[str | None, ...]
    texts: tuple[str, ...]

    @property
    def known(self) -> set[str]:
        """The fields that were found."""
        return {field for field in self.fields if field is not None and field != COUNTER}


def headings_of(table: Table, names: Iterable[str] | None = None, **renamed: str) -> dict[str, str]:
    """Folded term → field name, for the named fields of a table (all that have terms); `renamed` gives other names."""
    chosen = [
        field for field in table if field.terms and (names is None or field.name in names or field.name in renamed)
    ]
    return {fold(term): renamed.get(field.name, field.name) for field in chosen for term in field.terms}


def find_header(rows: list[Cells], headings: Headings) -> Header | None:
    """The first of the rows with the most headings known (one line or two), if it knows at least two."""
    best: Header | None = None
    for place, row in enumerate(rows):
        if not any(row):
            continue
        header = _extend(rows, _read_header(place, [row], headings), headings)
        if len(header.known) >= 2 and (best is None or len(header.known) > len(best.known)):
            best = header
    return best


def match_heading(text: str, headings: Headings) -> str | None:
    """The field that a heading means: a known term, or one that begins with a known term of two words or more."""
    if len(text) > LONGEST_HEADING or sum(map(str.isdigit, text)) > 2:  # a value: spare the folding
        return None
    folded = fold_heading(text)
    if folded in COUNTER_HEADINGS:
        return COUNTER
    if folded in headings:
        return headings[folded]
    words = folded.split(" ")
    for count in range(len(words) - 1, max(1, len(words) - 4), -1):
        beginning = " ".join(words[:count])
        if beginning in headings:
            return headings[beginning]
    return None


@lru_cache(maxsize=4096)
def fold_heading(text: str) -> str:
    """A heading without brackets, numbering, stars, marks and case."""
    return fold(_BRACKETS.sub(" ", text)) or fold(text)


def _read_header(place: int, lines: list[Cells], headings: Headings) -> Header:
    """The header that `lines`, of which the first is row `place` (from 0), make together."""
    width = max(map(len, lines))
    fields: list[str | None] = []
    texts: list[str] = []
    for column in range(width):
        cells = [line[column] for line in lines if column < len(line) and line[column]]
        candidates = [str(cell) for cell in reversed(cells)] + ([" ".join(map(str, cells))] if len(cells) > 1 else [])
        found = [field for cell in candidates if (field := match_heading(cell, headings))]
        fields.append(found[0] if found else None)
        texts.append(fold_heading(" ".join(map(str, cells))))
    return Header(place + 1, place + len(lines), tuple(fields), tuple(texts))


def _extend(rows: list[Cells], header: Header, headings: Headings) -> Header:
    """The header with the line below it where that holds headings too, units, or the columns' numbers."""
    below = rows[header.last_row] if header.last_row < len(rows) else []
    if not any(below) or len(header.known) < 1:
        return header
    both = _read_header(header.first_row - 1, [rows[header.first_row - 1], below], headings)
    alone = _read_header(header.last_row, [below], headings)
    if alone.known - header.known and len(both.known) > len(header.known):
        header = both
    elif _is_unit_line(below, header):
        header = Header(header.first_row, header.last_row + 1, header.fields, header.texts)
    after = rows[header.last_row] if header.last_row < len(rows) else []
    if _is_numbering(after):
        return Header(header.first_row, header.last_row + 1, header.fields, header.texts)
    return header


def _is_unit_line(row: Cells, header: Header) -> bool:
    """Units or hints in brackets, such as "(cm)", under headings: no digit, no name, and every filled cell
    bracketed."""
    filled = [cell.strip() for cell in row if cell and cell.strip()]
    return bool(filled) and all(
        cell.startswith("(") and cell.endswith(")") and not any(map(str.isdigit, cell)) for cell in filled
    )


def _is_numbering(row: Cells) -> bool:
    """The columns' numbers under a form's headings: (1) (2) (3), or A B 1 2."""
    filled = [cell.strip("() ") for cell in row if cell and cell.strip()]
    numbers = [int(cell) for cell in filled if cell.isdecimal() and len(cell) < 5]
    is_counting = len(numbers) > 2 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return is_counting and numbers[0] < 3 and len(filled) - len(numbers) <= 2
