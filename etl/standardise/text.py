"""Text as Unicode wants it and as Vietnamese is written: decode, compose, mend Đ, place tones, tidy spaces; and
folding.

In this order, because each step relies on the one before it.
"""

import unicodedata
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.column import (
    Column,
    Standardised,
    as_array,
    blank_to_null,
    by_distinct,
    first_note,
    is_true,
    mask_of,
    matches,
    matches_among,
    nulls,
    repeats,
    rule_odd,
    spread,
    standardise_distinct,
    validity,
)
from etl.standardise.folding import fold_letters
from etl.standardise.legacy import decode_font
from etl.standardise.letters import CAPITALS, LETTERS
from etl.standardise.notes import Note
from etl.standardise.syllables import MOVABLE_TONE, place_tones
from etl.standardise.tidy_text import are_tidy

INVISIBLE = (
    r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}\x{fe00}-\x{fe0f}\x{feff}"
    r"\x{fff9}-\x{fffd}"
)
HIDDEN, HIDDEN_BEFORE_DECODING = rf"[\x{{ad}}{INVISIBLE}]", rf"[{INVISIBLE}]"
"""Characters that nobody sees: controls, soft hyphens, zero-width and direction marks, byte-order marks.

A soft hyphen is kept until the text is decoded: TCVN3 has the letter ư in its place.
"""
SPACES = r"[\s\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+"
FONT_LETTERS = r"[^\x00-\x7fÀ-ÃÈ-ÊÌÍÒ-ÕÙÚÝà-ãè-êìíò-õùúýĂăĐđĨĩŨũƠơƯưẠ-ỹ–—‘’“”…ÐðɖƉ\x{300}-\x{36f}]|\p{Ll}[À-Ý]"
"""A letter that Vietnamese does not have, or a capital after a small letter: signs of a legacy font."""
FOLDED = str.maketrans("đðɖ", "ddd", "'’‘ʼ`´")
TIDY = rf"^[!-~{LETTERS}{CAPITALS}]+(?: [!-~{LETTERS}{CAPITALS}]+)*$"
"""Composed letters and single spaces."""
LOOKALIKES = (("[ÐƉ]", "Đ"), ("[ðɖ]", "đ"))
"""What is typed for Đ, as patterns."""
HANDFUL, FEW = 10, 300
"""Up to so many texts are folded one by one: any of them, as columns cost more to set up than a handful of texts; and those
with odd letters, as patterns over all of Unicode take milliseconds to prepare."""


def clean_text(column: Column) -> Standardised:
    """The text decoded, composed (NFC), with Đ for its look-alikes, tones in place and single spaces; blank is null."""
    sent = as_array(column, pa.string())
    if repeats(sent):
        return standardise_distinct(sent, _clean_by_letter)
    return _clean_by_letter(sent)


def _clean_by_letter(sent: pa.Array) -> Standardised:
    is_sure = are_tidy(sent)
    if sent.null_count:
        is_sure |= ~validity(sent)
    return rule_odd(sent, is_sure, lambda odd: standardise_distinct(odd, _clean if len(odd) > FEW else _clean_odd))


def toneless(column: Column) -> pa.Array:
    """The text in lower case without tone and vowel marks, letters and digits only, one space between words."""
    return by_distinct(as_array(column, pa.string()), lambda distinct: (_toneless(distinct),))[0]


def fold(text: str) -> str:
    """`toneless` for one text, "" where nothing is left: for headings and code lists, never for columns."""
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", text) if unicodedata.category(letter) != "Mn")
    joined = bare.lower().translate(FOLDED)
    return " ".join("".join(letter if unicodedata.category(letter)[0] in "LN" else " " for letter in joined).split())


def _clean(sent: pa.Array) -> Standardised:
    """What is tidy already needs its tones looked at, and nothing else."""
    is_tidy = pc.and_(matches(sent, TIDY), pc.invert(matches(sent, FONT_LETTERS)))
    tidy = sent.filter(is_tidy)
    made = Standardised(place_tones_by_word(tidy), nulls(len(tidy)))
    if len(tidy) == len(sent):
        return made
    odd = _clean_odd(sent.filter(pc.invert(is_tidy)))
    return Standardised(*(spread(is_tidy, one, other) for one, other in zip(made, odd, strict=True)))


def place_tones_by_word(texts: pa.Array) -> pa.Array:
    """Texts with each tone in its place (hoà → hòa): each distinct word is looked at once."""
    is_open = matches(texts, MOVABLE_TONE)
    words = pc.split_pattern(texts.filter(is_open), " ")
    encoded = pc.dictionary_encode(words.flatten())
    placed = pa.array([place_tones(word) for word in encoded.dictionary.to_pylist()], pa.string())
    mended = pa.ListArray.from_arrays(words.offsets, placed.take(encoded.indices))
    return pc.replace_with_mask(texts, is_open, pc.binary_join(mended, " "))


def _clean_odd(sent: pa.Array) -> Standardised:
    seen = pc.replace_substring_regex(sent, HIDDEN_BEFORE_DECODING, "")
    decoded = _apply_where(matches(seen, FONT_LETTERS), seen, decode_font)
    composed = pc.utf8_normalize(decoded, "NFC")
    with_d = composed
    for typed, meant in LOOKALIKES:
        with_d = pc.replace_substring_regex(with_d, typed, meant)
    is_mended = pc.not_equal(composed, with_d)
    hid_its_font = matches_among(is_true(is_mended), with_d, FONT_LETTERS)
    again = _apply_where(hid_its_font, with_d, decode_font)
    visible = pc.replace_substring_regex(again, HIDDEN, "")
    placed = _apply_where(matches(visible, MOVABLE_TONE), visible, place_tones)
    tidy = blank_to_null(pc.replace_substring_regex(placed, SPACES, " "))
    notes = first_note(
        len(sent),
        (pc.or_(pc.not_equal(seen, decoded), pc.not_equal(with_d, again)), Note.legacy_font),
        (is_mended, Note.eth_for_d),
        (pc.not_equal(decoded, composed), Note.not_nfc),
        (pc.or_(pc.not_equal(sent, seen), pc.not_equal(again, visible)), Note.hidden_characters),
        (pc.not_equal(placed, tidy), Note.extra_spaces),
    )
    return Standardised(tidy, notes)


def _apply_where(mask: pa.Array, column: pa.Array, function: Callable[[str], str]) -> pa.Array:
    """The column with `function` applied to the few values where the mask is true."""
    if not pc.any(mask).as_py():
        return column
    changed = pa.array([function(text) for text in column.filter(mask).to_pylist()], pa.string())
    return pc.replace_with_mask(column, mask, changed)


def _toneless(column: pa.Array) -> pa.Array:
    if len(column) <= HANDFUL:
        return _fold_each(column)
    folded, is_sure = fold_letters(column)
    if is_sure.all():
        return folded
    is_odd = mask_of(~is_sure)
    return pc.replace_with_mask(folded, is_odd, _toneless_odd(column.filter(is_odd)))


def _fold_each(column: pa.Array) -> pa.Array:
    return pa.array([None if text is None else fold(text) or None for text in column.to_pylist()], pa.string())


def _toneless_odd(column: pa.Array) -> pa.Array:
    if len(column) <= FEW:
        return _fold_each(column)
    bare = pc.replace_substring_regex(pc.utf8_normalize(column, "NFKD"), r"\p{Mn}", "")
    bare = pc.replace_substring_regex(pc.utf8_lower(bare), "[đðɖ]", "d")
    joined = pc.replace_substring_regex(bare, r"['’‘ʼ`´]", "")
    words = pc.replace_substring_regex(joined, r"[^\p{L}\p{N}]+", " ")
    return blank_to_null(words)
