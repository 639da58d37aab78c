"""The data dictionary says everything of every field once, in both languages, and its copy in the documentation is new."""

import base64
import hashlib
import itertools
import re
from pathlib import Path

import pytest
from lxml import etree, html

from etl.contracts import TABLES, WAREHOUSE_TABLES
from etl.contracts.wording import PRIVACY_WORDING
from etl.quality.catalogue import catalogue
from etl.reports.dictionary import (
    DictionaryData,
    describe,
    render_diagram,
    render_html,
    render_markdown,
    write_dictionary,
)
from etl.settings import PROJECT_DIR, Settings
from etl.steps.dictionary import gather_dictionary

FIELDS = [(table, field) for table in WAREHOUSE_TABLES for field in table.stored_fields]
HTML5 = {"nav", "main", "header", "footer", "section", "figure", "details", "summary", "bdi", "output", "svg", "title"}
HTML5 |= {"rect", "path", "circle", "text", "tspan", "g", "desc", "style"}


@pytest.fixture(scope="module")
def data(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> DictionaryData:
    return gather_dictionary(Settings(database_url=module_database_url, var_dir=tmp_path_factory.mktemp("var")))


@pytest.fixture(scope="module")
def text(data: DictionaryData) -> str:
    return render_html(data)


@pytest.fixture(scope="module")
def page(text: str) -> html.HtmlElement:
    return html.document_fromstring(text)


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def plain(text: str) -> str:
    return " ".join(text.split())


def test_every_field_of_every_table_stands_there_once_with_all_that_its_contract_says(page: html.HtmlElement) -> None:
    rows = {row.get("id"): row for row in page.xpath("//tr[starts-with(@id, 'f-')]")}
    assert len(page.xpath("//tr[starts-with(@id, 'f-')]")) == len(FIELDS)
    for table, field in FIELDS:
        row = rows[f"f-{table.name}-{field.name}"]
        told = words(row)
        privacy = PRIVACY_WORDING[field.privacy]
        expected = [
            field.name,
            field.vi,
            field.en,
            privacy.sign,
            privacy.vi,
            privacy.en,
            *field.terms,
            field.references or "",
        ]
        assert [text for text in expected if plain(text) not in told] == [], f"{table.name}.{field.name}"
        assert ("khóa" in told) == (field.name in table.key)
        assert ("mã hóa" in told) == field.is_sealed


def test_the_markdown_has_every_field_once(data: DictionaryData) -> None:
    parts = re.split(r"^### (\S+)$", render_markdown(data), flags=re.MULTILINE)
    tables = dict(zip(parts[1::2], parts[2::2], strict=True))
    for table in WAREHOUSE_TABLES:
        named = re.findall(r"^\| `(\w+)`<br>", tables[table.name], flags=re.MULTILINE)
        assert named == [field.name for field in table.stored_fields]
        lines = [line for line in tables[table.name].splitlines() if line.startswith("| `")]
        assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {8}


def test_the_copy_in_the_documentation_is_new(data: DictionaryData) -> None:
    advice = "docs/ is stale. Run: healthbook dictionary --out docs"
    assert (PROJECT_DIR / "docs" / "dictionary.md").read_text("utf-8") == render_markdown(data), advice
    assert (PROJECT_DIR / "docs" / "er.svg").read_text("utf-8") == render_diagram(), advice


def test_every_rule_is_told_and_stands_beside_its_fields(page: html.HtmlElement, data: DictionaryData) -> None:
    told = [row.get("id").removeprefix("r-") for row in page.xpath("//tr[starts-with(@id, 'r-')]")]
    assert told == [rule.rule_id for rule in catalogue()]
    entries = {(e.table.name, e.field.name): e for schema in describe(data) for t in schema.tables for e in t.fields}
    beside = {name: [rule.wording.rule_id for rule in entry.rules] for name, entry in entries.items()}
    assert "national_id_form" in beside["person_record", "national_id"]
    assert {"dose_dated", "dose_after_birth", "dose_not_future"} <= set(beside["immunisation", "given_on"])
    assert "encounter_ends_after_start" in beside["encounter", "started_at"]  # the second column of a pair


def test_values_and_constraints_are_those_of_the_database(data: DictionaryData) -> None:
    entries = {(e.table.name, e.field.name): e for schema in describe(data) for t in schema.tables for e in t.fields}
    assert entries["person_record", "sex"].values == ("male", "female", "undetermined")
    assert [c.condition for c in entries["batch", "sha256"].constraints] == ["sha256 ~ '^[0-9a-f]{64}$'"]
    assert [c.condition for c in entries["ruling", "actor"].constraints] == ["actor not in ('', 'engine')"]
    (batch,) = (t for schema in describe(data) for t in schema.tables if t.table.name == "batch")
    assert "UNIQUE NULLS NOT DISTINCT (sha256, sender_code)" in [c.condition for c in batch.constraints]


def test_report_views_are_described_column_by_column(page: html.HtmlElement, data: DictionaryData) -> None:
    assert {view.name for view in data.described.views} == {
        path.stem for path in (PROJECT_DIR / "sql" / "views").glob("report.*.sql")
    }
    for view in data.described.views:
        (section,) = page.xpath(f"//section[@id='v-{view.name}']")
        told = words(section)
        for column in view.columns:
            assert column.vi
            assert column.en
            assert all(plain(text) in told for text in (column.name, column.vi, column.en))


def test_it_is_one_page_that_needs_nothing_else(text: str, page: html.HtmlElement) -> None:
    assert page.xpath("//link | //img | //iframe | //@src") == []
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|url\(|@import", text)
    (script,) = page.xpath("//script")
    digest = base64.b64encode(hashlib.sha256(script.text.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page.xpath("//meta[@http-equiv]/@content")[0]


def test_it_is_sound_html(text: str, page: html.HtmlElement) -> None:
    assert text.startswith("<!DOCTYPE html>")
    parser = etree.HTMLParser()
    etree.fromstring(text.encode(), parser)
    faults = [
        error.message for error in parser.error_log if error.message not in {f"Tag {tag} invalid" for tag in HTML5}
    ]
    assert faults == []
    identifiers = page.xpath("//@id")
    assert len(identifiers) == len(set(identifiers))
    assert {link[1:] for link in page.xpath("//a/@href")} <= set(identifiers)
    assert set(page.xpath("//@aria-labelledby")) - {"er-title er-text"} <= set(identifiers)


def test_it_reads_without_sight_and_without_colour(page: html.HtmlElement) -> None:
    levels = [int(heading.tag[1]) for heading in page.xpath("//h1 | //h2 | //h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    for table in page.xpath("//table"):
        assert table.find("caption") is not None
        assert table.xpath(".//th[not(@scope)]") == []
    marks = page.xpath("//span[starts-with(@class, 'class ')]")
    assert all(mark.text_content().strip()[0] in {told.sign for told in PRIVACY_WORDING.values()} for mark in marks)
    assert page.xpath("//label[@for='find']")


def test_vietnamese_comes_first(page: html.HtmlElement) -> None:
    assert page.get("lang") == "vi"
    assert page.xpath("//input[@checked]/@id") == ["vietnamese"]
    for english in page.xpath("//body//*[@lang='en' and not(ancestor::*[local-name() = 'svg'])]"):
        assert english.getprevious() is not None
        assert english.getprevious().get("lang") == "vi"


def test_files_are_written_whole_and_alike(data: DictionaryData, tmp_path: Path, text: str) -> None:
    paths = write_dictionary(data, tmp_path / "out")
    assert [path.name for path in paths] == ["dictionary.html", "dictionary.md", "er.svg"]
    assert paths[0].read_text("utf-8") == text
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(path.name for path in paths)


def test_all_tables_have_a_place(page: html.HtmlElement) -> None:
    assert {section.removeprefix("t-") for section in page.xpath("//section/@id") if section.startswith("t-")} == set(
        TABLES
    )
