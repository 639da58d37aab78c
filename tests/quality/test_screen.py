"""Screened, judged and remembered cases come to what Great Expectations says of every row by itself."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from etl.contracts import TABLES
from etl.quality import suites, verdicts
from etl.quality.catalogue import Catalogue, Rule, Suite, catalogue
from etl.quality.frames import Frame
from etl.quality.gate import check
from etl.quality.screen import SCREENED, screen
from etl.quality.verdicts import columns_of
from etl.quality.whole_file import COUNTS, SHARES
from etl.standardise.notes import Note
from tests.quality.staging import stage

RECEIVED_ON = date(2026, 10, 1)
ROWS = 400
POOLS: dict[pa.DataType, list[Any]] = {
    pa.string(): [
        None,
        "",
        "O80",
        "G63.2",
        "male",
        "=a",
        "KSK",
        "01",
        "Glucose máu",
        "mmol/L",
        "weight",
        "systolic",
        "diastolic",
        "a",
    ],
    pa.float64(): [None, float("nan"), -1.0, 0.0, 0.29, 0.3, 36.5, 120.0, 300.0, 301.0],
    pa.date32(): [None, date(1899, 1, 1), date(1900, 12, 31), date(1980, 2, 29), RECEIVED_ON, date(2026, 10, 2)],
    pa.timestamp("us"): [None, datetime(1980, 2, 29), datetime(2026, 10, 1, 23, 59), datetime(2026, 10, 2)],
}
EXPECTATIONS = [
    (suite.name, rule)
    for suite in catalogue().suites.values()
    if suite.name in TABLES
    for rule in suite.expectations
    if rule.is_expectation
    and rule.kwargs.get("column") not in {**COUNTS.get(suite.name, {}), **SHARES.get(suite.name, {})}
]


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Nothing that an earlier test had judged."""
    verdicts._remembered.clear()
    yield
    verdicts._remembered.clear()


def invented(table: str, seed: int) -> dict[str, pa.Table]:
    """Rows of odd values in every column, with notes."""
    random = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = [{} for _ in range(ROWS)]
    for field in TABLES[table].source_fields:
        pool = POOLS.get(field.type)
        for row in rows if pool else []:
            row[field.name] = pool[random.integers(len(pool))]
            row[f"sent_{field.name}"] = [None, "x"][random.integers(2)]
            row[f"note_{field.name}"] = [None, None, *Note][random.integers(len(Note) + 2)]
    people = [
        {"birth_date": POOLS[pa.date32()][random.integers(6)], "sex": ["male", "female"][n % 2]}
        for n, _ in enumerate(rows)
    ]
    tables = {"person_record": stage("person_record", people)}
    return tables | {table: stage(table, rows)}


def bare(suite: Suite, rule: Rule, frame: Frame) -> tuple[int, set[int]]:
    """Rows that a rule applies to and those that fail it, by Great Expectations over the whole frame."""
    columns = {}
    for name in columns_of(rule):
        column = frame.values(name)
        columns[name] = column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
    whole: pd.DataFrame = pa.table(columns).to_pandas(date_as_object=False)
    result = suites._validate(suite, (rule.rule_id,), whole.assign(case_no=np.arange(len(whole))))[rule.rule_id]
    failed = suites._failed(result)
    assert failed is not None
    applicable = result["element_count"] - (result.get("missing_count") or 0)
    return applicable, set(frame.row_nos[failed].tolist())


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("table", "rule"), EXPECTATIONS, ids=[rule.rule_id for _, rule in EXPECTATIONS])
def test_the_gate_says_what_great_expectations_says(table: str, rule: Rule, seed: int) -> None:
    tables, suite = invented(table, seed), Suite(name=table, expectations=(rule,))
    applicable, failed = bare(suite, rule, Frame(table, tables, RECEIVED_ON))
    rules = Catalogue({"file": catalogue().suites["file"], table: suite})
    found = [one for one in check(tables, received_on=RECEIVED_ON, rules=rules).findings if one.rule_id == rule.rule_id]
    assert sum(one.applicable for one in found) == applicable
    assert {row_no for one in found for row_no in one.row_nos} == failed


def test_every_kind_of_rule_is_told_over_whole_columns() -> None:
    assert {rule.type for _, rule in EXPECTATIONS} <= SCREENED.keys()


def test_a_rule_with_an_argument_that_nobody_knows_leaves_every_row_to_great_expectations() -> None:
    kwargs = {"column": "quantity", "min_value": 0, "colour": "red"}
    [rule] = [rule for _, rule in EXPECTATIONS if rule.rule_id == "drug_quantity_positive"]
    frame = Frame("medication", {"medication": stage("medication", [{"quantity": 1}, {"quantity": None}])})
    assert screen(rule.model_copy(update={"kwargs": kwargs}), frame).doubtful.tolist() == [True, False]


def test_files_in_one_chunk_and_in_many_get_the_same_findings() -> None:
    from etl.quality.gate import Gate

    tables = invented("person_record", 3)["person_record"]
    whole = check({"person_record": tables}, received_on=RECEIVED_ON)
    with Gate(RECEIVED_ON) as gate:
        set_aside: dict[int, str] = {}
        for start in range(0, ROWS, 37):
            set_aside |= gate.take({"person_record": tables.slice(start, 37)})
        assert gate.finish() == whole.findings
    assert set_aside == whole.quarantined
