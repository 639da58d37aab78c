"""What an agreement is worth, under any model: more agreement never counts less, and a family never makes a person."""

from itertools import product
from random import Random

import numpy as np
import pyarrow as pa
import pytest

from etl.linkage.levels import FIELDS, LEVELS, level, pack, place, unpack
from etl.linkage.model import Model
from etl.linkage.weigh import HOUSEHOLD, VETOES, levels_of, score_vectors, vetoes_of, weigh
from tests.linkage import oracle_pairs
from tests.linkage.models import all_models

MODELS = all_models()
NUMBERED = pytest.mark.parametrize("model", MODELS, ids=[f"{at}" for at in range(len(MODELS))])


def draw(count: int, seed: int = 5, **fixed: str) -> np.ndarray:
    """Vectors of any levels, some of them fixed."""
    rng = np.random.default_rng(seed)
    vectors = np.zeros(count, dtype=np.int64)
    for field, names in LEVELS.items():
        chosen = rng.integers(0, len(names), count)
        vectors += (level(field, fixed[field]) if field in fixed else chosen) * place(field)
    return vectors


@NUMBERED
@pytest.mark.parametrize("field", FIELDS)
def test_agreement_never_lowers_a_score(field: str, model: Model) -> None:
    missing, different, same = (
        score_vectors(model, draw(400, **{field: name})) for name in ("missing", "different", "same")
    )
    assert (same >= missing).all()
    assert (same >= different).all()
    assert (different <= missing).all()


@NUMBERED
def test_scores_are_the_oracles(model: Model) -> None:
    vectors = draw(300)
    for vector, score in zip(vectors.tolist(), score_vectors(model, vectors).tolist(), strict=True):
        levels = dict(unpack(vector)) | {"rarity": vector // place("rarity") % 32}
        assert score == oracle_pairs.score(model, levels)
        assert oracle_pairs.pack(levels) == pack(unpack(vector)) == vector


def test_vetoes_are_the_oracles() -> None:
    vectors = draw(5_000)
    for rules in ("vietnam", "generic"):
        for vector, veto in zip(vectors.tolist(), vetoes_of(vectors, rules).tolist(), strict=True):
            assert VETOES[veto] == oracle_pairs.veto(unpack(vector), rules)
    assert set(vetoes_of(vectors).tolist()) == set(range(len(VETOES)))
    assert {VETOES[veto] for veto in vetoes_of(vectors, "generic").tolist()} == {"", "after_death"}


@NUMBERED
def test_a_family_never_makes_a_person(model: Model) -> None:
    """Whatever else agrees: another given name, another birth, or no name and no number is never a match by itself."""
    for name, birth in product(LEVELS["name"], LEVELS["birth"]):
        is_other = name in ("near_given", "family_same", "different") or birth in ("different", "generation")
        vectors = draw(20, name=name, birth=birth, **dict.fromkeys(HOUSEHOLD, "same"))
        table = weigh(model, pa.array(vectors))
        assert not is_other or all(veto > 0 for veto in table["veto"].to_pylist())
    nameless = {"name": "missing", "national_id": "missing", "old_id": "missing", "insurance_no": "different"}
    assert vetoes_of(draw(200, **nameless)).all()


@NUMBERED
def test_what_a_family_shares_is_capped_together(model: Model) -> None:
    alone = draw(200, **dict.fromkeys(HOUSEHOLD, "missing"))
    for levels in product(("missing", "same", "different"), repeat=len(HOUSEHOLD)):
        shared = alone + sum(level(field, name) * place(field) for field, name in zip(HOUSEHOLD, levels, strict=True))
        gained = score_vectors(model, shared) - score_vectors(model, alone)
        assert (gained <= model.household_cap + 0.0011).all()


SURE = {"name": "same", "birth": "same", "sex": "same", "national_id": "same", "phone": "same", "ward": "same"}
VETOED = (
    # what differs from a pair that agrees in all, and why it may not match
    ({}, ""),
    ({"state": "newborn_name"}, "newborn_name"),
    ({"state": "after_death"}, "after_death"),
    ({"name": "family_same"}, "given_name_differs"),  # twins, and a brother's number
    ({"name": "near_given"}, "given_name_differs"),
    ({"name": "different"}, "given_name_differs"),
    ({"name": "given_same"}, ""),
    ({"name": "middle_differs"}, ""),
    ({"name": "typo"}, ""),
    ({"birth": "generation"}, "birth_differs"),  # a parent's number
    ({"birth": "different"}, "birth_differs"),
    ({"birth": "near_year"}, ""),
    ({"birth": "near_year", "sex": "different"}, "sex_and_birth_differ"),
    ({"birth": "swapped", "sex": "different"}, "sex_and_birth_differ"),
    ({"birth": "weak_same", "sex": "different"}, ""),
    ({"birth": "missing", "sex": "different"}, ""),
    ({"birth": "near_year", "sex": "missing"}, ""),
    ({"sex": "different"}, ""),
    ({"national_id": "different"}, "two_ids"),
    ({"national_id": "different", "insurance_no": "same"}, ""),
    ({"national_id": "different", "insurance_no": "typo"}, "two_ids"),
    ({"national_id": "of_another"}, ""),
    ({"national_id": "typo"}, ""),
    ({"name": "different", "birth": "generation", "state": "after_death"}, "after_death"),
    ({"name": "missing"}, ""),  # the number and the birth date say who
    ({"name": "missing", "national_id": "typo"}, "no_name"),
    ({"name": "missing", "national_id": "missing", "insurance_no": "same"}, ""),
)


def test_vetoes_by_hand() -> None:
    vectors = np.array([pack(SURE | changes) for changes, _ in VETOED])
    assert [VETOES[veto] for veto in vetoes_of(vectors).tolist()] == [why for _, why in VETOED]
    assert {why for _, why in VETOED} == set(VETOES)


def test_a_vector_keeps_every_level() -> None:
    rng = Random(3)
    for _ in range(300):
        levels = {field: rng.choice(names) for field, names in LEVELS.items()}
        assert unpack(pack(levels)) == levels
        vector = np.array([pack(levels)])
        assert {field: LEVELS[field][levels_of(vector, field)[0]] for field in LEVELS} == levels
    assert max(len(names) for names in LEVELS.values()) <= 32
