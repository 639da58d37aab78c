"""From open tasks to mails and posts that arrived, on a real database and real servers; cut off, refused, run twice."""

import json
import logging
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from etl import steps
from etl.notify.email import Email
from etl.notify.message import Message
from etl.settings import Settings
from etl.warehouse import tasks
from tests.notify.servers import Mailbox, Posted, mail_server, webhook_server
from tests.quality.test_tasks import found
from tests.warehouse.test_tasks import BATCH, DAY, RULE, fetch, open_tasks

DUE = DAY + timedelta(days=10)
CANARY = "zxcanaryq"
ADDRESS = f"{CANARY}@example.vn"


@pytest.fixture
def posted() -> Iterator[Posted]:
    receiver = Posted()
    with webhook_server(receiver):
        yield receiver


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def installation(database_url: str, tmp_path: Path, mailbox: Mailbox, posted: Posted) -> Iterator[Settings]:
    """A warehouse with one task of a station, three rows, due on `DUE`; its file was named after somebody."""
    recipients = tmp_path / "recipients.yaml"
    with mail_server(mailbox) as port:
        settings = Settings(
            var_dir=tmp_path, database_url=database_url, smtp_host="127.0.0.1", smtp_port=port, smtp_security="none",
            mail_from="so@example.vn", webhook_secret=SecretStr("s" * 32), recipients_file=recipients,
            portal_url="https://so.example.vn/viec", today=DAY,
        )  # fmt: skip
        recipients.write_text(f"PX00004: {{email: [{ADDRESS}]}}\nHN: {{webhook: '{posted.url}{CANARY}'}}\n")
        with steps.warehouse(settings) as connection:
            ((batch_id,),) = fetch(connection, BATCH.replace("'*'", f"'*{CANARY}'"), "a" * 64, "accepted")
            opened = open_tasks([found(RULE, "open_task", 3)], batch_id=batch_id, sender_code="PX00004", today=DAY)
            opened = opened.set_column(opened.column_names.index("due_on"), "due_on", [[DUE]])
            tasks.write_batch_tasks(connection, batch_id, opened, DAY)
        yield settings


def on(settings: Settings, day: date) -> Settings:
    return settings.model_copy(update={"today": day})


def outbox(settings: Settings) -> list[tuple[Any, ...]]:
    query = (
        "select kind, channel, recipient_kind, recipient_code, state, attempts, fault from quality.notice order by 1, 2"
    )
    with steps.warehouse(settings) as connection:
        return fetch(connection, query)


def everything(settings: Settings) -> list[list[tuple[Any, ...]]]:
    with steps.warehouse(settings) as connection:
        return [
            fetch(connection, f"select * from {table} order by 1")
            for table in ("quality.task", "quality.task_event", "quality.notice", "audit.event")
        ]


def test_a_task_is_told_of_from_its_opening_to_its_escalation(installation: Settings, mailbox: Mailbox) -> None:
    for after in range(1, 12):
        settings = on(installation, DAY + timedelta(days=after))
        steps.remind(settings)
        before = everything(settings)
        assert steps.remind(settings).sent == 0
        assert everything(settings) == before
    subjects = [mail["Subject"].split(" / ")[1] for mail in mailbox.mails]
    assert subjects == [f"Health books: 1 {what}" for what in ("new to do", "due soon", "due soon", "overdue")]
    assert {mail["To"] for mail in mailbox.mails} == {ADDRESS}
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 4


def test_a_message_says_what_and_until_when_in_both_languages_and_nothing_personal(
    installation: Settings, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    steps.remind(on(installation, DUE))
    texts = [mail.get_content() for mail in mailbox.mails]
    rule = steps.rule_wording()[RULE]
    for text in texts:
        vietnamese, english = text.split("-" * 40)
        assert rule.message_vi in vietnamese
        assert "hạn 11/10/2026" in vietnamese
        assert "số dòng: < 5" in vietnamese
        assert rule.message_en in english
        assert "due 2026-10-11" in english
        assert "https://so.example.vn/viec" in vietnamese
        assert CANARY not in text
    ours = [record.getMessage() for record in caplog.records if record.name != "mail.log"]  # the test's own server
    assert CANARY not in str(ours) + str(everything(installation))


def test_the_city_is_posted_what_is_overdue_of_a_hospital(installation: Settings, posted: Posted) -> None:
    with steps.warehouse(installation) as connection:
        fetch(connection, "update quality.task set sender_code = 'CS01929', scope_code = 'CS01929'")
        assert fetch(connection, "select ward_code from reference.sender where sender_code = 'CS01929'") == [(None,)]
    steps.remind(on(installation, DUE + timedelta(days=1)))
    ((headers, body),) = posted.requests
    content = json.loads(body)
    assert (content["kind"], content["recipient"], content["id"]) == ("escalation", "HN", headers["Idempotency-Key"])
    assert [(task["rows"], task["due_on"]) for task in content["tasks"]] == [("< 5", "2026-10-11")]
    assert set(content["tasks"][0]["message"]) == {"vi", "en"}


def test_without_a_file_messages_wait_and_are_sent_once_there_is_one(installation: Settings, mailbox: Mailbox) -> None:
    nobody = installation.model_copy(update={"recipients_file": None})
    reminded = steps.remind(on(nobody, DUE))
    assert (reminded.sent, reminded.waiting, reminded.without_address) == (0, 2, ("PX00004",))
    assert steps.remind(on(installation, DUE)).sent == 2
    assert len(mailbox.mails) == 2


def test_a_server_that_refuses_is_tried_five_times_with_growing_pauses(
    installation: Settings, mailbox: Mailbox
) -> None:
    mailbox.answer = f"554 {CANARY}"
    tried = []
    for after in range(12):
        settings = on(installation, DUE - timedelta(days=2) + timedelta(days=after))
        steps.remind(settings)
        with steps.warehouse(settings) as connection:
            query = "select state, attempts, fault from quality.notice where kind = 'opened'"
            tried += fetch(connection, query)
    assert [attempts for _, attempts, _ in tried] == [1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5]
    assert tried[-1] == ("failed", 5, "SMTPDataError")
    assert CANARY not in str(everything(installation))


@pytest.mark.parametrize("cuts", [1, 2])
def test_a_run_cut_off_after_sending_sends_once_more_and_never_again(
    installation: Settings, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, cuts: int
) -> None:
    send = Email.send

    def send_and_die(self: Email, addresses: tuple[str, ...], message: Message) -> None:
        send(self, addresses, message)
        raise KeyboardInterrupt

    settings = on(installation, DAY + timedelta(days=1))
    with monkeypatch.context() as patch:
        patch.setattr(Email, "send", send_and_die)
        for _ in range(cuts):
            with pytest.raises(KeyboardInterrupt):
                steps.remind(settings)
    for _ in range(2):
        steps.remind(settings)
    assert len(mailbox.mails) == 2
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 1
    assert outbox(settings)[0][4] == ("sent" if cuts == 1 else "failed")
    assert outbox(settings)[0][5] == 2


def test_a_task_that_closed_meanwhile_is_not_told(installation: Settings, mailbox: Mailbox) -> None:
    nobody = installation.model_copy(update={"recipients_file": None})
    steps.remind(on(nobody, DUE))
    with steps.warehouse(installation) as connection:
        fetch(connection, "update quality.task set state = 'closed', closed_at = now()")
    assert steps.remind(on(installation, DUE)).failed == 2
    assert mailbox.mails == []
