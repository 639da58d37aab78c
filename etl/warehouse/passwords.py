"""What proves who somebody is: passwords as Argon2id hashes, and what an account's role of the server logs in with."""

import hmac
import secrets
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from etl.errors import ConfigError
from etl.settings import DEMO_SECRET, Settings

HASHER = PasswordHasher()
"""Argon2id as RFC 9106 advises for small memory: 64 MiB, 3 passes."""
SHORTEST, LONGEST = 12, 200
FIRST_BYTES = 12
"""Of a password that we make: 16 characters."""


def hash_password(password: str) -> str:
    """The hash of a new password. Raises ConfigError where it is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ConfigError(f"password: it does not fit; expected {SHORTEST} to {LONGEST} characters. Choose another.")
    return HASHER.hash(password)


def is_password(password_hash: str, password: str) -> bool:
    """Whether a password is the one of the hash; it takes as long either way."""
    try:
        return HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def make_password() -> str:
    """One that nobody guesses."""
    return secrets.token_urlsafe(FIRST_BYTES)


def server_password(secret: bytes, user_name: str) -> str:
    """What the account's role of the server logs in with: nobody types it, and none but this installation knows it."""
    return hmac.new(secret, f"server {user_name}".encode(), "sha256").hexdigest()


def read_secret(settings: Settings) -> bytes:
    """The installation's secret: the setting, or in a demonstration one of its own, made at the first start (mode 600)."""
    secret = settings.secret_key.get_secret_value()
    if secret != DEMO_SECRET:
        return secret.encode()
    path = settings.var_dir / "portal" / "secret"
    if not path.exists():
        _write_once(path, secrets.token_hex(32))
    return path.read_bytes()


def _write_once(path: Path, text: str) -> None:
    """Write a file for this user alone; where another process was quicker, its text stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
