"""What people ask about their own data: requests with the law's deadlines, and the trail of answers.

Both are added to and never changed. A request is `received` until it is answered; its state is its last answer's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from psycopg2.extensions import connection as Connection

from etl.errors import ConfigError

ACKNOWLEDGE_WORKING_DAYS = 2
FULFIL_DAYS = {"access": 10, "rectification": 10, "erasure": 20}
"""Law 91/2025/QH15 and Decree 356/2025 (docs: have it checked). Counted in calendar days, and working days without holidays,
so that no deadline of ours is later than the law's."""
SATURDAY = 5
TRANSITIONS = {
    "received": ("acknowledged", "done", "partly_done", "refused"),
    "acknowledged": ("done", "partly_done", "refused"),
    "done": (),
    "partly_done": (),
    "refused": (),
}
"""From each state the answers that may follow."""
STANDING = """
    select r.request_id, r.person_id, r.kind, r.fields, r.received_on, r.acknowledge_by, r.due_on,
        coalesce(a.state, 'received') as state, a.answered_on
    from audit.subject_request r
    left join lateral (
        select state, answered_on from audit.subject_answer a where a.request_id = r.request_id
        order by answer_no desc limit 1) a on true"""


@dataclass(frozen=True)
class NewRequest:
    """What somebody asked, when, and who wrote it down; `kind` as in FULFIL_DAYS."""

    person_id: int
    kind: str
    received_on: date
    reason: str
    actor: str
    fields: tuple[str, ...] = ()


def deadlines(kind: str, received_on: date) -> tuple[date, date]:
    """The last day to acknowledge a request, and the last to fulfil it; the day of receipt does not count."""
    day, left = received_on, ACKNOWLEDGE_WORKING_DAYS
    while left:
        day += timedelta(1)
        left -= day.weekday() < SATURDAY
    return day, received_on + timedelta(FULFIL_DAYS[kind])


def open_request(connection: Connection, request: NewRequest) -> int:
    """Write a request down; gives its number."""
    acknowledge_by, due_on = deadlines(request.kind, request.received_on)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into audit.subject_request (person_id, kind, fields, reason, received_on, acknowledge_by, due_on,"
            " opened_at, actor) values (%s, %s, %s, %s, %s, %s, %s, now(), %s) returning request_id",
            (
                request.person_id,
                request.kind,
                list(request.fields) or None,
                request.reason,
                request.received_on,
                acknowledge_by,
                due_on,
                request.actor,
            ),
        )
        (request_id,) = cursor.fetchone() or (0,)
    return int(request_id)


def answer_request(
    connection: Connection, request_id: int, state: str, answered_on: date, reason: str, actor: str
) -> dict[str, Any]:
    """Add an answer, and give the request as it stood before; whoever answers at once waits for the other.

    Raises ConfigError for a request that is not there, or an answer that may not follow its state.
    """
    with connection.cursor() as cursor:
        cursor.execute("select from audit.subject_request where request_id = %s for update", (request_id,))
    standing = read_request(connection, request_id)
    if state not in TRANSITIONS[standing["state"]]:
        allowed = ", ".join(TRANSITIONS[standing["state"]]) or "no further answer"
        raise ConfigError(
            f"request {request_id}: it is {standing['state']}; expected {allowed}. See `healthbook person requests`."
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into audit.subject_answer (request_id, answer_no, state, reason, answered_on, answered_at, actor)"
            " select %(request)s, count(*) + 1, %(state)s, %(reason)s, %(day)s, now(), %(actor)s"
            " from audit.subject_answer where request_id = %(request)s",
            {"request": request_id, "state": state, "reason": reason, "day": answered_on, "actor": actor},
        )
    return standing


def read_request(connection: Connection, request_id: int) -> dict[str, Any]:
    """A request as it stands now."""
    found = _read(connection, f"{STANDING} where r.request_id = %s", (request_id,))
    if not found:
        raise ConfigError(
            f"request {request_id}: there is no such request; expected one that was opened. "
            "See `healthbook person requests`."
        )
    return found[0]


def read_requests(connection: Connection, today: date, *, is_all: bool = False) -> list[dict[str, Any]]:
    """The requests that wait for an answer, the one due first at the top; or all. With what is due next, and when.

    `next_step` is acknowledge or fulfil (none once it is closed), `next_due_on` its last day, `days_left` from today,
    `is_overdue`; of a closed one `was_late` says whether it was answered after its last day.
    """
    rows = [{**row, **_urgency(row, today)} for row in _read(connection, STANDING, ())]
    chosen = rows if is_all else [row for row in rows if row["next_step"]]
    return sorted(chosen, key=lambda row: (row["next_due_on"] is None, row["next_due_on"], row["request_id"]))


def _urgency(row: dict[str, Any], today: date) -> dict[str, Any]:
    if not TRANSITIONS[row["state"]]:
        late = row["answered_on"] > row["due_on"]
        return {"next_step": None, "next_due_on": None, "days_left": None, "is_overdue": False, "was_late": late}
    step, due = ("acknowledge", "acknowledge_by") if row["state"] == "received" else ("fulfil", "due_on")
    left = (row[due] - today).days
    return {"next_step": step, "next_due_on": row[due], "days_left": left, "is_overdue": left < 0, "was_late": False}


def _read(connection: Connection, query: str, values: Sequence[object]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
