"""What an agreement is worth: bits for each field's level, capped for what a family shares, and what forbids a match.

All of it follows from the comparison vector and the model alone.
"""

import math

import numpy as np
import pyarrow as pa

from etl.linkage.levels import BASE, FIELDS, LEVELS, level, place
from etl.linkage.model import Model

HOUSEHOLD = ("phone", "ward", "address")
"""What a family shares: capped as a group, so that family evidence never makes a person."""
RARE_LEVELS = ("same", "no_marks", "marks_differ")
"""Levels of the name that are worth the rarity of that very name."""
VETOES = (
    "",
    "newborn_name",
    "after_death",
    "given_name_differs",
    "birth_differs",
    "sex_and_birth_differ",
    "two_ids",
    "no_name",  # nor a number of the person's own: birth date and home are a twin's as well
)
"""Why a pair may not become a match by itself, however much agrees; the first that fits is named."""
GIVEN_DIFFERS = ("near_given", "family_same", "different")
BIRTH_DIFFERS = ("different", "generation")


def weights_of(model: Model, field: str) -> np.ndarray:
    """Bits of each level of a field; 0 for missing.

    Agreement never speaks against a pair and difference never for it, whatever odd data taught.
    """
    bits = np.zeros(BASE)
    for name in LEVELS[field][1:]:
        bits[level(field, name)] = math.log2(model.m[field][name] / model.u[field][name])
    same, different = level(field, "same"), level(field, "different")
    bits[same], bits[different] = max(bits[same], 0.0), min(bits[different], 0.0)
    return bits


def levels_of(vectors: np.ndarray, field: str) -> np.ndarray:
    """The number of the field's level in each vector."""
    return vectors // place(field) % BASE


def field_weights(model: Model, vectors: np.ndarray) -> dict[str, np.ndarray]:
    """Bits of each field in each vector, before caps."""
    bits = {field: weights_of(model, field)[levels_of(vectors, field)] for field in FIELDS}
    is_rare = np.isin(levels_of(vectors, "name"), [level("name", name) for name in RARE_LEVELS])
    bits["name"] = bits["name"] + np.where(is_rare, np.minimum(levels_of(vectors, "rarity"), model.rarity_cap), 0)
    return bits


def score_vectors(model: Model, vectors: np.ndarray) -> np.ndarray:
    """Posterior bits (log2 odds) that the person is the record's, against nobody in the register; three decimals."""
    bits = field_weights(model, vectors)
    household = sum(bits[field] for field in HOUSEHOLD)
    personal = sum(bits[field] for field in FIELDS if field not in HOUSEHOLD)
    return np.round(personal + np.minimum(household, model.household_cap) + model.prior_bits, 3)


def vetoes_of(vectors: np.ndarray, rules: str = "vietnam") -> np.ndarray:
    """The place in `VETOES` of what forbids each vector to match, 0 for nothing. Generic rules forbid only the dead."""

    def at(field: str, *names: str) -> np.ndarray:
        return np.isin(levels_of(vectors, field), [level(field, name) for name in names])

    if rules == "generic":
        return np.where(at("state", "after_death"), VETOES.index("after_death"), 0)
    birth_differs = at(
        "birth", *BIRTH_DIFFERS, "same_year", "near_year", "day_differs", "month_differs", "year_differs", "swapped"
    )
    return np.select(
        [
            at("state", "newborn_name"),
            at("state", "after_death"),
            at("name", *GIVEN_DIFFERS),
            at("birth", *BIRTH_DIFFERS),
            at("sex", "different") & birth_differs,
            at("national_id", "different") & ~at("insurance_no", "same"),
            at("name", "missing") & ~(at("national_id", "same") | at("old_id", "same") | at("insurance_no", "same")),
        ],
        list(range(1, len(VETOES))),
        0,
    )


def weigh(model: Model, vectors: pa.Array) -> pa.Table:
    """`vector, score, veto` for distinct vectors."""
    numbers = np.asarray(vectors)
    return pa.table(
        {
            "vector": vectors,
            "score": score_vectors(model, numbers),
            "veto": vetoes_of(numbers, model.rules).astype(np.int64),
        }
    )
