"""The life of tasks on a real PostgreSQL: of standing conditions beside a plain model, of batches that come again."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.extensions import connection as Connection

from etl.errors import ConfigError
from etl.quality.catalogue import catalogue
from etl.quality.tasks import compare_days, open_tasks
from etl.steps.tasks import keep_batch_tasks, keep_standing_tasks
from etl.warehouse import tasks
from etl.warehouse.connect import connect
from etl.warehouse.scores import read_query
from tests.quality.test_tasks import found

DAY = date(2026, 10, 1)
RULE = "encounter_start_missing"
SCOPES = (("ward", "00004"), ("sender", "CS01929"))
CHECK = st.none() | st.just("erred") | st.integers(0, 3)
"""What a day says of a scope: nothing, an error, or how many of ten fail."""
BATCH = """
insert into intake.batch (sha256, sender_code, file_name, kind, state, bytes, rows_in, accepted, quarantined, duplicate,
    withdrawn, received_at, finished_at)
values (%s, 'PX00004', '*', 'ward_sheet', %s, 10, 9, 9, 0, 0, 0, '2026-10-01', '2026-10-01') returning batch_id"""


def keep_tasks(connection: Connection, day: date) -> None:
    """As a build does: the checks stand between the two."""
    keep_batch_tasks(connection, day)
    keep_standing_tasks(connection, day)


def fetch(connection: Connection, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters or None)
        return cursor.fetchall() if cursor.description else []


def check(connection: Connection, day: date, scope: tuple[str, str], found: int | str | None) -> None:
    fetch(connection, "delete from quality.standing where checked_on = %s and scope_code = %s", day, scope[1])
    if found is not None:
        failing = 0 if found == "erred" else found
        fetch(
            connection,
            "insert into quality.standing values (%s, %s, %s, %s, 10, %s, null, null, %s)",
            day, RULE, *scope, failing, found == "erred",
        )  # fmt: skip


def course(connection: Connection, scope_code: str) -> list[tuple[str, date, int]]:
    query = (
        "select e.kind, happened_on, e.row_count from quality.task_event e join quality.task using (task_id)"
        " where scope_code = %s order by event_id"
    )
    return fetch(connection, query, scope_code)  # type: ignore[return-value]


class Model:
    """A task of a standing condition, in plain Python."""

    def __init__(self) -> None:
        self.course: list[tuple[str, date, int]] = []
        self.is_open, self.rows, self.reopened = False, 0, 0

    def live(self, day: date, found: int | str | None) -> None:
        if found is None or found == "erred" or (found == self.rows and (self.is_open or not found)):
            return
        kind = "closed" if not found else "changed" if self.is_open else "reopened" if self.course else "opened"
        self.is_open, self.rows, self.reopened = bool(found), int(found), self.reopened + (kind == "reopened")
        self.course.append((kind, day, int(found)))


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(st.tuples(CHECK, CHECK), min_size=20, max_size=20), pair=st.tuples(*[st.integers(0, 19)] * 2))
def test_twenty_days_of_standing_tasks(
    module_database_url: str, days: list[tuple[Any, Any]], pair: tuple[int, int]
) -> None:
    models, were_open = (Model(), Model()), []
    with connect(module_database_url) as connection:
        fetch(connection, "truncate quality.task, quality.task_event, quality.standing")
        for number, checks in enumerate(days):
            day = DAY + timedelta(days=number)
            for scope, model, one in zip(SCOPES, models, checks, strict=True):
                check(connection, day, scope, one)
                model.live(day, one)
            for _ in range(2):
                keep_tasks(connection, day)
            were_open.append([model.is_open for model in models])
        for scope, model in zip(SCOPES, models, strict=True):
            assert course(connection, scope[1]) == model.course
            told = fetch(
                connection, "select state <> 'closed', reopened from quality.task where scope_code = %s", scope[1]
            )
            assert told == ([(model.is_open, model.reopened)] if model.course else [])
        first, second = sorted(pair)
        asked = {"first": DAY + timedelta(days=first), "second": DAY + timedelta(days=second)}
        compared = compare_days(read_query(connection, "task_compare", asked))
        before, after = were_open[first], were_open[second]
        assert {name: {row["scope_code"] for row in rows} for name, rows in compared.items()} == {
            name: {scope[1] for scope, a, b in zip(SCOPES, before, after, strict=True) if (a, b) == states}
            for name, states in (("new", (False, True)), ("resolved", (True, False)), ("persisting", (True, True)))
        }
        connection.rollback()


def test_a_rule_told_by_ward_opens_none_for_the_city_and_a_wards_task_is_its_stations(database_url: str) -> None:
    with connect(database_url) as connection:
        check(connection, DAY, ("city", "HN"), 3)
        keep_tasks(connection, DAY)
        check(connection, DAY, ("ward", "00004"), 2)
        keep_tasks(connection, DAY)
        told = fetch(connection, "select scope_code, sender_code, state, due_on from quality.task order by 1")
        due = DAY + timedelta(days=catalogue()[RULE].meta.due_days or 0)
        assert told == [("00004", "PX00004", "open", due), ("HN", None, "closed", due)]


def take_in(connection: Connection, batch_id: int, rows: int, day: date = DAY) -> None:
    fetch(connection, "delete from quality.finding where batch_id = %s", batch_id)
    fetch(
        connection,
        "insert into quality.finding values (%s, %s, 'encounter', '', 'warning', 'open_task', 9, %s, '{}')",
        batch_id, RULE, rows,
    )  # fmt: skip
    opened = open_tasks([found(RULE, "open_task", rows)], batch_id=batch_id, sender_code="PX00004", today=day)
    tasks.write_batch_tasks(connection, batch_id, opened, day)


@pytest.fixture
def batch_ids(database_url: str) -> tuple[int, int]:
    """An accepted batch with a task, and an accepted newer one without findings."""
    with connect(database_url) as connection:
        one, two = (fetch(connection, BATCH, letter * 64, "accepted")[0][0] for letter in "ab")
        take_in(connection, one, 5)
        return one, two


def test_a_batch_read_again_keeps_its_tasks_course(database_url: str, batch_ids: tuple[int, int]) -> None:
    one = "select state, assignee, row_count, reopened from quality.task"
    with connect(database_url) as connection:
        ((task_id,),) = fetch(connection, "select task_id from quality.task")
        tasks.acknowledge(connection, task_id, "hoa", DAY)
        tasks.assign(connection, task_id, "thu", "hoa", DAY)
        for rows in (5, 7, 7):
            take_in(connection, batch_ids[0], rows)
        assert fetch(connection, one) == [("acknowledged", "thu", 7, 0)]
        take_in(connection, batch_ids[0], 0)
        assert fetch(connection, one) == [("closed", "thu", 7, 0)]
        kinds = [kind for kind, _, _ in course(connection, "PX00004")]
        assert kinds == ["opened", "acknowledged", "assigned", "changed", "closed"]
        audited = fetch(connection, "select count(*) from audit.event where action like 'tasks.%%'")
        assert audited == [(5,)]


def test_a_task_opens_again_when_what_closed_it_is_withdrawn(database_url: str, batch_ids: tuple[int, int]) -> None:
    one = "select state, reopened, due_on from quality.task"
    later = DAY + timedelta(days=20)
    with connect(database_url) as connection:
        take_in(connection, batch_ids[1], 0)
        for _ in range(2):
            keep_tasks(connection, DAY)
        assert fetch(connection, one)[0][0] == "closed"
        fetch(connection, "update intake.batch set state = 'withdrawn' where batch_id = %s", batch_ids[1])
        for _ in range(2):
            keep_tasks(connection, later)
        due = later + timedelta(days=catalogue()[RULE].meta.due_days or 0)
        assert fetch(connection, one) == [("open", 1, due)]


def test_nobody_acknowledges_what_is_closed_or_without_a_name(database_url: str, batch_ids: tuple[int, int]) -> None:
    with connect(database_url) as connection:
        ((task_id,),) = fetch(connection, "select task_id from quality.task")
        for actor, number in (("engine", task_id), (" ", task_id), ("hoa", task_id + 1)):
            with pytest.raises(ConfigError, match="; expected "):
                tasks.acknowledge(connection, number, actor, DAY)
        tasks.close_tasks(connection, [task_id], DAY)
        with pytest.raises(ConfigError, match="it is closed"):
            tasks.assign(connection, task_id, "thu", "hoa", DAY)


def test_a_task_of_a_rule_that_asks_nobody_any_more_is_closed_and_stays_so(database_url: str) -> None:
    with connect(database_url) as connection:
        ((batch_id,),) = fetch(connection, BATCH, "b" * 64, "accepted")
        take_in(connection, batch_id, 3)
        fetch(connection, "update quality.task set rule_id = 'gone'; update quality.finding set rule_id = 'gone'")
        for day in (DAY, DAY + timedelta(days=1)):
            keep_tasks(connection, day)
            assert fetch(connection, "select state, reopened from quality.task") == [("closed", 0)]
