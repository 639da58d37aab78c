"""Files brought to the portal: received in parts, checked, looked at, and sent, which makes a batch of each.

An upload is one row of `intake.upload`; its state changes here alone, each time from a state that allows it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg2.extensions import connection as Connection

from etl.errors import ConfigError, DataError
from etl.warehouse.audit import record

FROM = {
    "waiting": ("receiving", "checked", "refused", "failed"),
    "checked": ("waiting",),
    "refused": ("waiting",),
    "failed": ("waiting",),
    "sent": ("receiving", "checked"),
    "discarded": ("receiving", "waiting", "checked", "refused", "failed"),
}
"""The states that may come before each; `receiving` is the first, `sent` and `discarded` are last."""
UNSENT = ("receiving", "waiting", "checked", "refused", "failed")


@dataclass(frozen=True)
class Upload:
    """One file brought to the portal, and how far it came."""

    upload_id: int
    sender_code: str
    user_name: str
    state: str
    bytes: int
    sha256: str | None
    file_name: str | None
    kind: str | None
    rows_in: int
    accepted: int
    quarantined: int
    duplicate: int
    refusal_rule_id: str | None
    refusal: str | None
    batch_id: int | None
    mends_batch_id: int | None
    created_at: datetime
    checked_at: datetime | None
    submitted_at: datetime | None
    dag_run_id: str | None
    dispatched_at: datetime | None
    attempts: int
    fault: str | None


COLUMNS = ", ".join(Upload.__dataclass_fields__)


def open_upload(connection: Connection, sender_code: str, user_name: str, size: int, mends: int | None) -> int:
    """Begin an upload; gives its number. `mends` is a batch of the same sender whose rows it mends."""
    with connection.cursor() as cursor:
        if mends is not None:
            cursor.execute("select 1 from intake.batch where (batch_id, sender_code) = (%s, %s)", (mends, sender_code))
            if cursor.fetchone() is None:
                raise ConfigError(
                    f"batch {mends}: it is not this sender's; expected the batch whose rows are mended. Choose it again."
                )
        cursor.execute(
            "insert into intake.upload (sender_code, user_name, state, bytes, mends_batch_id, created_at)"
            " values (%s, %s, 'receiving', %s, %s, now()) returning upload_id",
            (sender_code, user_name, size, mends),
        )
        (upload_id,) = cursor.fetchone() or (0,)
    record(connection, user_name, "upload.begun", f"upload {upload_id}", {"bytes": size, "sender": sender_code})
    return int(upload_id)


def read_upload(connection: Connection, upload_id: int, *, for_change: bool = False) -> Upload:
    """The upload of a number. Raises ConfigError where there is none that the connection sees."""
    with connection.cursor() as cursor:
        lock = " for update" if for_change else ""
        cursor.execute(f"select {COLUMNS} from intake.upload where upload_id = %s{lock}", (upload_id,))
        row = cursor.fetchone()
    if row is None:
        raise ConfigError(
            f"upload {upload_id}: there is no such upload; expected a number of the list. Choose it again."
        )
    return Upload(*row)


def lock_content(connection: Connection, sha256: str) -> None:
    """Wait until nobody else opens, keeps or removes this content; as `batches.open_batch` does. Held to the end."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", (f"content {sha256}",))


def note_received(connection: Connection, upload: Upload, sha256: str, size: int, sealed_name: str) -> int | None:
    """The file is whole: it waits for its check, or is the batch that the sender sent before, whose number is given."""
    _check_change(upload, "waiting")
    with connection.cursor() as cursor:
        cursor.execute(
            "select batch_id from intake.batch where (sha256, sender_code) = (%s, %s)", (sha256, upload.sender_code)
        )
        found = cursor.fetchone()
        batch_id = None if found is None else int(found[0])
        cursor.execute(
            "update intake.upload set state = %s, batch_id = %s, sha256 = %s, bytes = %s, file_name = %s, received_at = now(),"
            " dispatched_at = case when %s then now() end where upload_id = %s",
            (
                "waiting" if batch_id is None else "sent", batch_id, sha256, size, sealed_name,
                batch_id is not None, upload.upload_id,
            ),
        )  # fmt: skip
    return batch_id


def note_checked(connection: Connection, upload_id: int, kind: str, counts: dict[str, int]) -> None:
    """What the check found; `counts` has `rows_in`, `accepted`, `quarantined` and `duplicate`, in this order."""
    _change(
        connection, upload_id, "checked",
        "kind = %s, rows_in = %s, accepted = %s, quarantined = %s, duplicate = %s, checked_at = now(), fault = null,"
        " refusal_rule_id = null, refusal = null",
        (kind, *counts.values()),
    )  # fmt: skip


def note_refused(connection: Connection, upload_id: int, error: DataError) -> None:
    """The file cannot be taken in as a whole."""
    values = (error.rule_id, str(error))
    _change(connection, upload_id, "refused", "refusal_rule_id = %s, refusal = %s, checked_at = now()", values)


def note_attempt(connection: Connection, upload_id: int) -> int:
    """A check begins; gives the how manieth."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update intake.upload set attempts = attempts + 1 where upload_id = %s returning attempts", (upload_id,)
        )
        (attempts,) = cursor.fetchone() or (0,)
    return int(attempts)


def note_failed(connection: Connection, upload_id: int, fault: str) -> None:
    """The check broke by a fault of ours, of this kind."""
    _change(connection, upload_id, "failed", "fault = %s", (fault,))


def check_again(connection: Connection, upload_id: int) -> None:
    """Let the file be checked once more, as after its headings were corrected."""
    _change(connection, upload_id, "waiting", "attempts = 0", ())


def note_sent(connection: Connection, upload_id: int, batch_id: int) -> None:
    """It is a batch now, which waits to be handed to Airflow."""
    _change(connection, upload_id, "sent", "batch_id = %s, submitted_at = now(), attempts = 0", (batch_id,))


def note_discarded(connection: Connection, upload_id: int) -> None:
    """It is not sent; its name goes."""
    _change(connection, upload_id, "discarded", "file_name = null", ())


def is_content_needed(connection: Connection, sha256: str) -> bool:
    """Whether a batch, a register version or an upload that may still be sent is of this content."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from intake.batch where sha256 = %(sha256)s)"
            " or exists (select from identity.register_version where sha256 = %(sha256)s)"
            " or exists (select from intake.upload where sha256 = %(sha256)s and state = any(%(unsent)s))",
            {"sha256": sha256, "unsent": list(UNSENT)},
        )
        (is_needed,) = cursor.fetchone() or (True,)
    return bool(is_needed)


def read_waiting(connection: Connection, small: int, *, is_quick: bool) -> list[int]:
    """Uploads that wait for their check: those of at most `small` bytes first, or alone; each as they came."""
    return _numbers(
        connection,
        "select upload_id from intake.upload where state = 'waiting' and (bytes <= %s or not %s) order by bytes > %s, received_at",
        (small, is_quick, small),
    )


def read_abandoned(connection: Connection, hours: int, days: int) -> list[int]:
    """Uploads of which no part came for `hours`, and those that nobody sent within `days`."""
    return _numbers(
        connection,
        "select upload_id from intake.upload where (state = 'receiving' and created_at < now() - %s * interval '1 hour')"
        " or (state = any(%s) and created_at < now() - %s * interval '1 day')",
        (hours, list(UNSENT), days),
    )


def read_undispatched(connection: Connection) -> list[tuple[int, int]]:
    """Upload and batch of what was sent and Airflow was not asked to take in; none of what another run took in meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update intake.upload u set dispatched_at = now() from intake.batch b where u.batch_id = b.batch_id"
            " and u.state = 'sent' and u.dispatched_at is null and b.state <> 'waiting'"
        )
        cursor.execute(
            "select upload_id, batch_id from intake.upload where state = 'sent' and dispatched_at is null order by upload_id"
        )
        return [(int(upload_id), int(batch_id)) for upload_id, batch_id in cursor.fetchall()]


def note_dispatched(connection: Connection, upload_ids: Sequence[int], dag_run_id: str) -> None:
    """Airflow took the request: the run that takes these in."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update intake.upload set dag_run_id = %s, dispatched_at = now(), attempts = attempts + 1, fault = null"
            " where upload_id = any(%s)",
            (dag_run_id, list(upload_ids)),
        )


def note_not_dispatched(connection: Connection, upload_ids: Sequence[int], fault: str) -> None:
    """Airflow did not answer: they go on waiting."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update intake.upload set attempts = attempts + 1, fault = %s where upload_id = any(%s)",
            (fault, list(upload_ids)),
        )


def _numbers(connection: Connection, query: str, values: Sequence[object]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [int(number) for (number,) in cursor.fetchall()]


def _change(connection: Connection, upload_id: int, state: str, setting: str, values: Sequence[object]) -> None:
    _check_change(read_upload(connection, upload_id, for_change=True), state)
    with connection.cursor() as cursor:
        cursor.execute(
            f"update intake.upload set state = %s, {setting} where upload_id = %s", (state, *values, upload_id)
        )


def _check_change(upload: Upload, state: str) -> None:
    if upload.state not in FROM[state]:
        raise ConfigError(
            f"upload {upload.upload_id}: it is {upload.state}; expected one that is {' or '.join(FROM[state])}. Look at it again."
        )
