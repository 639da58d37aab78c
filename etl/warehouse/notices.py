"""The outbox: a message is written down in the transaction that decides on it, and sent afterwards.

Sending cannot be one transaction with another machine. Before a message goes it is marked as under way; where that mark is
still there at the next run, the process was cut off, and the message may have arrived. It is then sent once more, by the
same identity, and not again.
"""

from dataclasses import dataclass
from datetime import date

from psycopg2.extensions import connection as Connection

UNDER_WAY, UNDER_WAY_AGAIN = "Interrupted", "InterruptedAgain"


@dataclass(frozen=True)
class Notice:
    """A message to one recipient by one channel, without its text, which is made of its tasks when it is sent."""

    notice_id: int
    noticed_on: date
    kind: str
    channel: str
    recipient_kind: str
    recipient_code: str
    attempts: int
    fault: str | None


def read_recipients_told(connection: Connection, day: date) -> set[tuple[str, str, str]]:
    """Kind of message and recipient (kind, code) of the messages of a day: nobody gets the same kind twice."""
    with connection.cursor() as cursor:
        cursor.execute("select kind, recipient_kind, recipient_code from quality.notice where noticed_on = %s", (day,))
        return {(kind, recipient_kind, code) for kind, recipient_kind, code in cursor.fetchall()}


def read_digest_days(connection: Connection, before: date) -> dict[tuple[str, str], date]:
    """The day of the last message about opened tasks to each recipient, before a day."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select recipient_kind, recipient_code, max(noticed_on) from quality.notice"
            " where kind = 'opened' and noticed_on < %s group by 1, 2",
            (before,),
        )
        return {(kind, code): day for kind, code, day in cursor.fetchall()}


def write_notice(connection: Connection, notice: Notice, tasks: int) -> None:
    """Put a message into the outbox (`notice_id` is given by the database); one that is there stays as it is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into quality.notice (noticed_on, kind, channel, recipient_kind, recipient_code, tasks, state, attempts)"
            " values (%s, %s, %s, %s, %s, %s, 'waiting', 0)"
            " on conflict (noticed_on, kind, channel, recipient_kind, recipient_code) do nothing",
            (notice.noticed_on, notice.kind, notice.channel, notice.recipient_kind, notice.recipient_code, tasks),
        )


def read_waiting(connection: Connection) -> list[Notice]:
    """All messages that have not left, oldest first."""
    columns = ", ".join(Notice.__dataclass_fields__)
    with connection.cursor() as cursor:
        cursor.execute(f"select {columns} from quality.notice where state = 'waiting' order by notice_id")
        return [Notice(*row) for row in cursor.fetchall()]


def mark_under_way(connection: Connection, notice: Notice) -> None:
    """Count an attempt before it is made. The caller commits, or the mark says nothing."""
    mark = UNDER_WAY_AGAIN if notice.fault == UNDER_WAY else UNDER_WAY
    _mark(connection, notice.notice_id, "attempts = attempts + 1, fault = %s", mark)


def mark_sent(connection: Connection, notice: Notice) -> None:
    """It left."""
    _mark(connection, notice.notice_id, "state = 'sent', delivered_at = now(), fault = %s", None)


def mark_fault(connection: Connection, notice: Notice, fault: str, is_final: bool) -> None:
    """It did not leave: for good, or until the next attempt. `fault` is a name of a class of errors, never a text."""
    _mark(connection, notice.notice_id, f"state = '{'failed' if is_final else 'waiting'}', fault = %s", fault)


def _mark(connection: Connection, notice_id: int, setting: str, value: str | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"update quality.notice set {setting} where notice_id = %s", (value, notice_id))
