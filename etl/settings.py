"""The settings: the only reader of the environment and of `.env` in the project's folder.

Every setting is `HEALTHBOOK_` and the field's name in capitals; `.env.sample` explains each (a test compares).
The environment wins over `.env`. What is unknown, unreadable or unsafe stops the start with a `ConfigError`.
"""

import os
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from etl.errors import ConfigError

PROJECT_DIR = Path(__file__).resolve().parent.parent
ENV_FILE = PROJECT_DIR / ".env"
PREFIX = "HEALTHBOOK_"
DEMO_SECRET = "for-the-demonstration-only"  # noqa: S105 - known to everyone, and refused outside the demonstration
DRIVER = "postgresql+psycopg2"
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
FOLDERS = ("inbox_dir", "reports_dir", "headings_dir", "keys_dir", "backup_dir")
TLS_MODES = ("require", "verify-ca", "verify-full")
"""How sure libpq is of the server that it talks to, growing; its other modes may send everything in the clear."""


class Settings(BaseSettings):
    """What an operator may choose; frozen once read. Relative folders are taken from the project's folder."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=ENV_FILE,
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        validate_default=True,
    )

    demo: bool = True
    database_url: str | None = Field(default=None, repr=False)
    database_tls: Literal["require", "verify-ca", "verify-full"] = "verify-full"
    var_dir: Path = Path("var")
    store_url: str = ""
    inbox_dir: Path = Path()
    reports_dir: Path = Path()
    headings_dir: Path = Path()
    keys_dir: Path = Path()
    master_key_uri: str | None = Field(default=None, repr=False)
    backup_dir: Path = Path()
    wal_archive_dir: Path | None = None
    retention_days: dict[str, int | None] = Field(default={})
    host: str = "127.0.0.1"
    airflow_port: int = Field(default=8080, ge=1, le=65535)
    portal_port: int = Field(default=8000, ge=1, le=65535)
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    secret_key: SecretStr = SecretStr(DEMO_SECRET)
    memory_limit: str = "4GB"
    threads: int = Field(default=2, ge=1)
    max_file_bytes: int = Field(default=2 * 1024**3, ge=1)
    max_unpacked_bytes: int = Field(default=8 * 1024**3, ge=1)
    max_cell_chars: int = Field(default=32_767, ge=1)
    max_columns: int = Field(default=1_000, ge=1)
    certificates_dir: Path | None = None
    register_removal_share: float = Field(default=0.01, ge=0, le=1)
    audit_anchor: str | None = Field(default=None, repr=False)
    smtp_host: str | None = None
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["none", "starttls", "tls"] = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    mail_from: str | None = None
    webhook_secret: SecretStr | None = None
    recipients_file: Path | None = None
    portal_url: str | None = None
    today: date | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @model_validator(mode="before")
    @classmethod
    def _place_folders(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Folders that were not set lie under `var_dir`."""
        var_dir = PROJECT_DIR / Path(values.get("var_dir") or "var").expanduser()
        below = {name: var_dir / name.removesuffix("_dir") for name in FOLDERS}
        return {"store_url": str(var_dir / "store"), **below, **values, "var_dir": var_dir}

    @field_validator(*FOLDERS, "certificates_dir", "wal_archive_dir", "recipients_file")
    @classmethod
    def _from_project(cls, folder: Path | None) -> Path | None:
        return folder and PROJECT_DIR / folder.expanduser()

    @field_validator("store_url")
    @classmethod
    def _is_local_folder(cls, url: str) -> str:
        """A folder or a `file://` address, the one kind of store that writes can be renamed in atomically."""
        if "://" in url and not url.startswith("file://"):
            raise ValueError("only a folder or a file:// address is supported; expected a path. Name a folder")
        return str(PROJECT_DIR / Path(url.removeprefix("file://")).expanduser())

    @field_validator("database_url")
    @classmethod
    def _uses_psycopg2(cls, url: str | None) -> str | None:
        """SQLAlchemy reads a bare `postgresql://` as psycopg 3, which is not what we use."""
        if url is None:
            return None
        if not re.match(r"(postgres|postgresql|postgresql\+psycopg2)://[^/]", url):
            raise ValueError("not a PostgreSQL address; expected postgresql://user:password@host:port/name. Mend it")
        _split(url)
        return re.sub(r"^[a-z0-9+]+://", f"{DRIVER}://", url)

    @field_validator("host")
    @classmethod
    def _is_loopback(cls, host: str) -> str:
        """Pages with personal data are served without encryption, so never beyond this machine."""
        if host == "localhost" or (re.fullmatch(r"[0-9a-fA-F:.]+", host) and ip_address(host).is_loopback):
            return host
        raise ValueError("not a loopback address; expected 127.0.0.1. To serve others use an encrypting proxy")

    @field_validator("memory_limit")
    @classmethod
    def _is_amount(cls, amount: str) -> str:
        if not re.fullmatch(r"[1-9][0-9]*(\.[0-9]+)?(MB|GB)", amount):
            raise ValueError("not an amount of memory; expected one like 4GB or 800MB. Mend it")
        return amount

    @property
    def day(self) -> date:
        """The day on which everything happens: `today` where it is set, else the clock's."""
        return self.today or datetime.now(UTC).date()

    @model_validator(mode="after")
    def _is_encrypted(self) -> Self:
        """Beyond this machine what goes to the database is encrypted, and the server shows a certificate."""
        if self.database_url is not None and not _is_of_this_machine(self.database_url):
            object.__setattr__(self, "database_url", _with_tls(self.database_url, self.database_tls))
        return self

    @model_validator(mode="after")
    def _can_send_mail(self) -> Self:
        """Mail leaves this machine encrypted alone, from an address, and a login has both of its parts."""
        if (self.smtp_user is None) != (self.smtp_password is None):
            raise ValueError("HEALTHBOOK_SMTP_USER and HEALTHBOOK_SMTP_PASSWORD belong together; expected both. Set both")
        if self.smtp_host is None:
            return self
        if self.mail_from is None or not is_mail_address(self.mail_from):
            raise ValueError("HEALTHBOOK_MAIL_FROM is no mail address; expected one such as so@example.vn. Set it")
        if self.smtp_security == "none" and (not is_near(self.smtp_host) or self.smtp_user is not None):
            raise ValueError(
                "HEALTHBOOK_SMTP_SECURITY is none for a server elsewhere, or with a login; expected starttls or tls. Set it"
            )
        return self

    @model_validator(mode="after")
    def _can_sign(self) -> Self:
        secret = self.webhook_secret
        if secret is not None and len(secret.get_secret_value()) < 32:
            raise ValueError("HEALTHBOOK_WEBHOOK_SECRET is too short; expected 32 or more random characters. Set one")
        if self.portal_url is not None and not is_web_address(self.portal_url):
            raise ValueError(
                "HEALTHBOOK_PORTAL_URL is no address that may be sent; expected https:// without a login. Mend it"
            )
        return self

    @model_validator(mode="after")
    def _can_ask_provider(self) -> Self:
        parts = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret)
        if any(parts) != all(parts):
            raise ValueError(
                "HEALTHBOOK_OIDC_ISSUER, HEALTHBOOK_OIDC_CLIENT_ID and HEALTHBOOK_OIDC_CLIENT_SECRET belong together; "
                "expected all or none. Set all three"
            )
        if self.oidc_issuer is not None and not is_web_address(self.oidc_issuer):
            raise ValueError(
                "HEALTHBOOK_OIDC_ISSUER is no address of a provider; expected https:// without a login. Mend it"
            )
        return self

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if self.today is not None and not self.demo:
            raise ValueError("HEALTHBOOK_TODAY is for the demonstration alone; expected the clock's day. Remove it")
        if self.keys_dir.is_relative_to(self.store_url):
            raise ValueError(
                "HEALTHBOOK_KEYS_DIR lies in the store that its keys seal; expected a place apart. Move it"
            )
        secret = self.secret_key.get_secret_value()
        if not self.demo and (secret == DEMO_SECRET or len(secret) < 32):
            raise ValueError(
                "HEALTHBOOK_SECRET_KEY is the demonstration's or too short; expected 32 or more random characters "
                "where HEALTHBOOK_DEMO is false. Set one, for example from `openssl rand -hex 32`"
            )
        return self


def load_settings(env_file: Path = ENV_FILE) -> Settings:
    """The settings of this process.

    Raises `ConfigError` which names the setting (and the nearest known one), never its value.
    """
    from_file = dotenv_values(env_file, encoding="utf-8") if env_file.is_file() else {}
    _refuse_unknown(name for name in (*os.environ, *from_file) if name.upper().startswith(PREFIX))
    try:
        return Settings(_env_file=env_file)  # type: ignore[call-arg]  # pydantic-settings' own keyword, unknown to mypy
    except ValidationError as error:
        raise ConfigError(_explain(error)) from None


def setting_names() -> tuple[str, ...]:
    """The names of all settings, as the environment spells them."""
    return tuple(PREFIX + name.upper() for name in Settings.model_fields)


def _split(url: str) -> SplitResult:
    """The address in its parts; libpq knows no fragments, so a # is a character as any other."""
    try:
        return urlsplit(url.replace("#", "%23"))
    except ValueError:
        raise ValueError(
            "not a PostgreSQL address; expected postgresql://user:password@host:port/name. Mend it"
        ) from None


def _is_of_this_machine(url: str) -> bool:
    """Whether every server that an address may lead to is reached by loopback or a socket. PGHOST counts, as for libpq."""
    parts = _split(url)
    asked = dict(parse_qsl(parts.query))
    if "service" in asked or "PGSERVICE" in os.environ:
        return False  # a file of libpq's may name any server
    places = unquote(parts.netloc.rpartition("@")[2])
    named = asked.get("host") or re.sub(r":[0-9]+(?=,|$)", "", places) or os.environ.get("PGHOST", "")
    numbered = asked.get("hostaddr") or os.environ.get("PGHOSTADDR", "")  # libpq connects to this, whatever the name
    return all(is_near(host) for host in (numbered or named).split(","))


def is_mail_address(text: str) -> bool:
    """Whether mail can be sent to this address, which is plain: no name, no second address, no line break."""
    return re.fullmatch(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", text) is not None


def is_web_address(text: str) -> bool:
    """Whether this is an https:// address (http:// on this machine) of a host, without a login in it."""
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return False
    if not host or "@" in parts.netloc or not text.isprintable() or " " in text:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_near(host))


def is_near(host: str) -> bool:
    """Whether a host is this machine."""
    if host in ("", "localhost") or host.startswith(("/", "@")):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _with_tls(url: str, least: str) -> str:
    """The address with its own `sslmode`, or `least` where it states none; a weaker one is refused."""
    asked = dict(parse_qsl(_split(url).query))
    mode = asked.get("sslmode")
    if mode is None:
        return f"{url}{'&' if _split(url).query else '?'}sslmode={least}"
    if mode not in TLS_MODES or TLS_MODES.index(mode) < TLS_MODES.index(least):
        raise ValueError(
            f"HEALTHBOOK_DATABASE_URL leads to another machine with a weaker sslmode than {least}; expected {least}, "
            "with sslrootcert=<file of the authority> or sslrootcert=system. Where the server has no certificate that "
            "can be checked, set HEALTHBOOK_DATABASE_TLS=require as well"
        )
    return url


def _refuse_unknown(names: Iterable[str]) -> None:
    """A mistyped setting would silently leave the default in force."""
    known = setting_names()
    for name in sorted(set(names)):
        if name.upper() not in known:
            nearest = get_close_matches(name.upper(), known, n=1, cutoff=0.0)[0]
            raise ConfigError(
                f"settings: {name} is unknown; expected a name of .env.sample, the nearest is {nearest}. "
                "Correct or remove it."
            )


def _explain(error: ValidationError) -> str:
    """What is wrong with each setting, without the values: an address may hold a password."""
    sentences = []
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        name = PREFIX + str(item["loc"][0]).upper() + " is wrong: " if item["loc"] else ""
        sentences.append(f"settings: {name}{item['msg'].removeprefix('Value error, ')}.")
    return " ".join(sentences)
