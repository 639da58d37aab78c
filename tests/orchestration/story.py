"""One day on a real Airflow: things go wrong, are mended, and the whole day is run again."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from etl import steps
from etl.contracts import BATCH
from etl.orchestration.clear_day import clear_day
from etl.orchestration.environment import PROJECT
from etl.orchestration.names import LOAD_REGISTER, PUBLISH_REPORTS, RECEIVE_BATCHES, REMIND_TASKS
from etl.orchestration.processes import wait_until
from etl.orchestration.session import Session, airflow_session, await_ready, find_free_port
from etl.orchestration.watch import Watch
from etl.settings import HANOI, Settings
from etl.warehouse.connect import connect
from tests.orchestration.small_city import CANARY, SmallCity, put_into
from tests.pipeline.city import digest_tables, read_books, read_opened, read_rows
from tests.portal.town import SENDER, running

FAULTY_SENDER = "QH268"
LIMIT_SECONDS = 300.0
FAULT = """
    create function intake.fail() returns trigger language plpgsql as $$
    begin raise exception 'no room for %', new.full_name; end $$;
    create trigger fail before insert on intake.person_record for each row
        when (new.sender_code = '{sender}') execute function intake.fail();
"""
DUE_TODAY = "update quality.task set due_on = '2026-10-01' where state <> 'closed'"
MENDED = "drop trigger fail on intake.person_record; drop function intake.fail();"


@dataclass(frozen=True)
class Task:
    """One task instance as Airflow keeps it."""

    dag_id: str
    task_id: str
    map_index: int
    state: str
    tries: int


@dataclass(frozen=True)
class Story:
    """What stood when the day was over, after mending, and after all of it had run again."""

    first: tuple[Task, ...]
    mended: tuple[Task, ...]
    again: tuple[Task, ...]
    run_states: tuple[str, str]
    digests: tuple[dict[str, str], dict[str, str]]
    cleared: dict[str, int]
    xcoms: tuple[tuple[str, Any], ...]
    told: str
    reminded: str
    batches: tuple[tuple[Any, ...], ...]
    books: dict[int, str]
    sent: "Sent"


@dataclass(frozen=True)
class Sent:
    """A file sent in the portal: how its batch waited while Airflow was away, and how it ended once Airflow was there."""

    waited: tuple[Any, ...]
    ended: tuple[Any, ...]
    is_run: bool


def live_through(settings: Settings, city: SmallCity) -> Story:
    """The register's store is away for a moment, one sender's rows meet a fault of ours, three files are bad."""
    with airflow_session(settings, find_free_port(settings.host)) as session:
        steps.prepare(settings)
        await_ready(session)
        watch, began = Watch(session, LIMIT_SECONDS), datetime.now(HANOI)
        run_id, state = _bad_day(settings, session, watch, city)
        first = read_tasks(session)
        _execute(settings, MENDED)
        run_command("dags", "clear", RECEIVE_BATCHES, "--run-id", run_id, "--only-failed", "--yes")
        watch.await_quiet()
        _execute(settings, DUE_TODAY)
        reminded = watch.run_dag(REMIND_TASKS)
        watch.run_dag(PUBLISH_REPORTS)  # it tells of days that tasks are due
        mended, digests = read_tasks(session), digest_tables(settings)
        run_states = state, session.client.read_state(RECEIVE_BATCHES, run_id)
        cleared: dict[str, int] = {}
        for day in {began.date(), datetime.now(HANOI).date()}:
            cleared |= clear_day(session.client, day)
        watch.await_quiet()
        again, digests = read_tasks(session), (digests, digest_tables(settings))
        batches, books = read_opened(settings, BATCH, BATCHES), read_books(settings)
        sent = send_in_portal(settings, session)
        watch.await_quiet()
        return Story(
            first, mended, again, run_states, digests, cleared, read_xcoms(session), read_all_told(session), reminded,
            tuple(batches), books, sent,
        )  # fmt: skip


BATCHES = "select file_name, state, refusal_rule_id, sha256 from intake.batch"
LIST = f"STT,Họ và tên,Ngày sinh,Giới\n1,{CANARY},05/03/1985,Nữ\n2,Mai Văn Cổng,06/03/1985,Nam\n"


def send_in_portal(settings: Settings, session: Session) -> Sent:
    """An officer sends a file while Airflow is away; it waits in the queue until it is back."""
    away = settings.model_copy(
        update={"airflow_port": find_free_port(settings.host), "portal_port": find_free_port(settings.host)}
    )
    with running(away) as town, closing(town.client("officer")) as officer:
        form = {"sender_code": SENDER, "csrf": officer.headers["x-csrf-token"]}
        upload = officer.post("/uploads", data=form, files={"file": (f"{CANARY}.csv", LIST)}).url.path
        wait_until(lambda: officer.get(f"{upload}/state").json()["state"] == "checked", 60, "the check")
        batch = officer.post(f"{upload}/send").url.path
        batch_id = int(batch.rsplit("/", 1)[1])
        asked = f"select u.attempts > 0, u.fault, u.dispatched_at is null, b.state from intake.upload u join intake.batch b using (batch_id) where batch_id = {batch_id}"
        wait_until(lambda: read_rows(settings, asked)[0][0] is True, 60, "a try to reach Airflow")
        waited = read_rows(settings, asked)[0]
    there = away.model_copy(update={"airflow_port": session.installation.port})
    with running(there, parts=("quick_worker",)):
        query = f"select b.state, b.accepted, u.fault, u.dag_run_id from intake.upload u join intake.batch b using (batch_id) where batch_id = {batch_id}"
        wait_until(lambda: read_rows(settings, query)[0][0] != "waiting", 120, "the batch to be taken in")
        *ended, run_id = read_rows(settings, query)[0]
    is_run = session.client.read_state(RECEIVE_BATCHES, str(run_id)) in ("running", "success")
    return Sent(waited, tuple(ended), is_run)


def _bad_day(settings: Settings, session: Session, watch: Watch, city: SmallCity) -> tuple[str, str]:
    """Run id and state of the run that takes the files in."""
    keep_off_the_schedule()
    with store_away(settings, "register"):
        put_into(settings.inbox_dir, city.register)
        session.client.trigger(LOAD_REGISTER)
        wait_until(lambda: any(task.state == "up_for_retry" for task in read_tasks(session)), 60, "a second try", 0.1)
    _execute(settings, FAULT.format(sender=FAULTY_SENDER))
    put_into(settings.inbox_dir, city.good + city.bad)
    run_id = session.client.trigger(RECEIVE_BATCHES)
    watch.await_quiet()
    return run_id, session.client.read_state(RECEIVE_BATCHES, run_id)


def keep_off_the_schedule() -> None:
    """The DAGs' own schedules come every ten minutes, and would take the files that our run is to take."""
    left = 600 - time.time() % 600
    if left < 30:
        time.sleep(left + 10)


@contextmanager
def store_away(settings: Settings, part: str) -> Iterator[None]:
    """A file stands where the store's folder belongs: writing there fails as on a lost disk, for root too."""
    stone = Path(settings.store_url) / part
    stone.parent.mkdir(parents=True, exist_ok=True)
    stone.touch()
    try:
        yield
    finally:
        stone.unlink()


def run_command(*words: str) -> str:
    """What the airflow command printed, through our own entry to it."""
    done = subprocess.run(
        [sys.executable, "-m", "etl.orchestration.command", *words],
        cwd=PROJECT, env=os.environ, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout + done.stderr


def read_tasks(session: Session) -> tuple[Task, ...]:
    columns = "dag_id, task_id, map_index, coalesce(state, 'none'), try_number"
    query = f"select {columns} from task_instance order by 1, 2, 3, run_id"
    return tuple(Task(*row) for row in _query(session, query))


def read_xcoms(session: Session) -> tuple[tuple[str, Any], ...]:
    """`dag.task` and value of everything that tasks handed on."""
    rows = _query(session, "select dag_id || '.' || task_id, value::text from xcom order by 1, 2")
    return tuple((name, _decode(value)) for name, value in rows)


def _decode(value: str) -> Any:
    decoded = json.loads(value)
    return json.loads(decoded) if isinstance(decoded, str) and decoded[:1] in "[{\"" else decoded


def read_all_told(session: Session) -> str:
    """Every row of Airflow's metadata and every line of its logs as one text, escaped letters written out."""
    names = _query(session, "select table_name from information_schema.tables where table_schema = 'public'")
    rows = [text for (name,) in names for (text,) in _query(session, f'select t::text from "{name}" t')]
    files = [path for path in (session.installation.home / "logs").rglob("*") if path.is_file()]
    text = "\n".join([*rows, *(path.read_text(encoding="utf-8", errors="replace") for path in files)])
    return text + text.encode("utf-8", "replace").decode("unicode_escape", "replace") if "\\u" in text else text


def _query(session: Session, query: str) -> list[tuple[Any, ...]]:
    with connect(session.installation.database_url) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def _execute(settings: Settings, statement: str) -> None:
    with steps.warehouse(settings) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
