"""Uploads as steps: what a check says is what taking in does, nothing is lost or doubled, and a preview is what an oracle says."""

import csv
import io
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from etl import steps
from etl.errors import ConfigError, DependencyError, HealthbookError
from etl.settings import Settings
from etl.steps.uploads import SMALL_BYTES
from etl.warehouse.connect import connect_alone
from portal.worker import Dispatcher, check_waiting, tidy
from tests.pipeline.city import DAY, read_rows

HEAD = ("STT", "Họ và tên", "Ngày sinh", "Giới", "Số CCCD", "Địa chỉ", "Cập nhật ngày")
SENDER, OTHER = "PX00004", "PX00008"
PEOPLE = [
    ("Nguyễn Văn An", "05/03/1980", "Nam", "001080000017", "Số 1 phố Huế"),
    ("Lê Thị Lan", "30/01/1990", "Nữ", "", "Số 3 phố Huế"),
    ("Phạm Thị Hoa", "09/08/1960", "Nữ", "001160000052", "Số 4 phố Huế"),
    ("Đỗ Minh Long", "02/12/2001", "Nam", "", "Số 8 phố Huế"),
]
"""Invented."""


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(var_dir=tmp_path / "var", database_url=database_url, today=DAY)


def list_of(people: list[tuple[str, ...]], day: str = "20/08/2026") -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEAD)
    writer.writerows([place, *person, day] for place, person in enumerate(people, 1))
    return text.getvalue()


def bring(settings: Settings, folder: Path, text: str, sender: str = SENDER) -> int:
    """An upload, whole and waiting for its check."""
    path = folder / "brought.csv"
    path.write_text(text, encoding="utf-8")
    upload_id = steps.open_upload(settings, sender, "anna", path.stat().st_size)
    steps.receive_upload(settings, upload_id, path, "Danh sách của Nguyễn Văn An.csv")
    return upload_id


def state_of(settings: Settings, upload_id: int) -> str:
    return str(read_rows(settings, f"select state from intake.upload where upload_id = {upload_id}")[0][0])


def test_what_the_check_says_is_what_taking_in_does(settings: Settings, tmp_path: Path) -> None:
    upload_id = bring(settings, tmp_path, list_of([*PEOPLE, ("", "01/01/1999", "Nam", "", ""), PEOPLE[0]]))
    steps.check_upload(settings, upload_id)
    [told] = read_rows(
        settings, f"select rows_in, accepted, quarantined, duplicate from intake.upload where upload_id = {upload_id}"
    )
    assert read_rows(settings, "select count(*) from intake.batch") == [(0,)], "nothing is in the warehouse yet"
    assert read_rows(settings, "select count(*) from intake.person_record") == [(0,)]
    batch_id = steps.send_upload(settings, upload_id, "anna")
    assert steps.send_upload(settings, upload_id, "anna") == batch_id, "sent twice, it is the same batch"
    receipt = steps.take_in(settings, batch_id)
    assert told == (6, 4, 1, 1) == (receipt.rows_in, receipt.accepted, receipt.quarantined, receipt.duplicate)
    found = {
        (one.rule_id, one.column_name): tuple(one.row_nos) for one in steps.read_checked(settings, upload_id).findings
    }
    assert found == {(one.rule_id, one.column_name): tuple(one.row_nos) for one in receipt.findings}


def test_the_same_file_again_is_the_first_batch_for_its_sender_alone(settings: Settings, tmp_path: Path) -> None:
    first = bring(settings, tmp_path, list_of(PEOPLE))
    steps.check_upload(settings, first)
    batch_id = steps.send_upload(settings, first, "anna")
    again = bring(settings, tmp_path, list_of(PEOPLE))
    assert read_rows(
        settings, f"select state, batch_id, submitted_at from intake.upload where upload_id = {again}"
    ) == [("sent", batch_id, None)]
    assert state_of(settings, bring(settings, tmp_path, list_of(PEOPLE), OTHER)) == "waiting"


def test_two_who_send_the_same_upload_at_once_make_one_batch(settings: Settings, tmp_path: Path) -> None:
    upload_id = bring(settings, tmp_path, list_of(PEOPLE))
    steps.check_upload(settings, upload_id)
    with ThreadPoolExecutor(8) as pool:
        sent = set(pool.map(lambda _: steps.send_upload(settings, upload_id, "anna"), range(16)))
    assert len(sent) == 1
    assert read_rows(settings, "select count(*) from intake.batch") == [(1,)]


def test_two_workers_check_a_file_once(settings: Settings, tmp_path: Path) -> None:
    upload_id = bring(settings, tmp_path, list_of(PEOPLE))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: steps.check_upload(settings, upload_id), range(4)))
    assert read_rows(settings, "select state, attempts from intake.upload") == [("checked", 1)]


def test_who_finds_a_file_at_another_worker_takes_the_next(settings: Settings, tmp_path: Path) -> None:
    first, second = bring(settings, tmp_path, list_of(PEOPLE)), bring(settings, tmp_path, list_of(PEOPLE), OTHER)
    with connect_alone(str(settings.database_url), f"upload {first}"):
        check_waiting(settings)
        assert (state_of(settings, first), state_of(settings, second)) == ("waiting", "checked")
    check_waiting(settings)
    assert state_of(settings, first) == "checked"


def test_a_large_file_is_none_of_the_quick_worker(settings: Settings, tmp_path: Path) -> None:
    large, small = bring(settings, tmp_path, list_of(PEOPLE)), bring(settings, tmp_path, list_of(PEOPLE), OTHER)
    with steps.warehouse(settings) as connection, connection.cursor() as cursor:
        cursor.execute("update intake.upload set bytes = %s where upload_id = %s", (SMALL_BYTES + 1, large))
    check_waiting(settings, is_quick=True)
    assert (state_of(settings, large), state_of(settings, small)) == ("waiting", "checked")
    check_waiting(settings)
    assert state_of(settings, large) == "checked"


def test_only_what_was_checked_is_sent(settings: Settings, tmp_path: Path) -> None:
    upload_id = bring(settings, tmp_path, list_of(PEOPLE))
    with pytest.raises(ConfigError, match="it is waiting"):
        steps.send_upload(settings, upload_id, "anna")
    refused = bring(settings, tmp_path, "Kính gửi,\nkèm danh sách\n")
    check_waiting(settings)
    assert state_of(settings, refused) == "refused"
    with pytest.raises(ConfigError, match="it is refused"):
        steps.send_upload(settings, refused, "anna")


def test_what_is_given_up_is_gone_unless_somebody_needs_it(settings: Settings, tmp_path: Path) -> None:
    raw = Path(settings.store_url) / "raw"
    one, other = bring(settings, tmp_path, list_of(PEOPLE)), bring(settings, tmp_path, list_of(PEOPLE), OTHER)
    steps.discard_upload(settings, one, "anna")
    assert len(list(raw.glob("[!.]*"))) == 1, "the other sender's upload is of this content"
    steps.discard_upload(settings, other, "anna")
    assert not list(raw.glob("[!.]*"))
    assert read_rows(settings, "select distinct file_name from intake.upload") == [(None,)]
    with pytest.raises(ConfigError, match="it is discarded"):
        steps.send_upload(settings, one, "anna")


def test_what_nobody_sent_is_given_up_in_time(settings: Settings, tmp_path: Path) -> None:
    old, young = bring(settings, tmp_path, list_of(PEOPLE)), bring(settings, tmp_path, list_of(PEOPLE[:2]))
    stuck = steps.open_upload(settings, SENDER, "anna", 10)
    with steps.warehouse(settings) as connection, connection.cursor() as cursor:
        cursor.execute("update intake.upload set created_at = now() - interval '31 days' where upload_id = %s", (old,))
        cursor.execute(
            "update intake.upload set created_at = now() - interval '25 hours' where upload_id = %s", (stuck,)
        )
    tidy(settings)
    assert [state_of(settings, number) for number in (old, young, stuck)] == ["discarded", "waiting", "discarded"]
    check_waiting(settings)
    assert state_of(settings, young) == "checked"


def test_a_check_that_breaks_is_tried_thrice_and_then_told(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload_id = bring(settings, tmp_path, list_of(PEOPLE))

    def broken(*_: object) -> None:
        raise HealthbookError("broken on purpose")

    with monkeypatch.context() as patch:
        patch.setattr("etl.steps.uploads.stage", broken)
        check_waiting(settings)
    assert read_rows(settings, "select state, fault from intake.upload") == [("failed", "check_broke")]
    steps.check_again(settings, upload_id, "anna")
    check_waiting(settings)
    assert state_of(settings, upload_id) == "checked"


def test_airflow_away_keeps_batches_waiting(settings: Settings, tmp_path: Path) -> None:
    upload_id = bring(settings, tmp_path, list_of(PEOPLE))
    steps.check_upload(settings, upload_id)
    batch_id = steps.send_upload(settings, upload_id, "anna")
    Dispatcher(settings).dispatch()
    assert steps.undispatched(settings) == [(upload_id, batch_id)]
    assert read_rows(settings, "select fault, attempts from intake.upload") == [("airflow_away", 1)]
    steps.take_in(settings, batch_id)  # as the DAG's own schedule does
    assert steps.undispatched(settings) == []


def test_a_lost_store_is_no_refusal(settings: Settings, tmp_path: Path) -> None:
    upload_id = bring(settings, tmp_path, list_of(PEOPLE))
    for path in (Path(settings.store_url) / "raw").glob("[!.]*"):
        path.unlink()
    with pytest.raises(DependencyError):
        steps.check_upload(settings, upload_id)
    assert state_of(settings, upload_id) == "waiting"


def test_the_preview_is_what_an_oracle_says(settings: Settings, tmp_path: Path) -> None:
    chance = random.Random(7)
    known: dict[str, tuple[str, ...]] = {}
    for _ in range(3):
        people = [person for person in PEOPLE if chance.random() < 0.7] or PEOPLE[:1]
        people = [(*person[:4], chance.choice(["Số 1", "Số 2", "Số 3"])) for person in people]
        text = list_of(people, f"{chance.randint(10, 28)}/08/2026")
        upload_id = bring(settings, tmp_path, text)
        steps.check_upload(settings, upload_id)
        told = [row["kind"] for row in steps.read_preview(settings, upload_id).to_pylist()]
        expected = []
        for person in people:
            whose = person[3] or "|".join(person[:3])
            before = known.get(whose)
            expected.append("new" if before is None else "same" if before == person else "changed")
            known[whose] = person
        assert told == expected
        assert steps.take_in(settings, steps.send_upload(settings, upload_id, "anna")).state == "accepted"


def test_a_name_of_a_file_lies_sealed_and_in_no_audit(settings: Settings, tmp_path: Path) -> None:
    bring(settings, tmp_path, list_of(PEOPLE))
    [(name,)] = read_rows(settings, "select file_name from intake.upload")
    assert str(name).startswith("*")
    assert "Nguyễn" not in str(read_rows(settings, "select actor, action, subject, detail from audit.event"))
