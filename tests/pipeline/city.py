"""Takes a city in through the steps, without Airflow, and reads what came of it."""

from collections.abc import Callable, Iterable
from datetime import date
from hashlib import md5
from pathlib import Path

from etl import sources, steps
from etl.contracts import EVENT_TABLES, WAREHOUSE_TABLES
from etl.settings import PROJECT_DIR, Settings
from etl.warehouse.load import fetch_table

CITY = PROJECT_DIR / "data_samples"
DAY = date(2026, 10, 1)
"""The day on which the invented city is looked at."""
KINDS = ("hospital_xml", "district_export", "ward_sheet", "health_check")
TIMES = (
    "received_at",
    "finished_at",
    "started_at",
    "opened_at",
    "closed_at",
    "loaded_at",
    "happened_at",
    "decided_at",
    "drawn_at",
    "created_at",
    "chained_at",
    "entry_hash",
)
"""Columns that hold the clock: no two runs agree on them."""


def files_of(city: Path) -> list[Path]:
    """Every sender's file of a city, in a fixed order."""
    return sorted(path for kind in KINDS for path in (city / kind).glob("*/*"))


def register_files_of(city: Path) -> list[Path]:
    """In the order of the days that they describe."""
    return sorted(
        (city / "register").rglob("*.csv"), key=lambda path: sources.register.describe(path, sources.Limits())
    )


def deliver(
    settings: Settings, files: Iterable[Path], sender_of: Callable[[Path], str] = lambda path: path.parent.name
) -> list[steps.Receipt]:
    """Receive files one by one, each from the sender whose folder it lies in."""
    return [steps.receive(settings, path, sender_of(path)) for path in files]


def build(settings: Settings) -> int:
    """Link, merge, publish, score."""
    run_id = steps.link(settings)
    steps.merge(settings, run_id)
    steps.publish(settings, run_id)
    steps.score(settings, run_id)
    return run_id


def take_in_city(settings: Settings, city: Path = CITY) -> list[steps.Receipt]:
    """Register, every file, books and scores, from first to last."""
    for path in register_files_of(city):
        steps.load_register(settings, path)
    receipts = deliver(settings, files_of(city))
    build(settings)
    return receipts


def read_rows(settings: Settings, query: str) -> list[tuple[object, ...]]:
    """The rows of a SELECT."""
    with steps.warehouse(settings) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def read_tables(settings: Settings) -> dict[str, list[str]]:
    """Per table its rows as JSON, in the order of their text; without the columns of the clock."""
    tables = {}
    with steps.warehouse(settings) as connection, connection.cursor() as cursor:
        for table in WAREHOUSE_TABLES:
            cursor.execute(f"select (to_jsonb(t) - %s::text[])::text from {table.qualified_name} t", (list(TIMES),))
            tables[table.name] = sorted(
                row for (row,) in cursor.fetchall()
            )  # not by the database, whose order is its locale's
    return tables


def digest_tables(settings: Settings) -> dict[str, str]:
    """Per table its rows and a digest over all it holds, the clock's columns apart."""
    return {
        name: f"{len(rows)} rows {md5(chr(10).join(rows).encode(), usedforsecurity=False).hexdigest()}"
        for name, rows in read_tables(settings).items()
    }


def tables_that_differ(one: dict[str, str], other: dict[str, str]) -> dict[str, tuple[str | None, str | None]]:
    """Per table that differs, both digests."""
    return {
        name: (one.get(name), other.get(name)) for name in sorted({*one, *other}) if one.get(name) != other.get(name)
    }


def read_books(settings: Settings) -> dict[int, str]:
    """The digest over the content of each book, whichever batch brought it."""
    with steps.warehouse(settings) as connection:
        books = fetch_table(connection, "select person_id, digest from book.health_book")
    return dict(zip(books["person_id"].to_pylist(), books["digest"].to_pylist(), strict=True))


def read_open_links(settings: Settings) -> list[tuple[object, ...]]:
    """What is believed now of each record; without when, and on what weight of that day, it was decided."""
    return read_rows(
        settings,
        "select record_id, person_id, decision, rule, candidate_person_id from identity.link"
        " where closed_at is null order by record_id",
    )


def read_events(settings: Settings) -> dict[str, list[str]]:
    """Per event table its rows as JSON, without where they came from."""
    return {
        table.name: sorted(
            str(row)
            for (row,) in read_rows(
                settings, f"select (to_jsonb(t) - array['batch_id', 'row_no'])::text from {table.qualified_name} t"
            )
        )
        for table in EVENT_TABLES
    }
