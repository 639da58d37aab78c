"""The page stands alone, speaks two languages, reads without colour, hides small counts, and is written whole."""

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from lxml import html

from etl.reports.data import Coverage, ReportData, WardLine
from etl.reports.page import render_report, render_scopes, write_report
from tests.reports.invented import TODAY, invented_report


@pytest.fixture(scope="module")
def text() -> str:
    return render_report(invented_report())


@pytest.fixture(scope="module")
def page(text: str) -> html.HtmlElement:
    return html.document_fromstring(text)


def shown(element: html.HtmlElement, language: str) -> str:
    """The text that a reader of the language sees."""
    other = {"vi": "en", "en": "vi"}[language]
    copy = html.fromstring(html.tostring(element))
    for hidden in copy.xpath(f"//*[@lang='{other}' and local-name() != 'html'] | //style"):
        hidden.drop_tree()
    return " ".join(copy.text_content().split())


def test_nothing_comes_from_elsewhere(text: str, page: html.HtmlElement) -> None:
    assert page.xpath("//link | //img | //iframe | //@src") == []
    [script] = page.xpath("//script")
    [policy] = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert f"script-src 'sha256-{b64encode(sha256(script.text.encode()).digest()).decode()}'" in policy
    pages = {name for name, _ in render_scopes(invented_report())} | {"index.html"}
    assert set(page.xpath("//@href")) <= pages
    assert not re.search(r"https?://|url\(|@import", text)


def test_it_is_light(text: str) -> None:
    assert len(text.encode()) < 300_000


def test_the_first_two_numbers_are_coverage_and_verification(page: html.HtmlElement) -> None:
    figures = [shown(figure, "vi") for figure in page.xpath("//*[@class='big']")[:2]]
    assert figures == ["83,9 %", "87,6 %"]


def test_it_speaks_vietnamese_first_and_english_on_demand(page: html.HtmlElement) -> None:
    assert page.get("lang") == "vi"
    assert page.xpath("//input[@checked]/@id") == ["vietnamese"]
    vietnamese, english = shown(page.body, "vi"), shown(page.body, "en")
    assert "Trường khóa chưa đạt 100" in vietnamese
    assert "Key fields below 100" in english
    assert "Key fields" not in vietnamese
    assert not re.search(r"[ăơưđạảấầẩẫậắằẳẵặẹẻẽếềểễệ]", shown(page.xpath("//header")[0], "en"))


def test_every_table_has_a_caption_and_scoped_headings(page: html.HtmlElement) -> None:
    for table in page.xpath("//table"):
        assert table.find("caption") is not None
        assert table.xpath(".//th[not(@scope)]") == []
    assert [heading.tag for heading in page.xpath("//h1")] == ["h1"]
    for section in page.xpath("//section"):
        assert page.xpath(f"//*[@id='{section.get('aria-labelledby')}']")


def test_colour_is_never_the_only_sign(page: html.HtmlElement) -> None:
    grades = page.xpath("//*[contains(concat(' ', @class, ' '), ' grade ')]")
    assert grades
    assert all(re.search("[●▲■○]", grade.text_content()) for grade in grades)


def test_identifiers_are_unique(page: html.HtmlElement) -> None:
    identifiers = page.xpath("//@id")
    assert len(identifiers) == len(set(identifiers))


def test_small_counts_are_hidden() -> None:
    ward = WardLine("00004", "Phường Mẫu", 3, 2, 3, 3, 50.0, 50.0, 50.0, 50.0, 50.0)
    page = html.document_fromstring(render_report(invented_report(wards=(ward,), coverage=Coverage(9, 3, 4, 4))))
    (row,) = page.xpath("//tr[th = 'Phường Mẫu']")
    assert [cell.text_content() for cell in row.xpath("td")][:3] == ["<\xa05", "–", "–"]
    figures = page.xpath("//*[@class='figure']")
    assert "< 5 trên 9" in shown(figures[0], "vi").replace("\xa0", " ")


def test_an_imbalance_is_said_aloud() -> None:
    report = invented_report()
    kinds = (replace(report.kinds[0], is_balanced=False), *report.kinds[1:])
    page = html.document_fromstring(render_report(replace(report, kinds=kinds)))
    assert "Không cân bằng" in shown(page.body, "vi")


def test_a_warehouse_with_nothing_in_it_still_gives_a_page() -> None:
    page = html.document_fromstring(render_report(ReportData(TODAY)))
    assert "Chưa dựng sổ lần nào" in shown(page.body, "vi")


def test_names_are_escaped() -> None:
    ward = WardLine("00004", "<script>alert(1)</script>", 30, 20, 20, 20, 50.0, 50.0, 50.0, 50.0, 50.0)
    assert "<script>alert" not in render_report(invented_report(wards=(ward,)))


def test_the_day_has_a_folder_and_the_newest_lies_before_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    first, *_ = write_report(ReportData(TODAY), out)
    second, of_day, *scopes = write_report(invented_report(), out)
    assert first == second == out / "index.html"
    assert of_day == out / "2026-10-01" / "index.html"
    assert of_day.read_text("utf-8") == render_report(invented_report())
    assert {path.name for path in out.iterdir()} == {"index.html", "2026-10-01"}
    assert len(scopes) == 126 + len(invented_report().senders)
    for target in html.document_fromstring(second.read_text("utf-8")).xpath("//@href"):
        assert (out / target).exists()


def test_the_same_data_gives_the_same_page(text: str) -> None:
    assert render_report(invented_report()) == text


def test_rules_on_trial_stand_apart_and_count_for_nothing() -> None:
    data = invented_report()
    worst = next(line for line in data.rules if line.score is not None and data.wording[line.rule_id].is_scored)
    rule = replace(data.wording[worst.rule_id], is_scored=False, is_shadow=True)
    page = render_report(replace(data, wording={**data.wording, rule.rule_id: rule}))
    counted, _, trial = page.partition("Quy tắc đang đo thử")
    assert rule.message_vi not in counted.partition("Quy tắc kém nhất")[2]
    assert rule.message_vi in trial
    assert "Quy tắc đang đo thử" not in render_report(data)
