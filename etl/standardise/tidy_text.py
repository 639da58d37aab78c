"""Which texts `etl.standardise.text.clean_text` leaves as they are, told letter by letter and by pairs of letters."""

from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.letters import ODD, Spelt, spell, table_by_number, word_of
from etl.standardise.syllables import place_tones

SPACE = ord(" ")
PAIRS = (
    ("o", "àáảãạèéẻẽẹ"),
    ("u", "ỳýỷỹỵ"),
    ("òóỏõọ", "ae"),
    ("ùúủũụ", "y"),
    ("iìíỉĩịuùúủũụ", "aàáảãạeèéẻẽẹêềếểễệơờớởỡợôồốổỗộ"),
    ("ừứửữự", "aơ"),
)
"""Pairs of vowels on which a tone may stand in two places, as in `MOVABLE_TONE`: one bit each."""
MOVABLE = 2 ** len(PAIRS) - 1
AT_START, IN_FONT = 0x40, 0x80
"""Bits of pairs that are not tidy: a space after a space or at the start; and a capital of Latin-1 after a small letter."""


def _bits(letter: str, place: int) -> int:
    """The pairs in which a letter may be the first (`place` 0) or the second."""
    return sum(1 << bit for bit, pair in enumerate(PAIRS) if letter.lower() in pair[place])


BEFORE = table_by_number(
    lambda letter: _bits(letter, 0) | (AT_START if letter == " " else 0) | (IN_FONT if letter.islower() else 0)
)
AFTER = table_by_number(
    lambda letter: _bits(letter, 1) | (AT_START if letter == " " else 0) | (IN_FONT if "À" <= letter <= "Ý" else 0)
)
"""What a letter may be in a pair: those that come together share a bit."""
IS_LETTER = table_by_number(str.isalpha)


def are_tidy(texts: pa.Array) -> np.ndarray:
    """Where a text (string) is of Vietnamese letters and ASCII, with single spaces and each tone in its place.

    False for null and for an empty text.
    """
    spelt = spell(texts)
    is_tidy = np.diff(spelt.offsets) > 0
    if not len(spelt.numbers):
        return is_tidy
    shared = _shared_bits(spelt)
    is_tidy &= spelt.numbers[spelt.offsets[1:] - 1] != SPACE
    is_tidy &= ~spelt.texts_with(np.flatnonzero((shared > MOVABLE) | (spelt.numbers == ODD)))
    movable = np.flatnonzero(shared & np.uint8(MOVABLE))
    is_tidy &= ~spelt.texts_with(movable[~_are_settled(spelt, movable)])
    return is_tidy


def _shared_bits(spelt: Spelt) -> np.ndarray:
    """For each letter, the bits of the pair that it makes with the one before it in its text."""
    before = np.empty(len(spelt.numbers), np.uint8)
    before[1:] = spelt.table(BEFORE)[:-1]
    before[spelt.is_first] = AT_START
    before &= spelt.table(AFTER)
    return before


def _are_settled(spelt: Spelt, places: np.ndarray) -> np.ndarray:
    """Whether placing tones leaves the word to which each place belongs as it is; false for a word of over eight letters."""
    is_letter = spelt.table(IS_LETTER).astype(bool)
    is_edge = is_letter.copy()
    is_edge[1:] ^= is_letter[:-1]
    is_edge |= spelt.is_first  # a text that ends in a word and one that begins with one
    edges = np.append(np.flatnonzero(is_edge), len(is_letter))
    after = np.searchsorted(edges, places, "right")
    keys = pc.dictionary_encode(pa.array(spelt.words(edges[after - 1], edges[after])))
    settled = np.array([_is_settled(key) for key in keys.dictionary.to_pylist()], bool)
    return np.asarray(settled[np.asarray(keys.indices)])


@lru_cache(maxsize=100_000)
def _is_settled(key: int) -> bool:
    word = word_of(key)
    return word != "" and place_tones(word) == word
