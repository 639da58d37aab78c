"""Verdicts on doubtful rows: each distinct case of a rule is judged once by Great Expectations, and remembered."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from etl.quality import suites
from etl.quality.catalogue import Rule, Suite
from etl.quality.frames import Frame, Mask

MOST_REMEMBERED = 200_000
_remembered: dict[tuple[str, tuple[Any, ...]], bool] = {}
"""(definition of a rule, values of a case) -> whether it fails: in memory, for as long as the process lives."""


def failing_rows(suite: Suite, frame: Frame, doubtful: dict[str, Mask]) -> dict[str, npt.NDArray[np.int64] | None]:
    """Places of the rows that fail each rule, among its doubtful ones; None for a rule that could not be run."""
    rules = {rule.rule_id: rule for rule in suite.expectations}
    places = {name: np.flatnonzero(mask) for name, mask in doubtful.items()}
    distinct = {name: _distinct(columns_of(rules[name]), frame, places[name]) for name in doubtful}
    verdicts = judge_cases(suite, {name: cases for name, (cases, _) in distinct.items()})
    failing: dict[str, npt.NDArray[np.int64] | None] = {}
    for name, (_, case_of_row) in distinct.items():
        verdict = verdicts[name]
        failing[name] = None if verdict is None else places[name][verdict[case_of_row]]
    return failing


def judge_cases(suite: Suite, cases: dict[str, pa.Table]) -> dict[str, suites.Verdicts | None]:
    """Which cases of each rule fail it; those judged before are remembered. None for a rule that could not be run."""
    rules = {rule.rule_id: suites.definition(rule) for rule in suite.expectations if rule.rule_id in cases}
    keys = {name: [(rules[name], tuple(case.values())) for case in table.to_pylist()] for name, table in cases.items()}
    unknown = {name: [key not in _remembered for key in some] for name, some in keys.items()}
    asked = {name: cases[name].filter(pa.array(mask)) for name, mask in unknown.items() if any(mask)}
    broken = _ask(suite, asked, keys, unknown) if asked else set()
    told = {
        name: None if name in broken else np.array([_remembered[key] for key in keys[name]], bool) for name in cases
    }
    if len(_remembered) > MOST_REMEMBERED:
        _remembered.clear()
    return told


def _ask(
    suite: Suite,
    asked: dict[str, pa.Table],
    keys: dict[str, list[tuple[str, tuple[Any, ...]]]],
    unknown: dict[str, list[bool]],
) -> set[str]:
    """Have unknown cases judged and remember what was said; gives the rules that could not be run."""
    broken = set()
    for name, verdict in suites.judge(suite, asked).items():
        if verdict is None:
            broken.add(name)
            continue
        new = [key for key, is_unknown in zip(keys[name], unknown[name], strict=True) if is_unknown]
        _remembered.update(zip(new, verdict.tolist(), strict=True))
    return broken


def columns_of(rule: Rule) -> tuple[str, ...]:
    """The columns of a frame that a rule looks at, that of its row condition included."""
    condition = rule.kwargs.get("row_condition")
    more = (condition["column"]["name"],) if condition else ()
    return (*rule.frame_columns, *(name for name in more if name not in rule.frame_columns))


def _distinct(
    columns: Sequence[str], frame: Frame, places: npt.NDArray[np.int64]
) -> tuple[pa.Table, npt.NDArray[np.int64]]:
    """The distinct values of some columns in some rows, and for each of the rows which of them it has."""
    taken = {name: frame.values(name).take(pa.array(places)) for name in columns}
    codes = np.zeros(len(places), np.int64)
    for column in taken.values():
        encoded = pc.dictionary_encode(column, null_encoding="encode") if not _is_coded(column) else column
        indices = pc.fill_null(encoded.indices, len(encoded.dictionary)).to_numpy().astype(np.int64)
        codes = codes * (len(encoded.dictionary) + 1) + indices
    _, first, case_of_row = np.unique(codes, return_index=True, return_inverse=True)
    cases = {name: column.take(pa.array(first)) for name, column in taken.items()}
    return pa.table({name: _plain(column) for name, column in cases.items()}), case_of_row


def _is_coded(column: pa.Array) -> bool:
    return bool(pa.types.is_dictionary(column.type))


def _plain(column: pa.Array) -> pa.Array:
    return column.cast(column.type.value_type) if _is_coded(column) else column
