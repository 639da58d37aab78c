"""The manager's work in a real browser: from the city to a masked row, two days, tasks, and names for who may open them."""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import closing

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from etl import steps
from tests.portal.look import sign_in
from tests.portal.town import OTHER_SENDER, SENDER, WARD, Town
from tests.reports.browser import IN_BROWSER, barriers, open_browser

pytestmark = IN_BROWSER
WIDE = 1200
BATCH, ROW = 3, 4
"""The faulty list, and its row about somebody who is born in the future."""
NAME = "Ngô Văn Thử"
PLACE = f"/reports/batches/{BATCH}/rows/{ROW}"
DAYS = "first=2026-09-30&second=2026-10-01"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


def desk(browser: Browser, town: Town, account: str) -> Page:
    """A page of somebody who signed in."""
    size: ViewportSize = {"width": WIDE, "height": 900}
    page = browser.new_context(viewport=size, base_url=town.base_url, locale="vi-VN").new_page()
    sign_in(page, town.base_url, town.account(account), town.passwords[account])
    return page


@pytest.fixture(scope="module")
def manager(browser: Browser, town: Town) -> Page:
    return desk(browser, town, "manager")


def events(town: Town, action: str) -> list[tuple[str, str, dict[str, str]]]:
    """Actor, subject and detail of what the audit holds."""
    with steps.warehouse(town.settings) as connection, connection.cursor() as cursor:
        cursor.execute("select actor, subject, detail from audit.event where action = %s order by event_id", (action,))
        return [(actor, subject, json.loads(detail)) for actor, subject, detail in cursor.fetchall()]


def test_from_the_city_to_a_masked_row(manager: Page) -> None:
    manager.goto("/")
    manager.click("a.main:has-text('01/10/2026')")
    expect(manager.locator("h1")).to_contain_text("Dữ liệu đúng, đủ, sạch, sống đến đâu?")
    expect(manager.locator("h1")).to_contain_text("báo cáo ngày 01/10/2026")
    assert manager.locator(".word").count() == 5
    manager.locator("table.wards").first.get_by_role("link", name="Phường Ba Đình", exact=True).click()
    expect(manager.locator("h1")).to_contain_text("Phường Ba Đình")
    manager.get_by_role("link", name="Trạm Y tế Phường Ba Đình", exact=True).click()
    manager.wait_for_url(f"**/reports/senders/{SENDER}")
    manager.get_by_role("link", name="Thiếu số định danh cá nhân (CCCD).").first.click()
    expect(manager.locator("h1")).to_contain_text("Thiếu số định danh")
    expect(manager.get_by_text("Bổ sung số định danh 12 chữ số").first).to_be_visible()
    manager.get_by_role("link", name=f"Lô {BATCH}", exact=True).click()
    manager.wait_for_url(f"**/reports/batches/{BATCH}")
    manager.locator(f"a[href='{PLACE}']").first.click()
    expect(manager.locator("h1")).to_contain_text(f"Dòng {ROW} của lô {BATCH}")
    text = manager.inner_text("main")
    assert "•••" in text
    assert NAME not in text
    assert "2085" not in text
    assert manager.locator("#reason").count() == 0, "a manager alone opens no name"


def test_wards_are_ordered_by_their_headings(manager: Page) -> None:
    manager.goto("/reports")
    heads = manager.locator("table.wards").first.locator("thead button")
    heads.nth(1).click()
    heads.nth(1).click()
    first = manager.locator("table.wards").first.locator("tbody tr").first
    expect(first).to_contain_text("Phường Ba Đình")


def test_a_day_gone_by_and_two_days(manager: Page) -> None:
    manager.goto("/reports")
    manager.select_option("#day", "2026-09-30")
    manager.click(".line button")
    expect(manager.locator(".notice").first).to_contain_text("ngày đã qua")
    manager.goto("/reports/compare")
    manager.select_option("#first", "2026-09-30")
    manager.select_option("#second", "2026-10-01")
    manager.click("form.card button")
    expect(manager.locator("h1")).to_contain_text("30/09/2026 → 01/10/2026")
    for word in ("Mới", "Đã khắc phục", "Còn tồn tại"):
        expect(manager.locator("dl.equation")).to_contain_text(word)
    answer = manager.request.get("/reports/compare?first=2026-10-01&second=2026-09-30", headers={"accept": "text/html"})
    assert answer.status == 400


def test_the_whole_report_runs_under_its_own_policy(manager: Page) -> None:
    told: list[str] = []
    manager.on("console", lambda message: told.append(message.text))
    answer = manager.goto("/reports/days/2026-10-01/page")
    assert answer is not None
    assert "'unsafe-inline'" not in answer.headers["content-security-policy"]
    assert manager.evaluate("getComputedStyle(document.querySelector('.words')).display") == "grid"
    assert manager.locator("table[data-sortable] thead button").count() > 0
    assert not [text for text in told if "Content Security Policy" in text]
    manager.locator("table.wards a").last.click()
    expect(manager.locator("main h1")).to_be_visible()
    assert "/reports/" in manager.url


def test_files_to_take_away_open(town: Town) -> None:
    with closing(town.client("manager")) as client:
        book = openpyxl.load_workbook(io.BytesIO(client.get("/reports/days/2026-10-01/report.xlsx").content))
        packed = zipfile.ZipFile(io.BytesIO(client.get("/reports/days/2026-10-01/report.zip").content))
        paper = client.get("/reports/days/2026-10-01/report.pdf")
        assert client.get("/reports/days/2020-01-01/report.xlsx").status_code == 404
    assert book.sheetnames == ["summary", "wards", "senders", "rules", "tasks"]
    assert book["wards"].max_row == 127
    assert sorted(packed.namelist()) == [f"{name}.csv" for name in sorted(book.sheetnames)]
    assert packed.read("wards.csv").decode("utf-8-sig").count("\n") == 127
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")
    assert "chat-luong-2026-10-01.pdf" in paper.headers["content-disposition"]
    assert not list((town.settings.var_dir / "portal" / "made").iterdir())


def test_a_task_is_acknowledged_and_given_and_never_closed_by_hand(browser: Browser, town: Town) -> None:
    page = desk(browser, town, "officer")
    page.goto("/tasks")
    rows = page.locator("tbody tr")
    assert rows.count() == 8
    assert OTHER_SENDER not in page.inner_text("main")
    page.get_by_role("link", name="Thiếu họ và tên.").click()
    expect(page.locator("main")).to_contain_text("The name is missing")
    expect(page.locator("main")).to_contain_text("Không ai đóng việc bằng tay")
    place = page.url
    page.get_by_role("button", name="Nhận việc").click()
    expect(page.locator(".badge").first).to_contain_text("Đang làm")
    page.select_option("#account", town.account("officer"))
    page.get_by_role("button", name="Giao việc").click()
    expect(page.locator("ol.course")).to_contain_text("Giao việc")
    expect(page.locator(".facts")).to_contain_text(town.account("officer"))
    number = place.rsplit("/", 1)[1].split("?")[0]
    with closing(town.client("other_officer")) as client:
        assert client.get(f"/tasks/{number}").status_code == 404
        assert client.post(f"/tasks/{number}/acknowledge").status_code == 404
        assert client.post(f"/tasks/{number}/assign", data={"account": town.account("officer")}).status_code == 404
    with closing(town.client("officer")) as client:
        assert client.post(f"/tasks/{number}/assign", data={"account": town.account("auditor")}).status_code == 403
    with closing(town.client("manager")) as client:
        assert client.post(f"/tasks/{number}/assign", data={"other": "nobody_of_this_name"}).status_code == 400
        given = client.post(f"/tasks/{number}/assign", data={"other": town.account("steward")})
        assert town.account("steward") in given.text
        assert client.get("/tasks?overdue=true").text.count("<tr>") <= 1
        found = client.get(f"/tasks?sender={SENDER}&owner=sender").text
        assert found.count("/tasks/") >= 8
        compared = client.get(f"/tasks/compare?{DAYS}").text
        assert "Mới" in compared
    assert {actor for actor, _, _ in events(town, "tasks.assigned")} == {
        town.account("officer"),
        town.account("manager"),
    }


def test_a_name_is_opened_by_who_may_for_a_reason_that_the_audit_holds(browser: Browser, town: Town) -> None:
    page = desk(browser, town, "manager_steward")
    page.goto(PLACE)
    for reason in ("về ngo van thu", "công văn 123456789"):
        page.fill("#reason", reason)
        page.get_by_role("button", name="Mở danh tính").click()
        expect(page.get_by_role("alert")).to_contain_text("Lý do có nêu tên")
        assert NAME not in page.inner_text("main")
    assert barriers(page) == []
    assert not events(town, "row.traced")
    page.fill("#reason", "công văn 12/SYT")
    page.get_by_role("button", name="Mở danh tính").click()
    expect(page.locator("#opened")).to_be_visible()
    assert NAME in page.inner_text("main")
    assert "phố Huế" not in page.inner_text("main"), "an address is not who somebody is"
    assert barriers(page) == []
    assert events(town, "row.traced") == [
        (town.account("manager_steward"), f"batch {BATCH} row {ROW}", {"reason": "công văn 12/SYT"})
    ]


def test_a_name_stays_closed_to_all_others(town: Town) -> None:
    before = len(events(town, "row.traced"))
    reason = {"reason": "công văn 12/SYT"}
    for account in ("manager", "manager_reader", "officer", "steward"):
        with closing(town.client(account)) as client:
            answer = client.post(f"{PLACE}/name", data=reason)
            assert answer.status_code == 403, account
            assert NAME not in answer.text
    with closing(town.client("manager_steward")) as client:
        for wrong in ("", " ", "x" * 201):
            assert client.post(f"{PLACE}/name", data={"reason": wrong}).status_code == 400
        assert client.post("/reports/batches/999/rows/2/name", data=reason).status_code == 404
    assert len(events(town, "row.traced")) == before


def test_without_the_audit_no_name_is_shown(town: Town) -> None:
    with steps.warehouse(town.settings) as connection, connection.cursor() as cursor:
        cursor.execute("alter table audit.event add constraint closed check (action <> 'row.traced') not valid")
    try:
        with closing(town.client("manager_steward")) as client:
            answer = client.post(f"{PLACE}/name", data={"reason": "công văn 12/SYT"})
    finally:
        with steps.warehouse(town.settings) as connection, connection.cursor() as cursor:
            cursor.execute("alter table audit.event drop constraint closed")
    assert answer.status_code >= 500
    assert NAME not in answer.text


def test_who_is_no_manager_sees_no_report(town: Town) -> None:
    for account in ("officer", "steward", "reader", "engineer", "nobody"):
        with closing(town.client(account)) as client:
            for path in ("/reports", f"/reports/wards/{WARD}", PLACE, "/reports/days/2026-10-01/report.zip"):
                assert client.get(path).status_code == 403, (account, path)
    with closing(town.client("manager")) as client:
        for path in ("/reports/wards/99999", "/reports/rules/none", "/reports/batches/999", "/reports?day=2020-01-01"):
            assert client.get(path).status_code == 404, path
        assert client.get(f"/reports/batches/{BATCH}/rows/{10**12}").status_code == 422
