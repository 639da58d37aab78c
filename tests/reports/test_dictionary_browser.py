"""The dictionary in a real browser: search, both languages by keyboard, a phone, paper."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from etl.reports.dictionary import render_html
from etl.settings import Settings
from etl.steps.dictionary import gather_dictionary
from tests.reports.browser import IN_BROWSER, barriers, open_browser

pytestmark = IN_BROWSER


@pytest.fixture(scope="module")
def path(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dictionary")
    page = folder / "dictionary.html"
    page.write_text(render_html(gather_dictionary(Settings(database_url=module_database_url, var_dir=folder))), "utf-8")
    return page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, path: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": getattr(request, "param", 1440), "height": 900})
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(path.as_uri())
    yield page
    page.close()
    assert faults == []


def shown(page: Page) -> set[str]:
    return set(page.eval_on_selector_all("main tr[id]", "rows => rows.filter(r => r.checkVisibility()).map(r => r.id)"))


@pytest.mark.parametrize("page", [320, 1440], indirect=True)
def test_nobody_is_kept_out(page: Page) -> None:
    assert barriers(page) == []


def test_search_finds_by_words_without_marks_in_either_language(page: Page) -> None:
    everything = shown(page)
    page.fill("#find", "tiem chung ngay tiem")
    found = shown(page)
    assert "f-immunisation-given_on" in found
    assert not any(row.startswith(("f-encounter", "f-person_record")) for row in found)
    page.fill("#find", "MUI SO")
    # The rules' words: mũi tiêm, sổ tiêm chủng, số thứ tự mũi tiêm.
    assert {"f-immunisation-dose_no", "r-dose_dated", "r-dose_number_plausible"} <= shown(page)
    assert not [row for row in shown(page) if row.startswith("f-") and not row.startswith("f-immunisation")]
    assert "dòng phù hợp" in page.inner_text("output")
    assert not page.is_visible("#t-encounter")
    assert not page.is_visible("nav a[href='#t-encounter']")
    page.fill("#find", "birth date lane xyz")
    assert shown(page) == set()
    page.press("#find", "Escape")
    assert shown(page) == everything
    assert page.inner_text("output") == ""


def test_the_language_is_chosen_by_keyboard(page: Page) -> None:
    assert page.inner_text("h1") == "Từ điển dữ liệu"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("h1") == "Data dictionary"
    assert "Mô" not in page.inner_text("#t-person h3")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"


@pytest.mark.parametrize("page", [390, 1440], indirect=True)
def test_the_page_itself_never_scrolls_sideways(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("page", [390], indirect=True)
def test_on_a_phone_a_row_is_a_card(page: Page) -> None:
    assert not page.is_visible("nav.contents a")
    name = page.locator("#f-person-person_id th").bounding_box()
    meaning = page.locator("#f-person-person_id td").first.bounding_box()
    assert name
    assert meaning
    assert meaning["y"] >= name["y"] + name["height"]


def test_paper_has_all_rows_and_no_controls(page: Page) -> None:
    page.fill("#find", "")
    page.emulate_media(media="print")
    assert not page.is_visible("#find")
    assert not page.is_visible("nav.contents")
    assert len(shown(page)) > 363
