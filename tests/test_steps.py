"""The steps one by one, on lists of a few rows: what is received, accepted, held, linked; what is refused, and why."""

from datetime import date
from pathlib import Path

import pytest

from etl import steps
from etl.errors import ConfigError, DependencyError
from etl.settings import Settings
from tests.pipeline.city import build, read_rows

WARD = "PX00004"
HEADING = "STT,Họ và tên,Ngày sinh,Giới,Số CCCD,Cập nhật ngày"
AN = "Nguyễn Văn An,05/03/1980,Nam,001080000017,01/09/2026"
BINH = "Trần Thị Bình,17/11/1985,Nữ,001185000028,02/09/2026"
NAMELESS = ",17/11/1985,Nữ,001185000028,02/09/2026"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(var_dir=tmp_path / "var", database_url=database_url, today=date(2026, 10, 1))


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A list of two good rows, one of them twice, and one without a name."""
    return write_list(tmp_path / "list.csv", AN, BINH, AN, NAMELESS)


def write_list(path: Path, *rows: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "\n".join([HEADING, *(f"{number},{row}" for number, row in enumerate(rows, 1))]) + "\n", encoding="utf-8"
    )
    return path


def test_each_row_is_accepted_held_or_a_duplicate(settings: Settings, written: Path) -> None:
    receipt = steps.receive(settings, written, WARD)
    assert (receipt.state, receipt.kind, receipt.rows_in) == ("accepted", "ward_sheet", 4)
    assert (receipt.accepted, receipt.quarantined, receipt.duplicate, receipt.withdrawn) == (2, 1, 1, 0)
    held = read_rows(
        settings, "select row_no, outcome, rule_id is null, duplicate_of is null from intake.held_row order by row_no"
    )
    assert held == [(4, "duplicate", True, False), (5, "quarantined", False, True)]
    assert read_rows(settings, "select distinct batch_id from quality.task") == [(receipt.batch_id,)]


def test_the_same_file_gives_the_first_receipt(settings: Settings, written: Path, tmp_path: Path) -> None:
    first = steps.receive(settings, written, WARD)
    other_name = tmp_path / "other name.csv"
    other_name.write_bytes(written.read_bytes())
    assert steps.receive(settings, other_name, WARD) == first
    assert steps.take_in(settings, first.batch_id) == first


def test_a_row_that_came_before_is_a_duplicate_unless_it_was_set_aside(
    settings: Settings, written: Path, tmp_path: Path
) -> None:
    steps.receive(settings, written, WARD)
    again = steps.receive(settings, write_list(tmp_path / "again.csv", NAMELESS, BINH), WARD)
    assert (again.accepted, again.quarantined, again.duplicate) == (0, 1, 1)
    assert read_rows(
        settings,
        f"select r.batch_id < {again.batch_id} from intake.held_row h"
        " join intake.person_record r on r.record_id = h.duplicate_of"
        f" where h.batch_id = {again.batch_id}",
    ) == [(True,)]


def test_another_sender_may_name_the_same_people(settings: Settings, tmp_path: Path) -> None:
    one = steps.receive(settings, write_list(tmp_path / "one.csv", AN), WARD)
    other = steps.receive(settings, write_list(tmp_path / "other.csv", AN, BINH), "PX00008")
    assert (one.accepted, other.accepted, other.duplicate) == (1, 2, 0)


def test_the_same_content_from_another_sender_is_refused(settings: Settings, written: Path) -> None:
    first = steps.receive(settings, written, WARD)
    receipt = steps.receive(settings, written, "PX00008")
    assert (receipt.state, receipt.refusal_rule_id, receipt.rows_in) == ("refused", "file_of_another_sender", 0)
    assert f"batch {first.batch_id}" in (receipt.refusal or "")
    assert steps.take_in(settings, receipt.batch_id) == receipt, "asking again does not let it in"


def test_a_sender_whom_nobody_knows_is_refused(settings: Settings, written: Path) -> None:
    receipt = steps.receive(settings, written, "PX99999")
    assert (receipt.state, receipt.refusal_rule_id) == ("refused", "sender_unknown")
    assert read_rows(settings, "select sender_code from intake.batch") == [(None,)]
    assert steps.receive(settings, written, WARD).state == "accepted", "the right sender may send it still"


def test_a_file_named_as_the_wrong_kind_may_come_again_as_the_right_one(settings: Settings, written: Path) -> None:
    wrong = steps.receive(settings, written, WARD, "health_check")
    assert wrong.state == "refused"
    right = steps.receive(settings, written, WARD)
    assert (right.batch_id, right.state, right.refusal) == (wrong.batch_id, "accepted", None)


def test_a_file_comes_on_the_day_of_the_demonstration(settings: Settings, written: Path) -> None:
    """Else the same city would be livelier on one machine than on another."""
    steps.receive(settings, written, WARD)
    assert read_rows(settings, "select (received_at at time zone 'UTC')::date from intake.batch") == [
        (date(2026, 10, 1),)
    ]


def test_files_leave_the_inbox_once_they_are_safe(settings: Settings) -> None:
    write_list(settings.inbox_dir / WARD / "list.csv", AN)
    unfinished = [write_list(settings.inbox_dir / WARD / name, BINH) for name in (".list.csv", "list.csv.part")]
    register = write_list(settings.inbox_dir / steps.REGISTER_SENDER / "register.csv", AN)
    waiting = steps.register_waiting(settings)
    assert steps.register_waiting(settings) == waiting, "what waits, waits until it is taken in"
    assert len(waiting) == 1
    assert sorted(path for path in settings.inbox_dir.glob("*/*") if path.is_file()) == sorted([*unfinished, register])
    assert steps.take_in(settings, waiting[0]).accepted == 1
    assert steps.register_waiting(settings) == []


def test_books_can_be_built_without_register_or_files(settings: Settings) -> None:
    run_id = build(settings)
    assert steps.read_run(settings, run_id)["books"] == 0


def test_without_a_register_everybody_is_provisional(settings: Settings, written: Path) -> None:
    steps.receive(settings, written, WARD)
    build(settings)
    assert (
        read_rows(settings, "select person_id < 0, is_verified, status from book.health_book")
        == [(True, False, "provisional")] * 2
    )


def test_the_same_input_is_not_linked_twice(settings: Settings, written: Path, tmp_path: Path) -> None:
    steps.receive(settings, written, WARD)
    run_id = build(settings)
    assert build(settings) == run_id
    assert steps.link(settings, full=True) == run_id + 1
    steps.receive(settings, write_list(tmp_path / "more.csv", BINH.replace("02/09", "03/09")), WARD)
    assert build(settings) == run_id + 2


def test_what_is_not_there_is_a_wrong_call(settings: Settings, tmp_path: Path) -> None:
    for call in (
        lambda: steps.receive(settings, tmp_path / "none.csv", WARD),
        lambda: steps.receive(settings, tmp_path, WARD),
        lambda: steps.take_in(settings, 99),
        lambda: steps.merge(settings, 99),
        lambda: steps.publish(settings, 99),
        lambda: steps.score(settings, 99),
    ):
        with pytest.raises(ConfigError):
            call()


def test_raw_bytes_that_were_lost_are_told_and_the_batch_waits(settings: Settings, written: Path) -> None:
    batch_id = steps.register_file(settings, written, WARD)
    sha256 = steps.read_receipt(settings, batch_id).sha256
    [raw] = (Path(settings.store_url) / "raw").glob(f"{sha256}.*")
    away = Path(settings.store_url) / "away"
    raw.rename(away)
    with pytest.raises(DependencyError):
        steps.take_in(settings, batch_id)
    assert steps.read_receipt(settings, batch_id).state == "waiting"
    away.rename(raw)
    assert steps.take_in(settings, batch_id).state == "accepted"
