"""How good links are, against the truth: precision, recall, reviews, strangers, and what false links come from.

python -m tests.bench.linkage.judge LINKS DIR      (DIR holds register.parquet, records.parquet, truth.parquet)
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

MEMORY, THREADS = "6GB", 2
SURE_SCORE = 1000.0
"""Stands for the score of a link that was made without one."""
CAUSES = ("not in register", "twin", "relative's number", "relative", "namesake", "other")
"""Why a false link may have come about, the first that fits: the true person is a stranger; same home and day of birth; the
record bears the linked person's number; same home; same name without marks."""
FOLD = "lower(strip_accents(replace(replace(replace(replace(nfc_normalize({0}), 'Đ', 'd'), 'đ', 'd'), 'Ð', 'd'), 'ð', 'd')))"


@dataclass(frozen=True)
class Verdict:
    """Counts of records, shares, and false matches by cause and by rule; a share of nothing is nan.

    `won_in_review` are records in review whose person or runner-up is the true one. `strangers` are records of people whom
    the register does not know.
    """

    records: int
    registered: int
    matched: int
    right: int
    in_review: int
    won_in_review: int
    strangers: int
    strangers_linked: int
    false_by_cause: dict[str, int] = field(default_factory=dict)
    false_by_rule: dict[str, int] = field(default_factory=dict)
    matched_by_rule: dict[str, int] = field(default_factory=dict)

    @property
    def precision(self) -> float:
        """Of the matches, the share of the true person."""
        return _share(self.right, self.matched)

    @property
    def recall(self) -> float:
        """Of the records whose person the register knows, the share matched to him."""
        return _share(self.right, self.registered)

    @property
    def recall_after_review(self) -> float:
        """The same, once reviewers have chosen between both candidates."""
        return _share(self.right + self.won_in_review, self.registered)

    @property
    def review_share(self) -> float:
        """Of all records, the share that waits for a reviewer."""
        return _share(self.in_review, self.records)

    @property
    def strangers_linked_share(self) -> float:
        """Of the strangers' records, the share matched to somebody."""
        return _share(self.strangers_linked, self.strangers)

    def as_figures(self) -> dict[str, object]:
        """Counts and shares together, for JSON."""
        shares = ("precision", "recall", "recall_after_review", "review_share", "strangers_linked_share")
        return asdict(self) | {name: getattr(self, name) for name in shares}


@dataclass(frozen=True)
class Point:
    """Precision and recall where every link with at least this score is a match."""

    score: float
    precision: float
    recall: float
    false: int

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        return 2 * self.precision * self.recall / (self.precision + self.recall) if self.recall else 0.0


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


@contextmanager
def compared(links: Path, data: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in which `compared` has one row per record of the truth: the link beside it, `is_right`, `is_won`."""
    with TemporaryDirectory() as spill, duckdb.connect() as connection:
        connection.execute(f"set memory_limit = '{MEMORY}'; set threads = {THREADS}; set temp_directory = '{spill}'")
        connection.execute("set enable_progress_bar = false; set preserve_insertion_order = false")
        for name, path in (("link", links), *((name, data / f"{name}.parquet") for name in ("truth", "register"))):
            connection.execute(f"create view {name} as select * from read_parquet('{path}')")
        connection.execute(f"create view record as select * from read_parquet('{data / 'records.parquet'}')")
        connection.execute(SQL_COMPARED)
        yield connection


SQL_COMPARED = """
create table compared as
select record_id, coalesce(l.decision, 'none') as decision, l.person_id, l.score, l.rule, t.person_id as true_id, t.is_registered,
    coalesce(l.person_id = t.person_id, false) as is_right,
    coalesce(l.decision = 'review' and t.person_id in (l.person_id, l.runner_up_person_id), false) as is_won
from truth t left join link l using (record_id)"""

SQL_COUNTS = """
select count(*) as records, count(*) filter (where is_registered) as registered,
    count(*) filter (where decision = 'match') as matched,
    count(*) filter (where decision = 'match' and is_right) as right,
    count(*) filter (where decision = 'review') as in_review,
    count(*) filter (where is_won) as won_in_review,
    count(*) filter (where not is_registered) as strangers,
    count(*) filter (where not is_registered and decision = 'match') as strangers_linked
from compared"""


def _held(names: set[str], table: str, column: str) -> str:
    """The column, or null where the file has none."""
    return f"{table}.{column}" if column in names else "null"


def sql_for_false(record: set[str], register: set[str]) -> str:
    """One row per false match with its cause; `record` and `register` are the columns that those files have."""
    home = _held(register, "p", "household_id"), _held(register, "q", "household_id")
    numbers = " or ".join(
        f"{_held(record, 'x', mine)} = {_held(register, 'p', theirs)}"
        for mine, theirs in (("national_id", "national_id"), ("national_id", "old_id"))
    )
    card = f"right({_held(record, 'x', 'insurance_no')}, 10) = {_held(register, 'p', 'insurance_no')}"
    return f"""
    select c.rule, c.score, case
        when not c.is_registered then 'not in register'
        when p.birth_date = q.birth_date and {home[0]} = {home[1]} then 'twin'
        when {numbers} or {card} then 'relative''s number'
        when {home[0]} = {home[1]} then 'relative'
        when {FOLD.format("p.full_name")} = {FOLD.format("q.full_name")} then 'namesake'
        else 'other' end as cause
    from (select * from compared where decision = 'match' and not is_right) c
    join record x using (record_id)
    left join register p on p.person_id = c.person_id
    left join register q on q.person_id = c.true_id"""


def judge(links: Path, data: Path, threshold: float | None = None) -> Verdict:
    """Judge links against the truth in `data`; with a threshold, whatever scores at least that is a match, nothing else."""
    with compared(links, data) as connection:
        if threshold is not None:
            connection.execute(
                f"update compared set is_won = false, decision = case when person_id is not null and coalesce(score, {SURE_SCORE}) >= ? then 'match' else 'none' end",
                [threshold],
            )
        return _judge(connection)


def _judge(connection: duckdb.DuckDBPyConnection) -> Verdict:
    """The verdict on `compared`."""
    answer = connection.execute(SQL_COUNTS)
    names = [column[0] for column in answer.description or []]
    counts = dict(zip(names, answer.fetchall()[0], strict=True))
    record, register = (
        {name for name, *_ in connection.execute(f"describe {table}").fetchall()} for table in ("record", "register")
    )
    connection.execute(f"create or replace temp table false_match as {sql_for_false(record, register)}")
    causes = dict(_pairs(connection, "select cause, count(*) from false_match group by 1"))
    return Verdict(
        **counts,
        false_by_cause={cause: causes.get(cause, 0) for cause in CAUSES},
        false_by_rule=dict(_pairs(connection, "select rule, count(*) from false_match group by 1 order by 2 desc")),
        matched_by_rule=dict(
            _pairs(
                connection,
                "select rule, count(*) from compared where decision = 'match' group by 1 order by 2 desc",
            )
        ),
    )


def _pairs(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, int]]:
    """Rows of text and count."""
    return [(str(name), int(count)) for name, count in connection.execute(query).fetchall()]


def trace_points(links: Path, data: Path, step: float = 0.25) -> list[Point]:
    """Operating points by falling score, `step` apart; a link counts whatever the decision was.

    Links may also hold several rows a record, all pairs that a system scored.
    """
    with compared(links, data) as connection:
        rows = connection.execute(
            """
            with binned as (
                select floor(coalesce(score, $sure) / $step) * $step as score, count(*) as found,
                    count(*) filter (where is_right) as good
                from compared where person_id is not null group by 1),
            whole as (select count(*) filter (where is_registered) as registered from truth)
            select score, sum(good) over down / sum(found) over down, sum(good) over down / registered,
                sum(found) over down - sum(good) over down
            from binned, whole window down as (order by score desc) order by score desc""",
            {"step": step, "sure": SURE_SCORE},
        ).fetchall()
    return [Point(score, precision, recall, int(false)) for score, precision, recall, false in rows]


def choose_precise(points: list[Point], precision: float) -> Point | None:
    """The point of most recall with at least this precision."""
    return max(
        (point for point in points if point.precision >= precision), key=lambda point: point.recall, default=None
    )


def choose_best_f1(points: list[Point]) -> Point:
    """The point of the highest F1."""
    return max(points, key=lambda point: point.f1)


def main() -> None:
    """Judge, and print the figures as JSON."""
    links, data = map(Path, sys.argv[1:3])
    print(json.dumps(judge(links, data).as_figures(), indent=2))


if __name__ == "__main__":
    main()
