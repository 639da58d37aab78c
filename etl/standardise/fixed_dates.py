"""Days of the calendar written at full length (20260915, 15/09/2026, 2026-09-15 …), read without a pattern."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from etl.standardise.column import mask_of, nulls
from etl.standardise.digits import byte_lengths, of_width
from etl.standardise.notes import Note

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""Years whose days the tables below hold; others are left to the whole rules."""


class Layout(NamedTuple):
    """Where the first digit of each part stands in a text of one width, and where a separator does."""

    width: int
    year: int
    month: int
    day: int
    hour: int | None
    apart: tuple[tuple[int, bytes], ...]


LAYOUTS = (
    Layout(8, 0, 4, 6, None, ()),
    Layout(12, 0, 4, 6, 8, ()),
    Layout(10, 6, 3, 0, None, ((2, b"/-."), (5, b"/-."))),
    Layout(10, 0, 5, 8, None, ((4, b"/-."), (7, b"/-."))),
    Layout(19, 0, 5, 8, 11, ((4, b"/-."), (7, b"/-."), (10, b" T"), (13, b":"), (16, b":"))),
)
"""Tried in this order; seconds are left out, as they are by the whole rules."""
NOTES = pa.array([None, Note.first_of_january.value, Note.year_only.value, Note.month_only.value], pa.string())
PRECISIONS = pa.array(["day", "day", "year", "month"], pa.string())
PLAIN, FIRST, YEAR_ONLY, MONTH_ONLY = range(4)
"""What is to be said of a day: places in both."""
_MONTHS = (
    np.arange(f"{FIRST_YEAR}-01", f"{LAST_YEAR + 1}-02", dtype="datetime64[M]").astype("datetime64[D]").astype(np.int32)
)
"""The day on which each month begins, in days since 1970."""
_LENGTHS = np.diff(_MONTHS).astype(np.uint8)


def read_fixed(sent: pa.Array) -> tuple[np.ndarray, pa.Array, pa.Array, pa.Array, pa.Array]:
    """Which texts are sure, and days, moments, precisions and notes as of `Dates`, null for all others.

    Sure are days of the calendar from 1900 to 2100, and years and months whose other parts are 00, all digits written.
    """
    lengths = byte_lengths(sent)
    is_sure = np.zeros(len(sent), bool)
    days, minutes, kinds = np.zeros(len(sent), np.int32), np.zeros(len(sent), np.int64), np.zeros(len(sent), np.uint8)
    for layout in LAYOUTS:
        wide = of_width(sent, layout.width, np.where(is_sure, -1, lengths) if is_sure.any() else lengths)
        if not len(wide.letters):
            continue
        is_good, *parts = _read_layout(layout, wide.letters)
        is_sure[wide.is_wide] = is_good
        days[wide.is_wide], minutes[wide.is_wide], kinds[wide.is_wide] = (np.where(is_good, part, 0) for part in parts)
    moments = days.astype(np.int64) * (24 * 60) + minutes
    bits = None if is_sure.all() else mask_of(is_sure).buffers()[1]
    return (
        is_sure,
        pa.Array.from_buffers(pa.date32(), len(sent), [bits, pa.py_buffer(days)]),
        pa.Array.from_buffers(pa.timestamp("us"), len(sent), [bits, pa.py_buffer(moments * 60_000_000)]),
        PRECISIONS.take(pa.array(kinds, mask=None if bits is None else ~is_sure)),
        NOTES.take(pa.array(kinds)) if kinds.any() else nulls(len(sent)),
    )


def _read_layout(layout: Layout, letters: np.ndarray) -> tuple[np.ndarray, ...]:
    """Which rows of bytes the layout fits with a day of the calendar; their days, minutes of the day and kinds."""
    columns = np.ascontiguousarray(letters.T)
    is_good = np.ones(len(letters), bool)
    for at, separators in layout.apart:
        is_good &= np.isin(columns[at], list(separators))
    digits = columns - np.uint8(ord("0"))
    apart = {at for at, _ in layout.apart}
    for at in set(range(layout.width)) - apart:
        is_good &= digits[at] <= 9
    year = _pair(digits, layout.year).astype(np.int32) * 100 + _pair(digits, layout.year + 2)
    month, day = _pair(digits, layout.month), _pair(digits, layout.day)
    is_good &= (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month <= 12)
    place = np.where(is_good, (year - FIRST_YEAR) * 12 + np.maximum(month, 1) - 1, 0)
    is_good &= day <= _LENGTHS[place]
    is_good &= (month > 0) | (day == 0)  # a day of an unknown month is for the whole rules
    days = _MONTHS[place] + np.maximum(day, 1) - 1
    kinds = np.where(month == 0, YEAR_ONLY, np.where(day == 0, MONTH_ONLY, (month == 1) & (day == 1))).astype(np.uint8)
    minutes = np.zeros(len(letters), np.int64)
    if layout.hour is not None:
        hour, minute = _pair(digits, layout.hour), _pair(digits, layout.hour + 2 + (layout.hour + 2 in apart))
        minutes = np.where((hour < 24) & (minute < 60), hour * 60 + minute, 0)
    return is_good, days, minutes, kinds


def _pair(digits: np.ndarray, place: int) -> np.ndarray:
    """The number of two digits, 0 to 99."""
    return np.asarray(digits[place].astype(np.int32) * 10 + digits[place + 1])
