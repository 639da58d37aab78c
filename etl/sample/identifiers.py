"""Numbers that identify: citizen IDs, old IDs, insurance numbers and cards, phones, passports."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import reference

CITY_PREFIX = "001"
NEAR_PREFIXES = {
    "036": 9,
    "034": 8,
    "038": 9,
    "040": 6,
    "033": 6,
    "030": 6,
    "035": 5,
    "025": 5,
    "026": 5,
    "024": 5,
    "027": 4,
    "037": 4,
    "031": 4,
    "017": 3,
    "022": 3,
    "042": 3,
    "019": 3,
    "015": 2,
}
"""Provinces from which people come to the city, with weights; all others weigh 1."""
MOBILE_PREFIXES = (
    "032",
    "033",
    "034",
    "035",
    "036",
    "037",
    "038",
    "039",
    "070",
    "076",
    "077",
    "078",
    "079",
    "081",
    "082",
    "083",
    "084",
    "085",
    "056",
    "058",
    "086",
    "088",
    "089",
    "090",
    "091",
    "093",
    "094",
    "096",
    "097",
    "098",
    "099",
)
OLD_CARD_UNTIL = 2004
"""Who was born later never had an old identity card."""


def draw_until_unique(rng: np.random.Generator, prefix: np.ndarray, span: int) -> np.ndarray:
    """`prefix * span + random`, each number once: those drawn twice are drawn again."""
    numbers = prefix.astype(np.int64) * span + rng.integers(0, span, len(prefix))
    while True:
        order = np.argsort(numbers, kind="stable")
        again = order[1:][np.diff(numbers[order]) == 0]
        if not len(again):
            return numbers
        numbers[again] = prefix[again].astype(np.int64) * span + rng.integers(0, span, len(again))


def draw_citizen_ids(
    rng: np.random.Generator, birth_year: np.ndarray, sex: np.ndarray, born_here: np.ndarray
) -> np.ndarray:
    """Citizen IDs as integers (print with 12 digits): province, century and sex, year, six random digits."""
    prefixes = reference.provinces()["id_prefix"].to_pylist()
    weight = np.array([NEAR_PREFIXES.get(prefix, 1.0) for prefix in prefixes]) * (np.array(prefixes) != CITY_PREFIX)
    province = np.array(prefixes, dtype=np.int64)[rng.choice(len(prefixes), len(sex), p=weight / weight.sum())]
    province = np.where(born_here, int(CITY_PREFIX), province)
    century_sex = (birth_year // 100 - 19) * 2 + (sex == 2)
    return draw_until_unique(rng, province * 1000 + century_sex * 100 + birth_year % 100, 1_000_000)


def draw_old_ids(rng: np.random.Generator, birth_year: np.ndarray, born_here: np.ndarray) -> pa.Array:
    """Nine-digit numbers for three in four of those old enough, else null."""
    prefix = np.where(born_here, rng.integers(10, 20, len(birth_year)), rng.integers(30, 280, len(birth_year)))
    numbers = draw_until_unique(rng, prefix, 1_000_000)
    has_one = (birth_year <= OLD_CARD_UNTIL) & (rng.random(len(birth_year)) < 0.75)
    return pc.if_else(pa.array(has_one), digits(numbers, 9), None)


def draw_cards(rng: np.random.Generator, age: np.ndarray, is_poor: np.ndarray) -> tuple[pa.Array, pa.Array]:
    """Insurance numbers of 10 digits and cards of 15 characters; null for the 6 % who have none."""
    number = digits(draw_until_unique(rng, rng.integers(1, 99, len(age)), 100_000_000), 10)
    work = np.array(["DN4", "DN4", "DN4", "HC4", "GD4", "GD4", "CH4", "TK4"])[rng.integers(0, 8, len(age))]
    kind = np.select(
        [age < 6, age < 18, age < 23, age >= 80, age >= 60, is_poor],
        ["TE1", "HS4", "SV4", "CT2", "HT3", "HN1"],
        default=work,
    )
    card = pc.binary_join_element_wise(pa.array(kind), "01", number, "")
    has_one = pa.array(rng.random(len(age)) < 0.94)
    return pc.if_else(has_one, number, None), pc.if_else(has_one, card, None)


def draw_phones(rng: np.random.Generator, count: int) -> pa.Array:
    """Mobile numbers of ten digits."""
    prefix = pa.array(MOBILE_PREFIXES).take(pa.array(rng.integers(0, len(MOBILE_PREFIXES), count)))
    return pc.binary_join_element_wise(prefix, digits(rng.integers(0, 10_000_000, count), 7), "")


def draw_passports(rng: np.random.Generator, count: int) -> pa.Array:
    """One capital and seven digits."""
    letter = pa.array(list("CEGKMNP")).take(pa.array(rng.integers(0, 7, count)))
    return pc.binary_join_element_wise(letter, digits(rng.integers(1_000_000, 10_000_000, count), 7), "")


def digits(numbers: np.ndarray, width: int) -> pa.Array:
    """Numbers as text with leading zeros."""
    return pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width, "0")
