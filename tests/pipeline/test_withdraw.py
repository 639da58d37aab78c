"""A batch that is withdrawn takes nothing along that another one brought, and comes back as it was."""

import json
from collections.abc import Mapping
from pathlib import Path

import psycopg2
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as drawn
from hypothesis import strategies as st

from etl import steps
from etl.contracts import HEALTH_BOOK, WITHDRAWAL
from etl.errors import ConfigError
from etl.settings import Settings
from tests.command_line import runner
from tests.pipeline.city import build, read_books, read_events, read_open_links, read_opened, read_rows
from tests.pipeline.test_register import SNAPSHOT, write_register

SENDER = "PX00004"
HEADINGS = "Họ và tên,Ngày sinh,Giới,Số CCCD,Địa chỉ,Dị ứng,Cập nhật ngày"
POOL = (
    "Nguyễn Văn An,05/03/1980,Nam,001080000017,Số 1 phố Huế,Penicillin,20/08/2026",
    "Trần Thị Bình,17/11/1985,Nữ,001185000028,Số 2 phố Huế,Không,20/08/2026",
    "Lê Minh Châu,30/01/1990,Nữ,001190000039,Số 3 phố Huế,,20/08/2026",
    "Phạm Tiến Dũng,09/08/1970,Nam,,Số 4 phố Huế,,20/08/2026",
    "Trịnh Quốc Toản,07/07/2001,Nam,001201000063,Số 8 phố Huế,Tôm,20/08/2026",
    "Đỗ Thị Lạ,01/02/1975,Nữ,001080000017,Số 5 phố Huế,,21/08/2026",
    "Vũ Đức Khác,03/04/1966,Nam,001080000017,Số 6 phố Huế,,22/08/2026",
    "Bùi Minh Nữa,05/06/1999,Nam,001080000017,Số 7 phố Huế,,23/08/2026",
)
"""The last three bear the first one's number: with all four of them in, it is one that too many share."""
LISTS = ((0, 1, 2, 3), (1, 2, 4, 2), (0, 5, 6, 7), (2, 3, 4, 5))
"""Which rows each batch delivers, the second one of them twice; 1 bad row is added to each."""
BAD = ",,,,Số 9 phố Huế,,20/08/2026"
ORDER = "order by batch_id, row_no"


def say(actor_batch: int, is_undo: bool = False) -> steps.Withdrawal:
    return steps.Withdrawal(actor_batch, "chief", "wrong month", is_undo)


def deliver_list(settings: Settings, folder: Path, name: str, rows: tuple[int, ...]) -> steps.Receipt:
    path = folder / f"{name}.csv"
    path.write_text("\n".join((HEADINGS, *(POOL[row] for row in rows), BAD)) + "\n", encoding="utf-8")
    return steps.receive(settings, path, SENDER)


@pytest.fixture
def village(empty_settings: Settings, tmp_path: Path) -> Settings:
    steps.load_register(empty_settings, write_register(tmp_path / "register.csv", SNAPSHOT))
    for number, rows in enumerate(LISTS, 1):
        assert deliver_list(empty_settings, tmp_path, f"list{number}", rows).batch_id == number
    return empty_settings


def ledger(settings: Settings) -> dict[str, object]:
    """What became of every row of every batch, and the counts."""
    return {
        "records": read_rows(settings, "select record_id, batch_id, row_no from intake.person_record order by 1"),
        "held": read_rows(settings, f"select batch_id, row_no, outcome, duplicate_of from intake.held_row {ORDER}"),
        "batches": read_rows(
            settings,
            "select batch_id, state, rows_in, accepted, quarantined, duplicate, withdrawn, is_balanced, is_borne_out"
            " from report.control_equation order by batch_id",
        ),
    }


def content(settings: Settings) -> tuple[object, ...]:
    return read_books(settings), read_events(settings), read_open_links(settings)


def outcomes_by_rule(gone: set[int]) -> Mapping[tuple[int, int], str]:
    """The oracle: a row counts where it is the first, among batches that stand, with what it holds."""
    seen: set[int] = set()
    found = {}
    for batch, rows in enumerate(LISTS, 1):
        for place, row in enumerate(rows, 2):
            is_first = batch not in gone and row not in seen
            found[batch, place] = "withdrawn" if batch in gone else "accepted" if is_first else "duplicate"
            if batch not in gone:
                seen.add(row)
        found[batch, len(rows) + 2] = "quarantined"
    return found


def outcomes_in(settings: Settings) -> dict[tuple[int, int], str]:
    rows = read_rows(
        settings,
        "select batch_id, row_no, 'accepted' from intake.person_record join intake.batch using (batch_id)"
        " where state = 'accepted' union all select batch_id, row_no, outcome from intake.held_row",
    )
    found = {(int(str(batch)), int(str(row))): str(outcome) for batch, row, outcome in rows}
    assert len(found) == len(rows), "no row has two outcomes"
    return found


def test_what_a_later_batch_brought_again_stands_by_it_and_undo_gives_all_back(village: Settings) -> None:
    build(village)
    rows, before = ledger(village), content(village)
    told = steps.withdraw(village, say(1))
    assert told == {
        "batch_id": 1,
        "state": "withdrawn",
        "rows_in": 5,
        "accepted": 0,
        "quarantined": 1,
        "duplicate": 0,
        "withdrawn": 4,
        "moved": 4,
    }
    assert steps.read_receipt(village, 2).accepted == 3
    assert outcomes_in(village) == outcomes_by_rule({1})
    assert read_books(village) == before[0], "books follow with the build"
    build(village)
    assert read_books(village) == before[0], "every row of it came in another batch too"
    assert read_rows(village, "select count(*) from book.field_value where batch_id = 1") == [(0,)]
    assert read_rows(village, "select count(*) from book.allergy where batch_id = 1") == [(0,)]
    steps.withdraw(village, say(1, is_undo=True))
    assert ledger(village) == rows
    build(village)
    assert content(village) == before


def test_rows_that_nobody_else_brought_leave_the_books_and_return(village: Settings) -> None:
    build(village)
    before = content(village)
    steps.withdraw(village, say(2))
    steps.withdraw(village, say(4))
    build(village)
    assert not any("Tôm" in row for row in read_events(village)["allergy"])
    books = read_opened(village, HEALTH_BOOK, "select full_name, person_id from book.health_book")
    names = {name for name, _ in books}
    assert "Trịnh Quốc Toản" not in names
    assert "Trần Thị Bình" in names
    assert read_rows(
        village,
        "select count(*) from identity.link join intake.person_record using (record_id) join intake.batch using (batch_id)"
        " where closed_at is null and state = 'withdrawn'",
    ) == [(0,)]
    for batch in (4, 2):
        steps.withdraw(village, say(batch, is_undo=True))
    build(village)
    assert content(village) == before


def test_a_number_that_too_many_bore_is_looked_at_again_once_they_are_gone(village: Settings) -> None:
    build(village)
    shared = read_open_links(village)
    steps.withdraw(village, say(3))
    run_id = build(village)
    reasons = dict(read_rows(village, f"select reason, records::int from identity.run_reason where run_id = {run_id}"))
    assert reasons["number_of_withdrawn"], reasons
    found = read_open_links(village)
    assert {row[0] for row in found} < {row[0] for row in shared}
    steps.link(village, full=True)
    assert read_open_links(village) == found


def test_what_was_withdrawn_can_be_sent_anew(village: Settings, tmp_path: Path) -> None:
    build(village)
    rows, before = ledger(village), content(village)
    for batch in (2, 4):
        steps.withdraw(village, say(batch))
    again = deliver_list(village, tmp_path, "again", (4, 0))
    assert (again.batch_id, again.accepted, again.duplicate) == (5, 1, 1)
    build(village)
    assert any("Tôm" in row for row in read_events(village)["allergy"])
    for batch in (2, 4):
        steps.withdraw(village, say(batch, is_undo=True))
    receipt = steps.read_receipt(village, 5)
    assert (receipt.accepted, receipt.duplicate) == (0, 2)
    assert ledger(village)["records"] == rows["records"]
    build(village)
    assert content(village) == before


def test_the_same_file_again_does_not_restore_its_batch(village: Settings, tmp_path: Path) -> None:
    steps.withdraw(village, say(1))
    receipt = deliver_list(village, tmp_path, "list1", LISTS[0])
    assert (receipt.batch_id, receipt.state) == (1, "withdrawn")


@drawn(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 4), min_size=1, max_size=7))
def test_any_sequence_ends_as_its_last_state_says_and_builds_agree(village: Settings, batches: list[int]) -> None:
    """One database for all examples: where it starts from is where the last one ended."""
    for batch in batches:
        state = steps.read_receipt(village, batch).state
        steps.withdraw(village, say(batch, is_undo=state == "withdrawn"))
    gone = {batch for batch in range(1, 5) if steps.read_receipt(village, batch).state == "withdrawn"}
    assert outcomes_in(village) == outcomes_by_rule(gone)
    assert {row[-2:] for row in ledger(village)["batches"]} == {(True, True)}  # type: ignore[attr-defined]
    build(village)
    step_by_step = content(village)
    run_id = steps.link(village, full=True)
    if steps.read_run(village, run_id)["state"] == "proposed":
        raise AssertionError(steps.read_differences(village, run_id))
    for step in (steps.merge, steps.publish):
        step(village, run_id)
    assert content(village) == step_by_step


def test_who_when_and_why_stay(village: Settings) -> None:
    steps.withdraw(village, steps.Withdrawal(3, "thu", "Bà Lan gửi nhầm"))
    steps.withdraw(village, steps.Withdrawal(3, "hoa", "gửi đúng", is_undo=True))
    chain = read_opened(
        village,
        WITHDRAWAL,
        "select batch_id, is_undo, actor, reason, rows from intake.withdrawal order by withdrawal_id",
    )
    assert chain == [(3, False, "thu", "Bà Lan gửi nhầm", 4), (3, True, "hoa", "gửi đúng", 4)]
    events = read_rows(
        village,
        "select actor, action from audit.event where action in ('batch.withdrawn', 'batch.restored') order by event_id",
    )
    assert events == [("thu", "batch.withdrawn"), ("hoa", "batch.restored")]
    assert "Lan" not in str(read_rows(village, "select detail from audit.event"))
    with steps.warehouse(village) as connection, connection.cursor() as cursor:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("delete from intake.withdrawal")
        connection.rollback()


def test_its_tasks_close_and_open_with_it(village: Settings) -> None:
    tasks = "select task_id, state from quality.task where batch_id = 1 order by 1"
    before = read_rows(village, tasks)
    assert {state for _, state in before} == {"open"}
    steps.withdraw(village, say(1))
    assert {state for _, state in read_rows(village, tasks)} == {"closed"}
    steps.withdraw(village, say(1, is_undo=True))
    assert read_rows(village, tasks) == before


@pytest.mark.parametrize(
    "withdrawal",
    [
        steps.Withdrawal(99, "thu", "x"),
        steps.Withdrawal(1, "thu", "x", is_undo=True),
        steps.Withdrawal(1, "engine", "x"),
        steps.Withdrawal(1, "thu", " "),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(village: Settings, withdrawal: steps.Withdrawal) -> None:
    before = ledger(village)
    with pytest.raises(ConfigError, match="; expected "):
        steps.withdraw(village, withdrawal)
    assert ledger(village) == before
    assert read_rows(village, "select count(*) from intake.withdrawal") == [(0,)]


def test_the_command_prints_counts(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], database_url: str, tmp_path: Path
) -> None:
    run = runner(monkeypatch, capfd, database_url, tmp_path / "var")
    path = tmp_path / "list.csv"
    path.write_text("\n".join((HEADINGS, POOL[0])) + "\n", encoding="utf-8")
    batch = run("receive", path, "--sender", SENDER).json["batch_id"]
    assert run("withdraw", batch).code == 2
    gone = run("withdraw", batch, "--actor", "thu", "--reason", "wrong file")
    assert (gone.code, json.loads(gone.out)["withdrawn"]) == (0, 1), gone.words
    assert run("withdraw", batch, "--actor", "thu", "--reason", "again").code == 2
    assert run("trace", batch, 2, "--json").json["outcome"] == "withdrawn"
    back = run("withdraw", batch, "--actor", "thu", "--reason", "right file", "--undo")
    assert (back.code, back.json["accepted"]) == (0, 1)
