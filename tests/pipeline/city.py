"""Takes a whole city in through the steps, without Airflow, and reads what came of it."""

from collections.abc import Callable, Iterable
from hashlib import md5
from pathlib import Path

from etl import sources, steps
from etl.contracts import WAREHOUSE_TABLES
from etl.settings import Settings

KINDS = ("hospital_xml", "district_export", "ward_sheet", "health_check")
TIMES = ("received_at", "finished_at", "started_at", "opened_at", "closed_at", "loaded_at", "happened_at")
"""Columns that hold the clock: no two runs agree on them."""


def files_of(city: Path) -> list[Path]:
    """Every sender's file of a city, in a fixed order."""
    return sorted(path for kind in KINDS for path in (city / kind).glob("*/*"))


def register_files_of(city: Path) -> list[Path]:
    """In the order of the days that they describe."""
    return sorted((city / "register").rglob("*.csv"), key=lambda path: sources.register.describe(path, sources.Limits()))


def deliver(settings: Settings, files: Iterable[Path], sender_of: Callable[[Path], str] = lambda path: path.parent.name) -> list[steps.Receipt]:
    """Receive files one by one, each from the sender whose folder it lies in."""
    return [steps.receive(settings, path, sender_of(path)) for path in files]


def build(settings: Settings) -> int:
    """Link, merge, publish, score."""
    run_id = steps.link(settings)
    steps.merge(settings, run_id)
    steps.publish(settings, run_id)
    steps.score(settings, run_id)
    return run_id


def digest_tables(settings: Settings) -> dict[str, str]:
    """Per table its rows and a digest over all it holds, the clock's columns apart."""
    digests = {}
    with steps.warehouse(settings) as connection, connection.cursor() as cursor:
        for table in WAREHOUSE_TABLES:
            cursor.execute(f"select (to_jsonb(t) - %s::text[])::text from {table.qualified_name} t order by 1", (list(TIMES),))
            rows = [row for (row,) in cursor.fetchall()]
            digests[table.name] = f"{len(rows)} rows {md5(chr(10).join(rows).encode(), usedforsecurity=False).hexdigest()}"
    return digests


def read_books(settings: Settings) -> dict[int, str]:
    """The digest over the content of each book, whichever batch brought it."""
    with steps.warehouse(settings) as connection, connection.cursor() as cursor:
        cursor.execute("select person_id, digest from book.health_book")
        return dict(cursor.fetchall())
