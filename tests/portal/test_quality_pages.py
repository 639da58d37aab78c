"""Anybody can use the pages about quality: axe finds nothing, and a narrow phone shows them without moving sideways."""

import pytest

from tests.portal.look import sign_in
from tests.portal.town import SENDER, WARD, Town
from tests.reports.browser import IN_BROWSER, barriers, open_browser

pytestmark = IN_BROWSER
BATCH, DAYS = 3, "first=2026-09-30&second=2026-10-01"
WHOLE = "/reports/days/2026-10-01/page"
"""The printed report, on which axe is run where it is written."""
PAGES = (
    "/reports", f"/reports/compare?{DAYS}", f"/reports/wards/{WARD}", f"/reports/senders/{SENDER}", "/reports/senders/CS01929",
    "/reports/rules/national_id_missing", f"/reports/batches/{BATCH}", f"/reports/batches/{BATCH}/rows/4", "/tasks?page=2", "/tasks/1",
    f"/tasks/compare?{DAYS}", "/periods", "/periods/2026-09", "/periods/2026-10", f"/periods/2026-09/wards/{WARD}", WHOLE,
)  # fmt: skip


@pytest.mark.parametrize("width", [1200, 320])
def test_anybody_can_use_the_pages(town: Town, width: int) -> None:
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": width, "height": 900}, base_url=town.base_url, locale="vi-VN")
        sign_in(page, town.base_url, town.account("manager"), town.passwords["manager"])
        for path in PAGES:
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            assert path == WHOLE or barriers(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
