"""Shares, their intervals and kappa: against exact counts, published examples, and how often intervals cover."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.linkage.agreement import (
    Share,
    Stratum,
    clopper_pearson,
    count_pairs,
    false_among_absent,
    false_by_collisions,
    kappa,
    share_of,
    stratified,
    wilson,
)

COUNTS = st.integers(1, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@given(COUNTS)
def test_intervals_hold_the_share_and_are_symmetric(counts: tuple[int, int]) -> None:
    found, of = counts
    low, high = wilson(found, of)
    assert 0 <= low <= found / of <= high <= 1
    assert wilson(of - found, of) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_wilson_is_the_published_one() -> None:
    """Newcombe 1998, Statistics in Medicine 17:857, table I, method 3."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=5e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


@settings(max_examples=30)
@given(COUNTS)
def test_clopper_pearson_is_exact(counts: tuple[int, int]) -> None:
    """At each end, what was found or less (more) has a chance of 2.5 %."""
    found, of = counts
    low, high = clopper_pearson(found, of)
    if found:
        assert sum(comb(of, k) * low**k * (1 - low) ** (of - k) for k in range(found, of + 1)) == pytest.approx(0.025)
    if found < of:
        assert sum(comb(of, k) * high**k * (1 - high) ** (of - k) for k in range(found + 1)) == pytest.approx(0.025)


def test_nothing_looked_at_is_nothing_known() -> None:
    assert share_of(0, 0) == Share(0, 0, None, None, None)
    assert wilson(0, 0) == (0, 1)
    unseen = stratified([Stratum(100, 10, 0), Stratum(100, 0, 0)])
    assert (unseen.share, unseen.low, unseen.high) == (None, None, None)
    assert stratified([]).share is None


def test_one_stratum_is_wilson() -> None:
    found = stratified([Stratum(5_000, 200, 3), Stratum(0, 0, 0)])
    assert (found.low, found.high) == pytest.approx(wilson(3, 200))
    assert found.share == pytest.approx(3 / 200)


def test_strata_count_by_their_size() -> None:
    """One of ten false in a hundredth of the records is one in a thousand."""
    found = stratified([Stratum(99_000, 100, 0), Stratum(1_000, 100, 10)])
    assert found.share == pytest.approx(0.001)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.001 < found.high < 0.04


@pytest.mark.parametrize(
    ("sizes", "looked_at", "shares"),
    [
        ([90_000, 9_000, 1_000], [100, 100, 100], [0.002, 0.02, 0.1]),
        ([90_000, 9_000, 1_000], [300, 60, 40], [0.01, 0.05, 0.3]),
        ([50_000, 50_000], [50, 150], [0.02, 0.1]),
    ],
)
def test_the_interval_covers_what_is_true(sizes: list[int], looked_at: list[int], shares: list[float]) -> None:
    chance = np.random.default_rng(11)
    truth = np.average(shares, weights=sizes)
    covered = 0
    for _ in range(1_000):
        drawn = chance.binomial(looked_at, shares)
        found = stratified([Stratum(n, k, int(x)) for n, k, x in zip(sizes, looked_at, drawn, strict=True)])
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= truth <= found.high
    assert covered >= 930


def test_kappa_is_the_published_one() -> None:
    """Fleiss, Cohen & Everitt 1969, Psychological Bulletin 72:323, table 1: kappa 0.429, standard error 0.054."""
    counts = np.array([[106, 10, 4], [22, 28, 10], [2, 12, 6]])
    found = kappa(counts)
    assert found["kappa"] == pytest.approx(0.429, abs=5e-4)
    assert found["low"] is not None
    assert found["high"] is not None
    assert (found["high"] - found["low"]) / (2 * 1.959964) == pytest.approx(0.054, abs=6e-4)


@given(st.lists(st.tuples(*[st.sampled_from(["same", "different", "split", "cannot_tell"])] * 2), max_size=60))
def test_kappa_is_symmetric_and_bounded(pairs: list[tuple[str, str]]) -> None:
    found, turned = kappa(count_pairs(pairs)), kappa(count_pairs([(b, a) for a, b in pairs]))
    if found["kappa"] is None:
        assert turned["kappa"] is None
        return
    assert found == pytest.approx(turned)
    assert -1 <= found["low"] <= found["kappa"] <= found["high"] <= 1  # type: ignore[operator]


def test_perfect_agreement_and_none() -> None:
    assert kappa(np.diag([5, 5, 0]))["kappa"] == pytest.approx(1)
    assert kappa(np.array([[9, 0, 0], [0, 0, 0], [0, 0, 0]]))["kappa"] is None
    assert kappa(np.zeros((3, 3), int))["kappa"] is None


def test_hidden_people_are_scaled_to_all_matches() -> None:
    """1 % of records without a person who is there, 2 % of these linked all the same, 90 % of records matched."""
    found = false_among_absent(share_of(20, 1_000), matched_share=0.9, in_register=0.99)
    assert found["share"] == pytest.approx(0.02 * 0.01 / 0.9)
    assert found["low"] < found["share"] < found["high"]  # type: ignore[operator]
    assert false_among_absent(share_of(0, 0), 0.9, 0.99)["share"] is None
    assert false_among_absent(share_of(1, 10), 0.0, 0.99)["share"] is None


def test_collisions_are_found_again_in_a_world_of_chance() -> None:
    """False links fall on anybody: of 40 senders with 2 % of the people each, 1 % of the links being false."""
    chance = np.random.default_rng(3)
    people, false_share, collisions = 50_000, 0.01, 0
    matches, persons = {}, {}
    for sender in map(str, range(40)):
        patients = chance.choice(people, 1_000, replace=False)
        is_false = chance.random(1_000) < false_share
        linked = np.where(is_false, chance.integers(0, people, 1_000), patients)
        values, counts = np.unique(linked, return_counts=True)
        collisions += int((counts > 1).sum())
        matches[sender], persons[sender] = 1_000, len(values)
    assert collisions > 3
    found = false_by_collisions(collisions, matches, persons, people)
    assert found == pytest.approx(false_share, rel=0.6)
    assert false_by_collisions(0, {}, {}, people) is None
