"""Texts of Vietnamese letters and ASCII in lower case without marks, one space between words: letter by letter."""

import numpy as np
import pyarrow as pa

from etl.standardise.column import mask_of
from etl.standardise.letters import FOLDED, LETTER_OF, ODD, Spelt, spell

SPACE = ord(" ")
FOLDS = bytes(FOLDED[number] if LETTER_OF.get(number, " ").isalnum() else SPACE for number in range(256))
"""Of each number the plain small letter or digit, and a space for all else."""
JOINS_WORDS = "'`"
"""Apostrophes: they part no words, so they are no space."""


def fold_letters(texts: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """The texts (string) folded, null where nothing is left, and where that is sure: where no letter is odd.

    What is not sure has no meaning. Null is sure.
    """
    spelt = spell(texts)
    is_odd = spelt.numbers == ODD
    for joint in JOINS_WORDS:
        is_odd |= spelt.numbers == ord(joint)
    is_sure = ~spelt.texts_with(np.flatnonzero(is_odd)) if is_odd.any() else np.ones(len(texts), bool)
    letters, offsets = _with_single_spaces(Spelt(spelt.table(FOLDS), spelt.offsets))
    bits = mask_of(np.diff(offsets) > 0).buffers()[1]
    return pa.Array.from_buffers(pa.string(), len(texts), [bits, pa.py_buffer(offsets), pa.py_buffer(letters)]), is_sure


def _with_single_spaces(spelt: Spelt) -> Spelt:
    """Of several spaces the last alone, and none at the beginning and the end of a text."""
    letters, offsets = spelt
    is_space = letters == SPACE
    is_dropped = np.empty(len(letters), bool)  # before a space, at the end, …
    is_dropped[:-1] = is_space[1:] | spelt.is_first[1:]
    is_dropped[-1:] = True
    is_dropped &= is_space
    is_leading = spelt.is_first & is_space  # … and the last one of those at the beginning
    if is_leading.any():
        words = np.flatnonzero(~is_space)
        starts = np.flatnonzero(is_leading)
        following = np.append(words, len(letters))[np.searchsorted(words, starts)]
        is_dropped[following - 1] |= is_space[following - 1]
    if not is_dropped.any():
        return spelt
    dropped = np.flatnonzero(is_dropped)
    kept = np.asarray(pa.array(letters).filter(mask_of(~is_dropped)))
    return Spelt(kept, (offsets - np.searchsorted(dropped, offsets)).astype(np.int32))
