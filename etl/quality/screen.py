"""Which rows surely satisfy a rule, told over whole columns: only the others need Great Expectations to judge them.

The kinds of expectation in `SCREENED` are told exactly; of any other kind, or where a rule cannot be understood,
every row is doubtful. A screen never passes what Great Expectations would fail: tests/quality/test_screen.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from etl.quality.catalogue import COLUMN_KWARGS, Rule
from etl.quality.diagnoses import limits_of
from etl.quality.frames import Frame, Mask


@dataclass(frozen=True)
class Screened:
    """Rows that a rule applies to, and those among them that it may fail on."""

    applicable: Mask
    doubtful: Mask


def screen(rule: Rule, frame: Frame) -> Screened:
    """The rows which `rule` applies to and which it may fail on."""
    kwargs = dict(rule.kwargs)
    condition = kwargs.pop("row_condition", None)
    known = SCREENED.get(rule.type)
    if known is not None and kwargs.keys() <= known.kwargs and _is_understood(condition):
        try:
            applicable, doubtful = known.tell(frame, kwargs)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
            pass  # such as a number compared with a word: the rule cannot be run, and Great Expectations says so
        else:
            meant = _meets(frame, condition)
            return Screened(applicable & meant, doubtful & meant)
    every = np.logical_and.reduce(
        [frame.valid(column) for column in rule.frame_columns] or [np.ones(frame.count, bool)]
    )
    return Screened(every, every)


def _is_understood(condition: dict[str, Any] | None) -> bool:
    return condition is None or (condition["type"], condition["operator"]) == ("comparison", "!=")


def _meets(frame: Frame, condition: dict[str, Any] | None) -> Mask:
    """Where the row condition holds; an empty cell differs from any value."""
    if condition is None:
        return np.ones(frame.count, bool)
    column, value = condition["column"]["name"], condition["parameter"]
    return ~_where(frame.values(column), lambda values: pc.equal(values, value))


def _where(column: pa.Array, test: Callable[[pa.Array], pa.Array]) -> Mask:
    """Where a test of the values is true; of a dictionary array, each word is tested once."""
    if not pa.types.is_dictionary(column.type):
        return np.asarray(pc.fill_null(test(column), False))
    told: Mask = np.append(np.asarray(pc.fill_null(test(column.dictionary), False), np.bool_), False)
    codes: npt.NDArray[np.int64] = pc.fill_null(column.indices, len(told) - 1).to_numpy()
    return told[codes]


def _not_null(frame: Frame, kwargs: dict[str, Any]) -> tuple[Mask, Mask]:
    return np.ones(frame.count, bool), ~frame.valid(kwargs["column"])


def _not_in_set(frame: Frame, kwargs: dict[str, Any]) -> tuple[Mask, Mask]:
    refused = pa.array(kwargs["value_set"])
    is_refused = _where(frame.values(kwargs["column"]), lambda values: pc.is_in(values, value_set=refused))
    return frame.valid(kwargs["column"]), is_refused


def _between(frame: Frame, kwargs: dict[str, Any]) -> tuple[Mask, Mask]:
    values, valid = frame.values(kwargs["column"]), frame.valid(kwargs["column"])
    fits = valid.copy()
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if low is not None:
        compare = pc.greater if kwargs.get("strict_min") else pc.greater_equal
        fits &= _where(values, lambda column: compare(column, low))
    if high is not None:
        compare_high = pc.less if kwargs.get("strict_max") else pc.less_equal
        fits &= _where(values, lambda column: compare_high(column, high))
    return valid, valid & ~fits


def _a_above_b(frame: Frame, kwargs: dict[str, Any]) -> tuple[Mask, Mask]:
    if kwargs.get("ignore_row_if") != "either_value_is_missing":
        raise pa.ArrowNotImplementedError("a pair of which one value is missing")
    a, b = kwargs["column_A"], kwargs["column_B"]
    both = frame.valid(a) & frame.valid(b)
    if not both.any():
        return both, both
    compare = pc.greater_equal if kwargs.get("or_equal") else pc.greater
    return both, both & ~np.asarray(pc.fill_null(compare(frame.values(a), frame.values(b)), False))


def _not_matching(frame: Frame, kwargs: dict[str, Any]) -> tuple[Mask, Mask]:
    matched = _where(frame.values(kwargs["column"]), lambda values: pc.match_substring_regex(values, kwargs["regex"]))
    return frame.valid(kwargs["column"]), matched


def _limited(frame: Frame, kwargs: dict[str, Any]) -> tuple[Mask, Mask]:
    """Of diagnoses, those are doubtful whose code has any limit."""
    codes = frame.values(kwargs.get("column_A") or kwargs["column"]).dictionary_encode()
    valid = np.logical_and.reduce([frame.valid(kwargs[name]) for name in COLUMN_KWARGS if name in kwargs])
    is_limited = _where(
        codes, lambda values: pa.array([bool(limits_of(code)) for code in values.to_pylist()], pa.bool_())
    )
    return valid, valid & is_limited


@dataclass(frozen=True)
class _Known:
    tell: Callable[[Frame, dict[str, Any]], tuple[Mask, Mask]]
    kwargs: frozenset[str]


SCREENED = {
    "expect_column_values_to_not_be_null": _Known(_not_null, frozenset({"column"})),
    "expect_column_values_to_not_be_in_set": _Known(_not_in_set, frozenset({"column", "value_set"})),
    "expect_column_values_to_be_between": _Known(
        _between, frozenset({"column", "min_value", "max_value", "strict_min", "strict_max"})
    ),
    "expect_column_pair_values_a_to_be_greater_than_b": _Known(
        _a_above_b, frozenset({"column_A", "column_B", "or_equal", "ignore_row_if"})
    ),
    "expect_column_values_to_not_match_regex": _Known(_not_matching, frozenset({"column", "regex"})),
    "expect_column_pair_diagnosis_to_suit_sex": _Known(_limited, frozenset({"column_A", "column_B", "ignore_row_if"})),
    "expect_column_pair_diagnosis_to_suit_age": _Known(_limited, frozenset({"column_A", "column_B", "ignore_row_if"})),
    "expect_column_values_to_be_main_diagnosis": _Known(_limited, frozenset({"column"})),
}
"""Kind of expectation -> how its rows are told, and the arguments that this knows of."""
