"""Great Expectations, kept quiet and quick: a frame and its suite in, counts and row numbers out.

GX prints cell values wherever it can: in results, logs and exceptions. So results carry row numbers alone
(`exclude_unexpected_values`), its logger is shut, and what an exception says is dropped here, never passed on.
Importing it takes 8 s, so that it is imported when the first batch is checked; building a suite takes 20 ms, so
that suites are kept for as long as the process lives.
"""

import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from etl.quality.catalogue import Rule, Suite

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite
    from great_expectations.core.batch_definition import BatchDefinition

NOT_NULL = "expect_column_values_to_not_be_null"
RESULT_FORMAT: dict[str, Any] = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": ["row_no"],
    "exclude_unexpected_values": True,
    "partial_unexpected_count": 0,
}


@dataclass(frozen=True)
class Outcome:
    """What one rule found in a frame: rows it applies to, how many fail, and their row numbers, each once, in order.

    `has_erred` where it could not be run: then it fails on every row, and says so.
    """

    rule: Rule
    applicable: int
    failing: int
    row_nos: tuple[int, ...]
    has_erred: bool = False


def run_suite(suite: Suite, frame: pd.DataFrame) -> list[Outcome]:
    """One outcome for each expectation of the suite, in its order."""
    rules = tuple(rule for rule in suite.expectations if _may_apply(rule, frame))
    if not rules:
        return []
    names = tuple(rule.rule_id for rule in rules)
    results = _try(suite, names, frame)
    if results is None:  # one broken rule must not take the others with it: each alone
        results = {name: result for each in names for name, result in (_try(suite, (each,), frame) or {}).items()}
    return [_outcome(rule, results.get(rule.rule_id), frame) for rule in rules]


def _try(suite: Suite, names: tuple[str, ...], frame: pd.DataFrame) -> dict[str, dict[str, Any]] | None:
    try:
        return _validate(suite, names, frame)
    except Exception:  # whatever GX throws may quote cells: nothing of it may travel on
        return None


def _may_apply(rule: Rule, frame: pd.DataFrame) -> bool:
    """False where the rule looks at a column that is empty throughout: it would apply to no row, and costs 10 ms."""
    if not rule.is_expectation or frame.empty:
        return False
    if rule.type == NOT_NULL:
        return True
    return all(column not in frame or bool(frame[column].notna().any()) for column in rule.frame_columns)


def _validate(suite: Suite, names: tuple[str, ...], frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    batch = _batch_definition(suite.name).get_batch(batch_parameters={"dataframe": frame})
    validated = batch.validate(_gx_suite(suite, names), result_format=RESULT_FORMAT)
    configured = [(result.expectation_config, result.result) for result in validated.results]
    return {config.meta["id"]: result for config, result in configured if config is not None and config.meta}


def _outcome(rule: Rule, result: dict[str, Any] | None, frame: pd.DataFrame) -> Outcome:
    if not result or "element_count" not in result:
        return Outcome(rule, len(frame), len(frame), (), has_erred=True)
    # A required value applies to every row: GX counts no row as missing there, elsewhere rows without a value.
    applicable = int(result["element_count"]) - int(result.get("missing_count") or 0)
    return Outcome(rule, applicable, int(result["unexpected_count"]), _row_nos(result.get("unexpected_index_list")))


def _row_nos(index: list[dict[str, Any]] | None) -> tuple[int, ...]:
    """GX gives a list of {row_no: number} or of {row_no: [numbers]}, by the kind of expectation."""
    found = [np.atleast_1d(np.asarray(entry["row_no"], dtype="int64")) for entry in index or ()]
    return tuple(np.unique(np.concatenate(found)).tolist()) if found else ()


@lru_cache(maxsize=1)
def _context() -> Any:
    """A context that keeps nothing on disk, shows no progress and reports to nobody."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


@lru_cache(maxsize=64)
def _batch_definition(table_name: str) -> "BatchDefinition[Any]":
    source = _context().data_sources.add_or_update_pandas(f"staged_{table_name}")
    return source.add_dataframe_asset(table_name).add_batch_definition_whole_dataframe("batch")  # type: ignore[no-any-return]  # GX's fluent sources are untyped


_gx_suites: dict[tuple[str, tuple[str, ...]], "ExpectationSuite"] = {}
_MOST_SUITES = 256


def _gx_suite(suite: Suite, names: tuple[str, ...]) -> "ExpectationSuite":
    """The GX suite of those rules; files of one kind need the same few combinations again and again."""
    import great_expectations as gx

    _context()
    key = (suite.name, names)
    if key not in _gx_suites:
        if len(_gx_suites) >= _MOST_SUITES:
            _gx_suites.clear()
        chosen = [rule for rule in suite.expectations if rule.rule_id in names]
        _gx_suites[key] = gx.ExpectationSuite(
            f"{suite.name}_{len(_gx_suites)}",
            expectations=[
                {"type": rule.type, "kwargs": rule.kwargs, "severity": rule.severity, "meta": {"id": rule.rule_id}}
                for rule in chosen
            ],
        )
    return _gx_suites[key]
