"""The stored report of a day, read in the visitor's own role; pages of one day are not parsed twice."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from psycopg2.extensions import connection as Connection

from etl.contracts.wording import RuleWording
from etl.reports.data import ReportData
from etl.reports.history import load_report
from etl.reports.scopes import ScopePage, scopes
from etl.warehouse import report_days
from portal.visitor import NotThere, Visitor, fetch

KEPT_DAYS = 4


class _Kept:
    """The content by its digest: the cache's key is the digest alone."""

    def __init__(self, digest: str, content: str) -> None:
        self.digest, self.content = digest, content

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept) and self.digest == other.digest


@lru_cache(maxsize=KEPT_DAYS)
def _load(kept: _Kept) -> tuple[ReportData, dict[tuple[str, str], ScopePage]]:
    data = load_report(kept.content)
    kept.content = ""
    return data, {(page.kind, page.code): page for page in scopes(data)}


def list_days(visitor: Visitor, role: str) -> list[date]:
    """Days that have a report, newest first."""
    return [
        row["reported_on"] for row in visitor.rows(role, "select reported_on from quality.report_day order by 1 desc")
    ]


def read_day(visitor: Visitor, role: str, day: date | None = None) -> ReportData:
    """The report of a day, or the newest; NotThere where there is none."""
    return _read(visitor, role, day)[0]


def read_scope(visitor: Visitor, role: str, day: date | None, kind: str, code: str) -> tuple[ReportData, ScopePage]:
    """The report, and what it says of one ward or sender."""
    data, pages = _read(visitor, role, day)
    if (kind, code) not in pages:
        raise NotThere
    return data, pages[kind, code]


def read_before(visitor: Visitor, role: str, day: date) -> ReportData | None:
    """The report before that of a day."""
    with visitor.acting(role) as connection:
        earlier = report_days.before(connection, day)
    return read_day(visitor, role, earlier) if earlier else None


def _read(visitor: Visitor, role: str, day: date | None) -> tuple[ReportData, dict[tuple[str, str], ScopePage]]:
    with visitor.acting(role) as connection:
        found = fetch(
            connection,
            "select reported_on, digest from quality.report_day where %s::date is null or reported_on = %s"
            " order by reported_on desc limit 1",
            (day, day),
        )
        if not found:
            raise NotThere
        return _load(_kept(connection, **found[0]))


def _kept(connection: Connection, reported_on: date, digest: str) -> _Kept:
    return _Kept(digest, report_days.read(connection, reported_on))


def rule_of(data: ReportData, rule_id: str, known: Mapping[str, RuleWording]) -> RuleWording | None:
    """A rule as the day told it, else as the catalogue of now does."""
    return data.wording.get(rule_id) or known.get(rule_id)
