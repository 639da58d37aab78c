"""What only a column of births needs: ages that stand for dates, and days whose month may be meant as the day."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.column import Column, all_of, any_of, as_array, is_true, matches_among
from etl.standardise.dates import SEPARATOR, Dates, read_dates
from etl.standardise.notes import Note
from etl.standardise.text import toneless

YEARS_OLD = r"^(?:khoang |hon |gan |tam )?(?:tuoi |age )?(?P<years>\d{1,3}) ?(?:tuoi|t|y|yo|y o|years? old|years?)(?: (?P<months>\d{1,2}) ?(?:thang|th)(?: tuoi)?)?$"
MONTHS_OLD = r"^(?P<months>\d{1,2}) ?(?:thang|th|months?)(?: tuoi| old)?$"
DAYS_OLD = r"^(?P<days>\d{1,2}) ?(?:ngay|days?)(?: tuoi| old)?$"
OLDEST = 125
TWO_WAYS = rf"^(?P<first>0?[1-9]|1[0-2]){SEPARATOR}(?P<second>0?[1-9]|1[0-2]){SEPARATOR}(?P<year>\d{{4}}|\d{{2}})$"


def read_births(column: Column, as_of: Column) -> Dates:
    """`read_dates`, with ages ("65 tuổi", "18 tháng") reckoned back from the day on which each row was true (date32).

    An age in years gives the year, one in months or days the month; the note is `age_given`. Where the day is not
    known an age stays `not_a_date`. Where the column holds a date with the month first, days that could be read so
    too get the note `day_or_month` (see `second_readings`).
    """
    sent = as_array(column, pa.string())
    dates = read_dates(sent)
    dates = _with_ages(sent, as_array(as_of, pa.date32()), dates)
    return dates._replace(notes=note_second_readings(sent, dates.notes))


def second_readings(column: Column) -> pa.Array:
    """The other day (date32) that a text such as 03/04/1980 may mean, read month first; null where there is none."""
    sent = pc.utf8_trim_whitespace(as_array(column, pa.string()))
    found = pc.extract_regex(sent, TWO_WAYS)
    first, second = (pc.cast(pc.struct_field(found, part), pa.int8()) for part in ("first", "second"))
    swapped = pc.binary_join_element_wise(*(pc.struct_field(found, part) for part in ("second", "first", "year")), "/")
    return read_dates(pc.if_else(is_true(pc.not_equal(first, second)), swapped, None)).days


def note_second_readings(column: Column, notes: pa.Array) -> pa.Array:
    """The notes with `day_or_month` for dates with two readings, where other dates of the column have the month first."""
    if not pc.any(pc.equal(notes, Note.month_first.value)).as_py():
        return notes
    has_two = pc.is_valid(second_readings(column))
    return pc.if_else(all_of(has_two, pc.is_null(notes)), pa.scalar(Note.day_or_month.value), notes)


def _with_ages(sent: pa.Array, as_of: pa.Array, dates: Dates) -> Dates:
    is_unread = all_of(pc.equal(dates.notes, Note.not_a_date.value), pc.is_valid(as_of))
    is_open = matches_among(is_unread, sent, r"\d\s*\p{L}|\p{L}\s*\d")
    if not pc.any(is_open).as_py():
        return dates
    days, precisions = _births_of_ages(toneless(sent.filter(is_open)), as_of.filter(is_open))
    made = (
        days,
        pc.cast(days, pa.timestamp("us")),
        precisions,
        pa.array([Note.age_given.value] * len(days), pa.string()),
    )
    is_age = pc.replace_with_mask(is_open, is_open, pc.is_valid(days))
    kept = pc.is_valid(days)
    return Dates(
        *(pc.replace_with_mask(whole, is_age, part.filter(kept)) for whole, part in zip(dates, made, strict=True))
    )


def _births_of_ages(ages: pa.Array, as_of: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The first of the year or month in which somebody of this age was born, and how much of it is known."""
    years_old = pc.extract_regex(ages, YEARS_OLD)
    months_old, days_old = pc.extract_regex(ages, MONTHS_OLD), pc.extract_regex(ages, DAYS_OLD)
    years = _numbers(years_old, "years")
    months = np.where(
        np.asarray(pc.is_valid(months_old)), _numbers(months_old, "months"), _numbers(years_old, "months")
    )
    days = _numbers(days_old, "days")
    by_year = np.asarray(pc.is_valid(years_old)) & (months == 0)
    day = np.asarray(as_of.cast(pa.int32())).astype("datetime64[D]") - days.astype("timedelta64[D]")
    month = day.astype("datetime64[M]") - (years * 12 + months).astype("timedelta64[M]")
    born = np.where(by_year, month.astype("datetime64[Y]").astype("datetime64[D]"), month.astype("datetime64[D]"))
    is_age = np.asarray(any_of(*(pc.is_valid(found) for found in (years_old, months_old, days_old)))) & (
        years <= OLDEST
    )
    precision = np.where(by_year, "year", "month").astype(object)
    return pa.array(born, pa.date32(), mask=~is_age), pa.array(precision, pa.string(), mask=~is_age)


def _numbers(found: pa.Array, part: str) -> np.ndarray:
    digits = pc.struct_field(found, part)
    return np.asarray(pc.fill_null(pc.cast(pc.if_else(pc.equal(digits, ""), None, digits), pa.int64()), 0))
