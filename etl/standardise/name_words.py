"""Names word by word: words are few, so each is looked at once, and most names are made of sure words alone.

A name is sure where the rules of `etl.standardise.names` do no more to it than to put each tone in its place and, where all
letters are capital or all are small, a capital on each word.
"""

import re
from enum import IntFlag
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.column import mask_of, validity
from etl.standardise.letters import CAPITALS, FOLDED, LETTERS, Spelt, fold_plain, spell, word_of
from etl.standardise.syllables import place_tones

SPACE = ord(" ")
WORD = re.compile(f"[{LETTERS}{CAPITALS}]+")
SINGLE = "AYEOUIƠÊĂayeouiơê"
"""Letters that are a name alone; any other is an initial."""
NEVER_FIRST = re.compile(
    r"(?:con|cb|tre|so|tss|be|em|chau|ong|ba|chi|cu|co|anh|bn|nb|benh|nguoi|mr|mrs|ms|miss|khong|chua|demo|ten|mau|"
    r"vi|thu|null|none|nan|n|unknown|no|noname|anonymous|admin)$|abc|xyz|aaa|xxx|qwe|asdf"
)
"""Toneless beginnings of newborns' names, of forms of address and of what is no name."""
NEVER_LAST = re.compile(r"(?:van|thi|nguyen|tran|pham|huynh|bui|.)$")
"""Toneless ends of names that were turned round, or stand for no one."""
TYPED = re.compile("^test$|aa|ee|oo|dd|w|[aeiouy][a-z]*[sfrxj]")
"""Toneless words that may hold keys of Telex."""


class Trait(IntFlag):
    """What holds of a word; of a name holds what holds of each of its words."""

    sure = 1
    titled = 2
    upper = 4
    lower = 8
    settled = 16
    """Its tone is in its place."""
    may_begin = 32
    no_vo = 64
    """It is not the beginning of "vô danh", "họ tên", "họ và tên"."""
    no_danh = 128
    """Nor one of the words after it."""
    may_end = 256


class SureNames(NamedTuple):
    """Which names are sure (false for null), which of those are as they should be, and the others mended, in order.

    `toneless` holds the sure names folded; it has no meaning for others.
    """

    is_sure: np.ndarray
    is_tidy: np.ndarray
    mended: pa.Array
    toneless: pa.Array


class _Words(NamedTuple):
    """The words of texts: `places` into `keys`; the place of each text's first word, and how many it has."""

    keys: list[int]
    places: pa.Array
    firsts: np.ndarray
    counts: np.ndarray


def read_sure(names: pa.Array) -> SureNames:
    """The names (string) that are sure."""
    spelt = spell(names)
    if not len(spelt.numbers):
        none = np.zeros(len(names), bool)
        return SureNames(none, none, pa.array([], pa.string()), names)
    bits = mask_of(validity(names)).buffers()[1] if names.null_count else None
    letters = pa.py_buffer(spelt.table(FOLDED))
    toneless = pa.Array.from_buffers(pa.string(), len(names), [bits, pa.py_buffer(spelt.offsets), letters])
    words = _words(spelt)
    is_sure, is_titled = _judge(words)
    is_sure &= spelt.numbers[spelt.offsets[1:] - 1] != SPACE
    is_tidy = is_sure & is_titled
    return SureNames(is_sure, is_tidy, _mended(words, is_sure & ~is_tidy), toneless)


def _judge(words: _Words) -> tuple[np.ndarray, np.ndarray]:
    """Which texts are sure by their words, and which are of titled words with each tone in its place."""
    by_key = pa.array([_traits(key) for key in words.keys], pa.uint16())
    traits = np.asarray(by_key.take(words.places))
    is_filled = words.counts > 0
    firsts, counts = words.firsts[is_filled], words.counts[is_filled]
    common, first, last = np.bitwise_and.reduceat(traits, firsts), traits[firsts], traits[firsts + counts - 1]
    is_good = _has(common, Trait.sure) & _has(first, Trait.may_begin) & (counts > 1)
    is_good &= (common & np.uint16(Trait.titled | Trait.upper | Trait.lower)) > 0
    is_good &= (_has(first, Trait.no_vo) | _has(common, Trait.no_danh)) & _has(last, Trait.may_end)
    is_sure, is_titled = np.zeros(len(is_filled), bool), np.zeros(len(is_filled), bool)
    is_sure[is_filled], is_titled[is_filled] = is_good, _has(common, Trait.titled | Trait.settled)
    return is_sure, is_titled


def _has(traits: np.ndarray, wanted: Trait) -> np.ndarray:
    return np.asarray((traits & np.uint16(wanted)) == np.uint16(wanted))


def _words(spelt: Spelt) -> _Words:
    """Words between single spaces: a second space makes an empty word, and one at the end none."""
    is_space = spelt.numbers == SPACE
    is_start = spelt.is_first
    is_start[1:] |= is_space[:-1]
    starts = np.flatnonzero(is_start)
    following = np.append(starts[1:], len(is_space))
    keys = spelt.words(starts, following - is_space[following - 1])
    encoded = pc.dictionary_encode(pa.array(keys))
    firsts = np.searchsorted(starts, spelt.offsets)
    return _Words(encoded.dictionary.to_pylist(), encoded.indices, firsts[:-1], np.diff(firsts))


def _mended(words: _Words, mask: np.ndarray) -> pa.Array:
    """The names where the mask is true, each tone in its place and a capital on each word."""
    if not mask.any():
        return pa.array([], pa.string())
    is_in = np.repeat(mask, words.counts)
    tidy = pa.array([_tidy(key) for key in words.keys], pa.string())
    offsets = np.concatenate([[0], np.cumsum(words.counts[mask])]).astype(np.int32)
    return pc.binary_join(pa.ListArray.from_arrays(offsets, tidy.take(words.places.filter(mask_of(is_in)))), " ")


@lru_cache(maxsize=100_000)
def _traits(key: int) -> int:
    """The traits of the word with this number (see `Spelt.words`); none if it is not of Vietnamese letters."""
    word = word_of(key)
    if not WORD.fullmatch(word):
        return 0
    bare = fold_plain(pa.array([word.lower()]))[0].as_py()
    holds = {
        Trait.sure: (len(word) > 1 or word in SINGLE) and not TYPED.search(bare),
        Trait.titled: word == word.capitalize(),
        Trait.upper: word.isupper(),
        Trait.lower: word.islower(),
        Trait.settled: place_tones(word) == word,
        Trait.may_begin: not NEVER_FIRST.match(bare),
        Trait.no_vo: bare not in ("vo", "ho"),
        Trait.no_danh: bare not in ("danh", "ten", "va"),
        Trait.may_end: not NEVER_LAST.match(bare),
    }
    return sum(trait.value for trait, is_true in holds.items() if is_true)


@lru_cache(maxsize=100_000)
def _tidy(key: int) -> str:
    return place_tones(word_of(key)).capitalize()
