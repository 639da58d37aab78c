"""Texts of one width as matrices of bytes, and numbers read from them: what is tidy is told without a pattern."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from etl.standardise.column import mask_of, validity
from etl.standardise.letters import letters_of, offsets_of

ZERO = np.uint8(ord("0"))


class Fixed(NamedTuple):
    """Which texts of a column have one width, and their bytes: one row for each of those, in order."""

    is_wide: np.ndarray
    letters: np.ndarray

    @property
    def digits(self) -> np.ndarray:
        """The bytes less that of "0": a digit is 0 to 9, all else is greater."""
        return self.letters - ZERO


def byte_lengths(texts: pa.Array) -> np.ndarray:
    """Bytes of each text (int32); -1 for null."""
    lengths = np.diff(offsets_of(texts))
    return np.where(validity(texts), lengths, -1) if texts.null_count else lengths


def of_width(texts: pa.Array, width: int, lengths: np.ndarray) -> Fixed:
    """The texts of so many bytes; `lengths` are those that `byte_lengths` gives."""
    is_wide = lengths == width
    count = np.count_nonzero(is_wide)
    letters = letters_of(texts)
    if len(letters) != count * width:  # there are others among them
        letters = letters_of(texts.filter(mask_of(is_wide))) if count else letters[:0]
    return Fixed(is_wide, letters.reshape(count, width))


def are_digits(digits: np.ndarray) -> np.ndarray:
    """Which rows of `Fixed.digits` hold nothing but digits."""
    sure = np.ones(len(digits), bool)
    if digits.size and digits.max() > 9:
        sure[np.flatnonzero(digits.ravel() > 9) // digits.shape[1]] = False
    return sure


def number_of(digits: np.ndarray) -> np.ndarray:
    """The number (int64) that each row of up to 15 digits writes; rows with other letters have no meaning."""
    number = np.zeros(len(digits), np.int64)
    for column in np.ascontiguousarray(digits.T):
        number *= 10
        number += column
    return number


def read_digits(texts: pa.Array, width: int, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which texts are so many digits, and the number of each of those, in order."""
    fixed = of_width(texts, width, lengths)
    digits, is_wide = fixed.digits, fixed.is_wide
    sure = are_digits(digits)
    if not sure.all():
        is_wide, digits = is_wide.copy(), digits[sure]
        is_wide[is_wide] = sure
    return is_wide, number_of(digits)
