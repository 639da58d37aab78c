"""Pictures of pages of a town that is being served: `python -m tests.portal.look BASE_URL ACCOUNT PASSWORD OUT PATH…`."""

import re
import sys
from pathlib import Path

from playwright.sync_api import Page

from tests.reports.browser import barriers, open_browser

WIDTHS = (1200, 360)


def sign_in(page: Page, base_url: str, account: str, password: str) -> None:
    """Through the form, as anybody does."""
    page.goto(f"{base_url}/sign-in")
    page.fill("#user_name", account)
    page.fill("#password", password)
    page.click("button.main")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def main() -> None:
    """One picture a page and width; what axe finds is printed."""
    base_url, account, password, out, *paths = sys.argv[1:]
    with open_browser() as browser:
        for width in WIDTHS:
            page = browser.new_page(viewport={"width": width, "height": 900})
            sign_in(page, base_url, account, password)
            for path in paths:
                answer = page.goto(base_url + path)
                name = re.sub(r"\W+", "-", path).strip("-") or "start"
                Path(out).mkdir(parents=True, exist_ok=True)
                page.screenshot(path=Path(out) / f"{name}-{width}.png", full_page=True)
                wide = page.evaluate("document.documentElement.scrollWidth")
                print(path, width, answer.status if answer else "", "too wide" if wide > width else "", *barriers(page))
            page.close()


if __name__ == "__main__":
    main()
