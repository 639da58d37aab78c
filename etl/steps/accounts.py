"""The portal's accounts: made, closed, given a password or a role. Nobody changes his own rights; each change is audited."""

from typing import Any

from etl.errors import ConfigError
from etl.settings import Settings
from etl.steps.database import warehouse
from etl.warehouse import access, accounts, passwords
from etl.warehouse.access import Scope
from etl.warehouse.accounts import NewAccount
from etl.warehouse.audit import check_actor

Roles = tuple[tuple[str, Scope], ...]


def create_account(
    settings: Settings, user_name: str, title: str, actor: str, *, language: str = "vi", roles: Roles = (),
    password: str | None = None, subject: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Make an account with its roles. Without a password or the provider's subject one is made, and given here alone.

    All of it or nothing: an account whose role does not fit is not made either.
    """
    _check_actor(actor, user_name)
    if language not in ("vi", "en") or not 0 < len(title.strip()) <= 100:
        raise ConfigError("account: its title or language does not fit; expected a post, and vi or en. Correct it.")
    first = passwords.make_password() if password is None and subject is None else None
    chosen = password or first
    hashed = passwords.hash_password(chosen) if chosen else None
    server_password = passwords.server_password(passwords.read_secret(settings), user_name)
    with warehouse(settings) as connection:
        new = NewAccount(user_name, title.strip(), language, hashed, subject)
        accounts.create_account(connection, new, server_password, actor)
        for role, scope in roles:
            access.grant(connection, user_name, role, scope, actor)
    return {
        "user": user_name, "roles": [[role, *scope.parts] for role, scope in roles],
        **({"password": first} if first else {}),
    }  # fmt: skip


def list_accounts(settings: Settings) -> list[dict[str, object]]:
    """All accounts, what each may do, when it was last at work, and whether it is locked or closed."""
    with warehouse(settings) as connection:
        return accounts.list_accounts(connection)


def close_account(settings: Settings, user_name: str, actor: str) -> dict[str, Any]:
    """Close an account for good, with every role that it had."""
    _check_actor(actor, user_name)
    with warehouse(settings) as connection:
        held = {str(one["role"]) for one in access.list_permissions(connection) if one["user"] == user_name}
        accounts.close_account(connection, user_name, actor)
        for role in sorted(held):
            access.revoke(connection, user_name, role, actor)
    return {"user": user_name, "state": "closed"}


def renew_password(settings: Settings, user_name: str, actor: str, password: str | None = None) -> dict[str, Any]:
    """Give an account another password; without one it is made, and given here alone. Its sessions end."""
    _check_actor(actor, user_name)
    chosen = passwords.make_password() if password is None else password
    with warehouse(settings) as connection:
        accounts.set_password(connection, user_name, passwords.hash_password(chosen), actor)
    return {"user": user_name, **({"password": chosen} if password is None else {})}


def change_own_password(settings: Settings, user_name: str, old: str, new: str) -> bool:
    """Put another password in the place of the old one, of which he knows the words; False where he does not, or is locked."""
    hashed = passwords.hash_password(new)
    with warehouse(settings) as connection:
        account = accounts.find_account(connection, user_name)
    if account is None or account.is_locked or account.is_closed or account.password_hash is None:
        return False
    if not passwords.is_password(account.password_hash, old):
        with warehouse(settings) as connection:
            accounts.note_wrong_password(connection, user_name)
        return False
    with warehouse(settings) as connection:
        accounts.set_password(connection, user_name, hashed, user_name)
    return True


def unlock_account(settings: Settings, user_name: str, actor: str) -> dict[str, Any]:
    """Let an account that wrong passwords locked be tried at once."""
    _check_actor(actor, user_name)
    with warehouse(settings) as connection:
        accounts.unlock(connection, user_name, actor)
    return {"user": user_name, "state": "unlocked"}


def grant_to_other(settings: Settings, user_name: str, role: str, scope: Scope, actor: str) -> int:
    """Let an account of the portal act in a role; gives how many parts of the scope are new."""
    _check_actor(actor, user_name)
    with warehouse(settings) as connection:
        _check_open(connection, user_name)
        return access.grant(connection, user_name, role, scope, actor)


def revoke_from_other(settings: Settings, user_name: str, role: str, actor: str) -> int:
    """Take a role from an account of the portal, with every scope."""
    _check_actor(actor, user_name)
    with warehouse(settings) as connection:
        _check_open(connection, user_name)
        return access.revoke(connection, user_name, role, actor)


def _check_open(connection: Any, user_name: str) -> None:
    account = accounts.find_account(connection, user_name)
    if account is None or account.is_closed:
        raise ConfigError("account: there is no open account of that name; expected one. Choose it from the list.")


def _check_actor(actor: str, user_name: str) -> None:
    check_actor(actor)
    if actor == user_name:
        raise ConfigError(
            "account: nobody changes his own rights; expected another account. Ask somebody else who may."
        )
