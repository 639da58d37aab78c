"""Every rule of the catalogue does what it says, shown by rows that pass, rows that fail and edge rows."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from etl.quality.catalogue import Rule, Suite, catalogue
from etl.quality.frames import build_frame
from etl.quality.suites import run_suite
from tests.quality.staging import stage_with_people

EXAMPLES: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "examples.yaml").read_text("utf-8"))
RECEIVED_ON = date(2026, 10, 1)
SUITES = catalogue().suites.values()
EXPECTATIONS = [(suite.name, rule) for suite in SUITES for rule in suite.expectations if rule.is_expectation]


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
    example = EXAMPLES[rule.rule_id]
    meant = [(row, "pass") for row in example["pass"]] + [(row, "fail") for row in example["fail"]]
    meant += [(edge["row"], edge["means"]) for edge in example["edge"]]
    rows = [{"row_no": number, **row} for number, (row, _) in enumerate(meant, start=2)]
    suite = Suite(name=table, expectations=(rule,))
    (outcome,) = run_suite(suite, build_frame(suite, stage_with_people(table, rows), RECEIVED_ON))
    failing = {row["row_no"] for row, (_, means) in zip(rows, meant, strict=True) if means == "fail"}
    assert not outcome.has_erred
    assert set(outcome.row_nos) == failing
    assert outcome.failing == sum(means == "fail" for _, means in meant)
    assert outcome.applicable == sum(means != "silent" for _, means in meant)
