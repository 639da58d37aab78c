"""The portal's accounts and sessions. What an account may do are its permissions (`warehouse.access`); it is a role of the
server as well, so that what it reads is what row-level security shows it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from psycopg2 import errors, sql
from psycopg2.extensions import connection as Connection

from etl.errors import ConfigError
from etl.warehouse.audit import record

LOCK_AFTER, LOCK_MINUTES = 5, 15
"""Wrong passwords in a row after which none is tried for so many minutes."""
IDLE_MINUTES, LONGEST_HOURS = 30, 12
"""A session ends when it was not used for so long, and whatever happens after so many hours."""


@dataclass(frozen=True)
class Account:
    """Who may sign in."""

    user_name: str
    title: str
    language: str
    password_hash: str | None
    is_locked: bool
    is_closed: bool


@dataclass(frozen=True)
class NewAccount:
    """An account to be made: one of `password_hash` and `oidc_subject` proves who it is."""

    user_name: str
    title: str
    language: str = "vi"
    password_hash: str | None = None
    oidc_subject: str | None = None


ACCOUNT = "a.user_name, a.title, a.language, a.password_hash, coalesce(a.locked_until > now(), false), a.closed_at is not null"


def create_account(connection: Connection, new: NewAccount, server_password: str, actor: str) -> None:
    """Make an account, and its role of the server with a password that the portal alone knows. Audited.

    Raises ConfigError where the name is taken or is no plain one, and where we may not make roles.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from access.permission where user_name = %s and revoked_at is null)",
            (new.user_name,),
        )
        if cursor.fetchone() == (True,):
            raise ConfigError(
                "account: the name has rights on the server already; expected a new one. Take them back, or choose another."
            )
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into access.account (user_name, title, language, password_hash, oidc_subject, failed_count, created_by, created_at)"
                " values (%s, %s, %s, %s, %s, 0, %s, now())",
                (new.user_name, new.title, new.language, new.password_hash, new.oidc_subject, actor),
            )
    except errors.UniqueViolation:
        raise ConfigError("account: the name or subject is taken; expected a new one. Choose another name.") from None
    except errors.CheckViolation:
        raise ConfigError(
            "account: the name does not fit; expected 2 to 41 small letters, digits or _, a letter first. Choose another."
        ) from None
    set_server_password(connection, new.user_name, server_password)
    record(
        connection, actor, "account.created", f"account {new.user_name}", {"oidc": int(new.oidc_subject is not None)}
    )


def set_server_password(connection: Connection, user_name: str, server_password: str) -> None:
    """Make the account's role of the server where it is missing, and let it log in with this password."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select rolsuper or rolbypassrls or rolcreaterole or not rolcanlogin"
            " or exists (select from pg_auth_members m where m.roleid = r.oid)"
            " or exists (select from pg_class c where c.relowner = r.oid) from pg_roles r where rolname = %s",
            (user_name,),
        )
        found = cursor.fetchone()
        if found is not None and found[0]:
            raise ConfigError(
                "account: a role of the server with rights of its own has this name; expected a plain one. Choose another."
            )
        verb = "create" if found is None else "alter"
        statement = sql.SQL(f"{verb} role {{}} login password {{}}")
        try:
            cursor.execute(statement.format(sql.Identifier(user_name), sql.Literal(server_password)))
        except errors.InsufficientPrivilege:
            raise ConfigError(
                "account: we may not make roles on the server; expected the right to. "
                "Let its administrator give createrole to the owner of the tables."
            ) from None


def find_account(connection: Connection, user_name: str) -> Account | None:
    """The account of a name."""
    return _find(connection, "user_name", user_name)


def find_subject(connection: Connection, subject: str) -> Account | None:
    """The account that a provider of OpenID Connect knows by this subject."""
    return _find(connection, "oidc_subject", subject)


def _find(connection: Connection, column: str, value: str) -> Account | None:
    with connection.cursor() as cursor:
        cursor.execute(f"select {ACCOUNT} from access.account a where a.{column} = %s", (value,))
        row = cursor.fetchone()
    return Account(*row) if row else None


def list_accounts(connection: Connection) -> list[dict[str, object]]:
    """All accounts with what each may do, and when it was last at work."""
    with connection.cursor() as cursor:
        cursor.execute("""
            select a.user_name, a.title, a.created_at, a.closed_at, coalesce(a.locked_until > now(), false) as is_locked,
                array(select p.role_name || ' ' || p.scope from access.permission p
                    where p.user_name = a.user_name and p.revoked_at is null order by 1) as permissions,
                (select max(s.seen_at) from access.session s where s.user_name = a.user_name) as seen_at
            from access.account a order by a.closed_at is not null, a.user_name""")
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def list_names(connection: Connection) -> list[str]:
    """The names of accounts that are not closed."""
    with connection.cursor() as cursor:
        cursor.execute("select user_name from access.account where closed_at is null order by user_name")
        return [name for (name,) in cursor.fetchall()]


def note_wrong_password(connection: Connection, user_name: str) -> None:
    """Count a wrong password; the account is locked for a while after some. Audited."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update access.account set failed_count = (failed_count + 1) %% %s,"
            " locked_until = case when failed_count + 1 >= %s then now() + %s * interval '1 minute' else locked_until end"
            " where user_name = %s returning failed_count",
            (LOCK_AFTER, LOCK_AFTER, LOCK_MINUTES, user_name),
        )
        (failed,) = cursor.fetchone() or (0,)
    action = "account.locked" if failed == 0 else "account.refused"
    record(connection, user_name, action, f"account {user_name}", {"failed": int(failed) or LOCK_AFTER})


def start_session(connection: Connection, user_name: str, session_hash: str) -> None:
    """Somebody proved who he is. Audited."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update access.account set failed_count = 0, locked_until = null where user_name = %s", (user_name,)
        )
        cursor.execute(
            "insert into access.session (session_hash, user_name, started_at, seen_at) values (%s, %s, now(), now())",
            (session_hash, user_name),
        )
    record(connection, user_name, "account.signed_in", f"account {user_name}", {})


def find_session(connection: Connection, session_hash: str) -> tuple[Account, list[tuple[str, str]]] | None:
    """The account of a session that holds, with its permissions as (role, part of a scope); notes that it is in use."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            select {ACCOUNT}, s.seen_at < now() - interval '1 minute',
                array(select p.role_name || ' ' || p.scope from access.permission p
                    where p.user_name = a.user_name and p.revoked_at is null order by 1)
            from access.session s join access.account a using (user_name)
            where s.session_hash = %s and s.ended_at is null and a.closed_at is null
                and s.seen_at > now() - %s * interval '1 minute' and s.started_at > now() - %s * interval '1 hour'""",
            (session_hash, IDLE_MINUTES, LONGEST_HOURS),
        )
        row = cursor.fetchone()
        if row is None:
            return None
        *account, is_stale, permissions = row
        if is_stale:
            cursor.execute("update access.session set seen_at = now() where session_hash = %s", (session_hash,))
    held = [permission.split(" ", 1) for permission in permissions]
    return Account(*account), [(role, part) for role, part in held]


def end_session(connection: Connection, session_hash: str) -> None:
    """Somebody signed out."""
    _end(connection, "session_hash = %s", (session_hash,))


def close_account(connection: Connection, user_name: str, actor: str) -> None:
    """Nobody signs in to it any more, its sessions end, and its role of the server logs in no more. Audited."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update access.account set closed_at = now(), password_hash = null where user_name = %s and closed_at is null",
            (user_name,),
        )
        if cursor.rowcount == 0:
            raise ConfigError("account: there is no open account of that name; expected one. Choose it from the list.")
        cursor.execute(sql.SQL("alter role {} nologin").format(sql.Identifier(user_name)))
    _end(connection, "user_name = %s", (user_name,))
    record(connection, actor, "account.closed", f"account {user_name}", {})


def set_password(connection: Connection, user_name: str, password_hash: str, actor: str) -> None:
    """Give an account another password; its sessions end. Audited."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update access.account set password_hash = %s, failed_count = 0, locked_until = null"
            " where user_name = %s and closed_at is null",
            (password_hash, user_name),
        )
        if cursor.rowcount == 0:
            raise ConfigError("account: there is no open account of that name; expected one. Choose it from the list.")
    _end(connection, "user_name = %s", (user_name,))
    record(connection, actor, "account.password_set", f"account {user_name}", {})


def unlock(connection: Connection, user_name: str, actor: str) -> None:
    """Forget wrong passwords. Audited."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update access.account set failed_count = 0, locked_until = null where user_name = %s and closed_at is null",
            (user_name,),
        )
        if cursor.rowcount == 0:
            raise ConfigError("account: there is no open account of that name; expected one. Choose it from the list.")
    record(connection, actor, "account.unlocked", f"account {user_name}", {})


def set_language(connection: Connection, user_name: str, language: str) -> None:
    """Show its pages in `vi` or `en` from now on."""
    with connection.cursor() as cursor:
        cursor.execute("update access.account set language = %s where user_name = %s", (language, user_name))


def _end(connection: Connection, condition: str, values: Iterable[object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"update access.session set ended_at = now() where {condition} and ended_at is null", tuple(values)
        )
