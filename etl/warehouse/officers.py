"""Which accounts of the portal act for a sender: whom to call, and to whom a task may be given."""

from psycopg2.extensions import connection as Connection


def read_officers(connection: Connection) -> dict[str, list[tuple[str, str]]]:
    """Sender -> (account, title) of each officer over it, by its own code, its ward or its facility; closed accounts left out.

    Titles are posts, not people.
    """
    with connection.cursor() as cursor:
        cursor.execute("""
            select distinct s.sender_code, a.user_name, a.title
            from access.permission as p
            inner join access.account as a using (user_name)
            inner join reference.sender as s on p.scope in (
                'sender:' || s.sender_code, 'ward:' || s.ward_code, 'facility:' || s.facility_code
            )
            where p.role_name = 'officer' and p.revoked_at is null and a.closed_at is null
            order by s.sender_code, a.user_name""")
        found: dict[str, list[tuple[str, str]]] = {}
        for sender_code, user_name, title in cursor.fetchall():
            found.setdefault(sender_code, []).append((user_name, title))
    return found


def read_managers(connection: Connection) -> list[tuple[str, str]]:
    """(account, title) of everybody who acts for the city."""
    with connection.cursor() as cursor:
        cursor.execute("""
            select distinct a.user_name, a.title from access.permission as p inner join access.account as a using (user_name)
            where p.role_name = 'manager' and p.revoked_at is null and a.closed_at is null order by a.user_name""")
        return [(user_name, title) for user_name, title in cursor.fetchall()]


def has_account(connection: Connection, user_name: str) -> bool:
    """Whether somebody signs in by this name."""
    with connection.cursor() as cursor:
        cursor.execute("select from access.account where user_name = %s and closed_at is null", (user_name,))
        return cursor.fetchone() is not None
