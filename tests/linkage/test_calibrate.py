"""What rulings teach: checked against worlds whose truth is known, and against slow and plain arithmetic."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.linkage.calibrate import (
    LEAST_RULINGS,
    Examples,
    check,
    examples_of,
    fit_platt,
    gain,
    is_better,
    lacks,
    learn,
    odds_of,
    platt_loss,
    split,
    supported_threshold,
    teach_shares,
    thresholds_of,
)
from etl.linkage.levels import FIELDS, pack, unpack
from etl.linkage.model import Model, load_model
from etl.linkage.review import calibration_of
from etl.linkage.weigh import score_vectors, vetoes_of

MODEL = replace(load_model(), register_size=2**20)
KINDS = [
    pack({"name": name, "birth": birth, "sex": sex, "ward": ward, "phone": phone, "rarity": "1 in 1024"})
    for name in ("same", "marks_differ", "typo", "middle_differs", "given_same")
    for birth in ("same", "day_differs", "month_differs", "year_differs", "weak_same")
    for sex in ("same",)
    for ward in ("same", "different")
    for phone in ("missing", "same", "different")
]


def world(size: int, slope: float, offset: float, seed: int = 1, model: Model = MODEL) -> Examples:
    """Pairs of a queue in which the odds of being one person are 2^(slope · score + offset)."""
    chance = np.random.default_rng(seed)
    kinds = np.array(KINDS)
    near = kinds[np.abs(score_vectors(model, kinds)) < 14]
    vectors = chance.choice(near, size)
    p = 1 / (1 + np.exp2(-(slope * score_vectors(model, vectors) + offset)))
    return Examples(np.arange(size), vectors, np.full(size, -1), chance.random(size) < p)


def test_kinds_are_free_of_vetoes() -> None:
    assert not vetoes_of(np.array(KINDS)).any()


@pytest.mark.parametrize(("slope", "offset"), [(1.0, 0.0), (0.4, -1.5), (2.0, 3.0)])
def test_platt_finds_the_slope_and_offset_of_the_world(slope: float, offset: float) -> None:
    found = world(40_000, slope, offset)
    assert fit_platt(found.bits(MODEL), found.is_same) == pytest.approx((slope, offset), abs=0.12)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(-30, 30), st.booleans()), min_size=2, max_size=40))
def test_platt_is_at_the_least_loss(pairs: list[tuple[float, bool]]) -> None:
    bits, same = np.array([b for b, _ in pairs]), np.array([s for _, s in pairs])
    slope, offset = fit_platt(bits, same)
    assert np.isfinite([slope, offset]).all()
    least = platt_loss(np.array([slope, offset]), bits, same)
    for a, b in ((0.05, 0), (-0.05, 0), (0, 0.05), (0, -0.05), (0.05, 0.05)):
        assert least <= platt_loss(np.array([slope + a, offset + b]), bits, same) + 1e-9


def test_the_first_of_a_queue_teach_the_offset_and_leave_the_slope() -> None:
    """All within a bit of each other, and four of five the same: what that says of far higher scores is nothing."""
    chance = np.random.default_rng(4)
    bits = chance.uniform(-0.5, 0.5, 60)
    slope, offset = fit_platt(bits, np.arange(60) % 5 > 0)
    assert slope == pytest.approx(1, abs=0.2)
    assert offset == pytest.approx(2, abs=0.4)


def test_verdicts_that_never_contradict_the_score_leave_the_slope_finite() -> None:
    bits = np.r_[np.linspace(-9, -1, 30), np.linspace(1, 9, 30)]
    slope, offset = fit_platt(bits, bits > 0)
    assert 0.3 < slope < 10
    assert abs(offset) < 0.1


def test_an_overconfident_score_is_taken_down_and_the_check_sees_it() -> None:
    teaching, checking = split(world(4_000, 0.4, -1.5), seed=7)
    taught = learn(MODEL, teaching, matches=1_000_000)
    before, after = check(MODEL, checking), check(taught, checking)
    assert after["log_loss"] < 0.7 * before["log_loss"]
    assert after["brier"] < before["brier"]
    assert is_better(before, after, gain(MODEL, taught, checking))
    assert calibration_of(taught) == pytest.approx((0.4, -1.5), abs=0.2)
    assert taught.match_threshold == pytest.approx(20.0), "it would ask for 26 bits: as far as it may be moved"
    assert taught.version.startswith("calibrated-")
    assert taught.version != MODEL.version


def test_a_score_that_is_right_is_left_about_as_it_was() -> None:
    teaching, checking = split(world(4_000, 1.0, 0.0), seed=7)
    taught = learn(MODEL, teaching, matches=1_000_000)
    assert taught.match_threshold == pytest.approx(MODEL.match_threshold, abs=1.2)
    assert check(taught, checking)["log_loss"] == pytest.approx(check(MODEL, checking)["log_loss"], abs=0.02)


def test_thresholds_ask_for_the_same_odds_however_often_it_is_calibrated() -> None:
    teaching, _ = split(world(4_000, 0.8, 0.5), seed=7)
    once = learn(MODEL, teaching, matches=1_000_000)
    assert odds_of(once) == {"match": MODEL.match_threshold, "review": MODEL.review_threshold}
    slope, offset = calibration_of(once)
    assert slope * once.match_threshold + offset == pytest.approx(MODEL.match_threshold, abs=0.02)
    twice = learn(once, teaching, matches=1_000_000)
    assert twice.match_threshold == pytest.approx(once.match_threshold, abs=0.02)
    assert odds_of(twice) == odds_of(once)


def test_a_slope_that_makes_no_sense_moves_nothing() -> None:
    upside_down = replace(MODEL, data={"calibration_slope": -0.5, "calibration_offset": 0.0})
    assert thresholds_of(upside_down) == (MODEL.match_threshold, MODEL.review_threshold)


def test_a_threshold_is_lowered_only_as_far_as_rulings_bear_it_out() -> None:
    high, low = np.full(800, 7.0), np.full(40, 5.5)
    same = np.ones(840, bool)
    assert supported_threshold(np.r_[high, low], same, 5.0, 9.0) == 5.0, "none of 840 different: at most 0.44 %"
    assert supported_threshold(low, same[:40], 5.0, 9.0) == 9.0, "none of 40 may still be 9 %"
    twice = np.r_[np.ones(800, bool), np.zeros(3, bool), np.ones(37, bool)]
    assert supported_threshold(np.r_[high, low], twice, 5.0, 9.0) == 5.75, "those below are left out"
    assert supported_threshold(high, np.ones(800, bool), 11.0, 9.0) == 11.0, "to be more careful needs no proof"


def test_shares_learn_from_surprise_alone() -> None:
    """Rulings as the model expects them change nothing, however odd the queue's pairs are; others move their levels."""
    expected = world(60_000, 1.0, 0.0)
    same = teach_shares(MODEL, expected, matches=1_000_000)
    assert all(same[f][name] == pytest.approx(MODEL.m[f][name], rel=0.1, abs=2e-4) for f in FIELDS for name in same[f])
    typos = expected.take(np.array([unpack(vector)["name"] == "typo" for vector in expected.vector]))
    all_true = Examples(typos.record_id, typos.vector, typos.rival, np.ones(len(typos), bool))
    taught = teach_shares(MODEL, all_true, matches=100_000)
    assert taught["name"]["typo"] > MODEL.m["name"]["typo"]
    assert sum(taught["name"].values()) == pytest.approx(1)
    none_true = Examples(typos.record_id, typos.vector, typos.rival, np.zeros(len(typos), bool))
    assert 0 < teach_shares(MODEL, none_true, matches=1)["name"]["typo"] < MODEL.m["name"]["typo"]


def test_too_little_is_said_and_nothing_is_learnt() -> None:
    few = split(world(LEAST_RULINGS - 1, 1, 0), seed=1)
    assert lacks(*few) == f"{LEAST_RULINGS - 1} rulings of {LEAST_RULINGS}"
    plenty = world(400, 1, 0)
    one_sided = Examples(plenty.record_id, plenty.vector, plenty.rival, np.ones(400, bool))
    assert "rarer verdict" in str(lacks(*split(one_sided, seed=1)))
    assert lacks(*split(plenty, seed=1)) is None


def test_halves_follow_from_seed_and_record_and_never_share_one() -> None:
    examples = world(2_000, 1, 0)
    doubled = Examples(examples.record_id // 2, examples.vector, examples.rival, examples.is_same)
    teaching, checking = split(doubled, seed=3)
    assert not set(teaching.record_id) & set(checking.record_id)
    assert len(teaching) + len(checking) == 2_000
    assert abs(len(teaching) - 1_000) < 150
    again, _ = split(doubled.take(np.arange(2_000)[::-1]), seed=3)
    assert set(again.record_id) == set(teaching.record_id)


def test_a_rival_takes_confidence_away() -> None:
    table = pa.table(
        {
            "record_id": [2, 1],
            "vector": [KINDS[0], KINDS[0]],
            "rival_vector": pa.array([None, KINDS[0]], pa.int64()),
            "verdict": ["same", "different"],
        }
    )
    examples = examples_of(table)
    assert examples.record_id.tolist() == [1, 2]
    assert examples.is_same.tolist() == [False, True]
    alone = float(score_vectors(MODEL, np.array([KINDS[0]]))[0])
    assert examples.bits(MODEL).tolist() == [0.0, alone]


def test_better_is_better_by_more_than_chance_and_worse_by_nothing() -> None:
    before, sure = {"brier": 0.2, "precision": 0.99}, (0.1, 0.05)
    assert is_better(before, before, sure)
    assert not is_better(before, before, (0.1, 0.2))
    assert not is_better(before, before, (-0.1, 0.05))
    assert not is_better(before, {**before, "brier": 0.3}, sure)
    assert not is_better(before, {**before, "precision": 0.98}, sure)
    assert is_better({**before, "precision": None}, before, sure)


def test_what_seems_better_by_chance_is_seldom_kept() -> None:
    """A score that is right: of 60 small lots of rulings few make a model that would be kept, and none does much harm."""
    kept = []
    for seed in range(60):
        teaching, checking = split(world(100, 1.0, 0.0, seed), seed)
        taught = learn(MODEL, teaching, matches=1_000_000)
        if is_better(check(MODEL, checking), check(taught, checking), gain(MODEL, taught, checking)):
            kept.append(check(taught, world(5_000, 1.0, 0.0, 99))["log_loss"])
    assert len(kept) <= 15
    assert all(loss < check(MODEL, world(5_000, 1.0, 0.0, 99))["log_loss"] + 0.05 for loss in kept)


def test_what_is_learnt_can_be_kept(tmp_path: object) -> None:
    from etl.linkage.model import read_text, text_of

    teaching, _ = split(world(400, 0.8, 0.5), seed=7)
    taught: Model = learn(MODEL, teaching, matches=1_000)
    assert read_text(text_of(taught)) == taught
