"""Every rule of the catalogue does what it says, shown by rows that pass, rows that fail and edge rows."""

from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from etl.contracts import TABLES
from etl.quality.catalogue import Catalogue, Rule, Suite, catalogue
from etl.quality.gate import check
from tests.quality.staging import stage_with_people

EXAMPLES: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "examples.yaml").read_text("utf-8"))
RECEIVED_ON = date(2026, 10, 1)
SUITES = catalogue().suites.values()
EXPECTATIONS = [
    (suite.name, rule) for suite in SUITES if suite.name in TABLES for rule in suite.expectations if rule.is_expectation
]


def test_every_rule_has_passing_failing_and_edge_rows() -> None:
    expected = {rule.rule_id for _, rule in EXPECTATIONS}
    assert set(EXAMPLES) == expected
    for rule_id, rows in EXAMPLES.items():
        meanings = {edge["means"] for edge in rows["edge"]}
        assert rows["pass"], rule_id
        assert rows["fail"] or "fail" in meanings, rule_id
        assert rows["edge"], rule_id


@pytest.mark.parametrize(("table", "rule"), EXPECTATIONS, ids=[rule.rule_id for _, rule in EXPECTATIONS])
def test_rule_finds_exactly_the_rows_that_fail(table: str, rule: Rule) -> None:
    example = deepcopy(EXAMPLES[rule.rule_id])
    meant = [(row, "pass") for row in example["pass"]] + [(row, "fail") for row in example["fail"]]
    meant += [(edge["row"], edge["means"]) for edge in example["edge"]]
    meant = [(row, means) for row, means in meant for _ in range(row.pop("times", 1))]
    rows = [{"row_no": number, **row} for number, (row, _) in enumerate(meant, start=2)]
    rules = Catalogue({"file": catalogue().suites["file"], table: Suite(name=table, expectations=(rule,))})
    found = check(stage_with_people(table, rows), received_on=RECEIVED_ON, rules=rules).findings
    assert not [each for each in found if each.rule_id == "rule_error"]
    failing = {row["row_no"] for row, (_, means) in zip(rows, meant, strict=True) if means == "fail"}
    (finding,) = [each for each in found if each.rule_id == rule.rule_id] or [None]
    assert (finding.row_count if finding else 0) == sum(means == "fail" for _, means in meant)
    assert set(finding.row_nos if finding else ()) == failing
    assert (finding.applicable if finding else 0) == sum(means != "silent" for _, means in meant)


@pytest.mark.parametrize(("defaults", "others", "failing"), [(20, 80, 0), (21, 79, 21), (30, 19, 0), (25, 25, 25)])
def test_a_share_is_too_great_above_its_bound_and_from_fifty_rows_on(defaults: int, others: int, failing: int) -> None:
    default = {"birth_date": date(1958, 1, 1), "note_birth_date": "first_of_january"}
    rows = [default] * defaults + [{"birth_date": date(1987, 3, 5)}] * others
    found = check(stage_with_people("person_record", rows), received_on=RECEIVED_ON).findings
    told = {each.rule_id: (each.row_count, tuple(each.row_nos)) for each in found}
    assert told.get("birth_dates_not_defaulted", (0, ())) == (failing, tuple(range(2, 2 + failing)))
