"""Who is told of a task, and when: beside a course of days in which some are missed."""

from datetime import date, timedelta
from typing import Any

import pytest

from etl.quality.reminders import above, owner_of, tellings

DUE = date(2026, 10, 11)


def a_task(**changed: Any) -> dict[str, Any]:
    return {
        "task_id": 1, "owner": "sender", "scope_kind": "sender", "scope_code": "PX00004", "sender_code": "PX00004",
        "ward_code": "00004", "due_on": DUE, "reminded_on": None, "escalated_on": None, **changed,
    }  # fmt: skip


def told_on(days: range) -> list[tuple[int, str]]:
    """Kind of telling by days after the day on which a task is due, where one looks on these days."""
    task, told = a_task(), []
    for after in days:
        day = DUE + timedelta(days=after)
        for telling in tellings([task], day):
            told.append((after, telling.kind))
            task["reminded_on" if telling.kind == "reminder" else "escalated_on"] = day
        assert tellings([task], day) == []
    return told


def test_two_reminders_then_escalations_every_five_days() -> None:
    late = [(after, "escalation") for after in (1, 6, 11)]
    assert told_on(range(-5, 13)) == [(-2, "reminder"), (0, "reminder"), *late]


def test_a_missed_day_is_caught_up_once() -> None:
    assert told_on(range(-1, 9, 3)) == [(-1, "reminder"), (2, "escalation"), (8, "escalation")]


@pytest.mark.parametrize(
    ("changed", "owner", "boss"),
    [
        ({}, ("sender", "PX00004"), ("ward", "00004")),
        ({"sender_code": "CS01929", "ward_code": None}, ("sender", "CS01929"), ("city", "HN")),
        ({"owner": "ward"}, ("ward", "00004"), ("city", "HN")),
        ({"scope_kind": "ward", "scope_code": "00008", "sender_code": None}, ("ward", "00008"), ("city", "HN")),
        ({"owner": "city"}, ("city", "HN"), ("city", "HN")),
    ],
)
def test_who_owns_it_and_who_stands_above(
    changed: dict[str, Any], owner: tuple[str, str], boss: tuple[str, str]
) -> None:
    task = a_task(**changed)
    assert (owner_of(task), above(task)) == (owner, boss)
