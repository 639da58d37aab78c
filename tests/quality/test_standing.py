"""Every standing rule on a real PostgreSQL: where it is satisfied, where it fails, and at its edge; and what a broken one does."""

import time
from collections.abc import Iterator
from datetime import date

import pyarrow as pa
import pytest

from etl.contracts import STANDING
from etl.errors import DependencyError
from etl.quality import standing
from etl.quality.standing import failing_scopes, run_checks, standing_rules
from etl.warehouse.connect import connect
from etl.warehouse.scores import write_standing
from tests.conftest import TEMPLATE, own_database
from tests.quality.standing_city import CASES, WHOLE

TODAY = date(2026, 10, 1)
RULES = {rule.rule_id: rule for rule in standing_rules()}
SILENT_AT_FIRST = {
    *("ages_covered", "death_dated", "sender_in_rhythm", "volume_in_season", "people_spread_as_before"),
    *("visit_before_death", "quarantine_mended", "tasks_in_time"),
}
SILENT_SENDERS = {"batch_expected", "sender_live"}
"""Of 138 expected senders the small city hears two."""


@pytest.fixture(scope="module")
def whole(server_url: str) -> Iterator[str]:
    """The database in which everything is satisfied, only to be copied."""
    with own_database(server_url, TEMPLATE) as url:
        with connect(url) as connection:
            connection.cursor().execute(WHOLE)
        yield url


@pytest.fixture
def city(whole: str, server_url: str) -> Iterator[str]:
    with own_database(server_url, whole.rpartition("/")[2]) as url:
        yield url


def counts_of(found: pa.Table, rule_id: str) -> tuple[int, int] | None:
    """The city's counts of a rule."""
    rows = [row for row in found.to_pylist() if row["rule_id"] == rule_id and row["scope_kind"] == "city"]
    assert not any(row["has_erred"] for row in rows)
    return (rows[0]["applicable"], rows[0]["failing"]) if rows else None


def test_there_are_cases_for_every_rule() -> None:
    assert CASES.keys() == RULES.keys()


def test_where_all_is_well_no_rule_fails(whole: str, server_url: str) -> None:
    with own_database(server_url, whole.rpartition("/")[2]) as url:
        found = run_checks(url, TODAY)
    told = {rule_id: counts_of(found, rule_id) for rule_id in RULES}
    assert {rule_id for rule_id, counts in told.items() if counts is None} == SILENT_AT_FIRST
    assert {rule_id for rule_id, counts in told.items() if counts and counts[1]} == SILENT_SENDERS
    assert found.schema.equals(STANDING.arrow_schema)
    assert told["batch_expected"] == (138, 136)


@pytest.mark.parametrize("kind", ["fail", "edge"])
@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_each_rule_counts_what_fails_it_and_no_more(city: str, rule_id: str, kind: str) -> None:
    change, expected = CASES[rule_id][kind]
    with connect(city) as connection:
        connection.cursor().execute(change)
    found = run_checks(city, TODAY, [RULES[rule_id]])
    assert counts_of(found, rule_id) == expected


def test_a_check_leaves_no_session_behind(city: str) -> None:
    run_checks(city, TODAY)
    others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    ends_at = time.monotonic() + 20
    with connect(city) as connection, connection.cursor() as cursor:
        cursor.execute(others)
        while cursor.fetchone() != (0,):
            assert time.monotonic() < ends_at
            time.sleep(0.05)
            connection.rollback()  # what the server tells of its sessions is kept for a transaction
            cursor.execute(others)


def test_a_query_that_breaks_fails_its_rules_alone_and_tells_nothing(
    city: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    texts = standing.query_text
    broken = "select 'ZXCANARYQ'::int"
    monkeypatch.setattr(
        "etl.quality.warehouse_expectation.query_text", lambda name: broken if name == "books" else texts(name)
    )
    found = run_checks(city, TODAY, [RULES["book_has_phone"], RULES["section_asked"]])
    rows = {row["rule_id"]: row for row in found.to_pylist() if row["scope_kind"] == "city"}
    assert (rows["book_has_phone"]["has_erred"], rows["book_has_phone"]["failing"]) == (True, 1)
    assert (rows["section_asked"]["has_erred"], rows["section_asked"]["failing"]) == (False, 0)
    assert "ZXCANARYQ" not in caplog.text + "".join(capfd.readouterr())


def test_where_the_database_is_away_no_rule_is_to_blame(city: str) -> None:
    away = city.replace(city.rsplit(":", 1)[1].split("/")[0], "1")
    with pytest.raises(DependencyError, match="does not answer"):
        run_checks(away, TODAY, [RULES["section_asked"]])


def test_where_the_disk_is_full_no_rule_is_to_blame(city: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise OSError("ZXCANARYQ")

    monkeypatch.setattr("etl.quality.suites.quiet_context", full)
    with pytest.raises(DependencyError, match="space on the disk") as told:
        run_checks(city, TODAY, [RULES["section_asked"]])
    assert "ZXCANARYQ" not in repr(told.value)


def test_the_finest_scope_that_fails_is_told(city: str) -> None:
    with connect(city) as connection:
        connection.cursor().execute(CASES["book_has_phone"]["fail"][0])
        connection.cursor().execute(CASES["section_asked"]["fail"][0])
    found = failing_scopes(run_checks(city, TODAY, [RULES["book_has_phone"], RULES["section_asked"]]))
    assert [(row["rule_id"], row["scope_kind"], row["scope_code"]) for row in found.to_pylist()] == [
        ("book_has_phone", "ward", "00004"),
        ("section_asked", "city", "HN"),
    ]


def test_a_day_is_replaced_whole(city: str) -> None:
    found = run_checks(city, TODAY, [RULES["book_has_phone"]])
    for rows in (found, found, found.slice(0, 1)):
        with connect(city) as connection:
            write_standing(connection, TODAY, rows)
    with connect(city) as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from quality.standing")
        assert cursor.fetchone() == (1,)
        cursor.execute("select count(*) from audit.event where action = 'standing.written'")
        assert cursor.fetchone() == (2,)


def test_a_day_before_the_first_file_can_be_asked_for(city: str) -> None:
    found = run_checks(city, date(2026, 7, 1))
    assert not [
        row for row in found.to_pylist() if row["has_erred"] or row["failing"] > row["applicable"] or row["failing"] < 0
    ]
