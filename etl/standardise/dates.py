"""Dates and moments as people, Excel and hospitals write them, with how much of them is known.

Day stands before month unless that is impossible. Unknown parts are 00 (QĐ 4750: `195800000000`) or left out.
"""

from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.column import (
    Column,
    Standardised,
    all_of,
    as_array,
    by_distinct,
    except_where,
    first_note,
    is_true,
    mask_of,
    matches,
    validity,
)
from etl.standardise.date_words import plain_dates
from etl.standardise.fixed_dates import read_fixed
from etl.standardise.notes import Note

SEPARATOR = r"\s*[/.\-]\s*"
CLOCK = r"(?:[T ]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
PATTERNS = (
    rf"^(?P<year>\d{{4}}){SEPARATOR}(?P<month>\d{{1,2}}){SEPARATOR}(?P<day>\d{{1,2}}){CLOCK}$",
    rf"^(?P<day>\d{{1,2}}|_+|\?+){SEPARATOR}(?P<month>\d{{1,2}}|_+|\?+){SEPARATOR}(?P<year>\d{{4}}){CLOCK}$",
    rf"^(?P<day>\d{{1,2}}){SEPARATOR}(?P<month>\d{{1,2}}){SEPARATOR}(?P<year>\d{{2}})$",
    rf"^(?P<month>\d{{1,2}}){SEPARATOR}(?P<year>\d{{4}})$",
    rf"^(?P<year>\d{{4}}){SEPARATOR}(?P<month>\d{{1,2}})$",
    r"^(?P<year>\d{4})$",
    r"^(?P<year>(?:1[89]|2[01])\d{2})(?P<month>0\d|1[0-2])(?P<day>[0-2]\d|3[01])(?:(?P<hour>\d{2})(?P<minute>\d{2})(?:\d{2})?)?$",
    r"^(?P<day>[0-2]\d|3[01])(?P<month>0\d|1[0-2])(?P<year>(?:19|20)\d{2})$",
    r"(?i)^(?:ngày\s+)?(?P<day>\d{1,2})\s+tháng\s+(?P<month>\d{1,2})\s+năm\s+(?P<year>\d{4})$",
)
"""Tried in this order; each gives some of year, month, day, hour and minute."""
SERIAL = r"^\d{5}(?:[.,]\d+)?$"
SERIAL_EPOCH = np.datetime64("1899-12-30")
PARTS = ("year", "month", "day", "hour", "minute")
PIVOT = 30
"""Two-digit years below it are of this century."""
DAYS_IN_MONTH = np.array([31, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


class Dates(NamedTuple):
    """Dates (1 January or the 1st where only year or month is known), moments, precision and notes."""

    days: pa.Array
    moments: pa.Array
    precisions: pa.Array
    notes: pa.Array


class _Calendar(NamedTuple):
    """Numbers of each part (0 is unknown), and whether each stands for a day of the calendar."""

    days: np.ndarray
    is_real: np.ndarray
    is_swapped: np.ndarray
    month: np.ndarray
    day: np.ndarray


def read_dates(column: Column) -> Dates:
    """What each text says of a day: day (date32), moment (timestamp, local time), day/month/year precision, note."""
    sent = as_array(column, pa.string())
    is_sure, *sure = read_fixed(sent)
    if (is_sure | ~validity(sent)).all():
        return Dates(*sure)
    is_odd = mask_of(~is_sure)
    ruled = by_distinct(sent.filter(is_odd), _read)
    if len(ruled[0]) == len(sent):
        return Dates(*ruled)
    return Dates(*(pc.replace_with_mask(whole, is_odd, part) for whole, part in zip(sure, ruled, strict=True)))


def standardise_dates(column: Column, latest: date | pa.Array | None = None) -> Standardised:
    """Days as date32; a date after `latest` (one for all, or one a row) is kept with the note `future_date`."""
    dates = read_dates(column)
    return Standardised(dates.days, note_future(dates.days, dates.notes, latest))


def standardise_moments(column: Column, latest: date | None = None) -> Standardised:
    """Moments in local time; 00:00 where only the day is known."""
    dates = read_dates(column)
    return Standardised(dates.moments, note_future(dates.days, dates.notes, latest))


def note_future(days: pa.Array, notes: pa.Array, latest: date | pa.Array | None) -> pa.Array:
    """The notes with `future_date` where the day lies after `latest`."""
    if latest is None:
        return notes
    limit = pa.scalar(latest, pa.date32()) if isinstance(latest, date) else latest
    is_late = is_true(pc.greater(days, limit))
    if not pc.any(is_late).as_py():
        return notes
    return pc.if_else(is_late, pa.scalar(Note.future_date.value), notes)


def _read(sent: pa.Array) -> tuple[pa.Array, ...]:
    text, said = plain_dates(pc.utf8_trim_whitespace(pc.utf8_normalize(sent, "NFC")))
    parts = _parts(text)
    year = np.where(
        _is_two_digit(text, parts), parts["year"] + np.where(parts["year"] < PIVOT, 2000, 1900), parts["year"]
    )
    calendar = _calendar(year, parts["month"], parts["day"])
    serial = _serials(text)
    is_serial = ~np.isnat(serial) & (parts["year"] < 0)
    is_early = (calendar.is_real & (year < 1900)) & ~is_serial
    is_kept = (calendar.is_real & ~is_early) | is_serial
    days = np.where(is_serial, serial, calendar.days)
    minutes = np.where(
        (parts["hour"] < 24) & (parts["minute"] < 60), parts["hour"].clip(0) * 60 + parts["minute"].clip(0), 0
    )
    moments = days.astype("datetime64[us]") + minutes.astype("timedelta64[m]")
    precision = np.select([is_serial, calendar.month == 0, calendar.day == 0], ["day", "year", "month"], "day")
    is_blank = is_true(pc.equal(text, ""))
    is_sent = all_of(pc.is_valid(sent), pc.invert(is_blank))
    notes = _notes(text, is_sent, calendar, parts["year"] >= 0, is_serial, is_early, precision)
    return (
        pa.array(days.astype("datetime64[D]"), pa.date32(), mask=~is_kept),
        pa.array(moments, pa.timestamp("us"), mask=~is_kept),
        pa.array(precision.astype(object), pa.string(), mask=~is_kept),
        pc.if_else(pa.array(is_kept & np.asarray(pc.is_valid(said))), said, notes),
    )


def _notes(
    text: pa.Array,
    is_sent: pa.Array,
    calendar: _Calendar,
    has_year: np.ndarray,
    is_serial: np.ndarray,
    is_early: np.ndarray,
    precision: np.ndarray,
) -> pa.Array:
    is_dated = has_year & ~is_serial
    is_first = calendar.is_real & (calendar.day == 1) & (calendar.month == 1)
    cases: tuple[tuple[np.ndarray, Note], ...] = (
        (~has_year & ~is_serial, Note.not_a_date),
        (is_dated & ~calendar.is_real, Note.impossible_date),
        (is_early, Note.before_1900),
        (is_dated & (precision == "year"), Note.year_only),
        (is_dated & (precision == "month"), Note.month_only),
        (calendar.is_swapped, Note.month_first),
        (is_first, Note.first_of_january),
        (np.asarray(matches(text, PATTERNS[2])), Note.two_digit_year),
        (is_serial, Note.excel_serial),
    )
    notes = first_note(len(text), *((pa.array(np.asarray(mask, bool)), note) for mask, note in cases))
    return except_where(pc.invert(is_sent), notes)


def _parts(text: pa.Array) -> dict[str, np.ndarray]:
    """Year, month, day, hour and minute by the first pattern that fits; -1 where none does, 0 for a part left out."""
    parts = {part: np.full(len(text), -1) for part in PARTS}
    is_open = np.ones(len(text), bool)
    for pattern in PATTERNS:
        found = pc.extract_regex(text, pattern)
        fits = is_open & np.asarray(pc.is_valid(found))
        if not fits.any():
            continue
        named = {field.name for field in found.type}
        for part in PARTS:
            numbers = _numbers(pc.struct_field(found, part)) if part in named else np.zeros(len(text), int)
            parts[part] = np.where(fits, numbers, parts[part])
        is_open &= ~fits
    return parts


def _numbers(digits: pa.Array) -> np.ndarray:
    """Texts of digits as integers; 0 where there are none (such as `__/__/1958`)."""
    plain = pc.if_else(matches(digits, r"^\d+$"), digits, "0")
    return np.asarray(pc.cast(pc.fill_null(plain, "0"), pa.int64()))


def _is_two_digit(text: pa.Array, parts: dict[str, np.ndarray]) -> np.ndarray:
    return np.asarray(matches(text, PATTERNS[2])) & (parts["year"] >= 0) & (parts["year"] < 100)


def _calendar(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> _Calendar:
    """Days by the calendar; month and day are swapped where only that makes a date."""
    is_swapped = (month > 12) & (month <= 31) & (day >= 1) & (day <= 12)
    month, day = np.where(is_swapped, day, month), np.where(is_swapped, month, day)
    day = np.where(month == 0, 0, day)
    is_leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    longest = DAYS_IN_MONTH[month.clip(0, 12)] - ((month == 2) & ~is_leap)
    is_real = (year > 0) & (year < 3000) & (month >= 0) & (month <= 12) & (day >= 0) & (day <= longest)
    months = (np.where(is_real, year, 1970) - 1970) * 12 + np.where(is_real, month, 1).clip(1) - 1
    days = months.astype("datetime64[M]").astype("datetime64[D]") + (np.where(is_real, day, 1).clip(1) - 1)
    return _Calendar(days, is_real, is_swapped & is_real, month, day)


def _serials(text: pa.Array) -> np.ndarray:
    """Days of Excel's serial numbers from 1927 to 2064 (10000–60000); NaT for all else."""
    whole = pc.replace_substring_regex(pc.if_else(matches(text, SERIAL), text, None), r"[.,]\d+$", "")
    counts = np.asarray(pc.fill_null(pc.cast(whole, pa.int64()), 0))
    is_serial = (counts >= 10_000) & (counts <= 60_000)
    return np.where(is_serial, SERIAL_EPOCH + counts.astype("timedelta64[D]"), np.datetime64("NaT"))
