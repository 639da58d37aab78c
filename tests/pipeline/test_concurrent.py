"""Two who do the same at the same time give one result."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

from etl import steps
from etl.settings import Settings
from tests.pipeline.city import build, read_books, read_open_links, read_rows
from tests.pipeline.conftest import Hamlet

HEADING = "STT,Họ và tên,Ngày sinh,Giới,Số CCCD,Cập nhật ngày\n"
ROWS = (
    "Nguyễn Văn An,05/03/1980,Nam,001080000017,01/09/2026",
    "Trần Thị Bình,17/11/1985,Nữ,001185000028,02/09/2026",
    "Lê Minh Châu,30/01/1990,Nữ,001190000039,03/09/2026",
)


def write_list(path: Path, rows: tuple[str, ...]) -> Path:
    path.write_text(HEADING + "".join(f"{number},{row}\n" for number, row in enumerate(rows, 1)), encoding="utf-8")
    return path


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Begin all calls in the same moment, each in a thread; gives their results, raises what one raised."""
    barrier = Barrier(len(calls))

    def wait_and_call(call: Callable[[], Any]) -> Any:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(wait_and_call, calls))


def test_one_batch_taken_in_twice_at_once_is_one_batch(empty_settings: Settings, tmp_path: Path) -> None:
    batch_id = steps.register_file(empty_settings, write_list(tmp_path / "list.csv", ROWS), "PX00004")
    one, other = at_once(*[lambda: steps.take_in(empty_settings, batch_id)] * 2)
    assert one == other
    assert (one.rows_in, one.accepted) == (3, 3)
    assert read_rows(empty_settings, "select count(*) from intake.person_record") == [(3,)]
    assert read_rows(empty_settings, "select count(*) from audit.event where action = 'batch.accepted'") == [(1,)]


def test_one_file_received_twice_at_once_is_one_batch(empty_settings: Settings, tmp_path: Path) -> None:
    path = write_list(tmp_path / "list.csv", ROWS)
    one, other = at_once(*[lambda: steps.receive(empty_settings, path, "PX00004")] * 2)
    assert one == other
    assert read_rows(empty_settings, "select count(*) from intake.batch") == [(1,)]


def test_one_content_of_two_senders_at_once_has_one_first(empty_settings: Settings, tmp_path: Path) -> None:
    path = write_list(tmp_path / "list.csv", ROWS)
    receipts = at_once(
        *[lambda code=code: steps.receive(empty_settings, path, code) for code in ("PX00004", "PX00008", "PX00025")]
    )
    assert (
        sorted((receipt.state, receipt.refusal_rule_id) for receipt in receipts if receipt.state == "refused")
        == [("refused", "file_of_another_sender")] * 2
    )
    assert [receipt.accepted for receipt in receipts if receipt.state == "accepted"] == [3]


def test_a_row_in_two_batches_taken_in_at_once_is_accepted_once(empty_settings: Settings, tmp_path: Path) -> None:
    lists = [write_list(tmp_path / "one.csv", ROWS[:2]), write_list(tmp_path / "two.csv", ROWS[1:])]
    numbers = [steps.register_file(empty_settings, path, "PX00004") for path in lists]
    receipts = at_once(*[lambda number=number: steps.take_in(empty_settings, number) for number in numbers])
    assert sum(receipt.accepted for receipt in receipts) == 3
    assert sorted(receipt.duplicate for receipt in receipts) == [0, 1]
    assert read_rows(empty_settings, "select bool_and(is_balanced and is_borne_out) from report.control_equation") == [
        (True,)
    ]
    assert read_rows(
        empty_settings,
        """
        select count(*) from intake.held_row h join intake.person_record r on r.record_id = h.duplicate_of
        where h.outcome = 'duplicate'""",
    ) == [(1,)]


def test_two_builds_at_once_are_one_build(hamlet: Hamlet, own_hamlet: Settings) -> None:
    one, other = at_once(*[lambda: build(own_hamlet)] * 2)
    assert one == other
    assert read_rows(own_hamlet, "select count(*), min(state) from identity.run") == [(1, "scored")]
    assert read_rows(
        own_hamlet,
        "select count(*) from audit.event where action in ('links.written', 'books.published', 'scores.written')",
    ) == [(3,)]
    before = read_open_links(own_hamlet), read_books(own_hamlet)
    build(own_hamlet)
    assert (read_open_links(own_hamlet), read_books(own_hamlet)) == before


def test_a_register_loaded_twice_at_once_is_one_version(hamlet: Hamlet, own_hamlet: Settings) -> None:
    delta = hamlet.city / "register" / "dan_cu_delta_20261001.csv"
    receipts = at_once(*[lambda: steps.load_register(own_hamlet, delta)] * 2)
    assert sorted(receipt.state for receipt in receipts) == ["known", "loaded"]
    assert read_rows(own_hamlet, "select count(*), max(register_version) from identity.register_version") == [(2, 2)]
