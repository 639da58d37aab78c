"""What row-level security costs: an officer's and the exchange's usual queries, beside the owner's with the same rows named.

    python -m tests.bench.access --rows 300000
Prints a line of JSON a query: rows given, milliseconds (median of 30 runs) with and without, their ratio, and whether
the plan reads the table by an index. Everything that is read lies in memory; the entry is made once a transaction.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg2.extensions import connection as Connection
from sqlalchemy.engine import make_url

from etl.settings import Settings
from etl.warehouse.access import Scope, acting_as, grant
from etl.warehouse.connect import connect
from etl.warehouse.embedded import ensure_running, stop
from etl.warehouse.migrate import migrate

RUNS = 30
WARD, SENDER = "00004", "PX00004"
FILL = """
insert into intake.batch (sha256, sender_code, file_name, kind, state, bytes, rows_in, accepted, quarantined, duplicate,
    withdrawn, received_at, finished_at)
select lpad(to_hex(n), 64, '0'), s.sender_code, '*', 'ward_sheet', 'accepted', 9, 100, 0, 100, 0, 0, now() - n * interval '1 hour', now()
from generate_series(1, {rows} / 100) as n
join (select sender_code, row_number() over (order by sender_code) as place, count(*) over () as senders from reference.sender) as s
    on s.place = 1 + n % s.senders;
insert into intake.held_row (batch_id, row_no, outcome, rule_id)
select batch_id, row_no, 'quarantined', 'rule_' || row_no % 7 from intake.batch, generate_series(1, 100) as row_no;
insert into quality.task (rule_id, batch_id, sender_code, owner, state, row_count, opened_at, due_on, scope_kind, scope_code)
select 'rule_' || r, batch_id, sender_code, 'sender', 'open', 9, received_at, current_date, 'sender', sender_code from intake.batch, generate_series(1, 3) as r;
insert into identity.run (is_full, model_version, input_digest, state, matched, in_review, unmatched, started_at)
values (true, '1', repeat('c', 32), 'published', 2, 0, 0, now());
insert into identity.person select n, false from generate_series(1, {rows}) as n;
insert into book.health_book (person_id, full_name, ward_code, status, is_verified, record_count, encounter_count, digest, lineage_digest, built_run_id)
select n, '*Nguyễn Văn Mẫu', w.ward_code, 'resident', true, 1, 1, 'd', 'l', 1 from generate_series(1, {rows}) as n
join (select ward_code, row_number() over (order by ward_code) as place, count(*) over () as wards from reference.ward) as w
    on w.place = 1 + n % w.wards;
insert into intake.person_record (record_id, batch_id, row_no, row_digest, sender_code)
select n, 1, n, lpad(to_hex(n), 32, '0'), '{sender}' from generate_series(1, {rows}) as n;
insert into book.encounter (person_id, record_id, batch_id, row_no, started_at, is_restricted)
select n, n, 1, n, now(), n % 300 = 0 from generate_series(1, {rows}) as n;
insert into book.vital_sign (person_id, record_id, batch_id, row_no, line_no, sign)
select n, n, 1, n, 1, 'pulse' from generate_series(1, {rows}) as n;
"""
MY_SENDER, MY_WARD = f"sender_code = '{SENDER}'", f"ward_code = '{WARD}'"
MY_BATCHES = f"batch_id in (select batch_id from intake.batch where {MY_SENDER})"
MY_PEOPLE = f"person_id in (select person_id from book.health_book where {MY_WARD})"
QUERIES = {
    # name: role, table that an index must read, query, what the owner has to add
    "the officer's batches, newest first": (
        "officer", "batch", "select batch_id, state, quarantined from intake.batch where {} order by received_at desc limit 50", MY_SENDER),
    "the officer's held rows by rule": (
        "officer", "held_row", "select batch_id, rule_id, count(*) from intake.held_row where {} group by 1, 2", MY_BATCHES),
    "one batch's held rows": (
        "officer", "held_row", "select row_no, rule_id from intake.held_row where batch_id = (select max(batch_id) from intake.batch where {0}) and {1}",
        (MY_SENDER, "true")),
    "the officer's open tasks": (
        "officer", "task", "select task_id, rule_id, row_count from quality.task where state = 'open' and {}", MY_SENDER),
    "a ward's books": ("exchange", "health_book", "select person_id, full_name from book.health_book where {}", MY_WARD),
    "a ward's vital signs": ("exchange", "vital_sign", "select record_id, sign from book.vital_sign where {}", MY_PEOPLE),
    "a ward's vital signs, by its books": (
        "exchange", "vital_sign", "select v.record_id, v.sign from book.health_book as b join book.vital_sign as v using (person_id) where {}", MY_WARD),
    "one person's visits": (
        "exchange", "encounter", "select record_id, started_at from book.encounter where person_id = (select max(person_id) from book.health_book where {0}) and {1}",
        (MY_WARD, "true")),
}  # fmt: skip


def main() -> None:
    """Fill a database of its own, and run every query both ways."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rows", type=int, default=300_000)
    rows = arguments.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="bench-access-") as folder:
        Path(folder).chmod(0o711)
        settings = Settings(var_dir=Path(folder), database_url=None)
        url = ensure_running(settings, is_durable=False)
        try:
            _measure(url, rows)
        finally:
            stop(settings)


def _measure(url: str, rows: int) -> None:
    migrate(url)
    user = make_url(url).set(username="bench_user", password="bench")
    with connect(url) as owner:
        owner.cursor().execute(FILL.format(rows=rows, sender=SENDER))
        owner.cursor().execute("create role bench_user login password 'bench'")
        for role in ("officer", "exchange"):
            grant(owner, "bench_user", role, Scope(wards=(WARD,)), "bench")
    with connect(url) as owner:
        owner.cursor().execute("analyze")
    with connect(url) as owner, connect(user.render_as_string(hide_password=False)) as other:
        for name, (role, table, query, added) in QUERIES.items():
            parts = (added,) if isinstance(added, str) else added
            free, count = _time(owner, query.format(*parts))
            started = time.perf_counter()
            with acting_as(other, role, Scope(wards=(WARD,)), "measuring") as connection:
                entering = time.perf_counter() - started
                plain = query.format(*("true" for _ in parts))
                bound, seen = _time(connection, plain)
                plan = _plan(connection, plain)
            print(json.dumps({
                "query": name, "rows": seen, "rows_of_owner": count, "ms": round(bound, 3), "ms_without": round(free, 3),
                "ratio": round(bound / free, 2), "by_index": f"Seq Scan on {table}" not in plan, "enter_ms": round(entering * 1000, 1),
            }))  # fmt: skip


def _time(connection: Connection, query: str) -> tuple[float, int]:
    """Median milliseconds of a query, and how many rows it gives."""
    taken = []
    with connection.cursor() as cursor:
        for _ in range(RUNS):
            with _stopwatch(taken):
                cursor.execute(query)
                rows = cursor.fetchall()
    return statistics.median(taken) * 1000, len(rows)


@contextmanager
def _stopwatch(taken: list[float]) -> Iterator[None]:
    started = time.perf_counter()
    yield
    taken.append(time.perf_counter() - started)


def _plan(connection: Connection, query: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"explain {query}")
        return "\n".join(line for (line,) in cursor.fetchall())


if __name__ == "__main__":
    main()
