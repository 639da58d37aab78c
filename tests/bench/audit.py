"""What the audit's chain costs: writing with it and without, by one connection and many; and how long verifying takes.

    python -m tests.bench.audit [ENTRIES]        (default: 1000000)

On an embedded server of its own that flushes every commit to the disk, as in production.
"""

import resource
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from etl.settings import Settings
from etl.warehouse.audit import record
from etl.warehouse.audit_chain import verify
from etl.warehouse.connect import connect, ensure_database, open_connection
from etl.warehouse.embedded import ensure_running, stop
from etl.warehouse.migrate import migrate

SECONDS = 4
FILL = """
    insert into audit.event (happened_at, actor, action, subject, detail)
    select now(), 'thu', 'review.shown', 'record ' || (n::bigint * 7919 %% 4000000000), '{"position": 1, "waiting": ' || n || '}'
    from generate_series(1, %s) as n"""
PLAIN, CHAINED = "disable trigger chained", "enable always trigger chained"


def run_statement(url: str, statement: str, *values: object) -> None:
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def commit_for_a_while(url: str, counts: list[int], events: int) -> None:
    """Transactions of so many events each on one connection, until the time is up."""
    connection, done, end = open_connection(url), 0, time.monotonic() + SECONDS
    while time.monotonic() < end:
        for _ in range(events):
            record(connection, "thu", "review.shown", f"record {done}", {"position": 1})
        connection.commit()
        done += 1
    connection.close()
    counts.append(done)


def throughput(url: str, connections: int, events: int) -> float:
    """Transactions a second."""
    counts: list[int] = []
    threads = [threading.Thread(target=commit_for_a_while, args=(url, counts, events)) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def writing(console: Console, url: str) -> None:
    table = Table(
        "connections", "events each", "tx/s without chain", "tx/s with chain", title="Writing, each commit flushed"
    )
    for connections, events in ((1, 1), (2, 1), (4, 1), (8, 1), (16, 1), (1, 100), (4, 100)):
        figures = []
        for state in (PLAIN, CHAINED):
            run_statement(url, f"alter table audit.event {state}")
            figures.append(f"{throughput(url, connections, events):,.0f}")
        table.add_row(str(connections), str(events), *figures)
    console.print(table)


def verifying(console: Console, url: str, entries: int) -> None:
    title = "Verifying (seconds of the processors tell of a busy machine too)"
    table = Table(
        "entries", "s to write those added", "s", "s of processors", "entries/s of processors", "peak MB", title=title
    )
    for added in (entries // 4, entries // 4, entries // 2):
        start = time.monotonic()
        run_statement(url, FILL, added)
        filled = time.monotonic() - start
        run_statement(url, "analyze audit.event; analyze audit.chain")
        with connect(url) as connection:
            processes = psutil.Process(), psutil.Process(connection.info.backend_pid)
            start, worked = time.monotonic(), worked_seconds(processes)
            found = verify(connection)
            seconds, worked = time.monotonic() - start, worked_seconds(processes) - worked
        assert found.holds
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        figures = (f"{filled:.1f}", f"{seconds:.1f}", f"{worked:.1f}", f"{found.entries / worked:,.0f}", f"{peak:.0f}")
        table.add_row(f"{found.entries:,}", *figures)
    console.print(table)


def worked_seconds(processes: Sequence[psutil.Process]) -> float:
    """Seconds of the processors that client and server took so far."""
    return sum(process.cpu_times().user + process.cpu_times().system for process in processes)


def main(entries: int = 1_000_000) -> None:
    """A server, two databases, two tables."""
    console = Console(width=130)
    with tempfile.TemporaryDirectory(prefix="healthbook-audit-") as folder:
        Path(folder).chmod(0o711)  # the account that runs the server must pass
        settings = Settings(var_dir=Path(folder), database_url=None)
        server = ensure_running(settings)
        try:
            for name in ("verifying", "writing"):
                url = ensure_database(server, name)
                migrate(url)
                if name == "verifying":
                    verifying(console, url, entries)
                else:
                    writing(console, url)
        finally:
            stop(settings)


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
