"""Where everything stands, in counts: what a run prints at its end."""

from dataclasses import dataclass

from psycopg2.extensions import connection as Connection


@dataclass(frozen=True)
class BatchLine:
    """The control equation of one batch."""

    batch_id: int
    sender_code: str | None
    kind: str | None
    state: str
    rows_in: int
    accepted: int
    quarantined: int
    duplicate: int
    withdrawn: int
    is_balanced: bool


@dataclass(frozen=True)
class Summary:
    """Files by kind and state, the control equation per batch, links, books and the city's four scores."""

    files: tuple[tuple[str, str, int], ...]
    batches: tuple[BatchLine, ...]
    register_version: int | None
    register_persons: int
    run_id: int | None
    matched: int
    in_review: int
    unmatched: int
    books: int
    verified_books: int
    scores: dict[str, float | None]

    @property
    def is_balanced(self) -> bool:
        """Whether rows in = accepted + quarantined + duplicate + withdrawn holds for every batch."""
        return all(line.is_balanced for line in self.batches)


def summarise(connection: Connection) -> Summary:
    """Count what the warehouse holds."""
    columns = ", ".join(BatchLine.__dataclass_fields__).replace(
        "is_balanced", "is_balanced and (state not in ('accepted', 'withdrawn') or is_borne_out)"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(kind, 'unknown'), state, count(*) from intake.batch group by 1, 2 order by 1, 2"
        )
        files = tuple((kind, state, count) for kind, state, count in cursor.fetchall())
        cursor.execute(f"select {columns} from report.control_equation order by batch_id")
        batches = tuple(BatchLine(*row) for row in cursor.fetchall())
        cursor.execute(
            "select register_version, persons from identity.register_version order by register_version desc limit 1"
        )
        register_version, persons = cursor.fetchone() or (None, 0)
        cursor.execute("select run_id, matched, in_review, unmatched from identity.run order by run_id desc limit 1")
        run_id, matched, in_review, unmatched = cursor.fetchone() or (None, 0, 0, 0)
        cursor.execute("select count(*), count(*) filter (where is_verified) from book.health_book")
        books, verified = cursor.fetchone() or (0, 0)
        cursor.execute(
            "select name, score from quality.score where scope_kind = 'city' and level = 'dimension'"
            " and scored_on = (select max(scored_on) from quality.score)"
            " order by array_position(array['correct', 'complete', 'clean', 'live'], name)"
        )
        scores = dict(cursor.fetchall())
    return Summary(
        files, batches, register_version, persons, run_id, matched, in_review, unmatched, books, verified, scores
    )
