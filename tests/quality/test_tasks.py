"""Tasks open from findings with an owner and a day, and close when the data passes."""

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from etl.contracts.reading import Finding
from etl.quality.tasks import OPENED, close_tasks, open_tasks

TODAY = date(2026, 10, 1)


def found(rule_id: str, action: str, row_count: int, table: str = "person_record") -> Finding:
    return Finding(rule_id, table, "", "warning", action, 100, tuple(range(2, 2 + row_count)), row_count)


def opened(*findings: Finding, today: date = TODAY) -> list[dict[str, Any]]:
    table = open_tasks(findings, batch_id=7, sender_code="PX00004", today=today)
    assert table.schema.equals(OPENED)
    return table.to_pylist()


def test_a_task_is_opened_for_what_somebody_must_mend() -> None:
    (task,) = opened(found("national_id_missing", "open_task", 3), found("phone_missing", "count_only", 9))
    assert task == {
        "rule_id": "national_id_missing",
        "batch_id": 7,
        "sender_code": "PX00004",
        "owner": "sender",
        "state": "open",
        "row_count": 3,
        "opened_at": datetime(2026, 10, 1, tzinfo=UTC),
        "due_on": date(2026, 10, 11),
        "scope_kind": "sender",
        "scope_code": "PX00004",
        "reopened": 0,
    }


def test_quarantine_opens_a_task_and_a_passing_rule_opens_none() -> None:
    tasks = opened(found("name_missing", "quarantine_row", 1), found("birth_date_missing", "quarantine_row", 0))
    assert [task["rule_id"] for task in tasks] == ["name_missing"]


def test_one_rule_is_one_task_whatever_the_tables() -> None:
    beside = found("part_unreadable", "open_task", 1, "lab_result")
    (task,) = opened(beside, found("part_unreadable", "quarantine_row", 2))
    assert task["row_count"] == 3


def test_nothing_found_opens_nothing() -> None:
    assert opened() == []


def test_a_moment_may_stand_for_the_day() -> None:
    moment = datetime(2026, 10, 1, 23, 30, tzinfo=UTC)
    (task,) = opened(found("ward_certain", "open_task", 1), today=moment)
    assert (task["opened_at"], task["due_on"]) == (moment, date(2026, 10, 16))


TASKS = pa.table(
    {
        "task_id": pa.array([1, 2, 3], pa.int64()),
        "rule_id": ["a", "a", "b"],
        "batch_id": pa.array([1, 1, 1], pa.int64()),
        "sender_code": ["X", "Y", "X"],
        "kind": ["ward_sheet"] * 3,
        "row_count": pa.array([5, 5, 5], pa.int64()),
    }
)


def findings(*rows: tuple[int, str, str, int, int]) -> pa.Table:
    names = ("batch_id", "sender_code", "rule_id", "applicable", "row_count")
    schema = pa.schema(
        [
            ("batch_id", pa.int64()),
            ("sender_code", pa.string()),
            ("rule_id", pa.string()),
            ("applicable", pa.int64()),
            ("row_count", pa.int64()),
            ("kind", pa.string()),
        ]
    )
    return pa.Table.from_pylist([{**dict(zip(names, row, strict=True)), "kind": "ward_sheet"} for row in rows], schema)


def test_a_task_closes_when_newer_data_of_the_same_sender_passes() -> None:
    told = findings((1, "X", "a", 9, 5), (1, "Y", "a", 9, 5), (1, "X", "b", 9, 5), (2, "X", "a", 9, 0))
    assert close_tasks(TASKS, told) == [1]


def test_a_task_stays_open_while_the_newest_data_fails() -> None:
    assert close_tasks(TASKS, findings((1, "X", "a", 9, 5), (2, "X", "a", 9, 0), (3, "X", "a", 9, 1))) == []


def test_its_own_batch_and_older_ones_close_nothing() -> None:
    assert close_tasks(TASKS, findings((1, "X", "a", 9, 0))) == []


def test_a_small_file_does_not_wipe_out_many_faults() -> None:
    assert close_tasks(TASKS, findings((2, "X", "a", 4, 0))) == []


def test_a_rule_that_did_not_apply_closes_nothing() -> None:
    assert close_tasks(TASKS, findings((2, "X", "a", 0, 0))) == []
