"""The report's pages in a real browser: nothing is cut off on a narrow phone, in either language; links lead to pages."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from etl.reports.page import render_comparison, write_report
from etl.settings import Settings
from etl.steps.dictionary import rules
from tests.reports.browser import IN_BROWSER, barriers, open_browser
from tests.reports.invented import invented_report

pytestmark = IN_BROWSER
PAGES = ("index.html", "2026-10-01/ward-00004.html", "2026-10-01/sender-CS01929.html", "compare.html", "rules.html")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, data = tmp_path_factory.mktemp("report"), invented_report()
    write_report(data, folder)
    rules(Settings(var_dir=folder), folder)
    later = replace(data, today=data.today + timedelta(days=7), open_tasks=data.open_tasks[1:])
    (folder / "compare.html").write_text(render_comparison(data, later), "utf-8")
    return folder


@pytest.mark.parametrize("language", ["vietnamese", "english"])
@pytest.mark.parametrize("name", PAGES)
def test_a_narrow_phone_shows_the_whole_width(browser: Browser, folder: Path, name: str, language: str) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 900})
    page.goto((folder / name).as_uri())
    page.check(f"#{language}", force=True)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.close()


@pytest.mark.parametrize("width", [320, 1200])
@pytest.mark.parametrize("name", PAGES)
def test_nobody_is_kept_out(browser: Browser, folder: Path, name: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto((folder / name).as_uri())
    assert barriers(page) == []
    page.close()


def test_a_mark_of_the_map_leads_to_its_ward_and_back(browser: Browser, folder: Path) -> None:
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto((folder / "index.html").as_uri())
    page.click("svg.map a[href$='ward-00004.html'] .figure-of")
    assert page.inner_text("h1") == "Phường Ba Đình"
    page.click(".crumb a")
    assert "Dữ liệu đúng, đủ, sạch, sống đến đâu?" in page.inner_text("h1")
    page.close()


def test_wards_and_facilities_are_sorted_by_their_headings(browser: Browser, folder: Path) -> None:
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.goto((folder / "index.html").as_uri())

    def cells(place: int) -> list[str]:
        return page.eval_on_selector_all(
            "section[aria-labelledby=wards] tbody tr",
            "(rows, place) => rows.map(row => row.cells[place].querySelector('[lang=vi]')?.textContent ?? row.cells[place].textContent)",
            place,
        )

    heading = page.locator("section[aria-labelledby=wards] thead th").nth(1)
    heading.locator("button").focus()
    page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "ascending"
    counts = [int(text.replace(".", "")) for text in cells(1)]
    assert counts == sorted(counts) != sorted(counts, reverse=True)
    page.keyboard.press("Enter")
    assert [int(text.replace(".", "")) for text in cells(1)] == sorted(counts, reverse=True)
    page.locator("section[aria-labelledby=facilities] thead th button").last.click()
    totals = page.eval_on_selector_all(
        "section[aria-labelledby=facilities] tbody tr",
        "rows => rows.map(row => row.cells[row.cells.length - 1].innerText)",
    )
    numbers = [float(text.split()[-1]) for text in totals if "–" not in text]
    assert len(numbers) == 12
    assert numbers == sorted(numbers)
    assert barriers(page) == faults == []
    page.close()
