"""The report on paper: a PDF in each language that says what the page says, and hides what it hides."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from etl.reports.data import OpenTask, ReportData
from etl.reports.pdf import paper_of, render_pages, write_pdf
from tests.reports.invented import TODAY, invented_report


def test_each_language_has_a_paper(tmp_path: Path) -> None:
    paths = write_pdf(invented_report(), tmp_path)
    assert [path.name for path in paths] == ["report.pdf", "report.en.pdf"]
    assert all(path.read_bytes().startswith(b"%PDF-") for path in paths)
    assert {path.name for path in tmp_path.iterdir()} == {"report.pdf", "report.en.pdf"}


def test_the_same_data_gives_the_same_paper(tmp_path: Path) -> None:
    once, again = ([path.read_bytes() for path in write_pdf(invented_report(), tmp_path / name)] for name in ("a", "b"))
    assert once == again


@pytest.mark.parametrize(("language", "word", "other"), [("vi", "Đạt", "Good"), ("en", "Good", "Đạt")])
def test_it_speaks_one_language(language: str, word: str, other: str) -> None:
    told = json.dumps(paper_of(invented_report(), language), ensure_ascii=False)
    assert word in told
    assert other not in told
    assert "<span" not in told


def test_what_is_written_is_text_and_never_markup() -> None:
    data = invented_report()
    ward = replace(data.wards[0], ward_name="Phường #panic(1) $x$ *a*")
    assert len(render_pages(paper_of(replace(data, wards=(ward, *data.wards[1:])), "vi"))) >= 4


def test_a_warehouse_with_nothing_in_it_still_gives_a_paper() -> None:
    assert render_pages(paper_of(ReportData(TODAY), "vi"))


def test_small_counts_are_hidden() -> None:
    few = OpenTask(1, "name_missing", "sender", "PX00004", 31, "sender", "open", 3, TODAY, 0)
    [row] = paper_of(invented_report(open_tasks=(few,)), "vi")["tasks"]
    assert row[2].replace("\xa0", " ") == "< 5"
