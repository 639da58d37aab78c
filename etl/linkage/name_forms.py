"""The forms of a name that linkage compares, made once for each distinct name as sent.

A form is compared by its 64-bit number, so that joins never touch text; only the toneless text is kept, for the few
pairs whose spelling must be scored.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.column import matches
from etl.standardise.names import is_newborn_name, standardise_names
from etl.standardise.syllables import place_tones
from etl.standardise.text import MOVABLE_TONE, toneless

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
LETTERS = "a-zàáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ"
CAPITALS = LETTERS.upper()
WORD = f"(?:[{CAPITALS}]+|[{CAPITALS}{LETTERS}][{LETTERS}]*)"
PLAIN = rf"^{WORD}(?: {WORD})+$"
"""Two or more words of Vietnamese letters, composed, one space between: nothing to mend.

A capital after a small letter is a sign of a legacy font (NguyÔn), so such a word is not plain.
"""
UNSURE = (
    r"^(con|cb|tre|so|tss|be|em|chau|ong|ba|chi|khong|chua|vo danh|demo|ten|ho ten|ho va ten|nguyen van test)\b|"
    r"^(abc|xyz|aaa|xxx|qwe|asdf)|\btest\b"
)
"""Toneless beginnings of what may be no name of the person's own: the whole set of rules decides."""


def _fold_table() -> np.ndarray:
    """The plain letter of each Vietnamese letter in lower case, by code point."""
    plain = np.arange(0x1EFA).astype(np.uint8)
    for letter in LETTERS[3:]:
        plain[ord(letter)] = ord(toneless(pa.array([letter]))[0].as_py())
    return plain


FOLD = _fold_table()
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def name_forms(batch: pa.RecordBatch) -> pa.RecordBatch:
    """`NAME_FORM` of distinct names (`full_name`, as sent); a name that names nobody has no numbers."""
    sent = batch["full_name"]
    is_plain = matches(sent, PLAIN)
    folded = fold_plain(pc.utf8_lower(sent.filter(is_plain)))
    is_sure = pc.invert(matches(folded, UNSURE))
    is_plain = pc.replace_with_mask(is_plain, is_plain, is_sure)
    is_odd = pc.invert(is_plain)
    plain, mended = pc.utf8_lower(sent.filter(is_plain)), pc.utf8_lower(standardise_names(sent.filter(is_odd)).values)
    keys, toned, newborn = (
        (folded.filter(is_sure), toneless(mended)),
        (place_tones_by_word(plain), mended),
        (pa.array(np.zeros(len(plain), bool)), pc.fill_null(is_newborn_name(mended), False)),
    )
    order = np.empty(len(sent), np.int64)
    order[np.concatenate([np.flatnonzero(is_plain), np.flatnonzero(is_odd)])] = np.arange(len(sent))
    return forms_batch(sent, *(pa.concat_arrays(parts).take(pa.array(order)) for parts in (toned, keys, newborn)))


def generic_name_forms(batch: pa.RecordBatch) -> pa.RecordBatch:
    """`NAME_FORM` of names of any people: folded, no rule of Vietnamese names applied."""
    sent = batch["full_name"]
    keys = toneless(sent)
    return forms_batch(sent, keys, keys, pa.array(np.zeros(len(sent), bool)))


def forms_batch(sent: pa.Array, toned: pa.Array, keys: pa.Array, is_newborn: pa.Array) -> pa.RecordBatch:
    """The numbers of the forms beside the name."""
    given, family = pc.replace_substring_regex(keys, r"^.* ", ""), pc.replace_substring_regex(keys, r" .*$", "")
    numbers = [number_texts(form) for form in (toned, keys, given, family)]
    return pa.record_batch([sent, *numbers, is_newborn, keys], schema=NAME_FORM)


def fold_plain(texts: pa.Array, table: np.ndarray = FOLD) -> pa.Array:
    """Texts of Vietnamese letters in lower case (and ASCII) letter by letter through a table of ASCII letters."""
    lengths = np.asarray(pc.utf8_length(texts), dtype=np.int32)
    codes = np.frombuffer(bytes(_letters(texts)).decode().encode("utf-32-le"), dtype=np.uint32)
    offsets = np.concatenate([np.zeros(1, np.int32), np.cumsum(lengths, dtype=np.int32)])
    return pa.Array.from_buffers(
        pa.string(), len(texts), [None, pa.py_buffer(offsets), pa.py_buffer(table[codes].tobytes())]
    )


def _letters(texts: pa.Array) -> np.ndarray:
    """The bytes of all texts, one after the other."""
    if not len(texts):
        return np.zeros(0, np.uint8)
    offsets = _offsets(texts)
    return np.frombuffer(texts.buffers()[2] or b"", np.uint8)[offsets[0] : offsets[-1]]


def _offsets(texts: pa.Array) -> np.ndarray:
    return np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]


def place_tones_by_word(names: pa.Array) -> pa.Array:
    """The names with each tone in its place (hoà → hòa): words are few, so each is looked at once."""
    is_open = matches(names, MOVABLE_TONE)
    words = pc.split_pattern(names.filter(is_open), " ")
    encoded = pc.dictionary_encode(words.flatten())
    placed = pa.array([place_tones(word) for word in encoded.dictionary.to_pylist()], pa.string())
    mended = pa.ListArray.from_arrays(words.offsets, placed.take(encoded.indices))
    return pc.replace_with_mask(names, is_open, pc.binary_join(mended, " "))


def number_texts(texts: pa.Array) -> pa.Array:
    """A 64-bit number for each text, the same on every machine; null for null. Its chance of meaning two is n²/2⁶⁵.

    A polynomial over the bytes, whose bits are then mixed (splitmix64).
    """
    whole = pc.fill_null(texts, "")
    if not len(whole):
        return pa.array([], pa.int64())
    letters, offsets = _letters(whole), _offsets(whole)
    starts, lengths = offsets[:-1] - offsets[0], np.diff(offsets)
    longest = int(lengths.max())
    place = np.arange(len(letters)) - np.repeat(starts, lengths)
    terms = (letters.astype(np.uint64) + np.uint64(1)) * _powers(longest)[place]
    sums = np.zeros(len(whole), np.uint64)
    filled = lengths > 0
    if filled.any():
        sums[filled] = np.add.reduceat(terms, starts[filled])
    return pa.array(_mix(sums).astype(np.int64), mask=np.asarray(pc.is_null(texts)))


def number_letters(texts: pa.Array) -> np.ndarray:
    """A number for the letters of each text, in whatever order; no text may be empty or null."""
    if not len(texts):
        return np.zeros(0, np.uint64)
    offsets = _offsets(texts)
    return np.add.reduceat(LETTER_NUMBERS[_letters(texts)], offsets[:-1] - offsets[0])


def _powers(count: int) -> np.ndarray:
    return np.cumprod(np.full(max(count, 1), MULTIPLIER, np.uint64))


def _mix(numbers: np.ndarray) -> np.ndarray:
    """Spread what differs in few bits over all of them."""
    mixed = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


LETTER_NUMBERS = _mix(np.arange(1, 257, dtype=np.uint64))
