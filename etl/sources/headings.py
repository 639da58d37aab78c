"""Which row of a sheet holds the headings, and which field each column means."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from etl.contracts.reading import HeadingMatch, Remark
from etl.sources import composites
from etl.sources.grid import Cells
from etl.sources.heading_terms import (
    COUNTER,
    DOUBTFUL_BELOW,
    LONGEST_HEADING,
    RELATION,
    Headings,
    Match,
    fold_heading,
    headings_of,
    match_heading,
    match_typed,
)

__all__ = ["COUNTER", "NAME", "Header", "Headings", "OwnHeadings", "find_header", "headings_of"]

NAME = composites.NAME
LEFT_OUT = ""
"""What a sender's own headings say of a column that is not to be read."""
UNHEADED = 0.6
"""How sure it is that a filled column without a heading, right of the names, holds the last part of them."""
OwnHeadings = Mapping[str, str]
"""A sender's own: folded heading → field, or `LEFT_OUT`."""


@dataclass(frozen=True)
class Header:
    """Rows (from 1) that hold headings, and per column the field it means (None where unknown) and its folded text.

    `lines` are those rows' cells as they are, `told` how sure each field is, `remarks` what was noticed in finding them.
    """

    first_row: int
    last_row: int
    fields: tuple[str | None, ...]
    texts: tuple[str, ...]
    lines: tuple[tuple[str | None, ...], ...] = ()
    sureness: tuple[float, ...] = ()
    remarks: tuple[Remark, ...] = ()

    @cached_property
    def known(self) -> set[str]:
        """The fields that were found, with what their parts make together."""
        found = {field for field in self.fields if field and field != COUNTER}
        made = set(composites.PARTS & found)
        if composites.FAMILY in made:
            found.add(composites.NAME)
        if made & {composites.YEAR, composites.MALE}:
            found.add(composites.BIRTH)
        if composites.MALE in made:
            found.add(composites.SEX)
        return found - composites.PARTS

    def matches(self) -> tuple[HeadingMatch, ...]:
        """How each headed column was understood, to be shown to an officer."""
        return tuple(
            HeadingMatch(place, text, field, sureness, self._shown(place - 1))
            for place, (text, field, sureness) in enumerate(zip(self.texts, self.fields, self.sureness, strict=True), 1)
            if text or field is not None
        )

    def _shown(self, place: int) -> str:
        cells = (line[place] for line in self.lines if place < len(line))
        return " ".join(str(cell).strip() for cell in cells if cell)[:LONGEST_HEADING]


def find_header(rows: list[Cells], headings: Headings, own: OwnHeadings | None = None) -> Header | None:
    """The first of the rows with the most headings known (one line or two), if it knows at least two."""
    best: Header | None = None
    for place, row in enumerate(rows):
        if not any(row):
            continue
        header = _extend(rows, _read_header(place, [row], headings, own or {}), headings, own or {})
        if len(header.known) >= 2 and (best is None or len(header.known) > len(best.known)):
            best = header
    return None if best is None else _with_unheaded(rows, _with_typed(best, headings))


def _read_header(place: int, lines: list[Cells], headings: Headings, own: OwnHeadings) -> Header:
    """The header that `lines`, of which the first is row `place` (from 0), make together."""
    width = max(map(len, lines))
    padded = [[*line, *[None] * (width - len(line))] for line in lines]
    groups = _groups(padded) if len(lines) > 1 else [""] * width
    lowest = [next((str(line[column]) for line in reversed(padded) if line[column]), "") for column in range(width)]
    found: list[Match | None] = []
    for column in range(width):
        cells = [str(line[column]) for line in padded if line[column]]
        candidates = [*reversed(cells), *([" ".join(cells)] if len(cells) > 1 else [])]
        if groups[column]:
            joined = [f"{groups[column]} {lowest[column]}", f"{lowest[column]} {groups[column]}"]
            of_another = RELATION.search(fold_heading(groups[column]))
            candidates = joined if of_another else [*candidates, *joined]
        found.append(_first_match(candidates, headings, own))
    if NAME in headings.values():
        taken = {match.field for match in found if match and match.confidence == 1.0}
        for column, part in composites.find_parts(lowest, groups).items():
            if not (part in composites.SEX_PARTS and _is_said_elsewhere(found, column, taken)):
                found[column] = Match(part, 1.0)
    texts = tuple(
        fold_heading(" ".join(str(line[column]) for line in padded if line[column])) for column in range(width)
    )
    return Header(
        place + 1,
        place + len(lines),
        tuple(match.field if match else None for match in found),
        texts,
        tuple(tuple(line) for line in padded),
        tuple(match.confidence if match else 0.0 for match in found),
    )


def _is_said_elsewhere(found: list[Match | None], column: int, taken: set[str]) -> bool:
    """True if a column of its own tells the sex, and this is not it."""
    here = found[column]
    return composites.SEX in taken and (here is None or here.field != composites.SEX)


def _groups(lines: list[Cells]) -> list[str]:
    """For each column the heading of the upper line that is merged over it and its neighbours; empty where none is."""
    groups, current = [], ""
    top, low = lines[0], lines[-1]
    for column, cell in enumerate(top):
        is_over = column < len(low) and bool(low[column])
        if cell:
            current = str(cell)
        groups.append(current if is_over else "")
        if not is_over:
            current = ""
    return groups


def _first_match(candidates: list[str], headings: Headings, own: OwnHeadings) -> Match | None:
    for text in candidates:
        if own and len(text) <= LONGEST_HEADING and (field := own.get(fold_heading(text))) is not None:
            return Match(field, 1.0)
    found = [match for text in candidates if (match := match_heading(text, headings))]
    return max(found, key=lambda match: match.confidence, default=None)


def _with_typed(header: Header, headings: Headings) -> Header:
    """The header with those fields that only typing errors hid, where no other column is one."""
    fields, sureness = list(header.fields), list(header.sureness)
    groups = _groups([list(line) for line in header.lines[:2]]) if len(header.lines) > 1 else []
    for place, text in enumerate(header.texts):
        of_another = place < len(groups) and RELATION.search(fold_heading(groups[place]))
        if fields[place] is None and text and not of_another:
            match = match_typed(text, headings)
            if match and match.field not in fields and match.field not in header.known:
                fields[place], sureness[place] = match.field, match.confidence
    return replace(header, fields=tuple(fields), sureness=tuple(sureness))


def _with_unheaded(rows: list[Cells], header: Header) -> Header:
    """The header with a second column of names, where "Họ và tên" is merged over two: the given name, one word each."""
    if NAME not in header.fields:
        return header
    place = header.fields.index(NAME) + 1
    if place >= len(header.fields) or header.texts[place] or header.fields[place]:
        return header
    cells = [row[place] for row in rows[header.last_row :] if len(row) > place and row[place]]
    are_words = [cell for cell in cells if cell and " " not in cell.strip() and not any(map(str.isdigit, cell))]
    if not cells or len(are_words) < 0.8 * len(cells):
        return header
    fields, sureness = list(header.fields), list(header.sureness)
    fields[place - 1 : place + 1] = [composites.FAMILY, composites.GIVEN]
    sureness[place - 1 : place + 1] = [UNHEADED, UNHEADED]
    return replace(header, fields=tuple(fields), sureness=tuple(sureness))


def doubts(header: Header) -> list[int]:
    """The columns (from 1) whose field is more guessed than known."""
    return [
        place
        for place, (field, sureness) in enumerate(zip(header.fields, header.sureness, strict=True), 1)
        if field and sureness < DOUBTFUL_BELOW
    ]


def _extend(rows: list[Cells], header: Header, headings: Headings, own: OwnHeadings) -> Header:
    """The header with the line below it where that holds headings too, units, or the columns' numbers."""
    below = rows[header.last_row] if header.last_row < len(rows) else []
    if not any(below) or len(header.known) < 1:
        return header
    both = _read_header(header.first_row - 1, [rows[header.first_row - 1], below], headings, own)
    alone = _read_header(header.last_row, [below], headings, own)
    if (alone.known - header.known or composites.PARTS & set(both.fields)) and (
        _knows_more(both, header) or _is_below_groups(below, header)
    ):
        header = both
    elif _is_unit_line(below, header):
        header = _lengthened(header, below)
    after = rows[header.last_row] if header.last_row < len(rows) else []
    return _lengthened(header, after) if _is_numbering(after) else header


def _knows_more(both: Header, header: Header) -> bool:
    parts = sum(field in composites.PARTS for field in both.fields)
    return len(both.known) > len(header.known) or (len(both.known) == len(header.known) and parts > 0)


def _is_below_groups(below: Cells, header: Header) -> bool:
    """True for headings that all stand below a merged one, none of them below that of the names."""
    groups = _groups([list(header.lines[0]), [*below, *[None] * (len(header.fields) - len(below))]])
    places = [place for place, cell in enumerate(below) if cell]
    return NAME in header.fields and all(
        place < len(groups) and groups[place] and header.fields[place] != NAME for place in places
    )


def _lengthened(header: Header, line: Cells) -> Header:
    return replace(header, last_row=header.last_row + 1, lines=(*header.lines, tuple(line)))


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
