"""The steward joins two people whom the register does not know, by keys alone, sees before what it does, and parts them again."""

import re
from collections.abc import Iterator

import pytest

from tests.pipeline.city import build, read_rows
from tests.portal.conftest import Doors
from tests.portal.test_review import WIDTHS, at_work, audited, press_on
from tests.portal.town import Town
from tests.reports.browser import IN_BROWSER, barriers
from tests.review.village import AN, NEW, SURE, add_strangers, record_of, strangers_of


@pytest.fixture(scope="module")
def peopled(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The town, and people whom the register does not know."""
    add_strangers(town.settings, tmp_path_factory.mktemp("strangers"))
    return town


def person_of(town: Town, record_id: int) -> int:
    query = f"select person_id from identity.link where closed_at is null and record_id = {record_id}"
    [(person_id,)] = read_rows(town.settings, query)
    return int(str(person_id))


def rulings_of(town: Town, record_id: int) -> list[tuple[object, ...]]:
    query = f"select verdict, reason, person_id from identity.ruling where record_id = {record_id} order by ruling_id"
    return read_rows(town.settings, query)


class TestByKeyboard:
    pytestmark = IN_BROWSER

    def test_two_are_joined_built_and_parted(self, peopled: Town) -> None:
        first, again, third, *_ = strangers_of(peopled.settings)
        newcomer = record_of(peopled.settings, NEW)
        group, own = person_of(peopled, newcomer), person_of(peopled, first)
        with at_work(peopled) as page:
            page.goto(f"{peopled.base_url}/review/{first}")
            press_on(page, "g")
            assert page.url.endswith("/alike")
            shown = page.inner_text("main table")
            assert shown.index(str(group)) < shown.index(str(-third)), "the likeliest first"
            assert "Trịnh Quốc Toản" in shown
            press_on(page, "1")
            assert page.url.endswith(f"/join/{-group}")
            assert person_of(peopled, first) == own, "nothing is done by looking"
            assert audited(peopled, f"record {first}")[-1] == "review.shown"
            assert "join.foretold" in audited(peopled, f"record {first}")
            assert "Trịnh Quốc Toàn" in page.inner_text("main")
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                assert barriers(page) == [], width
                assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.set_viewport_size({"width": 1200, "height": 900})
            page.keyboard.press("g")
            assert page.evaluate("document.activeElement.id") == "go"
            press_on(page, "g")
            assert rulings_of(peopled, first)[-1] == ("same", "as_stated", group)
            kept = max(group, own)
            assert {person_of(peopled, one) for one in (first, again, newcomer)} == {kept}
            assert "Đã xác nhận là một người" in page.locator("[role=status]").first.inner_text()

            press_on(page, "u")
            assert person_of(peopled, again) == own, "taken back like any other"
            page.goto(f"{peopled.base_url}/review/{first}/join/{-group}")
            page.keyboard.press("g")
            press_on(page, "g")
            build(peopled.settings)
            assert person_of(peopled, again) == kept

            page.goto(f"{peopled.base_url}/review/{first}")
            with page.expect_navigation(wait_until="load"):
                page.click("section[aria-labelledby=merging] a[href*='/part/']")
            assert barriers(page) == []
            page.keyboard.press("x")
            press_on(page, "x")
            assert rulings_of(peopled, first)[-1][0] == "different"
            assert (person_of(peopled, first), person_of(peopled, newcomer)) == (own, group)

    def test_pages_are_for_everybody_and_fit_a_phone(self, peopled: Town) -> None:
        first, _, _, alone, _ = strangers_of(peopled.settings)
        with at_work(peopled) as page:
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                for path in (f"/review/{first}/alike", f"/review/{alone}/alike", f"/review/{first}"):
                    page.goto(peopled.base_url + path)
                    assert page.locator("h1").count() == 1, path
                    assert barriers(page) == [], (path, width)
                    assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


def test_what_does_not_fit_is_refused(peopled: Town, enter: Doors) -> None:
    first, again, third, *_ = strangers_of(peopled.settings)
    sure, group = record_of(peopled.settings, SURE), person_of(peopled, record_of(peopled.settings, NEW))
    client = enter("steward")
    for path, status in (
        ("/review/17/alike", 404),
        (f"/review/{sure}/alike", 409),
        (f"/review/{first}/join/17", 404),
        (f"/review/{first}/join/{again}", 409),
        (f"/review/{first}/join/{sure}", 409),
        (f"/review/{first}/part/{third}", 409),
        (f"/review/17/part/{third}", 404),
    ):
        assert client.get(path).status_code == status, path
    found = client.post(f"/review/{first}/alike", data={"number": str(person_of(peopled, third))})
    assert found.url.path == f"/review/{first}/join/{third}"
    assert client.post(f"/review/{first}/alike", data={"number": "Sen"}).status_code == 400
    assert client.post(f"/review/{first}/alike", data={"number": str(AN)}).status_code == 404
    named = client.get(f"/review/{first}/join/{record_of(peopled.settings, NEW)}")
    assert named.url.path == f"/review/{first}/join/{-group}", "a person is named by one record of his"
    [link_id] = re.findall(r'name="link_id" value="(\d+)"', named.text)
    assert client.post(f"/review/{first}/join/{sure}", data={"link_id": link_id}).status_code == 409
    assert client.post(f"/review/{first}/join/17", data={"link_id": link_id}).status_code == 404
    assert client.post(f"/review/{first}/part/{third}", data={"link_id": link_id}).status_code == 409
    for role in ("officer", "manager", "reader"):
        assert enter(role).get(f"/review/{first}/alike").status_code == 403
        assert enter(role).post(f"/review/{first}/join/{-group}", data={"link_id": link_id}).status_code == 403
    [(rulings,)] = read_rows(
        peopled.settings, f"select count(*) from identity.ruling where record_id in ({third}, {again}, {sure})"
    )
    assert rulings == 0
