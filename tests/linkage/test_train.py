"""The model learns what made the data, says nothing where there is little of it, and says the same every time."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from etl.linkage import train
from etl.linkage.levels import FIELDS, LEVELS, place
from etl.linkage.model import Model, load_model, read_text, settled, text_of
from etl.linkage.train import MOST_FALSE, THRESHOLDS, choose_threshold
from etl.linkage.weigh import RARE_LEVELS

RECORDS = 6_000
KNOWN_SHARE = 0.8
CANDIDATES = 4
RARITY = 10
PEOPLE = 100_000
SIZES = {"people": float(PEOPLE), "same_birth": 0.00005, "same_ward": 0.012, "same_toned": 0.8}
TRUE_M = {
    "name": {"same": 0.7, "no_marks": 0.2, "typo": 0.06, "words_missing": 0.04},
    "birth": {"same": 0.8, "weak_same": 0.1, "day_differs": 0.1},
    "sex": {"same": 0.97, "different": 0.03},
    "national_id": {"same": 0.85, "typo": 0.1, "of_another": 0.05},
    "old_id": {"same": 0.9, "different": 0.1},
    "insurance_no": {"same": 0.8, "different": 0.2},
    "phone": {"same": 0.6, "different": 0.4},
    "ward": {"same": 0.75, "different": 0.25},
    "address": {"same": 0.5, "same_street": 0.3, "different": 0.2},
}
TRUE_U = {
    "name": {"same": 0.6 * 2**-RARITY, "no_marks": 0.3 * 2**-RARITY, "given_same": 0.05, "different": 0.94},
    "birth": {"weak_same": 0.02, "different": 0.4, "generation": 0.58},
    "sex": {"same": 0.45, "different": 0.55},
    "national_id": {"of_another": 0.7, "different": 0.3},
    "old_id": {"different": 1.0},
    "insurance_no": {"of_another": 0.2, "different": 0.8},
    "phone": {"different": 1.0},
    "ward": {"same": 0.012, "different": 0.988},
    "address": {"same_street": 0.03, "different": 0.97},
}
MISSING = 0.15


def draw(rng: np.random.Generator, shares: dict[str, dict[str, float]], count: int) -> np.ndarray:
    """Vectors of independent fields, some of them not stated."""
    vectors = np.full(count, RARITY * place("rarity"))
    for field, share in shares.items():
        weights = np.array([share.get(name, 0.0) for name in LEVELS[field]])
        levels = rng.choice(len(weights), count, p=weights / weights.sum())
        vectors += np.where(rng.random(count) < MISSING, 0, levels) * place(field)
    return vectors


def simulate(seed: int = 1) -> tuple[pa.Table, pa.Table]:
    """Pairs of records, each with its person (if the register knows him) and others; and chance pairs."""
    rng = np.random.default_rng(seed)
    known = np.flatnonzero(rng.random(RECORDS) < KNOWN_SHARE)
    others = np.repeat(np.arange(RECORDS), CANDIDATES)
    record_id = np.concatenate([known, others])
    vectors = np.concatenate([draw(rng, TRUE_M, len(known)), draw(rng, TRUE_U, len(others))])
    chance = pa.table({"vector": draw(rng, TRUE_U, 100_000), "pairs": np.ones(100_000, dtype=np.int64)})
    return pa.table({"record_id": record_id, "vector": vectors}), chance


def learn(
    pairs: pa.Table, chance: pa.Table, records: int = RECORDS, sure: Sequence[int] = (), weight: int = 1, **sizes: float
) -> Model:
    """A model from the default one."""
    settled_ones = pa.chunked_array([pa.array(sure, pa.int64())])
    return train.train(load_model(), train.Sample(pairs, records, settled_ones, weight), chance, {**SIZES, **sizes})


@pytest.fixture(scope="module")
def found() -> Model:
    return learn(*simulate())


def test_shares_of_true_pairs_are_recovered(found: Model) -> None:
    for field in FIELDS:
        for name in LEVELS[field][1:]:
            assert found.m[field][name] == pytest.approx(TRUE_M[field].get(name, 0.0), abs=0.02), (field, name)
        assert sum(found.m[field].values()) == pytest.approx(1)
    assert found.in_register == pytest.approx(KNOWN_SHARE, abs=0.01)


def test_shares_of_chance_pairs_are_measured(found: Model) -> None:
    for field, share in TRUE_U.items():
        for name, value in share.items():
            if field != "name" or name not in RARE_LEVELS:
                assert found.u[field][name] == pytest.approx(value / sum(share.values()), abs=0.005), (field, name)
    for field in ("national_id", "old_id", "insurance_no", "phone"):
        assert found.u[field]["same"] == 1e-6  # no more than one in a million, however small the register
    assert (found.u["birth"]["same"], found.u["ward"]["same"]) == (SIZES["same_birth"], SIZES["same_ward"])
    assert all(value > 0 for field in FIELDS for value in found.u[field].values())


def test_marks_are_weighed_among_people_of_the_very_name(found: Model) -> None:
    u = found.u["name"]
    lost = found.m["name"]["no_marks"] / sum(found.m["name"][name] for name in RARE_LEVELS)
    assert u["no_marks"] == pytest.approx(lost)
    assert u["same"] == pytest.approx((1 - lost) * SIZES["same_toned"], rel=0.01)
    assert u["same"] + u["no_marks"] + u["marks_differ"] == pytest.approx(1, abs=0.01)


def test_little_data_teaches_nothing_about_true_pairs() -> None:
    pairs, chance = simulate()
    base = load_model()
    few = learn(pairs, chance, train.LEAST_RECORDS - 1)
    assert (few.m, few.in_register, few.match_threshold) == (base.m, base.in_register, base.match_threshold)
    assert few.u["sex"] != base.u["sex"]
    none = learn(pairs.slice(0, 0), chance.slice(0, 0), same_birth=0, same_ward=0)
    assert none.m == base.m
    assert {field: none.u[field] for field in ("birth", "sex", "ward", "address")} == {
        field: base.u[field] for field in ("birth", "sex", "ward", "address")
    }


def test_a_few_true_pairs_move_the_shares_little() -> None:
    pairs, chance = simulate()
    few = pairs.filter(pa.array(np.asarray(pairs["record_id"]) < 60))
    base, found = load_model(), learn(few, chance)
    for field in FIELDS:
        for name, share in base.m[field].items():
            assert abs(found.m[field][name] - share) < 0.1, (field, name)
    assert abs(found.m["phone"]["same"] - base.m["phone"]["same"]) < abs(0.6 - base.m["phone"]["same"])


def test_the_same_pairs_in_any_order_give_the_same_bytes(found: Model) -> None:
    pairs, chance = simulate()
    rng = np.random.default_rng(9)
    shuffled = pairs.take(pa.array(rng.permutation(len(pairs))))
    renamed = rng.permutation(RECORDS)[np.asarray(shuffled["record_id"])] * 1_000 + 17
    again = learn(
        pa.table({"record_id": renamed, "vector": shuffled["vector"]}),
        chance.take(pa.array(rng.permutation(len(chance)))),
    )
    assert text_of(settled(again, "trained")) == text_of(settled(found, "trained"))
    other = learn(simulate(2)[0], chance)
    assert settled(other, "trained").version != settled(found, "trained").version


def test_a_model_file_gives_the_model_back(found: Model) -> None:
    kept = settled(found, "trained")
    assert read_text(text_of(kept)) == kept
    assert text_of(settled(kept, "trained")).splitlines()[3:] == text_of(kept).splitlines()[3:]
    for field in FIELDS:
        for name in LEVELS[field][1:]:
            assert kept.m[field][name] == pytest.approx(found.m[field][name], rel=1e-5)


BEST = replace(load_model(), review_threshold=-1.0)


def choose(sure: int, bits: float, count: int, unlikely: int = 0, records: int = 1_000, veto: int = 0) -> float:
    """The threshold where so many records are certain, `count` lie at some bits, and others have no good candidate."""
    best = np.array([60.0] * sure + [bits] * count + [-9.0] * unlikely)
    vetoes = np.array([0] * sure + [veto] * count + [0] * unlikely)
    return choose_threshold(BEST, best, np.full(len(best), np.inf), vetoes, records)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((1_000, 0.0, 0), 10.0),  # nothing waits: the most careful
        ((0, 0.0, 0), 10.0),  # nothing at all
        ((990, 9.6, 7), 10.0),  # seven in a thousand may wait: as many more as chance may bring fit as well
        ((990, 9.6, 8), 9.5),  # eight may not, and few of them would be false
        ((990, 9.4, 8), 9.25),
        ((960, 9.4, 40), 9.5),  # 40/680 of a match would be false: too much, so they wait
        ((0, 10.2, 1_000), 10.0),  # false matches are not rare at any threshold
        ((980, -5.0, 20), 10.0),  # these are new people: nobody looks at them
        ((900, 3.0, 100), 5.0),  # all wait whatever is chosen: the boldest that keeps false matches rare
    ],
)
def test_a_threshold_by_hand(given: tuple[int, float, int], expected: float) -> None:
    assert choose(*given) == expected


def test_a_narrow_lead_is_as_little_sure_as_a_low_score() -> None:
    best = np.full(1_000, 60.0)
    lead = np.where(np.arange(1_000) < 8, 9.6, np.inf)
    veto = np.zeros(1_000, dtype=int)
    assert choose_threshold(BEST, best, lead, veto, 1_000) == 9.5
    assert choose_threshold(BEST, np.minimum(best, lead), np.full(1_000, np.inf), veto, 1_000) == 9.5


def test_vetoed_records_wait_at_every_threshold() -> None:
    assert choose(990, 30.0, 7, veto=3) == 10.0
    assert choose(980, 30.0, 20, veto=3) == 5.0


@pytest.mark.parametrize("seed", range(20))
def test_choosing_is_monotonic(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(seed)
    count = 3_000
    best = np.where(rng.random(count) < rng.choice([0.5, 0.9, 0.99]), 50.0, rng.uniform(-3, 14, count))
    lead, veto = np.where(rng.random(count) < 0.9, np.inf, rng.uniform(0, 20, count)), (rng.random(count) < 0.003) * 3

    def chosen(capacity: float, most_false: float) -> float:
        monkeypatch.setattr(train, "REVIEW_CAPACITY", capacity)
        monkeypatch.setattr(train, "MOST_FALSE", most_false)
        return choose_threshold(BEST, best, lead, veto, count)

    grid = {(c, f): chosen(c, f) for c in (0.0, 0.005, 0.02, 0.1, 1.0) for f in (0.0, 1e-5, 1e-4, 1e-3, 1.0)}
    assert set(grid.values()) <= set(THRESHOLDS)
    for (capacity, most_false), threshold in grid.items():
        for (more, bolder), other in grid.items():
            assert not (more >= capacity and bolder <= most_false) or other >= threshold
    monkeypatch.undo()
    threshold, sure = choose_threshold(BEST, best, lead, veto, count), np.minimum(best, lead)
    matched = sure[(sure >= threshold) & (veto == 0)]
    assert (1 / (1 + np.exp2(matched))).sum() <= MOST_FALSE * count or threshold == THRESHOLDS[0]


def test_records_that_are_linked_for_sure_do_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "REVIEW_CAPACITY", 0.0)
    monkeypatch.setattr(train, "MOST_FALSE", 1.0)
    pairs, chance = simulate()
    open_ones, sure = learn(pairs, chance), learn(pairs, chance, sure=range(RECORDS))
    assert open_ones.match_threshold < sure.match_threshold == THRESHOLDS[0]
    assert sure.m == open_ones.m


def test_a_record_that_stands_for_four_weighs_as_four() -> None:
    """Drawing one in four of the sure ones and counting it as four teaches what four of each would."""
    pairs, chance = simulate()
    number, vector = np.asarray(pairs["record_id"]), np.asarray(pairs["vector"])
    thrice = [(number[number < 1_000] + step * RECORDS, vector[number < 1_000]) for step in (1, 2, 3)]
    columns = [np.concatenate([whole, *more]) for whole, *more in zip((number, vector), *thrice, strict=True)]
    four = learn(pa.table(columns, ["record_id", "vector"]), chance, RECORDS + 3_000)
    weighed = learn(pairs, chance, sure=range(1_000), weight=4)
    assert weighed.in_register == pytest.approx(four.in_register)
    for field in FIELDS:
        assert weighed.m[field] == pytest.approx(four.m[field])
