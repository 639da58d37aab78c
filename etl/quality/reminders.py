"""Who is to be told of which task on a day: owners before the day is due, those above them once it has passed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

CITY = ("city", "HN")
REMINDED_BEFORE = (timedelta(days=2), timedelta())
"""A reminder two days before a task is due, and one on the day."""
ESCALATED_AFTER, ESCALATED_EVERY = timedelta(days=1), timedelta(days=5)


@dataclass(frozen=True)
class Telling:
    """That a recipient (kind, code) is to be told of a task: kind is opened, reminder or escalation."""

    kind: str
    recipient: tuple[str, str]
    task_id: int


def tellings(tasks: Iterable[Mapping[str, Any]], day: date) -> list[Telling]:
    """The reminders and escalations of a day; a day on which nobody looked is caught up, once.

    `tasks`: task_id, owner, scope_kind, scope_code, sender_code, ward_code (the sender's), due_on, reminded_on,
    escalated_on (the last days of either, None for never), of tasks that are not closed.
    """
    told = []
    for task in tasks:
        if is_reminder_due(task["due_on"], task["reminded_on"], day):
            told.append(Telling("reminder", owner_of(task), task["task_id"]))
        elif is_escalation_due(task["due_on"], task["escalated_on"], day):
            told.append(Telling("escalation", above(task), task["task_id"]))
    return told


def is_reminder_due(due_on: date, reminded_on: date | None, day: date) -> bool:
    """Whether the last moment for a reminder that was reached passed without one."""
    reached = [due_on - before for before in REMINDED_BEFORE if due_on - before <= day]
    return bool(reached) and day <= due_on and (reminded_on is None or reminded_on < reached[-1])


def is_escalation_due(due_on: date, escalated_on: date | None, day: date) -> bool:
    """The same for escalations: the day after the task was due, and every five days from then on."""
    first = due_on + ESCALATED_AFTER
    if day < first:
        return False
    last = first + (day - first) // ESCALATED_EVERY * ESCALATED_EVERY
    return escalated_on is None or escalated_on < last


def owner_of(task: Mapping[str, Any]) -> tuple[str, str]:
    """Who is to mend it; the city, where its sender or ward is not known."""
    ward_code = task["scope_code"] if task["scope_kind"] == "ward" else task["ward_code"]
    if task["owner"] == "sender" and task["sender_code"]:
        return "sender", task["sender_code"]
    if task["owner"] in ("sender", "ward") and ward_code:
        return "ward", ward_code
    return CITY


def above(task: Mapping[str, Any]) -> tuple[str, str]:
    """Who stands above the owner: the ward above its station, the city above all others and itself."""
    kind, _ = owner_of(task)
    return ("ward", task["ward_code"]) if kind == "sender" and task["ward_code"] else CITY
