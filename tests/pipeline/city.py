"""Takes a city in through the steps, without Airflow, and reads what came of it."""

import json
from collections.abc import Callable, Iterable
from datetime import date
from hashlib import md5
from pathlib import Path
from typing import Any

from etl import sources, steps
from etl.contracts import EVENT_TABLES, WAREHOUSE_TABLES, Table, hash_name
from etl.settings import PROJECT_DIR, Settings
from etl.warehouse.load import fetch_table
from etl.warehouse.store import Store

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
    "noted_at",
    "loaded_at",
    "happened_at",
    "decided_at",
    "drawn_at",
    "created_at",
    "chained_at",
    "noted_at",
    "made_at",
    "signed_at",
    "checked_at",
    "submitted_at",
    "dispatched_at",
    "seen_at",
    "entry_hash",
)
"""Columns that hold the clock: no two runs agree on them."""
KEYED = ("content_hash",)
"""A hash under a key of the installation."""


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
    """Link, merge, publish, check, score."""
    run_id = steps.link(settings)
    steps.merge(settings, run_id)
    steps.publish(settings, run_id)
    steps.check_warehouse(settings, run_id)
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


def read_opened(settings: Settings, table: Table, query: str) -> list[tuple[Any, ...]]:
    """The rows of a SELECT of a table's columns, its owner's among them, with what lies sealed in clear."""
    with steps.warehouse(settings) as connection:
        rows = fetch_table(connection, query)
    return [tuple(row.values()) for row in Store(settings).seals.open(table, rows).to_pylist()]


def read_tables(
    settings: Settings, tables: Iterable[Table] = WAREHOUSE_TABLES, without: Iterable[str] = TIMES
) -> dict[str, list[str]]:
    """Per table its rows as JSON, in clear and in the order of their text; without some columns, nor those of keys."""
    found = {}
    with steps.warehouse(settings) as connection, connection.cursor() as cursor:
        for table in tables:
            left_out = [*without, *KEYED, *map(hash_name, table.looked_up)]
            cursor.execute(f"select (to_jsonb(t) - %s::text[])::text from {table.qualified_name} t", (left_out,))
            rows = [row for (row,) in cursor.fetchall()]
            if table.sealed_fields:
                opened = Store(settings).seals.open_rows(table, map(json.loads, rows))
                rows = [json.dumps(row, ensure_ascii=False) for row in opened]
            found[table.name] = sorted(rows)  # not by the database, whose order is its locale's
    return found


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
    return read_tables(settings, EVENT_TABLES, ("batch_id", "row_no"))
