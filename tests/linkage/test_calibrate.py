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
    is_no_worse,
    lacks,
    learn,
    odds_of,
    split,
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
    positive = same.sum()
    target = np.where(same, (positive + 1) / (positive + 2), 1 / (len(same) - positive + 2))

    def loss(a: float, b: float) -> float:
        z = (a * bits + b) * np.log(2)
        return float((np.logaddexp(0, z) - target * z).sum())

    least = loss(slope, offset)
    for a, b in ((0.05, 0), (-0.05, 0), (0, 0.05), (0, -0.05), (0.05, 0.05)):
        assert least <= loss(slope + a, offset + b) + 1e-6


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
    assert is_no_worse(before, after)
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


def test_worse_is_worse_by_any_of_the_figures() -> None:
    before = {"log_loss": 0.5, "brier": 0.2, "precision": 0.99}
    assert is_no_worse(before, before)
    assert not is_no_worse(before, {**before, "log_loss": 0.6})
    assert not is_no_worse(before, {**before, "brier": 0.3})
    assert not is_no_worse(before, {**before, "precision": 0.98})
    assert is_no_worse({**before, "precision": None}, before)


def test_what_is_learnt_can_be_kept(tmp_path: object) -> None:
    from etl.linkage.model import read_text, text_of

    teaching, _ = split(world(400, 0.8, 0.5), seed=7)
    taught: Model = learn(MODEL, teaching, matches=1_000)
    assert read_text(text_of(taught)) == taught
