"""Many short texts cut out of one buffer at once, by the places where each begins and ends."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Places = npt.NDArray[np.int64]


def cut_slices(data: bytes, begins: Places, ends: Places) -> pa.BinaryArray:
    """The bytes from each of `begins` to the `ends` beside it; they must follow each other and not overlap.

    An array over the whole buffer is laid, in which texts and what lies between them alternate; nothing is copied
    until the texts are taken out of it.
    """
    offsets = np.empty(2 * len(begins) + 1, np.int32)
    offsets[0:-1:2], offsets[1::2] = begins, ends
    offsets[-1] = ends[-1] if len(ends) else 0
    laid = pa.Array.from_buffers(pa.binary(), 2 * len(begins), [None, pa.py_buffer(offsets), pa.py_buffer(data)])
    return laid.take(pa.array(np.arange(0, 2 * len(begins), 2, dtype=np.int32)))


def read_numbers(buffer: npt.NDArray[np.uint8], begins: Places, digits: int) -> tuple[Places, Places]:
    """The decimal number that begins at each place, and how many digits it has; at most `digits` are looked at."""
    numbers, counts = np.zeros(len(begins), np.int64), np.zeros(len(begins), np.int64)
    is_open = np.ones(len(begins), bool)
    for place in range(digits):
        letters = buffer[begins + place]
        is_open &= (letters >= ord("0")) & (letters <= ord("9"))
        if not is_open.any():
            break
        numbers = np.where(is_open, numbers * 10 + letters - ord("0"), numbers)
        counts += is_open
    return numbers, counts
