"""Acting in a role, and who may: the database refuses what was not granted, whatever a program or a setting says."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg2 import errors, sql
from psycopg2.extensions import TRANSACTION_STATUS_IDLE
from psycopg2.extensions import connection as Connection

from etl.contracts.access import ROLE, SCOPE_KINDS, Role
from etl.errors import ConfigError, HealthbookError
from etl.warehouse.audit import record


@dataclass(frozen=True)
class Scope:
    """Over whose rows somebody acts: any of wards, facilities and senders, by their codes; or the whole city."""

    wards: tuple[str, ...] = ()
    facilities: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    is_city: bool = False

    @property
    def parts(self) -> list[str]:
        """Each part as permissions and entries hold it."""
        kinds = {"ward": self.wards, "facility": self.facilities, "sender": self.senders}
        coded = [f"{kind}:{code}" for kind, codes in kinds.items() for code in codes]
        return coded + ["city"] * self.is_city


CITY = Scope(is_city=True)


@contextmanager
def acting_as(connection: Connection, role: str, scope: Scope, reason: str) -> Iterator[Connection]:
    """One transaction in a role, over a scope; who did so, over what and why is committed before anything is read.

    `connection` is of the account that acts, and between two transactions. At the end the transaction is committed
    (rolled back where an exception leaves) and the role is left. Raises ConfigError where the database refuses.
    """
    with within(connection, role, enter(connection, role, scope.parts, reason)):
        yield connection


@contextmanager
def within(connection: Connection, role: str, entry: int) -> Iterator[Connection]:
    """One transaction in a role by an entry that was made before; the same entry serves for a quarter of an hour."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("set local role {}").format(sql.Identifier(_known(role).account)))
            cursor.execute("select set_config('healthbook.entry', %s, true)", (str(entry),))
        yield connection
        connection.commit()
    except BaseException:
        if not connection.closed:
            connection.rollback()
        raise


def enter(connection: Connection, role: str, parts: Sequence[str], reason: str) -> int:
    """Begin to act in a role over the parts of a scope: who does, over what and why is committed. Gives the entry, for `within`.

    Raises ConfigError where the database refuses.
    """
    if connection.info.transaction_status != TRANSACTION_STATUS_IDLE:
        raise HealthbookError("access: a transaction is open; expected to begin one in the role. Commit it first.")
    account = sql.Identifier(_known(role).account)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql.SQL("set local role {}").format(account))
            cursor.execute("select access.enter(%s, %s, %s)", (role, list(parts), reason))
            (entry,) = cursor.fetchone() or (0,)
            return int(entry)
    except errors.CheckViolation:
        raise ConfigError(
            "access: the reason does not fit; expected 1 to 200 characters. State why you look."
        ) from None
    except (errors.InsufficientPrivilege, errors.InvalidParameterValue):
        raise ConfigError(
            f"access: this account may not act as {role} over that scope; expected one that was granted. "
            "See `healthbook access list`, and ask whoever grants."
        ) from None


def grant(connection: Connection, user: str, role: str, scope: Scope, actor: str) -> int:
    """Let an account act in a role over a scope; gives how many parts of it are new. Audited.

    Raises ConfigError where the account, the role or a code is not there, or the account would pass all policies.
    """
    wanted = _known(role)
    _check_scope(connection, wanted, scope)
    _check_account(connection, user)
    _run_for_account(connection, "grant {} to {} with inherit false, set true, admin false", wanted, user)
    with connection.cursor() as cursor:
        cursor.execute(
            """insert into access.permission (user_name, role_name, scope, granted_by, granted_at)
            select %s, %s, unnest(%s::text[]), %s, now() on conflict do nothing""",
            (user, role, scope.parts, actor),
        )
        added = cursor.rowcount
    record(connection, actor, "access.granted", f"account {user}", {"role": role, "scope": " ".join(scope.parts)})
    return added


def revoke(connection: Connection, user: str, role: str, actor: str) -> int:
    """Take a role from an account, with every scope; gives how many parts were open. What was entered ends at once."""
    wanted = _known(role)
    with connection.cursor() as cursor:
        cursor.execute(
            """update access.permission set revoked_by = %s, revoked_at = now()
            where user_name = %s and role_name = %s and revoked_at is null""",
            (actor, user, role),
        )
        closed = cursor.rowcount
        cursor.execute("select 1 from pg_roles where rolname = %s", (user,))
        is_there = cursor.fetchone() is not None
    if is_there:
        _run_for_account(connection, "revoke {} from {}", wanted, user)
    record(connection, actor, "access.revoked", f"account {user}", {"role": role, "parts": closed})
    return closed


def list_permissions(connection: Connection) -> list[dict[str, object]]:
    """Who may act in which role over what, with when each last did."""
    with connection.cursor() as cursor:
        cursor.execute("""
            select p.user_name, p.role_name, array_agg(p.scope order by p.scope), min(p.granted_at),
                (select max(e.entered_at) from access.entry as e where (e.user_name, e.role_name) = (p.user_name, p.role_name))
            from access.permission as p where p.revoked_at is null
            group by p.user_name, p.role_name order by p.user_name, p.role_name""")
        names = ("user", "role", "scope", "granted_at", "last_entered_at")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _known(role: str) -> Role:
    if role not in ROLE:
        raise ConfigError(f"access: there is no role {role}; expected one of {', '.join(ROLE)}. See docs/access.md.")
    return ROLE[role]


def _check_scope(connection: Connection, role: Role, scope: Scope) -> None:
    kinds = SCOPE_KINDS[role.reach]
    if not scope.parts or any(part.split(":")[0] not in kinds for part in scope.parts):
        raise ConfigError(
            f"access: the scope does not fit {role.name}; expected some of {', '.join(kinds)}. Name those."
        )
    lists = (("ward", scope.wards), ("facility", scope.facilities), ("sender", scope.senders))
    for kind, codes in lists:
        with connection.cursor() as cursor:
            cursor.execute(f"select array(select {kind}_code from reference.{kind})")
            (known,) = cursor.fetchone() or ([],)
        for code in codes:
            if code not in known:
                raise ConfigError(f"access: there is no {kind} {code}; expected a code of its list. Correct it.")


def _check_account(connection: Connection, user: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """select rolcanlogin and not (rolsuper or rolbypassrls or rolcreaterole or rolreplication)
                and not exists (select from pg_class where relowner = r.oid)
            from pg_roles as r where rolname = %s""",
            (user,),
        )
        found = cursor.fetchone()
    if found is None:
        raise ConfigError(
            f"access: the server has no account {user}; expected one that logs in. "
            f"Let its administrator run: create role {_shown(connection, user)} login password '…';"
        )
    if not found[0]:
        raise ConfigError(
            f"access: account {user} owns tables, passes policies or cannot log in; expected a plain account. Name another."
        )


def _run_for_account(connection: Connection, statement: str, role: Role, user: str) -> None:
    group, account = sql.Identifier(role.account), sql.Identifier(user)
    line = sql.SQL(statement).format(group, account)
    try:
        with connection.cursor() as cursor:
            cursor.execute(line)
    except errors.InsufficientPrivilege:
        raise ConfigError(
            f"access: this account may not give or take {role.account}; expected the admin option. "
            f"Let the server's administrator run: grant {role.account} to {_shown(connection, connection.info.user)} "
            "with admin option, inherit false, set false;"
        ) from None


def _shown(connection: Connection, name: str) -> str:
    return sql.Identifier(name).as_string(connection)
