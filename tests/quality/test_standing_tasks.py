"""Tasks of standing conditions over many days: a plain model, and the database beside it."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.contracts import STANDING
from etl.errors import ConfigError
from etl.quality.catalogue import catalogue
from etl.quality.tasks import settle_standing
from etl.warehouse import tasks as kept_tasks
from etl.warehouse.connect import connect

TODAY = date(2026, 10, 1)
STATIONS = {"00004": "PX00004"}
SENDER, WARD, CITY = (
    ("batch_expected", "sender", "CS01929"),
    ("batch_expected", "ward", "00004"),
    ("visit_has_book", "city", "HN"),
)
KEYS = (SENDER, ("batch_expected", "sender", "PX00008"), CITY)


def standing(
    counts: dict[tuple[str, str, str], int | None], day: date = TODAY, broken: frozenset[str] = frozenset()
) -> pa.Table:
    """What the checks of a day found: failing by rule and scope, None for a scope of which nothing is said."""
    rows = [
        {
            "checked_on": day, "rule_id": key[0], "scope_kind": key[1], "scope_code": key[2], "applicable": 9,
            "failing": failing, "has_erred": key[0] in broken,
        }
        for key, failing in counts.items()
        if failing is not None
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, STANDING.arrow_schema)


def settle(connection: Any, found: pa.Table, day: date) -> None:
    changes = settle_standing(kept_tasks.read_standing_tasks(connection), found, STATIONS, day)
    kept_tasks.write_standing_tasks(connection, changes.opened, changes.changed, changes.closed, day)


def rows_of(connection: Any, query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


@pytest.fixture
def connection(database_url: str) -> Iterator[Any]:
    with connect(database_url) as connection:
        yield connection


Days = st.lists(
    st.fixed_dictionaries({key: st.sampled_from([None, 0, 0, 3, 7]) for key in KEYS}), min_size=1, max_size=20
)


@given(Days)
def test_over_many_days_it_is_what_a_plain_model_says(days: list[dict[tuple[str, str, str], int | None]]) -> None:
    model: dict[tuple[str, str, str], dict[str, Any]] = {}
    kept: dict[tuple[str, str, str], dict[str, Any]] = {}
    for number, counts in enumerate(days):
        day = TODAY + timedelta(days=number)
        table = pa.Table.from_pylist(list(kept.values()), kept_schema())
        changes = settle_standing(table, standing(counts, day), STATIONS, day)
        for row in changes.opened.to_pylist():
            key = (row["rule_id"], row["scope_kind"], row["scope_code"])
            kept[key] = {"task_id": len(kept) + 1, **dict(zip(("rule_id", "scope_kind", "scope_code"), key, strict=True)),
                         "state": "open", "row_count": row["row_count"]}  # fmt: skip
        by_id = {task["task_id"]: task for task in kept.values()}
        for change in changes.changed:
            by_id[change["task_id"]].update(row_count=change["row_count"], state="open")
        for task_id in changes.closed:
            by_id[task_id]["state"] = "closed"
        for key, failing in counts.items():
            if failing:
                model[key] = {"state": "open", "row_count": failing}
            elif failing == 0 and key in model:
                model[key]["state"] = "closed"
        assert {key: (one["state"], one["row_count"]) for key, one in kept.items()} == {
            key: (one["state"], one["row_count"]) for key, one in model.items()
        }


def kept_schema() -> pa.Schema:
    texts = [(name, pa.string()) for name in kept_tasks.STANDING_COLUMNS if name not in ("task_id", "row_count")]
    return pa.schema([("task_id", pa.int64()), ("row_count", pa.int64()), *texts])


def test_a_task_is_opened_changed_closed_and_opened_again_and_all_of_it_is_noted(connection: Any) -> None:
    for number, failing in enumerate((3, 3, 5, 0, 0, 2)):
        for _ in range(2):  # a day that is run again changes nothing
            settle(connection, standing({SENDER: failing}), TODAY + timedelta(days=number))
    [(state, count, reopened, due, sender)] = rows_of(
        connection, "select state, row_count, reopened, due_on, sender_code from quality.task"
    )
    due_days = catalogue()["batch_expected"].meta.due_days
    assert due_days is not None
    assert (state, count, reopened, sender) == ("open", 2, 1, "CS01929")
    assert due == TODAY + timedelta(days=5 + due_days)
    events = rows_of(
        connection, "select kind, happened_on - date '2026-10-01', row_count from quality.task_event order by 1, 2"
    )
    assert sorted(events, key=lambda one: one[1]) == [
        ("opened", 0, 3),
        ("changed", 2, 5),
        ("closed", 3, 5),
        ("reopened", 5, 2),
    ]


def test_a_rule_that_tells_of_senders_opens_nothing_for_the_city_and_a_ward_has_its_station(connection: Any) -> None:
    settle(connection, standing({WARD: 2, ("batch_expected", "city", "HN"): 2, CITY: 1}), TODAY)
    found = rows_of(connection, "select rule_id, scope_kind, sender_code from quality.task order by 1")
    assert found == [("batch_expected", "ward", "PX00004"), ("visit_has_book", "city", None)]


def test_a_check_that_broke_leaves_its_task_as_it_was(connection: Any) -> None:
    settle(connection, standing({SENDER: 3}), TODAY)
    settle(connection, standing({SENDER: 0}, broken=frozenset({"batch_expected"})), TODAY)
    assert rows_of(connection, "select state from quality.task") == [("open",)]


def test_people_acknowledge_and_assign_and_never_close(connection: Any) -> None:
    settle(connection, standing({SENDER: 3}), TODAY)
    [(task_id,)] = rows_of(connection, "select task_id from quality.task")
    kept_tasks.acknowledge(connection, task_id, "an_officer", TODAY)
    kept_tasks.assign(connection, task_id, "a_colleague", "an_officer", TODAY)
    events = rows_of(connection, "select kind, actor from quality.task_event order by event_id")
    assert events == [("opened", "engine"), ("acknowledged", "an_officer"), ("assigned", "an_officer")]
    for change in (
        lambda: kept_tasks.acknowledge(connection, task_id, "x", TODAY),
        lambda: kept_tasks.assign(connection, 99, "x", "y", TODAY),
    ):
        with pytest.raises(ConfigError, match="expected one that is open"):
            change()
    settle(connection, standing({SENDER: 0}), TODAY)
    assert rows_of(connection, "select state, assignee from quality.task") == [("closed", "a_colleague")]
