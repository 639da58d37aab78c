"""From files in the store to published books, beside the bare COPY of the same rows; a day's records; the standing checks.

    python -m tests.bench.warehouse --people 1000000
Everything is invented beforehand (`tests.bench.warehouse_city`) in a database and a store of its own, which go at the
end. Asked of ten million people: 20 minutes, 12 GB, 4 times the bare COPY, 90 seconds a day.
"""

import argparse
import json
import resource
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from etl import steps
from etl.settings import PROJECT_DIR, Settings
from etl.warehouse.connect import connect
from etl.warehouse.embedded import EmbeddedServer, ensure_running, stop
from etl.warehouse.publish import BOOK_TABLES
from tests.bench.warehouse_city import invent, invent_records

OUT = PROJECT_DIR / "var" / "bench" / "warehouse.json"
DAY_RECORDS = 50_000
DAY_EVENTS = 1.7
"""A day's records have four events each, where those of the first build have two and a half."""


def seconds_of(work: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.monotonic()
    work()
    return time.monotonic() - began


@contextmanager
def watching_memory(server: EmbeddedServer) -> Iterator[dict[str, float]]:
    """The most memory that this process and the server's held together, shared memory counted once, in GiB."""
    peak, done = {"gib": 0.0}, threading.Event()

    def watch() -> None:
        while not done.wait(0.5):
            peak["gib"] = max(peak["gib"], _held(server))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


def _held(server: EmbeddedServer) -> float:
    held, processes = 0, [psutil.Process()]
    if (pid := server.pid()) is not None:
        processes += [psutil.Process(pid), *psutil.Process(pid).children()]
    for process in processes:
        try:
            held += process.memory_full_info().pss
        except psutil.Error:
            continue
    return held / 1024**3


def processor_seconds(server: EmbeddedServer) -> float:
    """What this process and the server's have taken of the processors so far: it hardly depends on who else works here."""
    own, started = psutil.Process().cpu_times(), psutil.Process(server.pid())
    living = 0.0
    for child in started.children():
        with suppress(psutil.NoSuchProcess):  # it ends just now
            times = child.cpu_times()
            living += times.user + times.system
    ended = started.cpu_times()
    return own.user + own.system + living + ended.children_user + ended.children_system


def build(settings: Settings, server: EmbeddedServer) -> dict[str, float]:
    """Merge and publish the build that waits; seconds of each, and of the processors."""
    began = processor_seconds(server)
    with steps.warehouse(settings) as connection, connection.cursor() as cursor:
        cursor.execute("select max(run_id) from identity.run")
        run_id = cursor.fetchone()[0]
    return {
        "merge": seconds_of(lambda: steps.merge(settings, run_id)),
        "publish": seconds_of(lambda: steps.publish(settings, run_id)),
        "processor": processor_seconds(server) - began,
    }


def bare_copy(settings: Settings, folder: Path) -> float:
    """Seconds of the COPY of all published rows into tables without keys, one after the other."""
    url, taken = ensure_running(settings), 0.0
    for table in BOOK_TABLES:
        path = folder / f"{table.name}.csv"
        with connect(url) as connection, connection.cursor() as cursor, path.open("wb") as file:
            cursor.copy_expert(f"copy (select * from {table.qualified_name}) to stdout (format csv)", file)
        began = time.monotonic()
        with connect(url) as connection, connection.cursor() as cursor, path.open("rb") as file:
            cursor.execute(f"create table bare_{table.name} (like {table.qualified_name})")
            cursor.copy_expert(f"copy bare_{table.name} from stdin (format csv)", file, 1024 * 1024)
        taken += time.monotonic() - began
        with connect(url) as connection, connection.cursor() as cursor:
            cursor.execute(f"drop table bare_{table.name}")
        path.unlink()
    return taken


def measure(people: int, folder: Path) -> dict[str, object]:
    """All figures of a size."""
    settings = Settings(var_dir=folder, database_url=None)
    steps.prepare(settings)
    server = EmbeddedServer(folder / "postgres")
    try:
        size = invent(settings, people)
        with watching_memory(server) as peak:
            whole = build(settings, server)
        rows = count_rows(settings)
        before = processor_seconds(server)
        bare = bare_copy(settings, folder)
        bare_processor = processor_seconds(server) - before
        day = min(DAY_RECORDS, people // 20)
        events = invent_records(settings, people, size.records, day, DAY_EVENTS)
        daily = build(settings, server)
        steps.check_warehouse(settings)  # Great Expectations is imported, PostgreSQL's statistics are there
        checks = seconds_of(lambda: steps.check_warehouse(settings))
        report = seconds_of(lambda: steps.report(settings))
    finally:
        stop(settings)
    return {
        "people": people, "records": size.records, "events": size.events, "published_rows": rows,
        "whole": whole, "peak_gib": peak["gib"], "own_peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2,
        "bare_copy": bare, "bare_processor": bare_processor, "day": {"records": day, "events": events, **daily}, "checks": checks, "report": report,
    }  # fmt: skip


def count_rows(settings: Settings) -> int:
    """The rows of all book tables."""
    counts = " + ".join(f"(select count(*) from {table.qualified_name})" for table in BOOK_TABLES)
    with steps.warehouse(settings) as connection, connection.cursor() as cursor:
        cursor.execute(f"select {counts}")
        return int(cursor.fetchone()[0])


def main() -> None:
    """Invent, build, print, and keep the figures of each size."""
    parser = argparse.ArgumentParser(description="Measure merge and publish.")
    parser.add_argument("--people", type=int, default=1_000_000)
    people = parser.parse_args().people
    OUT.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=OUT.parent, prefix="warehouse-"))
    try:
        figures = measure(people, folder)
    finally:
        shutil.rmtree(folder)
    known = json.loads(OUT.read_text(encoding="utf-8")) if OUT.exists() else {}
    known[str(people)] = figures
    OUT.write_text(json.dumps(known, indent=1), encoding="utf-8")
    show(known)


def show(known: dict[str, dict]) -> None:
    """A line for each size that was measured."""
    table = Table(
        "people",
        "rows",
        "merge + publish (processor)",
        "µs a row",
        "of bare COPY (≤ 4)",
        "memory GiB (≤ 12)",
        "a day (≤ 90 s)",
        "standing checks (≤ 600 s)",
        "report (≤ 60 s)",
        title="Books",
    )
    for figures in sorted(known.values(), key=lambda one: one["people"]):
        whole, day = figures["whole"], figures["day"]
        taken = whole["merge"] + whole["publish"]
        table.add_row(
            f"{figures['people']:,}", f"{figures['published_rows']:,}", f"{whole['merge']:.0f} + {whole['publish']:.0f} s ({whole['processor']:.0f})",
            f"{taken / figures['published_rows'] * 1e6:.1f}", f"{taken / figures['bare_copy']:.2f} times ({figures['bare_copy']:.0f} s)",
            f"{figures['peak_gib']:.1f}", f"{day['records']:,} + {day['events']:,}: {day['merge'] + day['publish']:.1f} s",
            *(f"{figures[name]:.0f} s" if name in figures else "–" for name in ("checks", "report")),
        )  # fmt: skip
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
