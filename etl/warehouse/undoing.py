"""Rulings taken back by whoever gave them, soon after: the link stands again as it did, and all of it stays on record."""

from dataclasses import dataclass
from typing import Any

from psycopg2.extensions import connection as Connection

from etl.warehouse.audit import record
from etl.warehouse.rulings import OpenLink

UNDO_MINUTES = 30
"""Whoever changes his mind later rules again: others may have gone on from what was ruled."""
COPIED = (
    "record_id, person_id, decision, rule, score, candidate_person_id, runner_up_person_id, runner_up_score, model_version,"
    " actor, vector, runner_up_vector"
)


@dataclass(frozen=True)
class Given:
    """A ruling that somebody gave, and what has become of it."""

    ruling_id: int
    record_id: int
    person_id: int
    verdict: str
    actor: str
    sample_id: int | None
    is_recent: bool
    is_undone: bool
    is_last: bool
    """No other open ruling on the record came after it."""


def read_given(connection: Connection, ruling_id: int) -> Given | None:
    """A ruling of a number, unless it takes another back itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            select r.ruling_id, r.record_id, r.person_id, r.verdict, r.actor, r.sample_id,
                r.decided_at > now() - interval '{UNDO_MINUTES} minutes',
                exists (select from identity.ruling u where u.undoes_ruling_id = r.ruling_id),
                not exists (select from identity.ruling_in_force o
                    where o.record_id = r.record_id and o.ruling_id > r.ruling_id and not o.is_blind)
            from identity.ruling r where r.ruling_id = %s and r.undoes_ruling_id is null""",
            (ruling_id,),
        )
        row = cursor.fetchone()
    return None if row is None else Given(*row)


def read_recent(connection: Connection, actor: str, count: int) -> list[dict[str, Any]]:
    """The last rulings that a reviewer may take back, newest first: `ruling_id, record_id, person_id, verdict, is_blind,
    sample_id, decided_at`."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            select r.ruling_id, r.record_id, r.person_id, r.verdict, r.is_blind, t.sample_id, r.decided_at
            from identity.ruling_in_force r join identity.ruling t using (ruling_id)
            where r.actor = %s and r.decided_at > now() - interval '{UNDO_MINUTES} minutes'
            order by r.ruling_id desc limit %s""",
            (actor, count),
        )
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def has_gone_on(connection: Connection, ruling_id: int) -> bool:
    """Whether a build opened another link since the one that a ruling opened."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select exists (
                select from identity.link l join identity.link o on o.record_id = l.record_id and o.link_id > l.link_id
                where l.opened_ruling_id = %s and o.opened_run_id is not null)""",
            (ruling_id,),
        )
        (found,) = cursor.fetchone() or (False,)
    return bool(found)


def restore_link(connection: Connection, link: OpenLink, ruling_id: int, undo_id: int, actor: str) -> bool:
    """Close the link that a ruling opened, and open one that says what the link before it said; False where it opened none."""
    with connection.cursor() as cursor:
        cursor.execute("select link_id, decision from identity.link where closed_ruling_id = %s", (ruling_id,))
        before = cursor.fetchone()
        if before is None:
            return False
        cursor.execute(
            "update identity.link set closed_ruling_id = %s, closed_at = now() where link_id = %s",
            (undo_id, link.link_id),
        )
        cursor.execute(
            f"insert into identity.link ({COPIED}, opened_ruling_id, opened_at)"
            f" select {COPIED}, %s, now() from identity.link where link_id = %s",
            (undo_id, before[0]),
        )
    detail: dict[str, int | str] = {"ruling": undo_id, "before": link.decision, "after": str(before[1])}
    record(connection, actor, "links.ruled", f"record {link.record_id}", detail)
    return True
