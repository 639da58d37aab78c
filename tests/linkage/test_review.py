"""The queue's order and what a ruling makes of a link: pure, from numbers alone."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.linkage.chance import draw
from etl.linkage.levels import LEVELS
from etl.linkage.review import NewLink, Standing, confidence, entropy, posterior, rank, same_shares, settle
from etl.linkage.weigh import HOUSEHOLD, VETOES, score_vectors
from etl.linkage.wording import FIELD_WORDS, LEVEL_WORDS, RULE_WORDS, VETO_WORDS
from tests.linkage.test_calibrate import KINDS, MODEL

OWN = -5


ALIKE = {bits: kind for kind in KINDS if (bits := round(float(score_vectors(MODEL, np.array([kind]))[0])))}
"""A vector for each score that is met, in whole bits."""


def waiting(**changes: list[object]) -> pa.Table:
    rows = {
        "record_id": [1, 2, 3],
        "rule": ["weight"] * 3,
        "vector": [ALIKE[4]] * 3,
        "runner_up_vector": [None] * 3,
        "records": [1, 1, 1],
        "events": [0, 0, 0],
        "is_passed": [False] * 3,
        "is_contested": [False] * 3,
        **changes,
    }
    types = {"vector": pa.int64(), "runner_up_vector": pa.int64()}
    return pa.table({name: pa.array(values, types.get(name)) for name, values in rows.items()})


def order(table: pa.Table, verdicts: dict[str, tuple[int, int]] | None = None) -> list[int]:
    return rank(table, MODEL, same_shares(verdicts or {}))["record_id"].to_pylist()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [1, 2, 3]),
        ({"vector": [ALIKE[8], ALIKE[-1], ALIKE[4]]}, [2, 3, 1]),
        ({"runner_up_vector": [None, ALIKE[4], ALIKE[2]]}, [2, 3, 1]),
        ({"records": [1, 1, 30]}, [3, 1, 2]),
        ({"events": [0, 12, 0]}, [2, 1, 3]),
        ({"is_passed": [True, False, False], "records": [99, 1, 1]}, [2, 3, 1]),
        ({"is_contested": [False, False, True]}, [3, 1, 2]),
        ({"rule": ["weight", "weight", "after_death"]}, [3, 1, 2]),
        ({"vector": [ALIKE[4], ALIKE[4], None]}, [3, 1, 2]),
    ],
)
def test_what_is_uncertain_and_touches_much_comes_first(changes: dict[str, list[object]], expected: list[int]) -> None:
    assert order(waiting(**changes)) == expected


def test_what_was_learnt_orders_the_queue() -> None:
    """Where scores were found to say little, high ones are no longer taken for settled."""
    table = waiting(vector=[ALIKE[8], ALIKE[4], ALIKE[-1]])
    assert order(table) == [3, 2, 1]
    taught = replace(MODEL, data={"calibration_slope": 1.0, "calibration_offset": -8.0})
    assert rank(table, taught, {})["record_id"].to_pylist() == [1, 2, 3]


def test_a_veto_that_is_always_right_waits_longer() -> None:
    table = waiting(rule=["weight", "two_ids", "after_death"])
    assert order(table) == [2, 3, 1]
    assert order(table, {"two_ids": (0, 200)}) == [3, 1, 2]


def test_posterior_and_confidence_are_odds() -> None:
    bits = confidence(np.array([10.0, 10.0, 3.0]), np.array([np.nan, 4.0, 5.0]))
    assert bits.tolist() == [10.0, 6.0, -2.0]
    assert posterior(np.array([0.0, 1.0, -1.0]), MODEL).tolist() == pytest.approx([1 / 2, 2 / 3, 1 / 3])
    calibrated = replace(MODEL, data={"calibration_slope": 0.5, "calibration_offset": -1.0})
    assert posterior(np.array([4.0]), calibrated)[0] == pytest.approx(2 / 3)


@given(st.floats(0, 1))
def test_entropy_is_symmetric_and_most_at_one_half(p: float) -> None:
    one, other = entropy(np.array([p, 1 - p]))
    assert one == pytest.approx(other, abs=1e-9)
    assert 0 <= one <= 1
    assert entropy(np.array([0.5]))[0] == 1


@pytest.mark.parametrize(
    ("verdict", "person_id", "link", "expected"),
    [
        ("same", 7, Standing(5, -9, "review", "weight", 7), NewLink(7, "match", 7)),
        ("same", 7, Standing(5, 7, "match", "weight", 7), NewLink(7, "match", 7)),
        ("same", 7, Standing(5, 7, "match", "reviewer", 7), None),
        ("same", 8, Standing(5, 7, "match", "reviewer", 7), NewLink(8, "match", 8)),
        ("different", 7, Standing(5, -9, "review", "weight", 7), NewLink(-9, "none", None)),
        ("different", 8, Standing(5, -9, "review", "weight", 7), None),
        ("different", 7, Standing(5, 7, "match", "weight", 7), NewLink(OWN, "none", None)),
        ("different", 8, Standing(5, 7, "match", "weight", 7), None),
        ("split", 7, Standing(5, 7, "match", "reviewer", 7), NewLink(OWN, "none", None)),
        ("split", -9, Standing(5, -9, "review", "weight", 7), NewLink(OWN, "review", 7)),
        ("split", -9, Standing(5, -9, "none", "no_candidate", None), NewLink(OWN, "none", None)),
        ("split", OWN, Standing(5, OWN, "none", "no_candidate", None), None),
        ("cannot_tell", 7, Standing(5, -9, "review", "weight", 7), None),
        ("cannot_tell", 7, Standing(5, 7, "match", "weight", 7), None),
        ("cannot_tell", 7, Standing(5, 7, "match", "reviewer", 7), NewLink(OWN, "review", 7)),
    ],
)
def test_what_a_ruling_makes_of_a_link(verdict: str, person_id: int, link: Standing, expected: NewLink | None) -> None:
    assert settle(verdict, person_id, link) == expected


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, unique=True), st.integers(0, 2**32))
def test_lots_follow_from_id_and_seed_alone(ids: list[int], seed: int) -> None:
    drawn = draw(np.array(ids), seed)
    assert ((drawn >= 0) & (drawn < 1)).all()
    turned = list(reversed(ids))
    assert draw(np.array(turned), seed).tolist() == drawn.tolist()[::-1]


def test_lots_are_even_and_seeds_do_not_resemble_each_other() -> None:
    ids = np.arange(1, 200_001)
    one, other = draw(ids, 1), draw(ids, 2)
    counts = np.histogram(one, bins=20, range=(0, 1))[0]
    assert ((counts - 10_000) ** 2 / 10_000).sum() < 45, "chi-square with 19 degrees of freedom, p about 0.001"
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.01
    assert abs(np.corrcoef(one[1:], one[:-1])[0, 1]) < 0.01


def test_everything_that_can_be_said_has_words_in_both_languages() -> None:
    assert {field: set(words) for field, words in LEVEL_WORDS.items()} == {
        field: set(LEVELS[field][1:]) for field in LEVEL_WORDS
    }
    assert set(FIELD_WORDS) == set(LEVEL_WORDS) == set(LEVELS) - {"rarity", "state"}
    assert set(VETO_WORDS) == set(VETOES) - {""}
    assert set(HOUSEHOLD) < set(FIELD_WORDS)
    said = [*FIELD_WORDS.values(), *RULE_WORDS.values(), *(w for words in LEVEL_WORDS.values() for w in words.values())]
    assert all(vi and en and vi != en for vi, en in said)
