"""E-mail and webhook against real servers, and against ones that refuse, hang, redirect or show a foreign certificate."""

import json
import logging
import smtplib
import ssl
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from etl.notify.email import Email
from etl.notify.message import Message
from etl.notify.webhook import Webhook, sign
from etl.settings import Settings
from tests.notify.servers import Mailbox, Posted, mail_server, webhook_server, write_certificate

MESSAGE = Message("a" * 32, "Sổ sức khỏe: 1 việc / 1 task", "Kính gửi\nTo\n", {"id": "a" * 32, "vi": "việc"})
TO = ("one@example.vn", "two@example.vn")
SECRET = "s" * 32


def mail(port: int, security: str, tmp_path: Path, **more: object) -> Email:
    settings = Settings(
        var_dir=tmp_path,
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_security=security,
        mail_from="so@example.vn",
        **more,
    )
    return Email(settings, patience_seconds=2)


def test_a_mail_arrives_whole(tmp_path: Path) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        mail(port, "none", tmp_path).send(TO, MESSAGE)
    (arrived,) = mailbox.mails
    assert (arrived["Subject"], arrived["To"]) == (MESSAGE.subject, ", ".join(TO))
    assert arrived["Message-ID"] == f"<{MESSAGE.key}@example.vn>"
    assert arrived.get_content().replace("\r\n", "\n") == MESSAGE.text


def test_starttls_with_a_certificate_that_is_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, trust = write_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    mailbox = Mailbox()
    with mail_server(mailbox, trust) as port:
        mail(port, "starttls", tmp_path).send(TO, MESSAGE)
    assert mailbox.is_encrypted == [True]


def test_tls_from_the_first_byte_and_a_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, trust = write_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    mailbox, account = Mailbox(), ("so@example.vn", "khong-phai-mat-khau")
    with mail_server(mailbox, trust, account, is_implicit=True) as port:
        mail(port, "tls", tmp_path, smtp_user=account[0], smtp_password=account[1]).send(TO, MESSAGE)
        with pytest.raises(smtplib.SMTPAuthenticationError):
            mail(port, "tls", tmp_path, smtp_user=account[0], smtp_password="sai").send(TO, MESSAGE)
        with pytest.raises(smtplib.SMTPException):
            mail(port, "tls", tmp_path).send(TO, MESSAGE)
    assert len(mailbox.mails) == 1


def test_a_certificate_that_nobody_believes_gets_no_mail(tmp_path: Path) -> None:
    _, trust = write_certificate(tmp_path)
    mailbox = Mailbox()
    with mail_server(mailbox, trust) as port, pytest.raises(ssl.SSLCertVerificationError):
        mail(port, "starttls", tmp_path).send(TO, MESSAGE)
    assert mailbox.mails == []


def test_a_server_without_encryption_gets_no_mail(tmp_path: Path) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port, pytest.raises(smtplib.SMTPNotSupportedError):
        mail(port, "starttls", tmp_path).send(TO, MESSAGE)
    assert mailbox.mails == []


def test_a_mail_that_is_refused_raises(tmp_path: Path) -> None:
    with mail_server(Mailbox(answer="554 no")) as port, pytest.raises(smtplib.SMTPDataError):
        mail(port, "none", tmp_path).send(TO, MESSAGE)


def test_a_post_is_signed_and_names_itself(caplog: pytest.LogCaptureFixture) -> None:
    posted = Posted()
    caplog.set_level(logging.INFO)
    with webhook_server(posted):
        Webhook(SECRET).send((posted.url,), MESSAGE)
    ((headers, body),) = posted.requests
    assert json.loads(body) == MESSAGE.content
    assert headers["Idempotency-Key"] == MESSAGE.key
    assert headers["X-Healthbook-Signature"] == "sha256=" + sign(SECRET, headers["X-Healthbook-Timestamp"], body)
    assert sign(SECRET, "1", body) != sign(SECRET, "2", body) != sign("t" * 32, "2", body)
    assert posted.url not in caplog.text


@pytest.mark.parametrize("status", [302, 307, 400, 500])
def test_an_answer_that_is_no_success_raises_and_is_not_followed(status: int) -> None:
    posted = Posted(status=status)
    with webhook_server(posted), pytest.raises(httpx.HTTPStatusError):
        Webhook(SECRET).send((posted.url,), MESSAGE)
    assert len(posted.requests) == 1


def test_a_server_that_hangs_is_left() -> None:
    posted = Posted(pause_seconds=1)
    with webhook_server(posted), pytest.raises(httpx.ReadTimeout):
        Webhook(SECRET, patience_seconds=0.2).send((posted.url,), MESSAGE)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"smtp_host": "127.0.0.1"}, "MAIL_FROM"),
        ({"smtp_host": "mail.example.vn", "mail_from": "a@b.vn", "smtp_security": "none"}, "SMTP_SECURITY"),
        ({"smtp_user": "so"}, "belong together"),
        ({"webhook_secret": SecretStr("short")}, "WEBHOOK_SECRET"),
        ({"portal_url": "http://example.vn"}, "PORTAL_URL"),
    ],
)
def test_settings_that_are_unsafe_are_refused(tmp_path: Path, chosen: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Settings(var_dir=tmp_path, **chosen)
