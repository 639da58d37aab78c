"""Great Expectations, kept quiet and quick: cases and their rules in, verdicts out.

A case is the values of a rule's columns; equal ones are judged once. GX prints cell values wherever it can: in
results, logs and exceptions. So results carry case numbers alone (`exclude_unexpected_values`), its logger is shut,
and what an exception says is dropped here, never passed on. Importing it takes 8 s, so that it is imported when the
first doubtful case is judged; building a suite takes 20 ms, so that suites are kept for as long as the process lives.
"""

import json
import logging
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from etl.quality.catalogue import Rule, Suite

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite
    from great_expectations.core.batch_definition import BatchDefinition

CASE = "case_no"
RESULT_FORMAT: dict[str, Any] = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": [CASE],
    "exclude_unexpected_values": True,
    "partial_unexpected_count": 0,
}
Verdicts = npt.NDArray[np.bool_]


def judge(suite: Suite, cases: dict[str, pa.Table]) -> dict[str, Verdicts | None]:
    """Which of the cases of each rule (by its name) fail it; None for a rule that could not be run.

    All rules look at one frame of all cases, and of each only what it says of its own cases counts.
    """
    starts = np.cumsum([0, *(table.num_rows for table in cases.values())]).tolist()
    frame = _frame(list(cases.values()))
    failed = _run(suite, tuple(cases), frame)
    verdicts: dict[str, Verdicts | None] = {}
    for name, start, end in zip(cases, starts, starts[1:], strict=False):
        found = failed[name]
        verdicts[name] = None if found is None else np.isin(np.arange(start, end), found)
    return verdicts


def _frame(cases: list[pa.Table]) -> pd.DataFrame:
    joined = pa.concat_tables(cases, promote_options="default")
    frame: pd.DataFrame = joined.to_pandas(date_as_object=False)
    return frame.assign(**{CASE: np.arange(len(frame))})


def _run(suite: Suite, names: tuple[str, ...], frame: pd.DataFrame) -> dict[str, npt.NDArray[np.int64] | None]:
    """Numbers of the cases that fail each rule."""
    results = _try(suite, names, frame)
    if results is None:  # one broken rule must not take the others with it: each alone
        results = {name: result for each in names for name, result in (_try(suite, (each,), frame) or {}).items()}
    return {name: _failed(results.get(name)) for name in names}


def _try(suite: Suite, names: tuple[str, ...], frame: pd.DataFrame) -> dict[str, dict[str, Any]] | None:
    try:
        return _validate(suite, names, frame)
    except Exception:  # whatever GX throws may quote cells: nothing of it may travel on
        return None


def _validate(suite: Suite, names: tuple[str, ...], frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    batch = _batch_definition(suite.name).get_batch(batch_parameters={"dataframe": frame})
    validated = batch.validate(_gx_suite(suite, names), result_format=RESULT_FORMAT)
    configured = [(result.expectation_config, result.result) for result in validated.results]
    return {config.meta["id"]: result for config, result in configured if config is not None and config.meta}


def _failed(result: dict[str, Any] | None) -> npt.NDArray[np.int64] | None:
    """GX gives a list of {case_no: number} or of {case_no: [numbers]}, by the kind of expectation."""
    if not result or "element_count" not in result:
        return None
    found = [
        np.atleast_1d(np.asarray(entry[CASE], dtype="int64")) for entry in result.get("unexpected_index_list") or ()
    ]
    return np.concatenate(found) if found else np.array([], np.int64)


@lru_cache(maxsize=1)
def quiet_context() -> Any:
    """A context that keeps nothing on disk, shows no progress and reports to nobody."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    from etl.quality import clinical  # noqa: F401 - registers its expectations

    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


@lru_cache(maxsize=64)
def _batch_definition(table_name: str) -> "BatchDefinition[Any]":
    source = quiet_context().data_sources.add_or_update_pandas(f"staged_{table_name}")
    return source.add_dataframe_asset(table_name).add_batch_definition_whole_dataframe("batch")  # type: ignore[no-any-return]  # GX's fluent sources are untyped


_gx_suites: dict[tuple[Any, ...], "ExpectationSuite"] = {}
_MOST_SUITES = 256


def _gx_suite(suite: Suite, names: tuple[str, ...]) -> "ExpectationSuite":
    """The GX suite of those rules; files of one kind need the same few combinations again and again."""
    import great_expectations as gx

    quiet_context()
    chosen = [rule for rule in suite.expectations if rule.rule_id in names]
    key = tuple(definition(rule) for rule in chosen)
    if key not in _gx_suites:
        if len(_gx_suites) >= _MOST_SUITES:
            _gx_suites.clear()
        _gx_suites[key] = gx.ExpectationSuite(
            f"{suite.name}_{len(_gx_suites)}",
            expectations=[
                {"type": rule.type, "kwargs": rule.kwargs, "severity": rule.severity, "meta": {"id": rule.rule_id}}
                for rule in chosen
            ],
        )
    return _gx_suites[key]


def definition(rule: Rule) -> str:
    """What the verdicts on a rule depend on, as one text: its name, kind and arguments."""
    return json.dumps([rule.rule_id, rule.type, rule.kwargs], sort_keys=True, default=str)
