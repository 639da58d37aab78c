"""The gate: findings with row numbers, rows set aside, nothing personal let out, nothing unchecked let in."""

import logging
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from etl.contracts import SOURCE_TABLES
from etl.contracts.reading import CheckResult, Finding, Remark
from etl.quality import suites
from etl.quality.catalogue import Catalogue, Rule, catalogue
from etl.quality.gate import check
from etl.quality.whole_file import SPILL, WholeFile
from tests.quality.staging import stage

GOOD = {"full_name": "Nguyễn Văn An", "birth_date": date(1987, 3, 5), "sent_sex": "1", "row_digest": "a"}
RECEIVED_ON = date(2026, 10, 1)


def finding(result: CheckResult, rule_id: str) -> Finding:
    (found,) = [each for each in result.findings if each.rule_id == rule_id]
    return found


def test_rows_are_set_aside_by_the_first_rule_that_does_so() -> None:
    unreadable = {"birth_date": None, "sent_birth_date": "31/02/1990", "note_birth_date": "impossible_date"}
    rows = [GOOD, {}, {**GOOD, **unreadable}]
    result = check({"person_record": stage("person_record", rows)})
    assert result.quarantined == {3: "name_missing", 4: "birth_date_unreadable"}
    assert finding(result, "birth_date_unreadable").row_nos == (4,)
    assert finding(result, "birth_date_unreadable").applicable == 2


def test_a_rule_that_every_row_satisfies_still_says_how_many_it_applied_to() -> None:
    found = finding(check({"person_record": stage("person_record", [GOOD, GOOD])}), "name_missing")
    assert (found.applicable, found.row_count, found.row_nos) == (2, 0, ())
    assert (found.table_name, found.column_name, found.severity) == ("person_record", "full_name", "critical")


def test_a_column_that_the_file_lacks_fails_what_requires_it_and_nothing_else() -> None:
    result = check({"person_record": stage("person_record", [GOOD])})
    assert finding(result, "national_id_missing").row_nos == (2,)
    assert not [each for each in result.findings if each.rule_id == "national_id_form"]


def test_rules_on_the_future_need_the_day_of_receipt() -> None:
    tables = {"person_record": stage("person_record", [{**GOOD, "birth_date": date(2027, 1, 1)}])}
    assert check(tables).quarantined == {}
    assert check(tables, received_on=RECEIVED_ON).quarantined == {2: "birth_after_receipt"}


def test_a_row_that_nobody_could_read_is_set_aside_and_not_spoken_of_again() -> None:
    remark = Remark("part_unreadable", "person_record", row_nos=(3,))
    result = check({"person_record": stage("person_record", [GOOD, {}])}, [remark])
    assert result.quarantined == {3: "part_unreadable"}
    assert finding(result, "part_unreadable").row_count == 1
    assert finding(result, "part_unreadable").applicable == 2
    assert finding(result, "name_missing").applicable == 1


def test_an_unreadable_part_beside_the_person_opens_a_task_and_keeps_the_row() -> None:
    remarks = [Remark("part_unreadable", "lab_result", row_nos=rows) for rows in ((2,), (3, 2))]
    result = check({"person_record": stage("person_record", [GOOD, GOOD])}, remarks)
    assert result.quarantined == {}
    (found,) = [each for each in result.findings if each.table_name == "lab_result"]
    assert (found.action, found.row_nos, found.row_count) == ("open_task", (2, 3), 2)


def test_a_remark_on_the_whole_file_counts_once() -> None:
    remark = Remark("header_unknown", "person_record", "column 7")
    result = check({"person_record": stage("person_record", [GOOD, GOOD])}, [remark])
    found = finding(result, "header_unknown")
    assert (found.applicable, found.row_count, found.row_nos) == (1, 1, ())


def test_lines_are_counted_and_their_rows_named_once() -> None:
    lines = [{"row_no": 5, "quantity": -1}, {"row_no": 5, "quantity": -2}, {"row_no": 6, "quantity": 1}]
    found = finding(check({"medication": stage("medication", lines)}), "drug_quantity_positive")
    assert (found.applicable, found.row_count, found.row_nos) == (3, 2, (5,))


def test_an_empty_table_has_nothing_to_say() -> None:
    assert check({"person_record": stage("person_record", [])}) == CheckResult(())


def broken(rule_id: str, **changes: Any) -> Catalogue:
    """The catalogue, with one rule turned into one that cannot be run."""

    def mend(rule: Rule) -> Rule:
        return rule.model_copy(update=changes) if rule.rule_id == rule_id else rule

    suites_ = catalogue().suites
    return Catalogue(
        {
            name: suite.model_copy(update={"expectations": tuple(mend(rule) for rule in suite.expectations)})
            for name, suite in suites_.items()
        }
    )


@pytest.fixture
def fresh_suites() -> Any:
    suites._gx_suites.clear()
    yield
    suites._gx_suites.clear()


@pytest.mark.usefixtures("fresh_suites")
def test_a_rule_that_cannot_be_run_fails_and_is_seen() -> None:
    rules = broken("birth_year_plausible", kwargs={"column": "birth_year", "min_value": "a word"})
    result = check({"person_record": stage("person_record", [GOOD, GOOD])}, rules=rules)
    assert finding(result, "birth_year_plausible").row_count == 2
    assert finding(result, "rule_error").column_name == "birth_year_plausible"
    assert finding(result, "rule_error").action == "open_task"
    assert result.quarantined == {}
    assert finding(result, "name_missing").row_count == 0, "the other rules still run"


@pytest.mark.usefixtures("fresh_suites")
def test_a_gate_that_cannot_be_run_lets_no_row_through() -> None:
    kwargs = {"column": "note_birth_date", "min_value": 5}
    rules = broken("birth_date_future", type="expect_column_values_to_be_between", kwargs=kwargs)
    result = check({"person_record": stage("person_record", [GOOD, GOOD])}, rules=rules)
    assert result.quarantined == {2: "birth_date_future", 3: "birth_date_future"}


@pytest.mark.usefixtures("fresh_suites")
def test_an_unknown_expectation_never_passes_in_silence() -> None:
    rules = broken("name_missing", type="expect_the_moon")
    result = check({"person_record": stage("person_record", [GOOD])}, rules=rules)
    assert result.quarantined == {2: "name_missing"}
    assert "name_missing" in {each.column_name for each in result.findings if each.rule_id == "rule_error"}


CANARY = "ZXCANARYQ"


def canary_tables() -> dict[str, Any]:
    """Every table with marked text in each text column, numbers and days that no other row has, noted or not."""
    tables = {}
    for table in SOURCE_TABLES:
        row: dict[str, Any] = {}
        for field in table.source_fields:
            kind = str(field.type)
            marked = {"string": CANARY, "double": 987654.25, "date32[day]": date(2099, 7, 13)}
            moment = datetime(2099, 7, 13, 11, 22)
            if field.name not in ("row_no", "batch_id", "record_id", "line_no"):
                row[field.name] = marked.get(kind, moment if kind.startswith("timestamp") else None)
            if field.terms:
                row[f"sent_{field.name}"] = CANARY
        noted = {f"note_{field.name}": CANARY for field in table.source_fields if field.terms}
        tables[table.name] = stage(table.name, [row, row, {**row, **noted}, {"row_no": 9}])
    return tables


@pytest.mark.usefixtures("fresh_suites")
@pytest.mark.parametrize("is_broken", [False, True])
def test_no_personal_value_comes_out(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], is_broken: bool
) -> None:
    rules = broken("birth_year_plausible", kwargs={"column": "full_name", "min_value": 5}) if is_broken else catalogue()
    with caplog.at_level(logging.DEBUG):
        result = check(canary_tables(), received_on=RECEIVED_ON, rules=rules)
    said = repr(result) + caplog.text + "".join(capfd.readouterr())
    assert any(each.row_count for each in result.findings)
    for mark in (CANARY, CANARY.lower(), "987654", "2099", "11:22"):
        assert mark not in said


def test_a_small_file_costs_little_once_the_suites_are_built() -> None:
    rows = [{**GOOD, "row_digest": str(number), "national_id": f"00108700{number:04}"} for number in range(24)]
    tables = {"person_record": stage("person_record", rows)}
    check(tables, received_on=RECEIVED_ON)
    costs = []
    for _ in range(3):
        started = time.process_time()
        check(tables, received_on=RECEIVED_ON)
        costs.append(time.process_time() - started)
    assert min(costs) < 0.75, "0.3 s on a machine at rest; other work on its cores may double that"


def test_what_memory_does_not_hold_goes_into_a_folder_of_any_name(tmp_path: Path) -> None:
    """An apostrophe in the project's path ended the statement that names the folder."""
    folder = tmp_path / "kho d'Artagnan"
    folder.mkdir()
    with WholeFile(folder) as whole:
        [(told,)] = whole._database.execute("select current_setting('temp_directory')").fetchall()
    assert told == str(folder / SPILL)
