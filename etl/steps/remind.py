"""Remind: tells owners of new and due tasks, and those above them of overdue ones, by e-mail and webhook."""

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from psycopg2.extensions import connection as Connection

from etl.notify.email import Email
from etl.notify.message import Channel, Message
from etl.notify.recipients import Recipients, read_recipients
from etl.notify.webhook import Webhook
from etl.settings import Settings
from etl.steps.database import warehouse_alone
from etl.steps.report import rule_wording
from etl.warehouse import notices, scores, tasks
from etl.warehouse.audit import ENGINE, record
from etl.warehouse.notices import Notice

PAUSES = tuple(timedelta(days=days) for days in (0, 1, 3, 6, 10))
"""How long after the day of a message each attempt may be made: five in all, the last ten days later."""
NO_ADDRESS, NOTHING_LEFT = "NoAddress", "NothingLeft"
EVENTS = {"reminder": "reminded", "escalation": "escalated"}
Tasks = list[dict[str, Any]]


@dataclass(frozen=True)
class Reminded:
    """What a run came to: messages decided, sent, failed for good and waiting; codes that have no address."""

    decided: int
    sent: int
    failed: int
    waiting: int
    without_address: tuple[str, ...]


def remind(settings: Settings) -> Reminded:
    """Decide who is to be told of what on the day, then send what waits. Running it again sends nothing twice.

    A recipient gets one message of a kind a day. Without an address messages wait for ten days. Raises ConfigError for a
    file of recipients that is wrong, before anything is decided.
    """
    recipients, day = read_recipients(settings), settings.day
    with warehouse_alone(settings, "notices") as connection:
        decided = _decide(connection, recipients, day)
        connection.commit()
        ended: Counter[str] = Counter()
        unknown = set()
        for notice in notices.read_waiting(connection):
            ended[_deliver(connection, settings, recipients, notice)] += 1
            connection.commit()
            if not getattr(recipients.find(notice.recipient_kind, notice.recipient_code), notice.channel):
                unknown.add(notice.recipient_code)
    return Reminded(decided, ended["sent"], ended["failed"], ended["waiting"], tuple(sorted(unknown)))


def _decide(connection: Connection, recipients: Recipients, day: date) -> int:
    """Write down the messages of the day, and in the course of each task that somebody is told of it."""
    from etl.quality.reminders import tellings

    told = notices.read_recipients_told(connection, day)
    due = scores.read_query(connection, "task_due", {"today": day}).to_pylist()
    wanted: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for telling in tellings(due, day):
        wanted[telling.kind, *telling.recipient].append(telling.task_id)
    for recipient, opened in _opened(connection, due, day).items():
        wanted["opened", *recipient] = [task["task_id"] for task in opened]
    decided = 0
    for (kind, recipient_kind, code), task_ids in sorted(wanted.items()):
        if (kind, recipient_kind, code) in told:
            continue
        for channel in recipients.find(recipient_kind, code).channels or ("email",):
            notice = Notice(0, day, kind, channel, recipient_kind, code, 0, None)
            notices.write_notice(connection, notice, len(task_ids))
            decided += 1
        if kind in EVENTS:
            tasks.note_told(connection, EVENTS[kind], task_ids, day)
    if decided:
        record(connection, ENGINE, "notices.decided", f"day {day}", {"notices": decided})
    return decided


def _opened(connection: Connection, due: Tasks, day: date) -> dict[tuple[str, str], Tasks]:
    """The tasks opened or re-opened since the last message about such to their owner, and before the day, by owner.

    What opens on the day itself is told on the next: a day is told of once it is over.
    """
    from etl.quality.reminders import owner_of

    since = notices.read_digest_days(connection, day)
    opened: dict[tuple[str, str], Tasks] = defaultdict(list)
    for task in due:
        owner = owner_of(task)
        if task["opened_on"] is not None and (owner not in since or task["opened_on"] >= since[owner]):
            opened[owner].append(task)
    return opened


def _deliver(connection: Connection, settings: Settings, recipients: Recipients, notice: Notice) -> str:
    """Make one attempt at a message, where it is time for one; gives its state: sent, failed or waiting."""
    age, is_last = settings.day - notice.noticed_on, notice.attempts + 1 >= len(PAUSES)
    if notice.attempts >= len(PAUSES) or notice.fault == notices.UNDER_WAY_AGAIN:
        notices.mark_fault(connection, notice, notice.fault or notices.UNDER_WAY, is_final=True)
        return "failed"
    addresses = getattr(recipients.find(notice.recipient_kind, notice.recipient_code), notice.channel)
    if not addresses:
        is_old = age > PAUSES[-1]
        notices.mark_fault(connection, notice, NO_ADDRESS, is_final=is_old)
        return "failed" if is_old else "waiting"
    if notice.fault != NO_ADDRESS and age < PAUSES[notice.attempts] and notice.fault != notices.UNDER_WAY:
        return "waiting"
    told = _tasks_of(connection, notice)
    if not told:
        notices.mark_fault(connection, notice, NOTHING_LEFT, is_final=True)
        return "failed"
    notices.mark_under_way(connection, notice)
    connection.commit()  # before it leaves: who is cut off in between leaves a mark
    try:
        _channel(settings, notice.channel).send(addresses, _message(settings, notice, told))
    except Exception as error:  # whatever a foreign server does, the others are told; only the kind of error is kept
        notices.mark_fault(connection, notice, type(error).__name__, is_final=is_last)
        return "failed" if is_last else "waiting"
    notices.mark_sent(connection, notice)
    return "sent"


def _tasks_of(connection: Connection, notice: Notice) -> Tasks:
    """The tasks that a message tells of and that are not closed meanwhile."""
    from etl.quality.reminders import above, owner_of

    due = scores.read_query(connection, "task_due", {"today": notice.noticed_on}).to_pylist()
    recipient = (notice.recipient_kind, notice.recipient_code)
    if notice.kind == "opened":
        return _opened(connection, due, notice.noticed_on).get(recipient, [])
    if notice.kind == "reminder":
        return [task for task in due if task["is_reminded_today"] and owner_of(task) == recipient]
    return [task for task in due if task["is_escalated_today"] and above(task) == recipient]


def _channel(settings: Settings, name: str) -> Channel:
    if name == "email":
        return Email(settings)
    assert settings.webhook_secret is not None, "read_recipients lets no webhook pass without a secret"
    return Webhook(settings.webhook_secret.get_secret_value())


def _message(settings: Settings, notice: Notice, told: Tasks) -> Message:
    from etl.reports.task_text import TaskMessage, content_of, subject_of, text_of

    parts = (notice.noticed_on, notice.kind, notice.recipient_kind, notice.recipient_code)
    key = hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:32]
    told_to = (notice.recipient_kind, notice.recipient_code)
    written, rules = TaskMessage(notice.kind, settings.day, *told_to, told, settings.portal_url), rule_wording()
    content = {"id": key, **content_of(written, rules)}
    return Message(key, subject_of(written), text_of(written, rules), content)
