"""What the report shows, read from the warehouse: counts and scores alone, nothing about a person.

One SELECT of `sql/reports/page_*.sql` fills each part; its columns are the fields of the part's class.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from psycopg2.extensions import connection as Connection

from etl.contracts.wording import RuleWording

QUERIES = Path(__file__).resolve().parents[2] / "sql" / "reports"


@dataclass(frozen=True)
class Coverage:
    """Residents of the register, those with a book, books, and those verified against the register."""

    residents: int = 0
    residents_with_book: int = 0
    books: int = 0
    verified_books: int = 0


@dataclass(frozen=True)
class Build:
    """The newest build: open links by decision, and the register that it linked to."""

    run_id: int
    matched: int
    in_review: int
    unmatched: int
    register_version: int | None = None
    register_as_of: date | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True)
class CityScore:
    """A dimension's score, or the total; `score` is 0 to 100, None where nothing was applicable."""

    level: str
    name: str
    satisfied: int
    applicable: int
    score: float | None
    scored_on: date
    catalogue_version: str


@dataclass(frozen=True)
class RuleLine:
    """One rule over the city."""

    rule_id: str
    satisfied: int
    applicable: int
    score: float | None


@dataclass(frozen=True)
class KindLine:
    """The control equation of all files of a kind; the kind is empty where a file was never recognised."""

    kind: str
    files: int
    accepted_files: int
    refused_files: int
    waiting_files: int
    rows_in: int
    accepted: int
    quarantined: int
    duplicate: int
    withdrawn: int
    is_balanced: bool


@dataclass(frozen=True)
class RefusalLine:
    """How many files a rule refused."""

    rule_id: str
    files: int


@dataclass(frozen=True)
class SenderLine:
    """An expected sender: `state` is on_time, late (longer than its rhythm) or silent (never sent)."""

    sender_code: str
    name: str
    kind: str
    rhythm_days: int
    last_accepted_on: date | None
    state: str
    days_since: int | None


@dataclass(frozen=True)
class WardLine:
    """A ward's residents, books and scores."""

    ward_code: str
    ward_name: str
    residents: int
    residents_with_book: int
    books: int
    verified_books: int
    total: float | None
    correct: float | None
    complete: float | None
    clean: float | None
    live: float | None


@dataclass(frozen=True)
class TaskLine:
    """Open tasks of an owner, by the day on which they are due."""

    owner: str
    tasks: int
    overdue: int
    due_soon: int
    due_later: int
    rows_concerned: int
    next_due_on: date


@dataclass(frozen=True)
class TaskSenderLine:
    """Open tasks of one sender."""

    sender_code: str
    name: str
    tasks: int
    overdue: int
    rows_concerned: int
    next_due_on: date


@dataclass(frozen=True)
class ScopeScore:
    """A score of one ward or sender. `observed` and `expected`: what a rule measured of a sender, in the rule's unit."""

    scope_kind: str
    scope_code: str
    level: str
    name: str
    satisfied: int
    applicable: int
    score: float | None
    observed: float | None = None
    expected: float | None = None


@dataclass(frozen=True)
class TrendPoint:
    """A score of a day gone by."""

    scored_on: date
    scope_kind: str
    scope_code: str
    name: str
    score: float


@dataclass(frozen=True)
class BatchLine:
    """One of a sender's newest files, and what became of its rows."""

    batch_id: int
    sender_code: str
    kind: str | None
    state: str
    received_on: date
    rows_in: int
    accepted: int
    quarantined: int
    duplicate: int
    withdrawn: int


@dataclass(frozen=True)
class SenderRows:
    """The control equation over all files of a sender."""

    sender_code: str
    files: int
    rows_in: int
    accepted: int
    quarantined: int
    duplicate: int
    withdrawn: int


@dataclass(frozen=True)
class OpenTask:
    """One open task."""

    task_id: int
    rule_id: str
    scope_kind: str
    scope_code: str
    batch_id: int | None
    owner: str
    state: str
    row_count: int
    due_on: date
    reopened: int


@dataclass(frozen=True)
class ReportData:
    """All that the page shows, as of `today`."""

    today: date
    coverage: Coverage = Coverage()
    build: Build | None = None
    scores: tuple[CityScore, ...] = ()
    rules: tuple[RuleLine, ...] = ()
    kinds: tuple[KindLine, ...] = ()
    refusals: tuple[RefusalLine, ...] = ()
    senders: tuple[SenderLine, ...] = ()
    wards: tuple[WardLine, ...] = ()
    tasks: tuple[TaskLine, ...] = ()
    task_senders: tuple[TaskSenderLine, ...] = ()
    scope_scores: tuple[ScopeScore, ...] = ()
    trend: tuple[TrendPoint, ...] = ()
    batches: tuple[BatchLine, ...] = ()
    open_tasks: tuple[OpenTask, ...] = ()
    sender_rows: tuple[SenderRows, ...] | None = None
    """None in reports of before it was counted."""
    wording: Mapping[str, RuleWording] = field(default_factory=dict)
    is_invented: bool = False


Line = TypeVar("Line")


def read_report_data(
    connection: Connection, today: date, wording: Mapping[str, RuleWording], *, is_invented: bool = False
) -> ReportData:
    """Read every part; `wording` is the catalogue's, `is_invented` says on the page that the data is made up."""
    (coverage,) = _read(connection, "page_coverage", Coverage, today)
    return ReportData(
        today=today,
        coverage=coverage,
        build=next(iter(_read(connection, "page_build", Build, today)), None),
        scores=_read(connection, "page_city_scores", CityScore, today),
        rules=_read(connection, "page_rules", RuleLine, today),
        kinds=_read(connection, "page_kinds", KindLine, today),
        refusals=_read(connection, "page_refusals", RefusalLine, today),
        senders=_read(connection, "page_senders", SenderLine, today),
        wards=_read(connection, "page_wards", WardLine, today),
        tasks=_read(connection, "page_tasks", TaskLine, today),
        task_senders=_read(connection, "page_task_senders", TaskSenderLine, today),
        scope_scores=_read(connection, "page_scope_scores", ScopeScore, today),
        trend=_read(connection, "page_trend", TrendPoint, today),
        batches=_read(connection, "page_batches", BatchLine, today),
        open_tasks=_read(connection, "page_open_tasks", OpenTask, today),
        sender_rows=_read(connection, "page_sender_rows", SenderRows, today),
        wording=wording,
        is_invented=is_invented,
    )


def _read(connection: Connection, query: str, line: type[Line], today: date) -> tuple[Line, ...]:
    text = (QUERIES / f"{query}.sql").read_text(encoding="utf-8")
    with connection.cursor() as cursor:
        cursor.execute(text, {"today": today})
        names = [column.name for column in cursor.description or ()]
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return tuple(line(**dict(zip(names, row, strict=True))) for row in rows)
