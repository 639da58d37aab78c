"""The month with the senders of its four cases alone, built on the days on which something happens."""

from datetime import date

import pytest

from etl.settings import Settings
from tests.month.invent import FIRST, LAST, invent
from tests.month.story import CASES, Case, course_of, installation, is_as_told, play

BUILT = {date(2026, 10, day) for day in (1, 5, 6, 13, 14, 15, 16, 21, 26, 27, 31)}


@pytest.fixture(scope="module")
def lived(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("month")
    senders = {case.sender_code for case in CASES}
    with installation(Settings(var_dir=folder, database_url=module_database_url)) as (settings, mailbox):
        register, deliveries = invent(folder / "city")
        wanted = [one for one in deliveries if one.sender_code in senders]
        list(play(settings, mailbox, register, wanted, BUILT))
    return settings


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.story)
def test_each_case_is_found_told_and_closed_by_data_alone(lived: Settings, case: Case) -> None:
    course = course_of(lived, case)
    assert is_as_told(case, course, LAST), course


def test_who_does_not_mend_is_reminded_then_the_city_is_told(lived: Settings) -> None:
    silent = [(kind, day) for kind, day, _ in course_of(lived, CASES[0])]
    assert silent[1:] == [("escalated", date(2026, 10, day)) for day in (21, 26, 31)], "nothing was built on the 18th"


def test_every_day_that_was_built_has_its_report(lived: Settings) -> None:
    assert {path.name for path in lived.reports_dir.iterdir() if path.is_dir()} >= {str(day) for day in BUILT}
    assert FIRST in BUILT


def test_the_page_of_the_silent_hospital_says_for_how_long(lived: Settings) -> None:
    page = (lived.reports_dir / str(LAST) / f"sender-{CASES[0].sender_code}.html").read_text("utf-8")
    assert "Đã 19 ngày" in page or ">19<" in page
