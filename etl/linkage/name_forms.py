"""The forms of a name that linkage compares, made once for each distinct name as sent.

A form is compared by its 64-bit number, so that joins never touch text; only the toneless text is kept, for the few
pairs whose spelling must be scored.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.column import matches
from etl.standardise.letters import CAPITALS, LETTERS, fold_plain, letters_of, offsets_of
from etl.standardise.names import is_newborn_name, standardise_names
from etl.standardise.text import FONT_LETTERS, LOOKALIKES, place_tones_by_word, toneless

NAME_FORM = pa.schema(
    [
        ("full_name", pa.string()),
        ("toned_id", pa.int64()),
        ("key_id", pa.int64()),
        ("given_id", pa.int64()),
        ("family_id", pa.int64()),
        ("is_newborn", pa.bool_()),
        ("key_text", pa.string()),
    ]
)
"""As sent; numbers of the toned name in lower case, of the toneless one and of its last and first word."""
PLAIN = rf"^(?:[{CAPITALS}]+|[{CAPITALS}{LETTERS}][{LETTERS}]*)$"
"""A word of Vietnamese letters, composed: nothing to mend.

A capital after a small letter is a sign of a legacy font (NguyÔn), so such a word is not plain.
"""
UNSURE_FIRST = (
    r"^(?:(?:con|cb|tre|so|tss|be|em|chau|ong|ba|chi|cu|co|anh|bn|nb|benh|nguoi|mr|mrs|ms|miss|khong|chua|demo|ten|mau|"
    r"vi|thu|null|none|nan|n|unknown|no|noname|anonymous|admin)$|abc|xyz|aaa|xxx|qwe|asdf)"
)
UNSURE_ANYWHERE = "^test$|aa|ee|oo|dd|w|[aeiouy][a-z]*[sfrxj]"
UNSURE_TOGETHER = ("^(?:vo|ho)$", "^(?:danh|ten|va)$")
"""Toneless words that may stand in what is no name of the person's own, or hold keys of Telex: all rules decide."""
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def name_forms(batch: pa.RecordBatch) -> pa.RecordBatch:
    """`NAME_FORM` of distinct names (`full_name`, as sent); a name that names nobody has no numbers."""
    sent = batch["full_name"]
    forms, is_plain = _plain_forms(sent)
    is_odd = pc.invert(is_plain)
    if pc.any(is_odd).as_py():
        ruled = _ruled_forms(sent.filter(is_odd))
        forms = [pc.replace_with_mask(form, is_odd, part) for form, part in zip(forms, ruled, strict=True)]
    return pa.record_batch([sent, *forms], schema=NAME_FORM)


def generic_name_forms(batch: pa.RecordBatch) -> pa.RecordBatch:
    """`NAME_FORM` of names of any people: folded, no rule of Vietnamese names applied."""
    keys = toneless(batch["full_name"])
    return pa.record_batch([batch["full_name"], *_forms_of(keys, keys)], schema=NAME_FORM)


@dataclass(frozen=True)
class Words:
    """The words of texts, each distinct one once: `places` into `distinct`, and where each text's first word is."""

    distinct: pa.Array
    places: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, texts: pa.Array) -> "Words":
        """Split at spaces, however many; a text without any word has the empty one."""
        words = pc.split_pattern(pc.fill_null(texts, ""), " ")
        encoded = pc.dictionary_encode(words.flatten())
        places, starts = np.asarray(encoded.indices), np.asarray(words.offsets)
        empty = encoded.dictionary.index("").as_py()
        return cls(encoded.dictionary, *(_without(empty, places, starts) if empty >= 0 else (places, starts)))

    @property
    def lengths(self) -> np.ndarray:
        """How many words each text has."""
        return np.diff(self.starts)

    def first(self, values: np.ndarray) -> np.ndarray:
        """Of a value for each distinct word, that of each text's first word."""
        return np.asarray(values[self.places[self.starts[:-1]]])

    def last(self, values: np.ndarray) -> np.ndarray:
        """The same of the last word."""
        return np.asarray(values[self.places[self.starts[1:] - 1]])

    def all(self, mask: np.ndarray) -> np.ndarray:
        """Whether the mask is true for every word of a text."""
        if not len(self.places):
            return np.zeros(0, bool)
        return np.asarray(np.logical_and.reduceat(mask[self.places], self.starts[:-1]))

    def joined(self, words: pa.Array) -> pa.Array:
        """The texts with other words in the place of the distinct ones."""
        return pc.binary_join(pa.ListArray.from_arrays(pa.array(self.starts), words.take(pa.array(self.places))), " ")

    def numbers(self, numbers: np.ndarray) -> np.ndarray:
        """A number for each text from those of its words, their order counting: a polynomial, mixed."""
        if not len(self.places):
            return np.zeros(0, np.int64)
        place = np.arange(len(self.places)) - np.repeat(self.starts[:-1], self.lengths)
        terms = numbers[self.places] * _powers(int(self.lengths.max()))[place]
        return np.asarray(_mix(np.add.reduceat(terms, self.starts[:-1])).astype(np.int64))


def _without(empty: int, places: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same without a word, but where a text has no other."""
    is_kept = places != empty
    kept = np.add.reduceat(is_kept, starts[:-1])
    is_kept[starts[:-1][kept == 0]] = True
    return places[is_kept], np.r_[0, np.cumsum(np.maximum(kept, 1))].astype(starts.dtype)


def _plain_forms(names: pa.Array) -> tuple[list[pa.Array], pa.Array]:
    """Columns of `NAME_FORM` after the first, right where the second of the two is true: words are few, so each is looked at once."""
    words = Words.of(names)
    tidy = pc.utf8_normalize(words.distinct, "NFC")
    for typed, meant in LOOKALIKES:
        tidy = pc.replace_substring_regex(tidy, typed, meant)
    is_plain = pc.and_(matches(tidy, PLAIN), pc.invert(matches(words.distinct, FONT_LETTERS)))
    lower = pc.utf8_lower(pc.if_else(is_plain, tidy, ""))
    folded, toned = fold_plain(lower), place_tones_by_word(lower)
    is_fit = np.asarray(pc.and_(is_plain, pc.invert(matches(folded, UNSURE_ANYWHERE))))
    is_unsure, first, later = (np.asarray(matches(folded, pattern)) for pattern in (UNSURE_FIRST, *UNSURE_TOGETHER))
    is_unsure = words.first(is_unsure) | (words.first(first) & ~words.all(~later))
    is_name = words.all(is_fit) & (words.lengths > 1) & ~is_unsure
    keyed = _number_words(folded)
    columns = [words.numbers(_number_words(toned)), words.numbers(keyed), *_ends(words, keyed)]
    forms = [pa.array(column) for column in columns]
    return [*forms, pa.array(np.zeros(len(names), bool)), words.joined(folded)], pa.array(is_name)


def _ruled_forms(names: pa.Array) -> list[pa.Array]:
    """Columns of `NAME_FORM` after the first, by the whole set of rules."""
    mended = pc.utf8_lower(standardise_names(names).values)
    *forms, _, keys = _forms_of(mended, toneless(mended))
    return [*forms, pc.fill_null(is_newborn_name(mended), False), keys]


def _forms_of(toned: pa.Array, keys: pa.Array) -> list[pa.Array]:
    """Columns of `NAME_FORM` after the first."""
    words, missing = Words.of(keys), np.asarray(pc.is_null(keys))
    numbered = [pa.array(end, mask=missing) for end in _ends(words, _number_words(words.distinct))]
    return [number_texts(toned), number_texts(keys), *numbered, pa.array(np.zeros(len(keys), bool)), keys]


def _ends(words: Words, numbers: np.ndarray) -> list[np.ndarray]:
    """The numbers of given and family name: of the last and the first word, as if it were a text of its own."""
    alone = _mix(numbers * _powers(1)).astype(np.int64)
    return [words.last(alone), words.first(alone)]


def number_texts(texts: pa.Array) -> pa.Array:
    """A 64-bit number for each text, the same on every machine; null for null. Its chance of meaning two is n²/2⁶⁵.

    It follows from the words between spaces and their order.
    """
    words = Words.of(texts)
    return pa.array(words.numbers(_number_words(words.distinct)), mask=np.asarray(pc.is_null(texts)))


def _number_words(words: pa.Array) -> np.ndarray:
    """A number for each word: a polynomial over its bytes, whose bits are then mixed (splitmix64)."""
    letters, offsets = letters_of(words), offsets_of(words)
    starts, lengths = offsets[:-1] - offsets[0], np.diff(offsets)
    sums = np.zeros(len(words), np.uint64)
    filled = lengths > 0
    if filled.any():
        place = np.arange(len(letters)) - np.repeat(starts, lengths)
        terms = (letters.astype(np.uint64) + np.uint64(1)) * _powers(int(lengths.max()))[place]
        sums[filled] = np.add.reduceat(terms, starts[filled])
    return _mix(sums)


def number_letters(texts: pa.Array) -> np.ndarray:
    """A number for the letters of each text, in whatever order; no text may be empty or null."""
    if not len(texts):
        return np.zeros(0, np.uint64)
    offsets = offsets_of(texts)
    return np.add.reduceat(LETTER_NUMBERS[letters_of(texts)], offsets[:-1] - offsets[0])


def _powers(count: int) -> np.ndarray:
    return np.cumprod(np.full(max(count, 1), MULTIPLIER, np.uint64))


def _mix(numbers: np.ndarray) -> np.ndarray:
    """Spread what differs in few bits over all of them."""
    mixed = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


LETTER_NUMBERS = _mix(np.arange(1, 257, dtype=np.uint64))
