"""A name's parts: family, middle and given name, by the ways of the people who bear it.

Kinh and most others: family first, given last. Ê-đê: Y or H' and the given name first, the family last. Other family
names of two words (Tôn Thất, Rơ Chăm) stay whole. Of foreigners' names only capitals or a comma tell the family name.
"""

from functools import lru_cache
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import reference
from etl.standardise.column import (
    Column,
    all_of,
    as_array,
    by_distinct,
    except_where,
    first_note,
    is_true,
    matches,
    nulls,
)
from etl.standardise.letters import CAPITALS
from etl.standardise.name_order import ENDS_WITH_MIDDLE, family_words
from etl.standardise.names import is_newborn_name, standardise_names
from etl.standardise.notes import Note
from etl.standardise.syllables import ONSETS, RHYMES, is_syllable, split_syllable
from etl.standardise.text import fold

HIGHLANDER = r"^(?P<given>(?:Y|H)['’]? ?\S+|[HY]['’]\S+)(?: (?P<family>\S.*))?$"
"""Y (men) and H' (women) begin the given name of an Ê-đê or Jrai: "Y Blô Niê", "H'Hen Niê"."""
IN_CAPITALS = rf"^(?:(?P<first>[{CAPITALS}'’\-]{{2,}}(?: [{CAPITALS}'’\-]{{2,}})*) (?P<later>\S*[^{CAPITALS}\s'’\-]\S*(?: \S+)*)|(?P<given>.*[^{CAPITALS}\s'’\-]\S*) (?P<last>[{CAPITALS}'’\-]{{2,}}(?: [{CAPITALS}'’\-]{{2,}})*))$"
BY_COMMA = r"^(?P<family>[^,]+), ?(?P<given>[^,]+)$"


class NameParts(NamedTuple):
    """Columns of text beside each other; null where a name has no such part or it is not told."""

    family: pa.Array
    middle: pa.Array
    given: pa.Array
    notes: pa.Array


def name_parts(column: Column) -> NameParts:
    """The parts of each name as sent, after `standardise_names`, whose notes are kept.

    A name of one word is a given name. `given_name_first`: the parts are told apart as that order has them;
    `foreign_name`: neither capitals nor a comma tell the family name, so that the whole name stands in `given`. A
    newborn's placeholder has no parts.
    """
    return NameParts(*by_distinct(as_array(column, pa.string()), _parts))


def _parts(sent: pa.Array) -> tuple[pa.Array, ...]:
    names, notes = standardise_names(sent)
    is_newborn = is_true(is_newborn_name(names))
    named = except_where(is_newborn, names)
    found = _in_order(named)
    is_turned = is_true(pc.equal(notes, Note.given_name_first.value))
    is_highland = all_of(matches(named, HIGHLANDER), _is_highlander(named))
    is_foreign = all_of(_is_foreign(named), pc.invert(is_highland))
    foreign, is_told = _foreign(named)
    for mask, parts in ((is_turned, _turned(named)), (is_highland, _highland(named)), (is_foreign, foreign)):
        found = [pc.if_else(mask, one, other) for one, other in zip(parts, found, strict=True)]
    untold = all_of(is_foreign, pc.invert(is_told))
    return (*found, pc.coalesce(notes, first_note(len(sent), (untold, Note.foreign_name))))


def _in_order(names: pa.Array) -> list[pa.Array]:
    """Family, middle, given in this order; a single word is a given name."""
    return _named(names, rf"(?i)^(?:(?P<family>{_compound_families()}|\S+) )?(?:(?P<middle>\S.*) )?(?P<given>\S+)$")


def _turned(names: pa.Array) -> list[pa.Array]:
    """The given name first: "An Nguyễn Văn", "An Văn Nguyễn", "Minh Anh Nguyễn"."""
    by_middle = _named(names, r"^(?P<given>\S+) (?P<family>\S+)(?: (?P<middle>\S.*))?$")
    western = _named(names, r"(?i)^(?P<given>\S+) (?P<middle>(?:\S+ )*(?:văn|thị|van|thi)) (?P<family>\S+)$")
    eastern = _named(names, r"^(?:(?P<middle>\S.*) )?(?P<given>\S+) (?P<family>\S+)$")
    is_western = pc.is_valid(western[2])
    by_family = [pc.if_else(is_western, one, other) for one, other in zip(western, eastern, strict=True)]
    ends = matches(names, ENDS_WITH_MIDDLE)
    return [pc.if_else(ends, one, other) for one, other in zip(by_middle, by_family, strict=True)]


def _highland(names: pa.Array) -> list[pa.Array]:
    return _named(names, HIGHLANDER)


def _foreign(names: pa.Array) -> tuple[list[pa.Array], pa.Array]:
    """Family and given name by a comma or by capitals, else the whole name as given; and where they are told."""
    by_comma = pc.extract_regex(names, BY_COMMA)
    capitals = pc.extract_regex(names, IN_CAPITALS)
    families = [pc.struct_field(by_comma, "family"), *(_filled(capitals, part) for part in ("first", "last"))]
    givens = [pc.struct_field(by_comma, "given"), *(_filled(capitals, part) for part in ("later", "given"))]
    family = pc.utf8_title(pc.coalesce(*families))
    is_told = pc.is_valid(family)
    return [family, nulls(len(names)), pc.coalesce(*givens, names)], is_told


def _named(names: pa.Array, pattern: str) -> list[pa.Array]:
    """Family, middle and given as a pattern names them; null where one is empty or not named."""
    found = pc.extract_regex(names, pattern)
    there = {field.name for field in found.type}
    return [_filled(found, part) if part in there else nulls(len(names)) for part in ("family", "middle", "given")]


def _filled(found: pa.Array, part: str) -> pa.Array:
    text = pc.struct_field(found, part)
    return except_where(pc.equal(text, ""), text)


@lru_cache
def _compound_families() -> str:
    """Family names of several words that stand first, as a pattern."""
    names = [row["name"] for row in reference.family_names().to_pylist() if row["place"] == "first"]
    return "|".join(sorted((name for name in names if " " in name), key=len, reverse=True))


@lru_cache
def _last_families() -> frozenset[str]:
    names = [row["name"] for row in reference.family_names().to_pylist() if row["place"] == "last"]
    return frozenset(fold(name).split(" ")[0] for name in names)


def _is_highlander(names: pa.Array) -> pa.Array:
    """Where Y or H' begins the name of a highlander: with an apostrophe, or before a family name that stands last."""
    return pa.array([_speaks_highland(name) for name in names.to_pylist()], pa.bool_())


def _speaks_highland(name: str | None) -> bool:
    words = (name or "").split(" ")
    if words[0][:2] in ("H'", "H’", "Y'", "Y’"):
        return True
    return words[0] in ("Y", "H") and (len(words) == 2 or any(fold(word) in _last_families() for word in words[2:]))


def _is_foreign(names: pa.Array) -> pa.Array:
    """Where a word is no Vietnamese syllable, with or without its marks, and the first is no family name here."""
    return pa.array([name is not None and _sounds_foreign(name) for name in names.to_pylist()], pa.bool_())


def _sounds_foreign(name: str) -> bool:
    words = [word.strip(",.") for word in name.split(" ")]
    if fold(words[0]) in _families() or words[0].lower() in ONSETS or any("." in word for word in name.split(" ")):
        return False
    return any(len(word) > 1 and not _may_be_syllable(word) for word in words)


@lru_cache
def _families() -> frozenset[str]:
    return frozenset(str(word) for word in family_words().to_pylist())


@lru_cache(maxsize=100_000)
def _may_be_syllable(word: str) -> bool:
    bare = fold(word)
    onset, rhyme = split_syllable(bare)
    return is_syllable(word) or (onset in ONSETS and rhyme in _BARE_RHYMES and bare == word.lower())


_BARE_RHYMES = frozenset(fold(rhyme) for rhyme in RHYMES)
