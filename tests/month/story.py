"""Plays the month through the real steps: each day's files taken in, books built, everything checked, told and reported."""

from collections import Counter
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import yaml

from etl import steps
from etl.contracts import reference
from etl.settings import Settings
from tests.month.invent import (
    BAD_DAYS,
    BAD_WARD,
    FAULT_FROM,
    FAULT_MENDED,
    FAULTY,
    FIRST,
    MISSED_MONDAY,
    MONDAYS,
    SILENT,
    SILENT_FROM,
    Delivery,
)
from tests.notify.servers import Mailbox, mail_server
from tests.pipeline.city import build, deliver, read_rows


@dataclass(frozen=True)
class Case:
    """What goes wrong, the rule that must find it, whom it must ask; when tasks must open and close."""

    story: str
    rule_id: str
    sender_code: str
    opened: tuple[date, ...]
    closed: tuple[date, ...] = ()


FAULT_DAYS = tuple(FAULT_FROM + timedelta(days=number) for number in range((FAULT_MENDED - FAULT_FROM).days))
CASES = (
    # Who sends daily is waited for two days.
    Case("a hospital falls silent", "sender_in_rhythm", f"CS{SILENT}", (SILENT_FROM + timedelta(days=2),)),
    Case("a ward sends bad lists", "national_id_missing", f"PX{BAD_WARD}", BAD_DAYS),
    Case("a Monday is missing", "volume_in_season", f"CS{MONDAYS}", (MISSED_MONDAY,)),
    Case("a fault is mended", "birth_date_missing", f"CS{FAULTY}", FAULT_DAYS, (FAULT_MENDED,) * len(FAULT_DAYS)),
)


@dataclass(frozen=True)
class Day:
    """What came of a day: files and rows, tasks by what happened to them, mails by their kind, coverage and total score."""

    day: date
    files: int
    rows: int
    quarantined: int
    books: int
    total: float
    open_tasks: int
    overdue: int
    opened: int
    closed: int
    mails: int


@contextmanager
def installation(settings: Settings) -> Iterator[tuple[Settings, Mailbox]]:
    """The settings with a mail server that takes everybody's mail."""
    mailbox, recipients = Mailbox(), settings.var_dir / "recipients.yaml"
    codes = ["HN", *reference.senders()["sender_code"].to_pylist(), *reference.wards()["ward_code"].to_pylist()]
    recipients.parent.mkdir(parents=True, exist_ok=True)
    recipients.write_text(yaml.safe_dump({code: {"email": [f"{code}@example.vn"]} for code in codes}), "utf-8")
    with mail_server(mailbox) as port:
        mail = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", "mail_from": "so@example.vn"}
        yield settings.model_copy(update={**mail, "recipients_file": recipients}), mailbox


def play(
    settings: Settings, mailbox: Mailbox, register: list[Path], deliveries: list[Delivery], built: Container[date]
) -> Iterator[Day]:
    """Every day in turn; on the days `built`, books are built, checked, told of and reported."""
    by_day: dict[date, list[Delivery]] = {}
    for delivery in deliveries:
        by_day.setdefault(delivery.day, []).append(delivery)
    for day in sorted(by_day):
        today = settings.model_copy(update={"today": day})
        if day == FIRST:
            for path in register:
                steps.load_register(today, path)
        sender_of = {delivery.path: delivery.sender_code for delivery in by_day[day]}
        receipts = deliver(today, sender_of, sender_of.__getitem__)
        if day in built:
            build(today)
            steps.remind(today)
            steps.report(today)
            yield look(today, receipts, mailbox)
            mailbox.mails.clear()


def look(settings: Settings, receipts: list[steps.Receipt], mailbox: Mailbox) -> Day:
    """What stands after a day."""
    day = settings.day
    [(books,)] = read_rows(settings, "select count(*) from book.health_book")
    [(total,)] = read_rows(
        settings,
        f"select score from quality.score where scored_on = '{day}' and scope_kind = 'city' and level = 'total'",
    )
    tasks = steps.list_tasks(settings)
    events = Counter(
        dict(
            read_rows(settings, f"select kind, count(*) from quality.task_event where happened_on = '{day}' group by 1")
        )
    )
    return Day(
        day, len(receipts), sum(one.rows_in for one in receipts), sum(one.quarantined for one in receipts), books,
        float(total), len(tasks), sum(task["due_on"] < day for task in tasks), events["opened"] + events["reopened"],
        events["closed"], len(mailbox.mails),
    )  # fmt: skip


def course_of(settings: Settings, case: Case) -> list[tuple[str, date, int]]:
    """What happened to the tasks of a case, in order: kind, day, rows."""
    rows = read_rows(
        settings,
        "select e.kind, e.happened_on, e.row_count from quality.task_event e join quality.task t using (task_id)"
        f" where t.rule_id = '{case.rule_id}' and t.scope_code = '{case.sender_code}' order by e.event_id",
    )
    return [(str(kind), day, int(count)) for kind, day, count in rows]


def is_as_told(case: Case, course: list[tuple[str, date, int]], last: date) -> bool:
    """Whether the tasks of a case opened and closed on the days on which they must, until the last day."""
    found = {kind: [day for event, day, _ in course if event == kind] for kind in ("opened", "reopened", "closed")}
    wanted = {"opened": case.opened, "reopened": (), "closed": case.closed}
    return found == {kind: [day for day in days if day <= last] for kind, days in wanted.items()}
