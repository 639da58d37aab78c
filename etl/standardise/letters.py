"""Vietnamese letters, and texts folded letter by letter through a table: many times faster than Unicode's own rules."""

import unicodedata
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

LETTERS = "a-zàáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ"
"""Small ones, composed, as they stand in a pattern."""
CAPITALS = LETTERS.upper()


def _fold_table() -> np.ndarray:
    """The plain letter of each Vietnamese letter in lower case, by code point."""
    plain = np.arange(0x1EFA).astype(np.uint8)
    for letter in LETTERS[3:]:
        plain[ord(letter)] = ord(unicodedata.normalize("NFD", letter)[0].replace("đ", "d"))
    return plain


FOLD = _fold_table()


def table_of(kept: str) -> np.ndarray:
    """As `FOLD`, with a space for what is no ASCII letter, digit, nor in `kept`."""
    is_kept = [code < 128 and (chr(code).isalnum() or chr(code) in kept) for code in FOLD.tolist()]
    return np.where(is_kept, FOLD, ord(" ")).astype(np.uint8)


def fold_plain(texts: pa.Array, table: np.ndarray = FOLD) -> pa.Array:
    """Texts of Vietnamese letters in lower case (and ASCII), none null, letter by letter through a table of ASCII letters."""
    lengths = np.asarray(pc.utf8_length(texts), dtype=np.int32)
    codes = np.frombuffer(bytes(letters_of(texts)).decode().encode("utf-32-le"), dtype=np.uint32)
    offsets = np.concatenate([np.zeros(1, np.int32), np.cumsum(lengths, dtype=np.int32)])
    return pa.Array.from_buffers(
        pa.string(), len(texts), [None, pa.py_buffer(offsets), pa.py_buffer(table[codes].tobytes())]
    )


def letters_of(texts: pa.Array) -> np.ndarray:
    """The bytes of all texts, one after the other."""
    if not len(texts):
        return np.zeros(0, np.uint8)
    offsets = offsets_of(texts)
    return np.frombuffer(texts.buffers()[2] or b"", np.uint8)[offsets[0] : offsets[-1]]


def offsets_of(texts: pa.Array) -> np.ndarray:
    """Where the bytes of each text begin, and of the last one end."""
    return np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]


VIETNAMESE = LETTERS[3:]
ODD = 1
"""The number of every letter that is neither Vietnamese nor printable ASCII."""
LETTER_OF = {code: chr(code) for code in range(0x20, 0x7F)} | dict(
    zip([*range(0x80, 0x100), *range(2, 8)], VIETNAMESE + VIETNAMESE.upper(), strict=True)
)
"""The letter of each number: ASCII as it is, and Vietnamese letters where they fit into a byte."""


def table_by_number(meaning: Callable[[str], int]) -> bytes:
    """What `meaning` says of each letter (0 to 255), by its number; 0 for those without a letter. For `bytes.translate`."""
    return bytes(meaning(LETTER_OF[number]) if number in LETTER_OF else 0 for number in range(256))


def _number_by_code() -> pa.Array:
    numbers = np.full(0x10000, ODD, np.uint8)
    for number, letter in LETTER_OF.items():
        numbers[ord(letter)] = number
    return pa.array(numbers)


NUMBERS = _number_by_code()
FOLDED = table_by_number(lambda letter: ord(unicodedata.normalize("NFD", letter.lower())[0].replace("đ", "d")))
"""Of each number, the plain small letter."""


class Spelt(NamedTuple):
    """Texts as the numbers of their letters (uint8), one after the other, and where each text begins and ends."""

    numbers: np.ndarray
    offsets: np.ndarray

    @property
    def is_first(self) -> np.ndarray:
        """Which letters begin a text."""
        first = np.zeros(len(self.numbers) + 1, bool)
        first[self.offsets[:-1]] = True
        return first[:-1]

    def table(self, table: bytes) -> np.ndarray:
        """What a table of `table_by_number` says of each letter."""
        return np.frombuffer(self.numbers.tobytes().translate(table), np.uint8)

    def texts_with(self, places: np.ndarray) -> np.ndarray:
        """Which texts hold at least one of the places of letters (sorted)."""
        found = np.zeros(len(self.offsets) - 1, bool)
        found[np.searchsorted(self.offsets, places, "right") - 1] = True
        return found

    def words(self, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """A number for each word of up to eight letters, in which its letters can be read again; 0 for longer ones."""
        padded = np.concatenate([self.numbers, np.zeros(8, np.uint8)])
        windows = np.lib.stride_tricks.as_strided(padded[:8].view("<u8"), (len(padded) - 7,), (1,))
        return np.asarray(windows[starts] & KEPT[np.minimum(ends - starts, 9)])


KEPT = np.array([0, *(2 ** (8 * size) - 1 for size in range(1, 9)), 0], np.uint64)
"""The bits of a word's letters by how many there are."""


def word_of(key: int) -> str:
    """The word of a number that `Spelt.words` gave, with U+FFFD for an odd letter; "" if it was too long."""
    numbers = key.to_bytes(8, "little").rstrip(b"\0")
    return "".join(LETTER_OF.get(number, "\ufffd") for number in numbers)


def spell(texts: pa.Array) -> Spelt:
    """The letters of texts (string) as numbers; null is spelt like an empty text."""
    filled = pc.fill_null(texts, "") if texts.null_count else texts
    whole = bytes(letters_of(filled)).decode()
    lengths = np.asarray(pc.utf8_length(filled))
    codes = np.frombuffer(whole.encode("utf-16-le"), np.uint16)
    if len(codes) != len(whole):  # beyond the first plane a letter has two codes
        codes = np.minimum(np.frombuffer(whole.encode("utf-32-le"), np.uint32), 0xFFFF).astype(np.uint16)
    numbers = np.asarray(NUMBERS.take(pa.array(codes)))
    return Spelt(numbers, np.concatenate([np.zeros(1, np.int32), np.cumsum(lengths, dtype=np.int32)]))
