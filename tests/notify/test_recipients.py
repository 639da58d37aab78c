"""The file of recipients: read whole, and refused with the entry that is wrong and without its addresses."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from etl.errors import ConfigError
from etl.notify.recipients import Recipient, read_recipients
from etl.settings import Settings


def settings_of(tmp_path: Path, content: str, **chosen: object) -> Settings:
    path = tmp_path / "recipients.yaml"
    path.write_text(content, encoding="utf-8")
    ways = {"smtp_host": "127.0.0.1", "mail_from": "so@example.vn", "webhook_secret": SecretStr("s" * 32)}
    return Settings(var_dir=tmp_path, recipients_file=path, **{**ways, **chosen})


def test_a_ward_is_told_by_its_own_addresses_or_those_of_its_station(tmp_path: Path) -> None:
    content = "HN: {email: [a@x.vn]}\nPX00004: {webhook: 'https://x.vn/h'}\n'00008': {email: [b@x.vn, c@x.vn]}\n"
    found = read_recipients(settings_of(tmp_path, content))
    assert found.find("city", "HN") == Recipient(("a@x.vn",))
    assert found.find("ward", "00004") == found.find("sender", "PX00004") == Recipient((), ("https://x.vn/h",))
    assert found.find("ward", "00008").email == ("b@x.vn", "c@x.vn")
    assert found.find("sender", "CS01929").channels == ()


def test_no_file_is_nobody(tmp_path: Path) -> None:
    assert read_recipients(Settings(var_dir=tmp_path)).by_code == {}


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ("", "no codes"),
        ("HN: [", "cannot be read"),
        ("00004: {email: [secret@x.vn]}", "'00004' in quotes"),
        ("HN: {mail: [secret@x.vn]}", "HN: parts"),
        ("HN: {email: secret@x.vn}", "HN, email"),
        ("HN: {email: ['secret@x.vn, b@x.vn']}", "HN, email"),
        ("HN: {webhook: 'http://secret.vn'}", "HN, webhook"),
        ("HN: {webhook: 'https://a:secret@x.vn'}", "HN, webhook"),
        ("HN: {email: []}", "HN: it has no address"),
    ],
)
def test_what_is_wrong_is_named_without_addresses(tmp_path: Path, content: str, where: str) -> None:
    with pytest.raises(ConfigError, match=where) as caught:
        read_recipients(settings_of(tmp_path, content))
    assert "; expected" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_address_that_nothing_can_be_sent_to_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="HEALTHBOOK_SMTP_HOST"):
        read_recipients(settings_of(tmp_path, "HN: {email: [a@x.vn]}", smtp_host=None))
    with pytest.raises(ConfigError, match="HEALTHBOOK_WEBHOOK_SECRET"):
        read_recipients(settings_of(tmp_path, "HN: {webhook: 'https://x.vn'}", webhook_secret=None))
