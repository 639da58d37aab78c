"""Undo: a reviewer takes a ruling of his own back that he gave a moment ago; the record stands as it did before."""

from typing import Any

from psycopg2.extensions import connection as Connection

from etl.errors import ConfigError
from etl.linkage.review import check_actor
from etl.linkage.wording import UNDONE
from etl.settings import Settings
from etl.steps.bonds import relink
from etl.steps.database import read_by, warehouse
from etl.warehouse import links, rulings, undoing


def undo_ruling(settings: Settings, ruling_id: int, actor: str) -> dict[str, Any]:
    """Take a ruling back as if it had not been given: in one transaction its link closes and the one before stands again.

    It is a ruling as well, with `undoes_ruling_id`: both stay on record. Raises ConfigError where it was somebody else's,
    was taken back before, is older than `UNDO_MINUTES`, or where another ruling or a build went on from it.
    """
    check_actor(actor)
    with warehouse(settings) as connection:
        links.lock_build(connection)
        given = _check(undoing.read_given(connection, ruling_id), ruling_id, actor)
        link = rulings.read_open_link(connection, given.record_id)
        is_blind = given.sample_id is not None
        if not is_blind and undoing.has_gone_on(connection, ruling_id):
            raise _refused(ruling_id, "a build has gone on from it", "the link that it opened")
        words = rulings.Ruling(
            given.record_id, given.person_id, "cannot_tell", UNDONE, actor,
            sample_id=given.sample_id, undoes_ruling_id=ruling_id,
        )  # fmt: skip
        undo_id = rulings.write_ruling(connection, words, link, rulings.Weighed())
        if is_blind:
            is_restored = False
        elif given.person_id > 0:
            is_restored = undoing.restore_link(connection, link, ruling_id, undo_id, actor)
        else:
            is_restored = relink(settings, connection, undo_id, given.record_id, actor) > 0
        after = rulings.read_open_link(connection, given.record_id)
    return {
        "ruling_id": undo_id,
        "undone_ruling_id": ruling_id,
        "record_id": given.record_id,
        "sample_id": given.sample_id,
        "is_restored": is_restored,
        "link_after": {"decision": after.decision, "person_id": after.person_id},
    }


def _check(given: undoing.Given | None, ruling_id: int, actor: str) -> undoing.Given:
    if given is None or given.actor != actor:
        raise _refused(ruling_id, "it is not a ruling of this reviewer", "one of his own")
    if given.is_undone:
        raise _refused(ruling_id, "it was taken back before", "one that counts")
    if not given.is_recent:
        raise _refused(ruling_id, "it is too old", f"one of the last {undoing.UNDO_MINUTES} minutes")
    if given.sample_id is None and not given.is_last:
        raise _refused(ruling_id, "the record was ruled on again", "its last ruling")
    return given


def _refused(ruling_id: int, what: str, expected: str) -> ConfigError:
    return ConfigError(f"ruling {ruling_id}: {what}; expected {expected}. Rule on the record again.")


def recent_rulings(
    settings: Settings, actor: str, count: int = 1, reader: Connection | None = None
) -> list[dict[str, Any]]:
    """A reviewer's last rulings that he may take back, newest first."""
    with read_by(settings, reader) as connection:
        return undoing.read_recent(connection, actor, count)
