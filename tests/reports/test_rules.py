"""The page of rules tells every rule of the catalogue, in both languages, and stands alone."""

import re
from pathlib import Path

import pytest
from lxml import html

from etl import steps
from etl.quality.catalogue import catalogue
from etl.settings import PROJECT_DIR, Settings


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    steps.rules(Settings(var_dir=folder), folder)
    return folder


def test_every_rule_is_told_with_what_happens_and_how_to_mend_it(folder: Path) -> None:
    page = html.fromstring((folder / "rules.html").read_text(encoding="utf-8"))
    told = {row.get("id").removeprefix("r-"): row.text_content() for row in page.xpath("//tr[@id]")}
    assert told.keys() == catalogue().rules.keys()
    for rule in catalogue():
        text = told[rule.rule_id]
        for said in (rule.meta.message, rule.meta.fix):
            assert said.vi in text
            assert said.en in text
        assert rule.meta.example in text


def test_it_needs_no_network(folder: Path) -> None:
    assert not re.findall(r"(?:src|href)=[\"'](?!#)", (folder / "rules.html").read_text(encoding="utf-8"))


def test_the_copy_in_the_documentation_is_new(folder: Path) -> None:
    told = (folder / "rules.md").read_text(encoding="utf-8")
    assert (PROJECT_DIR / "docs" / "rules.md").read_text(encoding="utf-8") == told, "Run: healthbook rules --out docs"
