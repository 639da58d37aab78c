"""Debian's browser: opened for tests, pictures of whole pages, and what axe says of a page."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
IN_BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: make browser"),
]


@contextmanager
def open_browser() -> Iterator[Browser]:
    """The browser, without its sandbox, since tests may run as root."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def barriers(page: Page) -> list[str]:
    """What axe finds on a page that somebody could not use: the rule, how bad, and the first element."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:200]}" for one in found]


def take_pictures(pages: Mapping[str, Path], out: Path, widths: Sequence[int]) -> list[Path]:
    """`name-width.png` of each page at each width, in pixels; none where there is no browser."""
    if CHROMIUM is None:
        return []
    out.mkdir(parents=True, exist_ok=True)
    taken = []
    with open_browser() as browser:
        for width in widths:
            page = browser.new_page(viewport={"width": width, "height": 900})
            for name, path in pages.items():
                page.goto(path.absolute().as_uri())
                taken.append(out / f"{name}-{width}.png")
                page.screenshot(path=taken[-1], full_page=True)
            page.close()
    return taken
