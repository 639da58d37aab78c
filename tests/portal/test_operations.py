"""How the parts are, what waits, senders and batches: seen by engineers, without anybody's data."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from etl import steps
from tests.pipeline.city import read_rows
from tests.portal.conftest import Doors
from tests.portal.look import sign_in
from tests.portal.town import SENDER, Town
from tests.reports.browser import IN_BROWSER, barriers, open_browser

PAGES = ("/operations", "/operations/batches", "/operations/senders")


@pytest.fixture(scope="module")
def failed(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """An upload whose check failed by a fault of ours, and one that waits for Airflow."""
    path = tmp_path_factory.mktemp("files") / "part"
    ids = []
    for state in ("failed", "sent"):
        path.write_text(f"x,y\n1,{state}\n")
        upload_id = steps.open_upload(town.settings, SENDER, town.account("officer"), path.stat().st_size, None)
        steps.receive_upload(town.settings, upload_id, path, "a.csv")
        ids.append(upload_id)
    change(town, f"update intake.upload set state = 'failed', fault = 'TypeError' where upload_id = {ids[0]}")
    change(
        town,
        "update intake.upload set state = 'sent', submitted_at = now(), attempts = 3, fault = 'airflow_away',"
        f" batch_id = (select max(batch_id) from intake.batch) where upload_id = {ids[1]}",
    )
    return ids[0]


def change(town: Town, statement: str) -> None:
    with steps.warehouse(town.settings) as connection, connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_parts_are_told_and_an_airflow_that_is_away_too(town: Town, enter: Doors, failed: int) -> None:
    page = enter("engineer").get("/operations").text
    assert "PostgreSQL" in page
    assert "không trả lời" in page
    assert f"http://127.0.0.1:{town.settings.airflow_port}" in page
    assert "Hoàn tất" in page
    assert "Airflow không trả lời" in page, "why what was sent waits"
    assert "healthbook store verify" in page


def test_a_failed_check_is_tried_again_and_nothing_else_is(town: Town, enter: Doors, failed: int) -> None:
    client = enter("engineer")
    assert f"/operations/uploads/{failed}/again" in client.get("/operations").text
    assert client.post(f"/operations/uploads/{failed}/again", follow_redirects=False).status_code == 303
    assert read_rows(town.settings, f"select state from intake.upload where upload_id = {failed}") != [("failed",)]
    found = read_rows(
        town.settings,
        f"select actor from audit.event where action = 'upload.checked_again' and subject = 'upload {failed}'",
    )
    assert found == [(town.account("engineer"),)]
    assert client.post(f"/operations/uploads/{failed + 1}/again", follow_redirects=False).status_code == 409
    assert client.post("/operations/uploads/999999/again", follow_redirects=False).status_code == 404


def test_a_batch_leads_to_its_run_in_airflow(town: Town, enter: Doors) -> None:
    [(batch_id,)] = read_rows(town.settings, f"select min(batch_id) from intake.batch where sender_code = '{SENDER}'")
    upload_id = steps.open_upload(town.settings, SENDER, town.account("officer"), 5, None)
    change(
        town,
        "update intake.upload set state = 'sent', sha256 = repeat('a', 64), submitted_at = now(), dispatched_at = now(),"
        f" dag_run_id = 'manual__2026-10-01T00:00:00+00:00', batch_id = {batch_id} where upload_id = {upload_id}",
    )
    page = enter("engineer").get("/operations/batches", params={"sender": SENDER}).text
    assert "/dags/receive_batches/runs/manual__2026-10-01T00%3A00%3A00%2B00%3A00" in page


def test_batches_are_chosen_by_sender_state_and_kind(town: Town, enter: Doors) -> None:
    client = enter("engineer")
    assert (
        SENDER
        in client.get("/operations/batches", params={"sender": SENDER, "state": "accepted", "kind": "ward_sheet"}).text
    )
    for wrong in (
        {"sender": "XX1"},
        {"state": "refused"},
        {"kind": "hospital_xml"},
        {"page": "9999999999"},
        {"sender": "' or 1=1"},
    ):
        answer = client.get("/operations/batches", params=wrong)
        assert answer.status_code == 200
        assert "Không có" in answer.text


def test_senders_are_listed_with_rhythm_and_last_batch(enter: Doors) -> None:
    page = enter("engineer").get("/operations/senders").text
    assert SENDER in page
    assert "7 ngày" in page or "ngày" in page
    assert "chưa gửi lần nào" in page


def test_nothing_of_it_names_a_person(enter: Doors) -> None:
    for path in PAGES:
        page = enter("engineer").get(path).text
        for name in ("Trần Thị Mẫu", "Nguyễn Văn An", "faulty.csv", "list.csv"):
            assert name not in page, path


@IN_BROWSER[0]
@IN_BROWSER[1]
def test_the_pages_are_usable_by_everybody(town: Town, failed: int, tmp_path: Path) -> None:
    with open_browser() as browser:
        for width in (1200, 320):
            page = browser.new_page(viewport={"width": width, "height": 900})
            sign_in(page, town.base_url, town.account("engineer"), town.passwords["engineer"])
            page.click("nav >> text=Vận hành")
            for path in PAGES:
                page.goto(town.base_url + path)
                assert not barriers(page), path
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            page.select_option("#state", "refused") if page.locator("#state").count() else None
            page.close()
