"""Dates against the calendar of Python, and as people write them."""

from datetime import date, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.standardise.dates import read_dates, standardise_dates

GOLDEN = (
    ("01/02/1980", date(1980, 2, 1), "day", None),
    ("1.2.1980", date(1980, 2, 1), "day", None),
    ("1/2/80", date(1980, 2, 1), "day", "two_digit_year"),
    ("1/2/15", date(2015, 2, 1), "day", "two_digit_year"),
    ("1980", date(1980, 1, 1), "year", "year_only"),
    ("195800000000", date(1958, 1, 1), "year", "year_only"),
    ("19580000", date(1958, 1, 1), "year", "year_only"),
    ("__/__/1958", date(1958, 1, 1), "year", "year_only"),
    ("05/1990", date(1990, 5, 1), "month", "month_only"),
    ("00/05/1990", date(1990, 5, 1), "month", "month_only"),
    ("31/02/1990", None, None, "impossible_date"),
    ("29/02/1900", None, None, "impossible_date"),
    ("29/02/2000", date(2000, 2, 29), "day", None),
    ("03/25/1990", date(1990, 3, 25), "day", "month_first"),
    ("1990-05-01 00:00:00", date(1990, 5, 1), "day", None),
    ("ngày 5 tháng 3 năm 1990", date(1990, 3, 5), "day", None),
    ("32875", date(1990, 1, 2), "day", "excel_serial"),
    ("01/01/1970", date(1970, 1, 1), "day", "first_of_january"),
    ("1850", None, None, "before_1900"),
    ("abc", None, None, "not_a_date"),
    ("", None, None, None),
)


@pytest.mark.parametrize(("sent", "day", "precision", "note"), GOLDEN)
def test_dates(sent: str, day: date | None, precision: str | None, note: str | None) -> None:
    found = read_dates(pa.array([sent]))
    assert (found.days[0].as_py(), found.precisions[0].as_py(), found.notes[0].as_py()) == (day, precision, note)


@given(st.lists(st.dates(date(1900, 1, 1), date(2100, 12, 31)), min_size=1, max_size=20))
@settings(max_examples=30, deadline=None)
def test_every_day_is_read_in_every_form(days: list[date]) -> None:
    for form in ("%d/%m/%Y", "%Y-%m-%d", "%Y%m%d", "%Y%m%d0000", "%d-%m-%Y", "%Y/%m/%d"):
        assert read_dates(pa.array([day.strftime(form) for day in days])).days.to_pylist() == days


@given(st.lists(st.text("0123456789/.- :T", max_size=14), max_size=20))
@settings(max_examples=60, deadline=None)
def test_no_text_stops_the_reading_and_a_refusal_has_a_note(texts: list[str]) -> None:
    found = read_dates(pa.array(texts, pa.string()))
    for text, day, note in zip(texts, found.days.to_pylist(), found.notes.to_pylist(), strict=True):
        assert day is not None or note is not None or not text.strip()


def test_moments_keep_the_time_where_it_is_one() -> None:
    found = read_dates(pa.array(["202606151345", "202606152575", "20260615"])).moments.to_pylist()
    assert found == [datetime(2026, 6, 15, 13, 45), datetime(2026, 6, 15), datetime(2026, 6, 15)]


def test_a_day_after_the_latest_is_kept_and_noted() -> None:
    found = standardise_dates(pa.array(["02/10/2026", "01/10/2026"]), date(2026, 10, 1))
    assert found.values.to_pylist() == [date(2026, 10, 2), date(2026, 10, 1)]
    assert found.notes.to_pylist() == ["future_date", None]
