"""Pages of wards and senders, the map, lines and forecasts, the best fixes, and reports of days gone by."""

import csv
import io
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from etl.contracts import reference
from etl.errors import ConfigError
from etl.reports.data import OpenTask, ReportData
from etl.reports.fixes import RuleScore, best_fixes
from etl.reports.forecast import forecast
from etl.reports.history import courses, dump_report, load_report, moved_wards
from etl.reports.page import render_comparison, render_report, render_scopes
from etl.reports.ward_map import HEIGHT, MARK_HEIGHT, MARK_WIDTH, WIDTH, mark_places
from etl.reports.workbook import TABLES, write_tables
from etl.warehouse import report_days
from etl.warehouse.connect import connect
from tests.reports.invented import TODAY, invented_report

PAGES = dict(render_scopes(invented_report()))


def text_of(page: str) -> str:
    return " ".join(html.document_fromstring(page).text_content().split())


def test_every_ward_and_sender_has_a_page_that_stands_alone() -> None:
    data = invented_report()
    assert PAGES.keys() == {f"ward-{one.ward_code}.html" for one in data.wards} | {
        f"sender-{one.sender_code}.html" for one in data.senders
    }
    for page in PAGES.values():
        parsed = html.document_fromstring(page)
        assert set(parsed.xpath("//@href")) == {"index.html"}
        assert not re.search(r"https?://|<script|@import", page)
        assert len(parsed.xpath("//@id")) == len(set(parsed.xpath("//@id")))


def test_a_ward_shows_what_its_station_sent_and_must_do() -> None:
    told = text_of(PAGES["ward-00004.html"])
    assert "Gửi lần cuối" in told
    assert "mở lại" in told
    assert "01/10/2026" in told
    assert text_of(PAGES["sender-PX00004.html"]).count("Chấp nhận") >= 1


def test_a_score_does_not_tell_a_hidden_count() -> None:
    """27 of 29 rows: 93.1 would say that two fail."""
    told = text_of(PAGES["ward-00004.html"])
    assert "93,1" not in told
    assert "50,0" in told


def test_marks_of_the_map_are_all_wards_and_none_hides_another() -> None:
    places = mark_places()
    assert places.keys() == set(reference.wards()["ward_code"].to_pylist())
    marks = list(places.values())
    for number, (x, y) in enumerate(marks):
        assert 0 < x < WIDTH
        assert 0 < y < HEIGHT
        assert not [1 for a, b in marks[:number] if abs(a - x) < MARK_WIDTH and abs(b - y) < MARK_HEIGHT]


def test_the_map_keeps_directions() -> None:
    places = mark_places()
    assert places["09619"][0] < places["00070"][0], "Ba Vì lies west of Hoàn Kiếm"


Shares = st.lists(st.floats(0, 99.9), min_size=7, max_size=28)


@given(Shares)
def test_a_forecast_lies_ahead_and_inside_its_range(shares: list[float]) -> None:
    told = forecast([(TODAY + timedelta(days=number), share) for number, share in enumerate(shares)])
    if told is not None:
        newest = TODAY + timedelta(days=len(shares) - 1)
        assert newest < told.earliest <= told.on
        assert told.latest is None or told.on <= told.latest
        assert told.points_per_week > 0


@given(st.floats(0.05, 1), st.floats(10, 60))
def test_a_steady_rise_is_told_to_the_day(slope: float, start: float) -> None:
    told = forecast([(TODAY + timedelta(days=number), start + slope * number) for number in range(20)])
    assert told is not None
    days = (100 - start) / slope
    assert abs((told.on - TODAY).days - days) <= 1.1


def test_no_forecast_where_nothing_can_be_told() -> None:
    days = [(TODAY + timedelta(days=number), 50.0 + number) for number in range(6)]
    assert forecast(days) is None
    assert forecast([(day, 60.0) for day, _ in days] * 2) is None
    assert forecast([]) is None
    assert "Chưa dự báo được" in text_of(render_report(ReportData(TODAY)))


def test_the_best_fixes_are_those_that_raise_the_total_most() -> None:
    scores = [
        RuleScore("a", "correct", 1, 50, 100), RuleScore("b", "correct", 3, 90, 100), RuleScore("c", "live", 1, 80, 100),
        RuleScore("shadow", "live", 0, 0, 100), RuleScore("silent", "clean", 1, 0, 0), RuleScore("well", "clean", 1, 9, 9),
    ]  # fmt: skip
    fixes = best_fixes(scores)
    assert [(fix.rule_id, round(fix.gain, 3), fix.rows) for fix in fixes] == [
        ("c", 6.667, 20),
        ("a", 4.167, 50),
        ("b", 2.5, 10),
    ]
    assert best_fixes(scores, 1)[0].rule_id == "c"


def test_a_report_that_was_kept_is_the_same_again() -> None:
    data = invented_report()
    again = load_report(dump_report(data))
    assert again == data
    assert render_report(again) == render_report(data)


def test_two_reports_tell_what_is_new_resolved_and_persisting() -> None:
    before = invented_report()
    first, second = before.open_tasks
    newcomer = OpenTask(9, "sex_missing", "sender", "PX00008", 40, "sender", "open", 30, TODAY, 0)
    worse = replace(before.wards[3], total=(before.wards[3].total or 0) - 20)
    after = replace(
        before, today=TODAY + timedelta(days=7), open_tasks=(second, newcomer), wards=(*before.wards[:3], worse)
    )
    assert courses(before, after) == {"new": (newcomer,), "resolved": (first,), "persisting": (second,)}
    assert [one.ward.ward_code for one in moved_wards(before, after)] == [worse.ward_code]
    told = text_of(render_comparison(before, after))
    assert worse.ward_name in told
    assert "▼" in told
    assert "Đã khắc phục" in text_of(render_report(after, before))


def test_workbook_and_csv_hold_what_the_page_shows(tmp_path: Path) -> None:
    data = invented_report()
    write_tables(data, tmp_path)
    book = openpyxl.load_workbook(tmp_path / "report.xlsx")
    assert tuple(book.sheetnames) == TABLES
    wards = list(book["wards"].iter_rows(min_row=2, values_only=True))
    assert len(wards) == 126
    assert wards[0][:2] == (data.wards[0].ward_code, data.wards[0].ward_name)
    for name in TABLES:
        text = (tmp_path / f"{name}.csv").read_text("utf-8")
        assert text.startswith("\ufeff")
        rows = list(csv.reader(io.StringIO(text)))
        assert len(rows) == book[name].max_row
        assert not [cell for row in rows for cell in row if cell[:1] in "=+@" and cell]
    counts = {name: list(next(book[name].iter_rows(values_only=True))) for name in TABLES}
    for name, column in (
        ("tasks", "Số dòng (Rows)"),
        ("rules", "Không đạt (Failing)"),
        ("wards", "Cư trú (Residents)"),
    ):
        place = counts[name].index(column)
        told = [row[place] for row in book[name].iter_rows(min_row=2, values_only=True)]
        assert not [count for count in told if isinstance(count, int | float) and 0 < count < 5]


def test_a_day_without_a_report_or_with_a_changed_one_is_said(database_url: str) -> None:
    with connect(database_url) as connection:
        report_days.keep(connection, TODAY, "{}", "v")
        assert report_days.read(connection, TODAY) == "{}"
        assert report_days.before(connection, TODAY) is None
        assert report_days.before(connection, TODAY + timedelta(days=1)) == TODAY
        with pytest.raises(ConfigError, match="at the latest 2026-10-01"):
            report_days.read(connection, date(2026, 9, 1))
        connection.cursor().execute("update quality.report_day set content = '{1}'")
        with pytest.raises(ConfigError, match="not what was kept"):
            report_days.read(connection, TODAY)


def test_what_a_rule_measured_of_a_sender_stands_in_the_place_of_counts() -> None:
    tree = html.document_fromstring(PAGES["sender-CS01929.html"])
    for element in tree.xpath("//*[@lang='en']"):
        element.drop_tree()
    text = " ".join(tree.text_content().split())
    assert "Đã 19 ngày; nhiều nhất 2 ngày." in text
    assert "Chưa gửi lần nào; chờ nhiều nhất 7 ngày." in text
    assert "< 5 dòng; thường 1.040 dòng." in text.replace("\xa0", " ")
    assert "Độ lệch 0,31; cho phép 0,25." in text
