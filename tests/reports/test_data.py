"""The page's SELECTs over a real PostgreSQL: a small warehouse in, the report's parts out; no personal value."""

from datetime import date
from pathlib import Path

import pytest

from etl.quality.catalogue import catalogue
from etl.quality.score import Measures, score
from etl.quality.standing import run_checks
from etl.reports.data import QUERIES, read_report_data
from etl.reports.page import render_report
from etl.warehouse.connect import connect
from etl.warehouse.load import copy_table, fetch_table
from etl.warehouse.scores import write_standing

TODAY = date(2026, 10, 1)
CANARY = "ZXCANARYQ"
WAREHOUSE = f"""
insert into intake.batch (sha256, sender_code, file_name, kind, state, refusal_rule_id, refusal, bytes,
    rows_in, accepted, quarantined, duplicate, withdrawn, received_at, finished_at)
values (repeat('a', 64), 'PX00004', '*{CANARY}', 'ward_sheet', 'accepted', null, null, 10,
    3, 1, 1, 1, 0, '2026-11-20', '2026-11-20'),
    (repeat('b', 64), 'CS01929', '*{CANARY}', null, 'refused', 'xml_truncated', 'cut', 10,
    0, 0, 0, 0, 0, '2026-11-20', '2026-11-20');
insert into identity.register_version (register_version, sha256, kind, as_of_date, rows_in, persons, loaded_at)
values (1, repeat('c', 64), 'snapshot', '2026-09-01', 2, 2, '2026-10-01');
insert into intake.person_record (record_id, batch_id, row_no, row_digest, sender_code, full_name, birth_date,
    sex, as_of_date)
select 1, batch_id, 2, repeat('d', 32), 'PX00004', '*{CANARY}', '1987-03-05', 'male', '2026-09-15'
from intake.batch where state = 'accepted';
insert into intake.held_row (batch_id, row_no, outcome, rule_id)
select batch_id, 3, 'quarantined', 'name_missing' from intake.batch where state = 'accepted';
insert into intake.held_row (batch_id, row_no, outcome, duplicate_of)
select batch_id, 4, 'duplicate', 1 from intake.batch where state = 'accepted';
insert into quality.finding (batch_id, rule_id, table_name, column_name, severity, action,
    applicable, row_count, row_nos)
select batch_id, 'name_missing', 'person_record', 'full_name', 'critical', 'quarantine_row', 3, 1, '{{3}}'
from intake.batch where state = 'accepted';
insert into quality.task (rule_id, batch_id, sender_code, owner, state, row_count, opened_at, due_on, scope_kind, scope_code)
select 'name_missing', batch_id, 'PX00004', 'sender', 'open', 1, '2026-10-01', '2026-10-11', 'sender', 'PX00004'
from intake.batch where state = 'accepted';
"""


@pytest.fixture(scope="module")
def warehouse_url(module_database_url: str) -> str:
    """A migrated database with one accepted and one refused batch, scored."""
    with connect(module_database_url) as connection:
        connection.cursor().execute(WAREHOUSE)
    standing = run_checks(module_database_url, TODAY)
    with connect(module_database_url) as connection:
        write_standing(connection, TODAY, standing)
        tables = {
            name: fetch_table(connection, (QUERIES / f"score_{name}.sql").read_text("utf-8"), {"today": TODAY})
            for name in ("rules", "standing", "stations")
        }
        copy_table(connection, "quality.score", score(Measures(**tables), TODAY))
    return module_database_url


def test_the_report_is_read_from_the_warehouse(warehouse_url: str) -> None:
    with connect(warehouse_url) as connection:
        data = read_report_data(connection, TODAY, catalogue().wording())
    files = {(line.kind, line.accepted_files, line.refused_files) for line in data.kinds}
    assert files == {("ward_sheet", 1, 0), ("", 0, 1)}
    assert all(line.is_balanced for line in data.kinds)
    assert [(line.rule_id, line.files) for line in data.refusals] == [("xml_truncated", 1)]
    assert [(line.owner, line.tasks, line.due_later) for line in data.tasks] == [("sender", 1, 1)]
    assert {score.name for score in data.scores} >= {"complete", "live", "total"}
    assert len(data.wards) == 126
    assert data.wards[-1].total is not None or data.wards[0].total is not None


def test_what_the_clock_says_of_receipt_never_lies_after_today(warehouse_url: str) -> None:
    with connect(warehouse_url) as connection:
        data = read_report_data(connection, TODAY, catalogue().wording())
    (sender,) = [each for each in data.senders if each.sender_code == "PX00004"]
    assert (sender.state, sender.days_since, sender.last_accepted_on) == ("on_time", 0, TODAY)
    assert {each.state for each in data.senders if each.sender_code == "CS01929"} == {"silent"}


def test_nothing_personal_reaches_the_page(warehouse_url: str) -> None:
    with connect(warehouse_url) as connection:
        data = read_report_data(connection, TODAY, catalogue().wording())
    assert CANARY not in repr(data)
    assert CANARY not in render_report(data)


def test_tasks_and_findings_are_read_for_closing(warehouse_url: str) -> None:
    with connect(warehouse_url) as connection:
        tasks = fetch_table(connection, (QUERIES / "task_open.sql").read_text("utf-8"))
        findings = fetch_table(connection, (QUERIES / "task_findings.sql").read_text("utf-8"))
    assert tasks.column_names == ["task_id", "rule_id", "batch_id", "sender_code", "kind", "row_count"]
    assert findings.num_rows == 1


def test_each_select_says_its_grain_first() -> None:
    files = sorted(Path(QUERIES).glob("*.sql"))
    assert files
    for path in files:
        assert path.read_text("utf-8").startswith("-- one row"), path.name
