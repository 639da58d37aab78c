"""To which part of an address each of its words belongs, found for all words of a column at once.

Kind words (ngõ, phường, P.) say what follows them; a number after one ends there, and so does a known name. What no
kind word claims is read from the right: province, district, ward; what is left over is the house and its street.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from etl.standardise.address_words import KINDS, LONGEST, NAME_BITS, Needs, Part, Words, kind_key, name_phrases

NAMED = ((Part.province, "province"), (Part.district, "district"), (Part.ward, "ward"))
"""From the right to the left of an address."""
LEADING = (Part.free, Part.street, Part.hamlet, Part.building)
"""Parts of which the first of an address is no ward: a house number or a lane goes before a street's name."""
WORDED = (*LEADING, Part.lane)
BY_NUMBER = (Part.house, Part.lane, Part.hamlet, Part.building, Part.street, Part.district)
"""Parts whose kind word claims no more than the number behind it."""


@dataclass(frozen=True)
class Labels:
    """For each word its `Part` and, where a kind word begins there, the place of the kind in `KINDS` (else -1).

    `is_unsure` tells for each row that a name was read as a district's which a ward of today bears too.
    """

    parts: np.ndarray
    kinds: np.ndarray
    is_unsure: np.ndarray


@dataclass
class _Text:
    """The words of all rows, one after the other: each row ends with a separator."""

    words: Words
    places: np.ndarray
    rows: np.ndarray
    row_count: int

    def __post_init__(self) -> None:
        self.is_number = np.append(self.words.is_number[self.places], np.zeros(LONGEST, bool))
        self.is_separator = self.words.is_separator[self.places]
        self.is_bare = self.words.is_bare[self.places]
        self.names = _runs(self.words.name_numbers[self.places], LONGEST)
        self.bits = [_bits_of(keys, count) for count, keys in enumerate(self.names, 1)]

    def longest(self, bit: str) -> np.ndarray:
        """For each word how many words the longest name with this bit has that begins there; 0 for none."""
        found = np.zeros(len(self.places) + LONGEST, np.int64)
        for count, bits in enumerate(self.bits, 1):
            found[: len(bits)][bits & NAME_BITS[bit] > 0] = count
        return found


@dataclass
class _Segments:
    """Runs of words of one part: where each begins, where its words after the kind do, its last word, its row."""

    starts: np.ndarray
    contents: np.ndarray
    ends: np.ndarray
    parts: np.ndarray
    rows: np.ndarray


def label_words(words: Words, places: np.ndarray, rows: np.ndarray, row_count: int) -> Labels:
    """The part of each word: `places` into `words`, `rows` the number of its row, in order; no row without words."""
    text = _Text(words, places, rows, row_count)
    parts, kinds, contents = _claimed_by_kinds(text)
    segments = _segments(parts, contents, rows)
    is_unsure = _name_whole(text, segments)
    labels = np.repeat(segments.parts, segments.ends - segments.starts + 1)
    _peel(text, segments, labels, is_unsure)
    _call_streets(segments, labels)
    labels[np.flatnonzero(text.is_separator)] = Part.kind
    return Labels(labels, kinds, is_unsure & ~_has(labels == Part.ward, rows, row_count))


def _runs(numbers: np.ndarray, longest: int) -> list[np.ndarray]:
    """Keys of runs of 1, 2, … words that begin at each word; -1 where a word of the run has no number."""
    keys = [np.where(numbers > 0, numbers, -1)]
    for count in range(2, longest + 1):
        later = np.append(numbers[count - 1 :], np.zeros(min(count - 1, len(numbers)), np.int64))
        keys.append(np.where((keys[-1] > 0) & (later > 0), keys[-1] * 4096 + later, -1))
    return keys


def _bits_of(keys: np.ndarray, count: int) -> np.ndarray:
    """`NAME_BITS` of each run of so many words."""
    known, bits = name_phrases()[count]
    if not len(known):
        return np.zeros(len(keys), np.int64)
    place = np.searchsorted(known, keys).clip(max=len(known) - 1)
    return np.where(known[place] == keys, bits[place], 0)


@lru_cache
def _kinds_by_length() -> dict[int, list[tuple[int, int]]]:
    """By the number of words: key and place of each kind, those that count first last."""
    found: dict[int, list[tuple[int, int]]] = {}
    for place in reversed(range(len(KINDS))):
        count, key = kind_key(KINDS[place])
        found.setdefault(count, []).append((key, place))
    return found


def _kinds_at(text: _Text) -> tuple[np.ndarray, np.ndarray]:
    """For each word the place of the kind that begins there (-1: none) and of how many words it is."""
    total = len(text.places)
    kinds, lengths = np.full(total, -1), np.zeros(total, np.int64)
    runs = _runs(text.words.kind_numbers[text.places], 3)
    met = _needs_met(text)
    for count, keyed in sorted(_kinds_by_length().items()):
        for key, place in keyed:
            at = np.flatnonzero(runs[count - 1] == key)
            kind = KINDS[place]
            met_plain = met(kind.needs, at, count)
            met_bare = np.zeros(len(at), bool) if kind.bare_needs is None else met(kind.bare_needs, at, count)
            at = at[np.where(text.is_bare[at], met_bare, met_plain)]
            kinds[at], lengths[at] = place, count
    return kinds, lengths


def _needs_met(text: _Text) -> Callable[[Needs, np.ndarray, int], np.ndarray]:
    """A function that tells where what a kind needs follows its words."""
    longest = {bit: text.longest(bit) for bit in NAME_BITS}

    def met(needs: Needs, at: np.ndarray, count: int) -> np.ndarray:
        if needs is Needs.nothing:
            return np.ones(len(at), bool)
        if needs is Needs.number:
            return np.asarray(text.is_number[at + count])
        if needs is Needs.no_name:
            length = longest["no_kind"][at]
            is_ward = (longest["ward"][at + count] > 1) & (longest["district"][at + length] == 0)
            return np.asarray((length == 0) | is_ward)
        return np.asarray(longest[needs.name][at + count] > 0)

    return met


def _claimed_by_kinds(text: _Text) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each word the part that begins there (-1: none begins), its kind, and where its words begin."""
    total = len(text.places)
    kinds, lengths = _kinds_at(text)
    part_of = np.array([*(kind.part for kind in KINDS), -1])
    parts = part_of[kinds]
    at = np.flatnonzero(kinds >= 0)
    claims = np.zeros(total, np.int64)
    for part, bit in NAMED:
        mine = at[parts[at] == part]
        claims[mine] = text.longest(bit)[mine + lengths[mine]]
    is_numbered = text.is_number[at + lengths[at]] & np.isin(parts[at], BY_NUMBER)
    claims[at[is_numbered & (claims[at] == 0)]] = 1
    inner = _spread(at + 1, lengths[at] - 1 + np.where(is_numbered, 0, claims[at]), total)
    kinds[inner], parts[inner] = -1, -1
    at = np.flatnonzero(kinds >= 0)
    contents = np.arange(total)
    contents[at] += lengths[at]
    cuts = (at + lengths[at] + claims[at])[claims[at] > 0]
    begins = np.r_[0, np.flatnonzero(text.is_separator) + 1]
    for place in (cuts[cuts < total], begins[begins < total]):
        parts[place[parts[place] < 0]] = Part.free
    separators = np.flatnonzero(text.is_separator)
    parts[separators], contents[separators], kinds[separators] = Part.kind, separators, -1
    _claim_building_codes(text, parts)
    _claim_house_numbers(text, parts)
    _claim_building_codes(text, parts)
    return parts, kinds, contents


def _spread(starts: np.ndarray, lengths: np.ndarray, total: int) -> np.ndarray:
    """Places of all words of runs that begin at `starts`."""
    lengths = lengths.clip(min=0)
    before = np.repeat(np.cumsum(lengths) - lengths, lengths)
    places = np.repeat(starts, lengths) + np.arange(int(lengths.sum())) - before
    return np.asarray(places[places < total])


def _has(mask: np.ndarray, rows: np.ndarray, row_count: int) -> np.ndarray:
    """For each row whether the mask is true for one of its words or segments."""
    found = np.zeros(row_count, bool)
    found[rows[mask]] = True
    return found


def _claim_house_numbers(text: _Text, parts: np.ndarray) -> None:
    """A number that no kind claims and that begins a run is the house's, the first of its row if none is named."""
    total = len(parts)
    at = np.flatnonzero((parts == Part.free) & text.is_number[:total])
    is_first = np.r_[True, text.is_separator[:-1]] if total else np.zeros(0, bool)
    is_code = (text.bits[0] & NAME_BITS["ward"] > 0) & (np.r_[-1, text.rows[:-1]] == text.rows)
    at = at[~(is_code[at] & is_first[at])]
    named = _has(parts == Part.house, text.rows, text.row_count)
    _, first = np.unique(text.rows[at], return_index=True)
    is_house = np.zeros(len(at), bool)
    is_house[first] = True
    is_house &= ~named[text.rows[at]]
    parts[at] = np.where(is_house, Part.house, Part.rest)
    _free_after(at, parts)


def _claim_building_codes(text: _Text, parts: np.ndarray) -> None:
    """CT2B or TT6 at the beginning of a run is a building, and nothing after it."""
    at = np.flatnonzero((parts == Part.free) & text.words.is_building[text.places])
    parts[at] = Part.building
    _free_after(at, parts)


def _free_after(at: np.ndarray, parts: np.ndarray) -> None:
    later = at[at + 1 < len(parts)] + 1
    parts[later[parts[later] < 0]] = Part.free


def _segments(parts: np.ndarray, contents: np.ndarray, rows: np.ndarray) -> _Segments:
    starts = np.flatnonzero(parts >= 0)
    ends = np.r_[starts[1:], len(parts)] - 1 if len(starts) else starts
    return _Segments(starts, contents[starts], ends, parts[starts], rows[starts])


def _name_whole(text: _Text, segments: _Segments) -> np.ndarray:
    """Call a free segment a province, district or ward that is wholly the name of one; say which rows are unsure."""
    row_count, rows = text.row_count, segments.rows
    lengths = segments.ends - segments.starts + 1
    bits = np.zeros(len(rows), np.int64)
    for count in range(1, LONGEST + 1):
        of_count = lengths == count
        bits[of_count] = text.bits[count - 1][segments.starts[of_count]]
    is_free = segments.parts == Part.free
    is_detailed = _has(np.isin(segments.parts, (Part.house, Part.lane)), rows, row_count)
    is_reversed = _has(_is_first(is_free, rows) & (bits & NAME_BITS["province"] > 0), rows, row_count)
    is_leading = _may_be_street(segments)
    may_be = is_free & (~is_leading | is_reversed[rows] | ~is_detailed[rows])
    is_unsure = np.zeros(row_count, bool)
    for part, bit in NAMED:
        missing = ~_has(segments.parts == part, rows, row_count)
        candidates = np.flatnonzero(may_be & missing[rows] & (bits & NAME_BITS[bit] > 0))
        chosen = np.full(row_count, -1)
        chosen[rows[candidates]] = candidates
        from_left = candidates[::-1][is_reversed[rows[candidates[::-1]]]]
        chosen[rows[from_left]] = from_left
        chosen = chosen[chosen >= 0]
        segments.parts[chosen], may_be[chosen] = part, False
        if part is Part.district:
            is_unsure[rows[chosen[bits[chosen] & NAME_BITS["today"] > 0]]] = True
    return is_unsure


def _may_be_street(segments: _Segments) -> np.ndarray:
    """Where the street stands if no kind word tells: first of an address, or right behind a house number or a lane."""
    before = np.r_[Part.kind, segments.parts[:-1]] if len(segments.parts) else segments.parts
    is_first = _is_first(np.isin(segments.parts, LEADING), segments.rows)
    return np.asarray(is_first | np.isin(before, (Part.house, Part.lane)))


def _is_first(mask: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The first of each row where the mask is true."""
    at = np.flatnonzero(mask)
    first = np.zeros(len(mask), bool)
    first[at[np.unique(rows[at], return_index=True)[1]]] = True
    return first


def _peel(text: _Text, segments: _Segments, labels: np.ndarray, is_unsure: np.ndarray) -> None:
    """Take province, district and ward off the end of what is otherwise a street or a hamlet."""
    rows, row_count = segments.rows, text.row_count
    is_settled = _has(np.isin(segments.parts, (Part.street, Part.hamlet)), rows, row_count)
    is_leading = _may_be_street(segments)
    is_free = segments.parts == Part.free
    may_end_empty = is_free & (~is_leading | is_settled[rows])
    lowest = segments.contents + np.where(may_end_empty, 0, 1)
    open_ = np.flatnonzero(np.isin(segments.parts, WORDED))
    ends = segments.ends.copy()
    followers, later = (_part_after(segments, count) for count in (1, 2))
    beyond = np.where(followers == Part.kind, later, followers)
    context = np.isin(beyond, (Part.district, Part.province))
    for part, bit in NAMED:
        missing = ~_has(labels == part, text.rows, row_count)
        at = open_[missing[rows[open_]] & ((part is not Part.ward) | context[open_])]
        found = np.zeros(len(at), np.int64)
        for count in range(2 if part is Part.ward else 1, LONGEST + 1):
            start = ends[at] - count + 1
            fits = (start >= lowest[at]) & (text.bits[count - 1][start.clip(0)] & NAME_BITS[bit] > 0)
            found[fits] = count
        at, found = at[found > 0], found[found > 0]
        labels[_spread(ends[at] - found + 1, found, len(labels))] = part
        if part is Part.district:
            is_today = text.longest("today")[ends[at] - found + 1] == found
            is_unsure[rows[at[is_today]]] = True
        ends[at] -= found
        context[at] = True


def _part_after(segments: _Segments, count: int) -> np.ndarray:
    """The part of the segment so many further on in the same row; `Part.kind` where the row has ended."""
    parts = np.append(segments.parts[count:], [Part.kind] * count)[: len(segments.parts)]
    rows = np.append(segments.rows[count:], [-1] * count)[: len(segments.rows)]
    return np.where(rows == segments.rows, parts, Part.kind)


def _call_streets(segments: _Segments, labels: np.ndarray) -> None:
    """Of what is still free, the first of a row that names no street is its street; the rest stays unread."""
    if not len(segments.rows):
        return
    row_count = int(segments.rows[-1]) + 1
    is_open = labels[segments.starts] == Part.free
    has_street = _has(segments.parts == Part.street, segments.rows, row_count)
    is_street = _is_first(is_open, segments.rows) & ~has_street[segments.rows]
    lengths = segments.ends - segments.starts + 1
    words = np.repeat(np.where(is_street, Part.street, Part.rest), lengths)
    labels[:] = np.where(labels == Part.free, words, labels)
