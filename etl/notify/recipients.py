"""Who is told of tasks: a YAML file of addresses by the code of a sender, a ward, or HN for the city, checked whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from etl.errors import ConfigError
from etl.settings import Settings, is_mail_address, is_web_address

CITY = "HN"
EXPECTED = "expected `PX00004: {email: [someone@example.vn], webhook: https://example.vn/tasks}`, either part or both"


@dataclass(frozen=True)
class Recipient:
    """Addresses of one sender, ward or the city, by channel."""

    email: tuple[str, ...] = ()
    webhook: tuple[str, ...] = ()

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels by which it can be reached."""
        return tuple(name for name in ("email", "webhook") if getattr(self, name))


@dataclass(frozen=True)
class Recipients:
    """All of them by code."""

    by_code: Mapping[str, Recipient]

    def find(self, kind: str, code: str) -> Recipient:
        """Addresses of a sender, ward or the city. A ward has its own code's, or else those of its station."""
        found = self.by_code.get(code)
        if found is None and kind == "ward":
            found = self.by_code.get(f"PX{code}")
        return found or Recipient()


def read_recipients(settings: Settings) -> Recipients:
    """The recipients of the settings; none where no file is named. Raises ConfigError with the entry that is wrong."""
    path = settings.recipients_file
    if path is None:
        return Recipients({})
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(
            f"recipients: the file cannot be read ({type(error).__name__}); {EXPECTED}. Mend HEALTHBOOK_RECIPIENTS_FILE."
        ) from None
    if not isinstance(content, dict) or not content:
        raise ConfigError(f"recipients: the file holds no codes; {EXPECTED}. Mend it.")
    recipients = {str(code): _read_entry(code, entry) for code, entry in content.items()}
    _check_ways(settings, recipients)
    return Recipients(recipients)


def _read_entry(code: Any, entry: Any) -> Recipient:
    """An entry; no message holds an address, which is a person's."""
    if not isinstance(code, str) or not code.isalnum() or not code.isascii():
        raise ConfigError(f"recipients, {code!r}: not a code; expected HN, PX00004 or '00004' in quotes. Write it so.")
    if not isinstance(entry, dict) or not entry or not entry.keys() <= {"email", "webhook"}:
        raise ConfigError(f"recipients, {code}: parts are missing or unknown; {EXPECTED}. Mend the entry.")
    emails = entry.get("email", [])
    if not isinstance(emails, list) or not all(isinstance(one, str) and is_mail_address(one) for one in emails):
        raise ConfigError(f"recipients, {code}, email: not a list of mail addresses; {EXPECTED}. Mend the entry.")
    webhook = entry.get("webhook")
    if webhook is not None and not (isinstance(webhook, str) and is_web_address(webhook)):
        raise ConfigError(
            f"recipients, {code}, webhook: not an address that may be posted to; expected https:// without a login."
            " Mend the entry."
        )
    if not emails and webhook is None:
        raise ConfigError(f"recipients, {code}: it has no address; {EXPECTED}. Mend the entry, or remove it.")
    return Recipient(tuple(emails), () if webhook is None else (webhook,))


def _check_ways(settings: Settings, recipients: dict[str, Recipient]) -> None:
    """An address that nothing can be sent to is a mistake of the installation, told before anything is decided."""
    for channel, name, setting in (
        ("email", "HEALTHBOOK_SMTP_HOST", settings.smtp_host),
        ("webhook", "HEALTHBOOK_WEBHOOK_SECRET", settings.webhook_secret),
    ):
        codes = [code for code, recipient in recipients.items() if getattr(recipient, channel)]
        if codes and setting is None:
            raise ConfigError(f"recipients, {codes[0]}, {channel}: {name} is empty; expected it to be set. Set it.")
