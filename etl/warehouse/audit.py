"""The audit: who did what, when. Rows are added and never changed; the database refuses anything else."""

import json

from psycopg2.extensions import connection as Connection


def record(connection: Connection, actor: str, action: str, subject: str, detail: dict[str, int | str]) -> None:
    """Note an event in the caller's transaction: it stands if, and only if, what it tells of stands.

    `detail` holds counts and states, never a personal value.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into audit.event (happened_at, actor, action, subject, detail) values (now(), %s, %s, %s, %s)",
            (actor, action, subject, json.dumps(detail, ensure_ascii=False, sort_keys=True)),
        )
