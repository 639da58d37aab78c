"""Dates as people, machines and forms write them: `golden/dates.csv`; ages in their place: `golden/ages.csv`."""

import random
from datetime import date

import pyarrow as pa
import pytest

from etl.standardise.births import read_births, second_readings
from etl.standardise.dates import read_dates
from tests.standardise.golden_tables import rows_of

DATES, AGES = rows_of("dates"), rows_of("ages")
STATED_ON = date(2026, 9, 1)


def _day(cell: str | None) -> date | None:
    return None if cell is None else date.fromisoformat(cell)


@pytest.mark.parametrize("row", DATES, ids=lambda row: str(row["sent"]))
def test_a_date(row: dict[str, str | None]) -> None:
    sent = pa.array([row["sent"]])
    found = read_dates(sent)
    assert (found.days[0].as_py(), found.precisions[0].as_py(), found.notes[0].as_py()) == (
        _day(row["day"]),
        row["precision"],
        row["note"],
    )
    assert second_readings(sent)[0].as_py() == _day(row["second"])


def test_dates_in_a_column_keep_their_order() -> None:
    rows = random.Random(1).choices(DATES, k=1000)
    sent = pa.array([row["sent"] for row in rows], pa.string())
    assert read_dates(sent).days.to_pylist() == [_day(row["day"]) for row in rows]
    assert second_readings(sent).to_pylist() == [_day(row["second"]) for row in rows]


def test_a_day_that_was_read_is_read_again() -> None:
    days = read_dates(pa.array([row["sent"] for row in DATES if row["precision"] == "day"], pa.string())).days
    again = read_dates(days.cast(pa.string()))
    assert again.days.equals(days)
    assert set(again.notes.to_pylist()) == {None, "first_of_january"}


@pytest.mark.parametrize("row", AGES, ids=lambda row: str(row["sent"]))
def test_an_age_is_reckoned_from_the_day_of_its_statement(row: dict[str, str | None]) -> None:
    sent = pa.array([row["sent"], "05/03/1980", row["sent"]])
    found = read_births(sent, pa.array([STATED_ON, STATED_ON, None], pa.date32()))
    assert found.days.to_pylist() == [_day(row["day"]), date(1980, 3, 5), None]
    assert found.precisions.to_pylist() == [row["precision"], "day", None]
    assert found.notes.to_pylist() == [row["note"], None, "not_a_date"]


def test_a_column_with_the_month_first_casts_doubt_on_its_other_days() -> None:
    sent = pa.array(["03/04/1980", "13/04/1980", "04/25/1980", "05/05/1980", None])
    none = pa.nulls(5, pa.date32())
    assert read_births(sent, none).notes.to_pylist() == ["day_or_month", None, "month_first", None, None]
    assert read_births(sent.take([0, 1, 3]), none.slice(0, 3)).notes.to_pylist() == [None, None, None]
    assert read_births(sent, none).days[0].as_py() == date(1980, 4, 3)
