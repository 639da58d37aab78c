"""Names of people: tidy, with capitals first, without forms of address; and what is no name at all."""

import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.column import Column, Standardised, except_where, first_note, is_true, matches, standardise_distinct
from etl.standardise.notes import Note
from etl.standardise.text import clean_text, toneless

NEWBORN = r"^(con (ba|ong|cua|co|chi|me)|cb|tre so sinh|so sinh|tss|be (trai|gai)|chau be|con trai|con gai|em be) ?|^(tre|be) (chua dat ten|moi sinh)"
"""Toneless beginnings of the names of newborns without papers: "Con bà Nguyễn Thị A" is not her name."""
TITLE = r"(?i)^(Ông|Bà|Anh|Chị|Em|Cháu|Chau|Bé)\.? (\S+ \S)"
"""A form of address before at least two words; with its marks, because Ba and Chú without them are family names."""
TEST_NAMES = r"\btest\b|^(abc|xyz|aaa+|xxx+|qwe|asdf).*$|^(khong ro|khong co|khong biet|chua ro|chua co|chua dat ten|vo danh|khong ten|khong|demo|ten|ho ten|ho va ten|nguyen van test)$"
"""Toneless names that someone typed to fill the field."""


def standardise_names(column: Column) -> Standardised:
    """Names in NFC with a capital on each word, and notes; null where what was sent names nobody."""
    return standardise_distinct(column, _names)


def is_newborn_name(names: Column) -> pa.Array:
    """Where a name is a newborn's placeholder; null where there is no name."""
    return pc.match_substring_regex(toneless(names), NEWBORN)


def _names(sent: pa.Array) -> Standardised:
    text, text_notes = clean_text(sent)
    bare = toneless(text)
    is_newborn = matches(bare, NEWBORN)
    has_title = pc.and_(matches(text, TITLE), pc.invert(is_newborn))
    without_title = pc.if_else(has_title, pc.replace_substring_regex(text, TITLE, r"\2"), text)
    names = _with_capitals(without_title)
    is_test = matches(bare, TEST_NAMES)
    is_none = pc.and_(pc.is_valid(sent), pc.invert(matches(text, r"\p{L}.*\p{L}")))
    is_none = pc.and_(is_none, is_true(pc.not_equal(pc.utf8_trim_whitespace(sent), "")))
    notes = first_note(
        len(sent),
        (is_none, Note.not_a_name),
        (is_test, Note.test_name),
        (matches(text, r"\p{N}"), Note.digits_in_name),
        (is_newborn, Note.newborn_name),
        (matches(text, r"\p{L}\.|(^| )[^\PLAYEOUIƠÊayeouiơêĂ]( |$)"), Note.initials_in_name),
        (has_title, Note.title_removed),
    )
    refused = pc.or_(is_none, is_test)
    return Standardised(except_where(refused, names), pc.coalesce(notes, text_notes))


def _with_capitals(names: pa.Array) -> pa.Array:
    """A capital on each word where all letters are capital or all are small; other names keep theirs."""
    is_plain = pc.or_(pc.equal(names, pc.utf8_upper(names)), pc.equal(names, pc.utf8_lower(names)))
    titled = pc.utf8_title(pc.utf8_lower(names))
    return pc.if_else(is_true(is_plain), titled, names)
