"""Numbers are told with small counts hidden, and never look better than they are."""

import re
from datetime import date
from html import unescape

import pytest

from etl.reports.wording import both, count, cut, day, grade, number, part, percent, points, share


@pytest.mark.parametrize(("value", "shown"), [(0, "0"), (1, "&lt;&nbsp;5"), (4, "&lt;&nbsp;5"), (5, "5")])
def test_one_to_four_are_hidden(value: int, shown: str) -> None:
    assert count(value) == shown


def test_the_small_rest_of_a_whole_is_hidden_too() -> None:
    assert part(98, 100) == "&gt;&nbsp;95"
    assert part(100, 100) == "100"
    assert part(95, 100) == "95"
    assert part(3, 5) == "&lt;&nbsp;5"


@pytest.mark.parametrize(
    ("value", "whole", "told"),
    [(2, 100, "< 5.0%"), (98, 100, "> 95.0%"), (0, 0, "–"), (3, 4, "–"), (4, 4, "–"), (3, 6, "–"), (50, 100, "50.0%")],
)
def test_a_share_does_not_tell_a_hidden_count(value: int, whole: int, told: str) -> None:
    english = re.sub("<span lang=.vi.>.*?</span>|<[^>]*>", "", share(value, whole))
    assert unescape(english).replace("\xa0", " ") == told


def test_shares_and_scores_are_cut_not_rounded_up() -> None:
    assert cut(99.99, 1) == "99.9"
    assert cut(100, 1) == "100.0"
    assert cut(81.7, 1) == "81.7"
    assert "89,9" in points(89.96)


def test_each_language_has_its_own_marks() -> None:
    assert number(1234567) == '<span lang="vi">1.234.567</span><span lang="en">1,234,567</span>'
    assert percent(81.25) == '<span lang="vi">81,2 %</span><span lang="en">81.2%</span>'
    assert day(date(2026, 10, 1)) == '<span lang="vi">01/10/2026</span><span lang="en">2026-10-01</span>'
    assert day(None) == "–"


def test_what_is_the_same_is_said_once() -> None:
    assert both(7, 7) == "7"


def test_text_is_escaped() -> None:
    assert "<b>" not in both("<b>", "x")


@pytest.mark.parametrize(
    ("score", "name"),
    [(90, "green"), (89.99, "amber"), (75, "amber"), (74.99, "red"), (0, "red"), (None, "none")],
)
def test_bands_are_the_national_ones(score: float | None, name: str) -> None:
    assert grade(score).name == name
