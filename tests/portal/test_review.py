"""The steward: three pairs decided by keyboard alone, one taken back, a split foretold and done, blind second reviews."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page

from tests.pipeline.city import read_rows
from tests.portal.look import sign_in
from tests.portal.town import Town
from tests.reports.browser import IN_BROWSER, barriers, open_browser
from tests.review.village import AN, LAN, OTHER_LAN

WIDTHS = (1200, 320)
WAITING = "select record_id from identity.link where closed_at is null and decision = 'review' order by record_id"


def waiting_of(town: Town) -> list[int]:
    return [int(str(record_id)) for (record_id,) in read_rows(town.settings, WAITING)]


def link_of(town: Town, record_id: int) -> tuple[object, ...]:
    """What is believed of a record, but for when and by whom the link was opened."""
    [link] = read_rows(
        town.settings,
        "select person_id, decision, rule, score, candidate_person_id, runner_up_person_id, runner_up_score, vector,"
        f" runner_up_vector, model_version from identity.link where closed_at is null and record_id = {record_id}",
    )
    return link


def rulings_of(town: Town, record_id: int) -> list[tuple[object, ...]]:
    return read_rows(
        town.settings,
        "select verdict, reason, person_id, is_blind, undoes_ruling_id is not null, actor from identity.ruling"
        f" where record_id = {record_id} order by ruling_id",
    )


def audited(town: Town, subject: str) -> list[object]:
    """Which actions of the steward's the audit tells of a subject."""
    return [
        action
        for (action,) in read_rows(
            town.settings,
            f"select action from audit.event where subject = '{subject}' and actor = '{town.account('steward')}' order by event_id",
        )
    ]


@contextmanager
def at_work(town: Town, account: str = "steward", width: int = 1200) -> Iterator[Page]:
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.set_default_timeout(30_000)
        sign_in(page, town.base_url, town.account(account), town.passwords[account])
        yield page


def on_record(page: Page) -> int:
    found = re.search(r"/review/(\d+)", page.url)
    assert found is not None, page.url
    return int(found.group(1))


def press_on(page: Page, *keys: str) -> None:
    """Press keys, of which the last leads to another page."""
    for key in keys[:-1]:
        page.keyboard.press(key)
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press(keys[-1])


@pytest.fixture(scope="module")
def left(town: Town) -> list[int]:
    """The records that wait at the beginning."""
    found = waiting_of(town)
    assert len(found) == 3
    return found


class TestByKeyboard:
    pytestmark = IN_BROWSER

    def test_three_pairs_are_decided_one_is_taken_back_and_a_record_is_split(self, town: Town, left: list[int]) -> None:
        with at_work(town) as page:
            page.goto(f"{town.base_url}/review")
            press_on(page, "j")
            first = on_record(page)
            press_on(page, "j")
            second = on_record(page)
            assert second != first, "j goes on without deciding"
            press_on(page, "k")
            assert on_record(page) == first, "k goes back"
            assert rulings_of(town, first) == []

            page.keyboard.press("s")
            assert page.locator("#chosen").inner_text().startswith("Đã chọn: Cùng một người")
            assert rulings_of(town, first) == [], "one key chooses, and decides nothing"
            page.keyboard.press("Escape")
            assert page.locator("#chosen").inner_text() == ""
            page.keyboard.press("r")
            page.keyboard.press("d")
            page.keyboard.press("Escape")
            page.keyboard.press("n")
            page.keyboard.type("s d x")
            assert page.input_value("#note") == "s d x", "keys do not fire while somebody types"
            page.fill("#note", "")
            page.keyboard.press("Escape")

            before = link_of(town, first)
            press_on(page, "s", "s")
            assert on_record(page) == second
            assert link_of(town, first)[1:3] == ("match", "reviewer")
            assert "Đã quyết định" in page.locator("[role=status]").first.inner_text()

            press_on(page, "u")
            assert on_record(page) == first, "what was taken back is shown again"
            assert link_of(town, first) == before, "the link says what it said before"
            assert waiting_of(town) == left, "and the record waits again"
            assert [row[4] for row in rulings_of(town, first)] == [False, True]
            assert audited(town, f"record {first}").count("links.ruled") == 2

            press_on(page, "d", "Enter")
            second = on_record(page)
            press_on(page, "c", "c")
            third = on_record(page)
            assert len({first, second, third}) == 3
            page.keyboard.press("s")
            page.keyboard.press("r")
            page.select_option("#reason", "documents")
            page.focus("#go")
            press_on(page, "Enter")
            assert [rulings_of(town, one)[-1][:2] for one in (first, second, third)] == [
                ("different", "as_stated"), ("cannot_tell", "too_little"), ("same", "documents"),
            ]  # fmt: skip
            assert waiting_of(town) == [second]
            for one in left:
                assert audited(town, f"record {one}")[0] == "review.shown", "shown only once it was written down"
            self.split_by_keys(town, page)

    def split_by_keys(self, town: Town, page: Page) -> None:
        """A sure link is taken apart: first what each book loses and gains, then a key more."""
        [(record_id,)] = read_rows(
            town.settings,
            f"select min(record_id) from identity.link where closed_at is null and person_id = {AN} and rule <> 'reviewer'",
        )
        page.goto(f"{town.base_url}/review/person/{AN}")
        with page.expect_navigation(wait_until="load"):  # a key that comes before the page's script is nobody's
            page.click(f"text={record_id}")
        press_on(page, "x")
        assert page.url.endswith("/split")
        assert "0912345671" in page.content(), "what the register states leaves with the book or stays in it"
        assert rulings_of(town, int(str(record_id))) == []
        assert audited(town, f"record {record_id}")[-1] == "split.foretold"
        page.keyboard.press("x")
        assert page.evaluate("document.activeElement.id") == "go"
        press_on(page, "x")
        assert rulings_of(town, int(str(record_id)))[-1][:3] == ("split", "mixed_record", AN)
        assert link_of(town, int(str(record_id)))[:2] == (-int(str(record_id)), "none")
        page.goto(f"{town.base_url}/review")
        press_on(page, "u")
        assert link_of(town, int(str(record_id)))[:2] == (AN, "match"), "a split is taken back like any other"

    def test_a_blind_review_shows_nothing_that_was_decided_and_binds_nobody(self, town: Town, left: list[int]) -> None:
        with at_work(town) as page:
            page.goto(f"{town.base_url}/review/samples")
            page.fill("#count", "12")
            with page.expect_navigation():
                page.click("form.card button, section.card button")
            [(sample_id,)] = read_rows(town.settings, "select max(sample_id) from identity.review_sample")
        with at_work(town, "second_steward") as page:
            page.goto(f"{town.base_url}/review/samples")
            press_on(page, "j")
            assert page.url.endswith(f"/review/blind/{sample_id}")
            links = "select record_id, person_id, decision from identity.link where closed_at is null order by 1"
            before = read_rows(town.settings, links)
            shown = page.content()
            assert "bit" not in page.inner_text("main").lower().split()
            assert not re.search(r'href="/review/\d+"', shown), "no way to what was decided"
            for keys in (("s", "s"), ("d", "Enter"), ("c", "c")):
                press_on(page, *keys)
            query = f"select verdict from identity.ruling where sample_id = {sample_id} and is_blind and undoes_ruling_id is null order by ruling_id"
            assert read_rows(town.settings, query) == [("same",), ("different",), ("cannot_tell",)]
            assert read_rows(town.settings, links) == before
            press_on(page, "u")
            press_on(page, "s", "s")
            assert len(read_rows(town.settings, query)) == 4, "what was taken back blind can be ruled again"
            page.goto(f"{town.base_url}/review/agreement?sample={sample_id}")
            assert "Kappa" in page.content()
            assert barriers(page) == []

    def test_pages_are_for_everybody_and_fit_a_phone(self, town: Town, left: list[int]) -> None:
        [(linked,)] = read_rows(
            town.settings, f"select max(record_id) from identity.link where closed_at is null and person_id = {LAN}"
        )
        paths = (
            "/review", f"/review/{left[0]}", f"/review/{linked}", f"/review/{linked}/split", f"/review/person/{LAN}",
            "/review/samples", "/review/agreement",
        )  # fmt: skip
        with at_work(town) as page:
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                for path in paths:
                    page.goto(town.base_url + path)
                    assert page.locator("h1").count() == 1, path
                    assert barriers(page) == [], (path, width)
                    assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


def test_only_stewards_come_in_and_numbers_of_nobody_are_not_there(town: Town, left: list[int]) -> None:
    client = town.client("officer")
    assert client.get("/review").status_code == 403
    assert client.get(f"/review/{left[0]}").status_code == 403
    assert client.post(f"/review/{left[0]}", data={"verdict": "same", "link_id": 1}).status_code == 403
    client = town.client("steward")
    for path in ("/review/17", "/review/17/split", "/review/person/999999", "/review/blind/999"):
        assert client.get(path).status_code == 404, path
    assert client.post("/review/17", data={"verdict": "same", "link_id": 1, "person_id": AN}).status_code == 404
    assert client.post("/review/undo", data={"ruling_id": 999}).status_code == 409
    found = client.post("/review/find", data={"number": str(LAN)})
    assert found.url.path == f"/review/person/{LAN}"
    assert client.post("/review/find", data={"number": "001190000039"}).status_code == 404
    assert client.post("/review/find", data={"number": "Lan"}).status_code == 400
    assert client.get("/review/agreement?sample=999").status_code == 404


def test_without_the_script_and_for_another_person(town: Town) -> None:
    """What the form alone brings; a decision on what somebody decided meanwhile is refused."""
    [(record_id, link_id)] = read_rows(
        town.settings,
        "select record_id, link_id from identity.link where closed_at is null and decision = 'none' order by record_id limit 1",
    )
    path = f"/review/{record_id}"
    client = town.client("steward")
    brought = {"verdict": "same_other", "link_id": link_id, "reason": "contacted"}
    assert client.post(path, data=brought).status_code == 400, "which person?"
    assert client.post(path, data={**brought, "other_id": OTHER_LAN, "reason": "other"}).status_code == 400
    assert client.post(path, data={**brought, "other_id": OTHER_LAN}).status_code == 200
    assert link_of(town, int(str(record_id)))[:2] == (OTHER_LAN, "match")
    assert client.post(path, data={**brought, "other_id": LAN}).status_code == 409, "the link is another by now"
    page = client.get(path)
    [ruling_id] = re.findall(r'name="ruling_id" value="(\d+)"', page.text)
    other = town.client("second_steward")
    assert other.post("/review/undo", data={"ruling_id": ruling_id}).status_code == 409, "it is not his"
    assert client.post("/review/undo", data={"ruling_id": ruling_id}).status_code == 200
    assert link_of(town, int(str(record_id)))[1] == "none"
    assert client.post("/review/undo", data={"ruling_id": ruling_id}).status_code == 409


def test_nothing_about_health_and_nothing_unsaid_is_read(town: Town, left: list[int]) -> None:
    """Everything is read in the steward's role, to which health data are closed."""
    client = town.client("steward")
    assert client.get(f"/review/{left[0]}").status_code == 200
    entries = f"select distinct role_name from access.entry where user_name = '{town.account('steward')}'"
    assert read_rows(town.settings, entries) == [("steward",)]


def test_the_page_after_a_decision_comes_at_once(town: Town, left: list[int]) -> None:
    """300 decisions an hour leave 12 s for each: the machine's part of it is a small one."""
    client = town.client("steward")
    client.get("/review/next")
    times = []
    for _ in range(5):
        [(link_id,)] = read_rows(
            town.settings, f"select link_id from identity.link where closed_at is null and record_id = {left[0]}"
        )
        began = time.perf_counter()
        page = client.post(f"/review/{left[0]}", data={"verdict": "cannot_tell", "link_id": link_id, "person_id": LAN})
        times.append(time.perf_counter() - began)
        assert page.status_code == 200
    assert sorted(times)[2] < 1.0, times
