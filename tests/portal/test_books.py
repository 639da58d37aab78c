"""The health book of one person: for a stated reason, of the own wards, with every source, and written down before it is shown."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from etl import steps
from tests.pipeline.city import read_rows
from tests.pipeline.test_restricted import CODE
from tests.portal.clinic import (
    CITIZEN_ID,
    HIV_DRUG,
    NAME,
    OTHER_CITIZEN_ID,
    OTHER_PERSON,
    PERSON,
    fill_clinic,
)
from tests.portal.conftest import Doors
from tests.portal.extra import account
from tests.portal.look import sign_in
from tests.portal.town import WARD, Town
from tests.reports.browser import IN_BROWSER, barriers, open_browser

REASON = "khám hôm nay"
NO_BOOK = "Không có sổ mang số này trong phạm vi của bạn."


@pytest.fixture(scope="module")
def clinic(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    fill_clinic(town.settings, tmp_path_factory.mktemp("clinic"))
    with account(town, "hiv", ("hiv", steps.Scope(wards=(WARD,))), ("reader", steps.Scope(wards=(WARD,)))):
        yield town


def ask(client: httpx.Client, number: str, reason: str = REASON, **more: str) -> httpx.Response:
    return client.post("/books", data={"number": number, "reason": reason, **more})


def audited(town: Town, role: str, action: str) -> list[tuple[object, ...]]:
    actor = town.account(role)
    return read_rows(
        town.settings,
        f"select subject, detail::json ->> 'reason' from audit.event where actor = '{actor}' and action = '{action}' order by event_id",
    )


def test_a_book_is_found_by_the_citizen_id_and_every_value_has_its_source(clinic: Town, enter: Doors) -> None:
    client = enter("reader")
    page = ask(client, f"{CITIZEN_ID[:3]} {CITIZEN_ID[3:]}")
    assert page.status_code == 200
    assert page.url.path == f"/books/{PERSON}"
    for shown in (NAME, "S52.5", "Paracetamol", "WBC", "COVID-19", "Tăng huyết áp", "Chưa hỏi", "lô 5, dòng 2"):
        assert shown in page.text, shown
    assert "Cơ sở dữ liệu dân cư, phiên bản 1" in page.text
    assert "&lt;b&gt;Penicillin&lt;/b&gt;" in page.text
    assert "<b>Penicillin" not in page.text
    assert "3 bản ghi: ghép tự động theo quy tắc chắc chắn" in page.text


def test_that_it_is_read_is_written_down_with_the_reason(clinic: Town, enter: Doors) -> None:
    client = enter("reader")
    before = audited(clinic, "reader", "person.read")
    ask(client, str(PERSON), "thư 12/TYT")
    assert audited(clinic, "reader", "person.read")[len(before) :] == [(f"person {PERSON}", "thư 12/TYT")]
    entries = read_rows(
        clinic.settings,
        f"select role_name from access.entry where user_name = '{clinic.account('reader')}' and reason = 'thư 12/TYT'",
    )
    assert entries == [("reader",)], "the database's own entry holds the reason as well"


def test_hiv_data_are_shown_in_their_own_role_alone(clinic: Town, enter: Doors) -> None:
    page = ask(enter("reader"), CITIZEN_ID)
    assert CODE not in page.text
    assert HIV_DRUG not in page.text
    assert "57,8" not in page.text
    assert "57.8" not in page.text
    client = enter("hiv")
    assert HIV_DRUG not in ask(client, CITIZEN_ID, role="reader").text
    page = ask(client, CITIZEN_ID, role="hiv")
    assert CODE in page.text
    assert HIV_DRUG in page.text


def test_a_value_from_a_restricted_visit_is_neither_shown_nor_missed(clinic: Town, enter: Doors) -> None:
    """The book shows blood group B by the restricted visit; who may not see that visit sees the other source's."""
    page = ask(enter("reader"), CITIZEN_ID).text
    row = page[page.index("Nhóm máu") :].split("</tr>")[0]
    assert "<strong>O</strong>" in row
    assert "B</strong>" not in row
    assert "lô 4, dòng 1" in row
    assert "các nguồn mâu thuẫn" not in row


@pytest.mark.parametrize("number", [OTHER_CITIZEN_ID, str(OTHER_PERSON), "001099999999", "99999999", "-5"])
def test_another_wards_book_and_none_at_all_are_told_the_same(clinic: Town, enter: Doors, number: str) -> None:
    client = enter("reader")
    before = audited(clinic, "reader", "person.read")
    page = ask(client, number)
    assert page.status_code == 404
    assert NO_BOOK in page.text
    assert number not in page.text
    assert audited(clinic, "reader", "person.read") == before
    assert "Lý do đọc sổ" in client.get(f"/books/{OTHER_PERSON}").text, "nor by its address"


def test_an_address_alone_opens_nothing(clinic: Town, enter: Doors) -> None:
    client, other = enter("reader"), enter.new("reader")
    ask(client, CITIZEN_ID)
    assert NAME in client.get(f"/books/{PERSON}").text
    page = other.get(f"/books/{PERSON}")
    assert NAME not in page.text, "another session states its own reason"
    assert "Lý do đọc sổ" in page.text


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201, f"hỏi về {NAME}", "hỏi ve do duc hung", f"số {CITIZEN_ID}"])
def test_a_reason_must_be_there_and_name_nobody(clinic: Town, enter: Doors, reason: str) -> None:
    client = enter("reader")
    before = audited(clinic, "reader", "person.read")
    page = ask(client, CITIZEN_ID, reason)
    assert page.status_code == 422
    assert NAME not in page.text
    assert audited(clinic, "reader", "person.read") == before
    kept = read_rows(clinic.settings, "select count(*) from audit.event where detail::text ilike '%Hùng%'")
    assert kept == [(0,)], "nor is it kept"


def test_what_is_no_number_is_said_to_be_none(clinic: Town, enter: Doors) -> None:
    client = enter("reader")
    for number in ("abc", "12 34 x", "9" * 30, "٣٤٥"):
        assert ask(client, number).status_code == 422


def test_numbers_cannot_be_tried_by_the_hundred(clinic: Town, enter: Doors) -> None:
    client = enter("other_reader")
    answers = [ask(client, f"0010990{n:05d}").status_code for n in range(70)]
    assert set(answers) == {404, 429}


def test_no_log_holds_what_was_typed(clinic: Town) -> None:
    for path in (clinic.settings.var_dir / "portal").glob("*.log"):
        text = path.read_text(encoding="utf-8")
        assert CITIZEN_ID not in text, path.name
        assert NAME not in text, path.name


@IN_BROWSER[0]
@IN_BROWSER[1]
def test_the_journey_of_a_reader(clinic: Town, tmp_path: Path) -> None:
    with open_browser() as browser:
        for width in (1200, 320):
            page = browser.new_page(viewport={"width": width, "height": 900})
            sign_in(page, clinic.base_url, clinic.account("hiv"), clinic.passwords["hiv"])
            page.click("nav >> text=Sổ sức khỏe")
            assert not barriers(page)
            page.fill("#number", OTHER_CITIZEN_ID)
            page.fill("#reason", REASON)
            page.keyboard.press("Enter")
            page.wait_for_selector("[role=alert]")
            assert NO_BOOK in page.inner_text("[role=alert]")
            assert not barriers(page)
            page.fill("#number", CITIZEN_ID)
            page.fill("#reason", REASON)
            page.click("text=Mở sổ")
            page.wait_for_url(f"**/books/{PERSON}")
            assert CITIZEN_ID not in page.url
            assert not barriers(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.close()
        page = browser.new_page()
        sign_in(page, clinic.base_url, clinic.account("reader"), clinic.passwords["reader"])
        page.goto(f"{clinic.base_url}/books")
        page.fill("#number", CITIZEN_ID)
        page.fill("#reason", REASON)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/books/{PERSON}")
        page.pdf(path=tmp_path / "book.pdf")
        assert (tmp_path / "book.pdf").stat().st_size > 10_000
