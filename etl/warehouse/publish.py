"""Publishing: what a build wrote replaces what readers see in one transaction; they see all of it or none.

A build that changes few books writes those in place. One that changes many loads every partition beside the published
ones, and the two are exchanged.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from psycopg2.extensions import connection as Connection

from etl.contracts import BOOK_PARTS, HEALTH_BOOK, Table
from etl.errors import HealthbookError
from etl.warehouse import partitions
from etl.warehouse.audit import record
from etl.warehouse.history import keep_shown, write_history
from etl.warehouse.load import copy_table, fetch_table
from etl.warehouse.partitions import Built
from etl.warehouse.sealing import Seals

BOOK_TABLES = (HEALTH_BOOK, *BOOK_PARTS)
"""What a build writes, the book itself first."""
EXCHANGED_SHARE, EXCHANGED_BOOKS = 0.2, 50_000
"""Where a build changes this share of all books, and this many, loading everything anew is quicker than rewriting rows."""
PLAN, CHANGED = "plan.json", "changed.parquet"
STANDING_SCHEMA = pa.schema(
    [HEALTH_BOOK.arrow_schema.field(name) for name in ("person_id", "lineage_digest", "built_run_id")]
)


@dataclass(frozen=True)
class Plan:
    """What a build wrote into its folder: books by partition, all of them; or in one file, those of the persons touched
    since the build before.

    `base_run_id` is the build that readers saw meanwhile; `rules` tells the program that decided what books say.
    """

    base_run_id: int | None
    register_version: int | None
    rules: str
    batches: list[int]
    is_parted: bool
    changed: int
    books: int
    rows: dict[str, list[int]]
    person_sums: dict[str, list[int]]

    def write(self, folder: Path) -> None:
        """Keep it beside the tables."""
        (folder / PLAN).write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Plan":
        """The plan of a build's folder."""
        return cls(**json.loads((folder / PLAN).read_text(encoding="utf-8")))

    @property
    def is_exchange(self) -> bool:
        """Whether partitions are exchanged, and not rows written in place."""
        return self.is_parted and self.changed >= max(EXCHANGED_BOOKS, EXCHANGED_SHARE * self.books)

    def built(self, table: Table, folder: Path) -> list[Built]:
        """The files of a table, one for each place or one for all."""
        counted = zip(self.rows[table.name], self.person_sums[table.name], strict=True)
        return [Built(part_path(folder, table, place), *counts) for place, counts in enumerate(counted)]


def part_path(folder: Path, table: Table, place: int) -> Path:
    """Where a build keeps a table's rows of one place."""
    return folder / table.name / f"{place:02}.parquet"


def read_standing_at(connection: Connection, place: int) -> pa.Table:
    """The published books of one partition, with their digests and the builds that wrote them: `STANDING_SCHEMA`."""
    return _fetch_standing(connection, partitions.find_published(connection, HEALTH_BOOK, place))


def read_standing(connection: Connection, persons: pa.Table | None) -> pa.Table:
    """The published books of some persons (`person_id`), or of all."""
    if persons is None:
        return _fetch_standing(connection, HEALTH_BOOK.qualified_name)
    with connection.cursor() as cursor:
        cursor.execute("create temp table wanted (person_id bigint primary key)")
        copy_table(connection, "wanted", persons)
        cursor.execute("analyze wanted")
        with partitions.looking_up(connection):
            standing = _fetch_standing(connection, "wanted join book.health_book using (person_id)")
        cursor.execute("drop table wanted")
    return standing


def _fetch_standing(connection: Connection, source: str) -> pa.Table:
    return fetch_table(connection, f"select {', '.join(STANDING_SCHEMA.names)} from {source}", (), STANDING_SCHEMA)


def count_books(connection: Connection) -> int:
    """How many books readers see."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from book.health_book")
        (books,) = cursor.fetchone() or (0,)
    return int(books)


def publish_books(connection: Connection, url: str, seals: Seals, run_id: int, folder: Path, threads: int) -> int:
    """Replace every book that differs from the one in `folder`, and count the books that stand.

    A book differs when its digest over content and lineage does; a person without records has no book. What is loaded
    beside may be committed before; the caller's transaction makes all of it visible at once.
    """
    plan, changed = Plan.read(folder), pq.read_table(folder / CHANGED)
    partitions.remove_left_over(connection)
    connection.commit()
    if plan.is_exchange:
        built = {table: plan.built(table, folder) for table in BOOK_TABLES}
        partitions.load_beside(url, seals, run_id, built, threads)
        _note_changed(connection, seals, changed, is_few=False)
        _note_published(connection, run_id, plan)
        partitions.exchange(connection, run_id, BOOK_TABLES)
    else:
        _note_changed(connection, seals, changed, is_few=True)
        _replace_changed(connection, seals, folder, plan, changed)
        _note_published(connection, run_id, plan)
    write_history(connection, run_id, is_few=not plan.is_exchange)
    return plan.books


def _note_changed(connection: Connection, seals: Seals, changed: pa.Table, is_few: bool) -> None:
    """Make the temporary table `changed` of the persons whose books differ, and note what these show so far."""
    with connection.cursor() as cursor:
        cursor.execute("create temp table changed (person_id bigint primary key) on commit drop")
        copy_table(connection, "changed", changed)
        cursor.execute("analyze changed")
    keep_shown(connection, seals, is_few)


def _note_published(connection: Connection, run_id: int, plan: Plan) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update identity.run set books = %s, finished_at = now(), state = 'published' where run_id = %s",
            (plan.books, run_id),
        )
    record(connection, "engine", "books.published", f"run {run_id}", {"books": plan.books, "changed": plan.changed})


def _replace_changed(connection: Connection, seals: Seals, folder: Path, plan: Plan, changed: pa.Table) -> None:
    """Write the books that differ in place, in the caller's transaction."""
    if not changed.num_rows:
        return
    with connection.cursor() as cursor, partitions.looking_up(connection):
        for table in reversed(BOOK_TABLES):
            cursor.execute(f"delete from {table.qualified_name} where person_id in (select person_id from changed)")
    for table in BOOK_TABLES:
        for built in plan.built(table, folder):
            _copy_changed(connection, seals, table, built.path, changed["person_id"])
    _check_books(connection, plan)


def _copy_changed(connection: Connection, seals: Seals, table: Table, path: Path, changed: pa.ChunkedArray) -> None:
    columns = [field.name for field in table]
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(partitions.ROWS_AT_ONCE, columns=columns):
            chosen = batch.filter(pc.is_in(batch.column("person_id"), value_set=changed.combine_chunks()))
            if chosen.num_rows:
                copy_table(connection, table.qualified_name, seals.seal(table, chosen))


def _check_books(connection: Connection, plan: Plan) -> None:
    """Raises HealthbookError, which leaves the old books, where not as many books stand as the build counted."""
    books = count_books(connection)
    if books != plan.books:
        raise HealthbookError(
            f"publish: {books} books would stand; expected {plan.books}, as the build counted. The books that readers see"
            " stand. Run `healthbook build --full`, and report it."
        )
