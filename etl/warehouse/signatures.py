"""Months that were signed off: added to and never changed, once for each period and scope."""

from dataclasses import dataclass
from datetime import date, datetime

from psycopg2 import errors
from psycopg2.extensions import connection as Connection

from etl.errors import ConfigError
from etl.warehouse.audit import record


@dataclass(frozen=True)
class Signature:
    """What was signed, by whom and when; `figures` is the text whose digest it bears."""

    period: str
    scope_kind: str
    scope_code: str
    reported_on: date
    digest: str
    figures: str
    actor: str
    signed_at: datetime | None = None


COLUMNS = "period, scope_kind, scope_code, reported_on, digest, figures, actor, signed_at"


def sign(connection: Connection, signature: Signature) -> None:
    """Write a signature, with its entry of the audit. Raises ConfigError where the period is signed already."""
    s = signature
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                f"insert into quality.signature ({COLUMNS}) values (%s, %s, %s, %s, %s, %s, %s, now())",
                (s.period, s.scope_kind, s.scope_code, s.reported_on, s.digest, s.figures, s.actor),
            )
    except errors.UniqueViolation:
        raise ConfigError(
            f"period {s.period}: {s.scope_kind} {s.scope_code} is signed already; expected one signature. "
            "What was signed stands: see the page of the period."
        ) from None
    detail: dict[str, int | str] = {"reported_on": s.reported_on.isoformat(), "digest": s.digest}
    record(connection, s.actor, "period.signed", f"period {s.period} {s.scope_kind} {s.scope_code}", detail)


def read_signatures(connection: Connection, period: str) -> list[Signature]:
    """Every signature of a period, wards by code and the city last."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {COLUMNS} from quality.signature where period = %s order by scope_kind desc, scope_code", (period,)
        )
        return [Signature(*row) for row in cursor.fetchall()]


def last_report(connection: Connection, first: date, until: date) -> date | None:
    """The newest day from `first` on and before `until` that has a report."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select max(reported_on) from quality.report_day where reported_on >= %s and reported_on < %s",
            (first, until),
        )
        found: tuple[date | None] = cursor.fetchone() or (None,)
    return found[0]
