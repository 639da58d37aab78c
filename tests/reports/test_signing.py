"""What is signed of a report: the figures of a ward and of the city, one text for the same figures."""

from dataclasses import replace
from datetime import date

from etl.reports.data import OpenTask, ReportData, SenderRows
from etl.reports.history import dump_report, load_report
from etl.reports.signing import MEASURES, Signable, canonical, differences, digest_of, measure
from tests.reports.invented import TODAY, invented_report

ROWS = (SenderRows("PX00004", 2, 40, 36, 2, 2, 0), SenderRows("PX00008", 1, 9, 9, 0, 0, 0))


def data() -> ReportData:
    return invented_report(sender_rows=ROWS)


def test_a_ward_has_its_own_and_its_stations_figures() -> None:
    figures = Signable(data()).of("ward", "00004")
    assert figures["rows"] == {
        "files": 2,
        "rows_in": 40,
        "accepted": 36,
        "quarantined": 2,
        "duplicate": 2,
        "withdrawn": 0,
    }
    assert (figures["tasks_open"], figures["tasks_overdue"]) == (1, 1), "its station's task was due before the report"
    assert figures["reported_on"] == "2026-10-01"
    assert set(figures["scores"]) == {"correct", "complete", "clean", "live", "total"}


def test_the_city_has_all_of_them() -> None:
    figures = Signable(data()).of("city", "HN")
    assert figures["scores"]["total"] == 81.96
    assert figures["rows"]["rows_in"] == 612 + 301 + 801 + 2440
    assert figures["tasks_open"] == 2


def test_a_ward_that_sent_nothing_has_noughts_and_an_old_report_does_not_know() -> None:
    assert Signable(data()).of("ward", "00070")["rows"]["rows_in"] == 0
    assert Signable(invented_report()).of("ward", "00004")["rows"] is None


def test_the_same_figures_are_the_same_text_after_keeping() -> None:
    kept = load_report(dump_report(data()))
    for scope in (("ward", "00004"), ("city", "HN")):
        text = canonical(Signable(data()).of(*scope))
        assert canonical(Signable(kept).of(*scope)) == text
        assert len(digest_of(text)) == 64


def test_what_differs_is_named() -> None:
    signed = Signable(data()).of("ward", "00004")
    late = OpenTask(9, "name_missing", "ward", "00004", None, "ward", "open", 3, date(2026, 12, 1), 0)
    changed = replace(
        data(), open_tasks=(*data().open_tasks, late), sender_rows=(replace(ROWS[0], accepted=37), ROWS[1])
    )
    now = Signable(changed).of("ward", "00004")
    assert differences(signed, now) == ["accepted", "tasks_open"]
    assert differences(signed, signed) == []
    assert changed.today == TODAY
    assert all(measure(signed, name) is not None for name in MEASURES if name not in signed["scores"])
