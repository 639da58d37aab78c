"""Which field one heading means, and how sure that is: by the contracts' terms, their beginnings, and typing errors.

A heading is compared folded: lower case, no marks, letters and digits only, without what stands in brackets.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz, process

from etl.contracts import Table
from etl.standardise.legacy import decode_font
from etl.standardise.text import fold

OWN_HEADINGS = ("ket qua tiep nhan", "ly do")
"""Columns that an annotated file has beside the sender's own: when it comes back mended, they say nothing new."""
COUNTER_HEADINGS = frozenset(("stt", "tt", "so tt", "so thu tu", "thu tu", "no", *OWN_HEADINGS))
COUNTER = "stt"
"""The column that merely counts the rows: it says nothing about anyone."""
LONGEST_HEADING = 80
"""Characters of what may mean a field."""
LONGEST_FOLDED = 240
"""Characters of a row that are looked at where headings are sought: a cell of a megabyte is no heading."""
SURE, BEGINS, TYPED_WRONG = 1.0, 0.9, 0.7
"""How sure a heading is that is a term, begins with one, or is one but for typing errors."""
DOUBTFUL_BELOW = 0.8
LEAST_ALIKE, SHORTEST_ALIKE = 87.0, 6
"""Of two headings that are compared by their letters: per cent in common, and letters that a term must have."""
RELATION = re.compile(
    r"\b(cha|me|bo|vo|chong|con|chu ho|chu the|giam ho|nguoi than|than nhan|bao tin|lien he khi|bac si|can bo|nguoi kham"
    r"|nguoi nhap|nguoi lap|co quan|cong ty|don vi|truong)\b"
)
"""Words that make a person's heading another's: the mother's name is not the person's."""
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]|^\s*(?:\d{1,3}|[IVX]{1,4})[.)]\s*|[*:]")
Headings = Mapping[str, str]


class Match(NamedTuple):
    """A field and how sure it is, 0 to 1."""

    field: str
    confidence: float


def headings_of(table: Table, names: Iterable[str] | None = None, **renamed: str) -> dict[str, str]:
    """Folded term → field name, for the named fields of a table (all that have terms); `renamed` gives other names."""
    chosen = [
        field for field in table if field.terms and (names is None or field.name in names or field.name in renamed)
    ]
    return {fold(term): renamed.get(field.name, field.name) for field in chosen for term in field.terms}


def match_heading(text: str, headings: Headings) -> Match | None:
    """The field that a heading means: a known term, one that begins with a known term of two words or more, or one that
    differs from a known term in a letter or two."""
    if len(text) > LONGEST_HEADING or sum(map(str.isdigit, text)) > 2:  # a value: spare the folding
        return None
    folded = fold_heading(text)
    if folded in COUNTER_HEADINGS:
        return Match(COUNTER, SURE)
    if folded in headings:
        return Match(headings[folded], SURE)
    words = folded.split(" ")
    for count in range(len(words) - 1, max(1, len(words) - 4), -1):
        beginning = " ".join(words[:count])
        if beginning in headings:
            return None if RELATION.search(folded) else Match(headings[beginning], BEGINS)
    return None


def match_typed(text: str, headings: Headings) -> Match | None:
    """The field whose term a heading is but for typing errors; slower, and for headings alone, never for values."""
    folded = fold_heading(text)
    if len(folded) < SHORTEST_ALIKE or RELATION.search(folded):
        return None
    terms = [term for term in headings if len(term) >= SHORTEST_ALIKE]
    best = process.extractOne(folded, terms, scorer=fuzz.ratio, score_cutoff=LEAST_ALIKE)
    return Match(headings[best[0]], TYPED_WRONG * best[1] / 100) if best else None


@lru_cache(maxsize=4096)
def fold_heading(text: str) -> str:
    """A heading without brackets, numbering, stars, marks and case; one in a legacy font is decoded first.

    Of a text longer than `LONGEST_FOLDED` its beginning.
    """
    text = text[:LONGEST_FOLDED]
    readable = text if text.isascii() else decode_font(text)
    return fold(_BRACKETS.sub(" ", readable)) or fold(readable)
