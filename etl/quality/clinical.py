"""Expectations on diagnoses that Great Expectations lacks, registered with it by importing this module.

What they ask is in `diagnoses`. Cases are few and distinct (see `verdicts`), so each is looked up alone.
"""

# mypy: disable-error-code="attr-defined, untyped-decorator"
# GX's providers are not typed

from collections.abc import Callable
from typing import Any

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation, ColumnPairMapExpectation
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    ColumnPairMapMetricProvider,
    column_condition_partial,
    column_pair_condition_partial,
)

from etl.quality.diagnoses import may_be_main, suits_age, suits_sex

EITHER_MISSING = "either_value_is_missing"


def _each(test: Callable[..., bool], *columns: pd.Series) -> pd.Series:
    return pd.Series([test(*values) for values in zip(*columns, strict=True)], columns[0].index, dtype=bool)


class DiagnosisSuitsSex(ColumnPairMapMetricProvider):
    """`column_A`: codes; `column_B`: female, male or undetermined."""

    condition_metric_name = "column_pair_values.diagnosis_suits_sex"

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series, column_B: pd.Series, **_: Any) -> pd.Series:  # noqa: N803, N805 - GX's names
        return _each(suits_sex, column_A, column_B)


class DiagnosisSuitsAge(ColumnPairMapMetricProvider):
    """`column_A`: codes; `column_B`: whole years."""

    condition_metric_name = "column_pair_values.diagnosis_suits_age"

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series, column_B: pd.Series, **_: Any) -> pd.Series:  # noqa: N803, N805 - GX's names
        return _each(suits_age, column_A, column_B)


class DiagnosisMayBeMain(ColumnMapMetricProvider):
    """Codes."""

    condition_metric_name = "column_values.diagnosis_may_be_main"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **_: Any) -> pd.Series:  # noqa: N805 - GX's way
        return _each(may_be_main, column)


class ExpectColumnPairDiagnosisToSuitSex(ColumnPairMapExpectation):
    """Diagnoses in `column_A` can be had by people of the sex in `column_B`; a missing value says nothing."""

    map_metric = "column_pair_values.diagnosis_suits_sex"
    args_keys = ("column_A", "column_B")
    success_keys = ("column_A", "column_B", "ignore_row_if", "mostly")
    ignore_row_if: str = "either_value_is_missing"


class ExpectColumnPairDiagnosisToSuitAge(ColumnPairMapExpectation):
    """Diagnoses in `column_A` can be had at the age in `column_B`, in whole years; a missing value says nothing."""

    map_metric = "column_pair_values.diagnosis_suits_age"
    args_keys = ("column_A", "column_B")
    success_keys = ("column_A", "column_B", "ignore_row_if", "mostly")
    ignore_row_if: str = "either_value_is_missing"


class ExpectColumnValuesToBeMainDiagnosis(ColumnMapExpectation):
    """Codes may stand as a main diagnosis."""

    map_metric = "column_values.diagnosis_may_be_main"
    args_keys = ("column",)
