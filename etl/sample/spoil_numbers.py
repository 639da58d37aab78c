"""How numbers and dates go wrong."""

import numpy as np

from etl.sample.planting import Column, Planting

PLACEHOLDERS = ("000000000000", "123456789012", "999999999999", "111111111111")
ELEVEN_DIGITS = {
    "032": "0162",
    "033": "0163",
    "034": "0164",
    "035": "0165",
    "036": "0166",
    "037": "0167",
    "038": "0168",
    "039": "0169",
    "070": "0120",
    "079": "0121",
    "077": "0122",
    "076": "0126",
    "078": "0128",
    "083": "0123",
    "084": "0124",
    "085": "0125",
    "081": "0127",
    "082": "0129",
    "056": "0186",
    "058": "0188",
    "059": "0199",
}
"""The prefix of before 2018 for each of today's that had eleven digits."""


def spoil_national_ids(planting: Planting, values: Column, old_ids: Column, relatives: Column) -> None:
    """Plant all errors of citizen IDs; `relatives` are relatives' numbers."""
    rng = planting.rng
    planting.replace(values, "national_id", "relative_id", relatives)
    planting.replace(values, "national_id", "old_id_in_new", old_ids)
    planting.change(values, "national_id", "placeholder", lambda _: PLACEHOLDERS[rng.integers(len(PLACEHOLDERS))])
    planting.change(values, "national_id", "scientific", lambda text: f"{int(text):.5E}" if len(text) == 12 else text)
    planting.change(values, "national_id", "leading_zeros_cut", lambda text: text.lstrip("0"))
    planting.change(values, "national_id", "digit_mistyped", lambda text: mistype_digit(rng, text, 6))
    planting.change(values, "national_id", "digits_swapped", lambda text: swap_digits(rng, text))
    planting.change(values, "national_id", "missing", lambda _: None)


def spoil_cards(planting: Planting, values: Column, relatives: Column) -> None:
    """Plant all errors of insurance cards or numbers."""
    planting.replace(values, "insurance_no", "relative_card", relatives)
    planting.change(values, "insurance_no", "malformed", lambda text: text[:-1])
    planting.change(values, "insurance_no", "missing", lambda _: None)


def spoil_phones(planting: Planting, values: Column) -> None:
    """Plant all errors of phones."""
    planting.change(values, "phone", "plus_84", lambda text: "+84" + text[1:])
    planting.change(values, "phone", "eleven_digits", lambda text: ELEVEN_DIGITS.get(text[:3], text[:3]) + text[3:])
    planting.change(values, "phone", "dotted", lambda text: f"{text[:4]}.{text[4:7]}.{text[7:]}")
    planting.change(values, "phone", "too_short", lambda text: text[:-1])
    planting.change(values, "phone", "missing", lambda _: None)


def spoil_sexes(planting: Planting, values: Column, opposite: dict[str, str]) -> None:
    """Plant a wrong or missing sex."""
    planting.change(values, "sex", "wrong", lambda text: opposite[text])
    planting.change(values, "sex", "missing", lambda _: None)


def spoil_birth_dates(planting: Planting, day: np.ndarray, month: np.ndarray, year: np.ndarray) -> None:
    """Plant all errors of birth dates in arrays of day, month and year; 0 means not known."""
    known = day > 0
    rng, column = planting.rng, "birth_date"
    places = planting.choose(column, "impossible_date", known)
    day[places], month[places] = 31, np.where(rng.random(len(places)) < 0.6, 2, 4)
    planting.record(column, "impossible_date", places)
    places = planting.choose(column, "future_date", known)
    year[places] = 2026 + rng.integers(1, 60, len(places))
    planting.record(column, "future_date", places)
    places = planting.choose(column, "day_month_swapped", known & (day <= 12) & (day != month))
    day[places], month[places] = month[places], day[places]
    planting.record(column, "day_month_swapped", places)
    places = planting.choose(column, "digit_mistyped", known)
    _mistype_date(rng, places, day, month, year)
    planting.record(column, "digit_mistyped", places)
    places = planting.choose(column, "first_of_january", known & ~((day == 1) & (month == 1)))
    day[places] = month[places] = 1
    planting.record(column, "first_of_january", places)
    places = planting.choose(column, "year_only", known)
    day[places] = month[places] = 0
    planting.record(column, "year_only", places)


def _mistype_date(
    rng: np.random.Generator, places: np.ndarray, day: np.ndarray, month: np.ndarray, year: np.ndarray
) -> None:
    """One digit of day, month or year becomes another; the date stays one of the calendar."""
    part = rng.integers(0, 3, len(places))
    days, months, years = places[part == 0], places[part == 1], places[part == 2]
    day[days] = np.where(day[days] > 10, day[days] - 10, day[days] + 10)
    months = months[day[months] <= 28]
    month[months] = month[months] % 9 + 1
    year[years] -= rng.integers(1, 3, len(years)) * np.where(rng.random(len(years)) < 0.3, 10, 1)
    # What could not be changed without leaving the calendar, and 29 February of another year, loses a year and a day.
    left = np.setdiff1d(places[part == 1], months)
    year[left] -= 1
    leap = places[(day[places] == 29) & (month[places] == 2)]
    day[leap] = 28


def mistype_digit(rng: np.random.Generator, text: str, start: int = 0) -> str:
    """One digit from `start` on becomes another."""
    if len(text) <= start:
        return text
    place = int(rng.integers(start, len(text)))
    if not text[place].isdigit():
        return text
    return text[:place] + str((int(text[place]) + int(rng.integers(1, 10))) % 10) + text[place + 1 :]


def swap_digits(rng: np.random.Generator, text: str) -> str:
    """Two neighbouring digits of the last six change places."""
    place = len(text) - 6 + int(rng.integers(0, 5))
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :] if place >= 0 else text
