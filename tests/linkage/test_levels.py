"""Each field's level: by hand, and against the oracle on rows that hypothesis draws close together."""

from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from etl.engines.local import LocalEngine
from etl.linkage.compare import sql_for_comparison, sql_for_leading, sql_for_typo
from etl.linkage.levels import FIELDS, LEVELS, pack, unpack
from tests.linkage import oracle_pairs
from tests.linkage.key_tables import NOTHING_SAID, key_table
from tests.linkage.oracle_pairs import Known, levels_of_pair
from tests.linkage.oracle_values import Row

Pair = tuple[Row, Row, Known]
UNKNOWN = Known(rarity=7, is_id_owned=False, is_card_owned=False)


def fast_levels(pairs: list[Pair]) -> list[dict[str, str]]:
    """What the engine's SQL says of each pair; the name is missing where its spelling must be scored."""
    known = {
        "rarity": pa.array([one.rarity for *_, one in pairs], pa.int32()),
        "is_id_owned": [one.is_id_owned for *_, one in pairs],
        "is_card_owned": [one.is_card_owned for *_, one in pairs],
    }
    records = key_table([replace(one, number=at) for at, (one, *_) in enumerate(pairs)], "record_id", known)
    people = key_table([replace(one, number=at) for at, (_, one, _) in enumerate(pairs)], "person_id")
    with LocalEngine(threads=1) as engine:
        engine.register("record", records)
        engine.register("person", people)
        compared = sql_for_comparison("record r join person p on p.person_id = r.record_id")
        found = engine.query(f"""
            select vector + coalesce(name_level, 0) as vector from ({compared}) t order by record_id""")
    return [unpack(vector) for vector in found["vector"].to_pylist()]


def said(**values: Any) -> Row:
    """A row that says this alone."""
    strong = {"is_weak_birth": False} if "birth" in values else {}
    return replace(NOTHING_SAID, **{**strong, **values})


BORN = said(birth=(1990, 5, 17))
BY_HAND = (
    # field, record, person, level
    ("name", said(toned_id="lê an", key_id="le an"), NOTHING_SAID, "missing"),
    ("name", said(toned_id="lê an", key_id="le an"), said(toned_id="lê an", key_id="le an"), "same"),
    ("name", said(toned_id="le an", key_id="le an"), said(toned_id="lê an", key_id="le an"), "no_marks"),
    ("name", said(toned_id="lê ân", key_id="le an"), said(toned_id="lê an", key_id="le an"), "marks_differ"),
    ("birth", BORN, NOTHING_SAID, "missing"),
    ("birth", BORN, BORN, "same"),
    ("birth", said(birth=(1990, 1, 1), is_weak_birth=True), BORN, "weak_same"),
    ("birth", said(birth=(1988, 1, 1), is_weak_birth=True), BORN, "near_year"),
    ("birth", said(birth=(1987, 1, 1), is_weak_birth=True), BORN, "different"),
    ("birth", said(birth=(1976, 1, 1), is_weak_birth=True), BORN, "generation"),
    ("birth", said(birth=(1990, 7, 5)), said(birth=(1990, 5, 7)), "swapped"),
    ("birth", said(birth=(1990, 5, 5)), said(birth=(1990, 5, 7)), "day_differs"),
    ("birth", said(birth=(1990, 6, 17)), BORN, "month_differs"),
    ("birth", said(birth=(1991, 5, 17)), BORN, "year_differs"),
    ("birth", said(birth=(2003, 5, 17)), BORN, "year_differs"),
    ("birth", said(birth=(2004, 5, 17)), BORN, "generation"),
    ("birth", said(birth=(1990, 6, 18)), BORN, "same_year"),
    ("birth", said(birth=(1991, 6, 18)), BORN, "near_year"),
    ("birth", said(birth=(1992, 6, 18)), BORN, "different"),
    ("birth", said(birth=(2003, 6, 18)), BORN, "different"),
    ("birth", said(birth=(1976, 6, 18)), BORN, "generation"),
    ("sex", said(sex="male"), said(), "missing"),
    ("sex", said(sex="male"), said(sex="male"), "same"),
    ("sex", said(sex="male"), said(sex="female"), "different"),
    ("national_id", said(national_id="001090000001"), said(national_id="001090000001"), "same"),
    (
        "national_id",
        said(national_id="001090000001", is_id_doubtful=True),
        said(national_id="001090000001"),
        "doubtful",
    ),
    ("national_id", said(national_id="001090000010"), said(national_id="001090000001"), "typo"),
    ("national_id", said(national_id="001090000011"), said(national_id="001090000077"), "different"),
    ("old_id", said(old_id="123456780"), said(old_id="123456780"), "same"),
    ("old_id", said(old_id="123456708"), said(old_id="123456780"), "typo"),
    ("old_id", said(old_id="123456700"), said(old_id="123456799"), "different"),  # two digits, though 99 divides by 9
    ("insurance_no", said(insurance_no="0123456789"), said(insurance_no="0123456789"), "same"),
    ("insurance_no", said(insurance_no="0123456789"), said(insurance_no="9123456789"), "typo"),
    ("insurance_no", said(insurance_no="0123456789"), said(insurance_no="9123456788"), "different"),
    ("phone", said(phone="0912345678"), said(phone="0912345678"), "same"),
    ("phone", said(phone="0912345678"), said(phone="0912345679"), "different"),
    ("ward", said(ward="00004"), said(ward="00004"), "same"),
    ("ward", said(ward="00004"), said(ward="00008"), "different"),
    ("address", said(address_id=("12", "lang")), said(), "missing"),
    (
        "address",
        said(address_id=("12", "lang"), street_id=("lang",)),
        said(address_id=("12", "lang"), street_id=("lang",)),
        "same",
    ),
    ("address", said(address_id=("12",)), said(address_id=("12",)), "same"),
    (
        "address",
        said(address_id=("lang",), street_id=("lang",)),
        said(address_id=("lang",), street_id=("lang",)),
        "same_street",  # nobody said a house
    ),
    (
        "address",
        said(address_id=("12", "lang"), street_id=("lang",)),
        said(address_id=("14", "lang"), street_id=("lang",)),
        "same_street",
    ),
    ("address", said(address_id=("12",)), said(address_id=("14",)), "different"),
    ("state", said(is_newborn=True, day_limit=(2026, 1, 2)), said(day_limit=(2026, 1, 1)), "newborn_name"),
    ("state", said(day_limit=(2026, 1, 2)), said(day_limit=(2026, 1, 1)), "after_death"),
    ("state", said(day_limit=(2026, 1, 1)), said(day_limit=(2026, 1, 1)), "living"),
    ("state", said(), said(day_limit=(2026, 1, 1)), "living"),
)


def test_levels_by_hand() -> None:
    found = fast_levels([(record, person, UNKNOWN) for _, record, person, _ in BY_HAND])
    for (field, record, person, expected), levels in zip(BY_HAND, found, strict=True):
        assert levels[field] == expected, (field, record, person)


def test_every_level_of_the_fields_is_met_by_hand() -> None:
    met = {(field, level) for field, *_, level in BY_HAND}
    scored = {("name", level) for level in LEVELS["name"][4:]}  # by spelling
    owned = {("national_id", "of_another"), ("insurance_no", "of_another")}
    assert {(field, level) for field in FIELDS for level in LEVELS[field][1:]} == (met | scored | owned) - {
        one for one in met if one[1] == "missing" or one[0] == "state"
    }


def test_anothers_number_is_told_from_one_that_nobody_bears() -> None:
    record = said(national_id="001090000011", insurance_no="0123456789")
    person = said(national_id="001090000077", insurance_no="9123456788")
    owned, card = Known(0, True, False), Known(0, False, True)
    first, second = fast_levels([(record, person, owned), (record, person, card)])
    assert (first["national_id"], first["insurance_no"]) == ("of_another", "different")
    assert (second["national_id"], second["insurance_no"]) == ("different", "of_another")
    assert (first["rarity"], fast_levels([(record, person, UNKNOWN)])[0]["rarity"]) == ("1 in 1", "1 in 128")


NAMES = (("lê an", "le an"), ("le an", "le an"), ("lê ân", "le an"), ("lê anh", "le anh"), (None, None))
ADDRESSES = (None, ("12",), ("lang",), ("12", "lang"), ("14", "lang"), ("12", "ha"))
NEAR: dict[str, tuple[Any, ...]] = {
    "sex": (None, "male", "female"),
    "national_id": (None, "001090000001", "001090000010", "001090000011", "001091000001", "100190000001"),
    "old_id": (None, "000000199", "000000100", "000000109", "000000280"),
    "insurance_no": (None, "0123456789", "0123456798", "9123456789"),
    "phone": (None, "0912345678", "0912345679"),
    "ward": (None, "00004", "00008"),
    "is_id_doubtful": (False, True),
    "is_newborn": (False, False, False, True),
    "day_limit": (None, (2026, 1, 1), (2026, 1, 2)),
}
"""Values so near each other that every level is met."""


def draw_row(rng: Random) -> Row:
    """A row of such values."""
    toned, bare = rng.choice(NAMES)
    day = (rng.choice([1960, 1974, 1975, 1988, 1989, 1990, 1991]), rng.randint(1, 3), rng.randint(1, 3))
    birth, address = rng.choice([None, day, day, day]), rng.choice(ADDRESSES)
    return replace(
        NOTHING_SAID,
        toned_id=toned,
        key_id=bare,
        birth=birth,
        is_weak_birth=birth is None or birth[1:] == (1, 1) or rng.random() < 0.3,
        address_id=address,
        street_id=tuple(word for word in address or () if word.isalpha()) or None,
        **{column: rng.choice(values) for column, values in NEAR.items()},
    )


def test_levels_and_vectors_are_the_oracles() -> None:
    rng = Random(7)
    pairs = [
        (draw_row(rng), draw_row(rng), Known(rng.randint(0, 31), rng.random() < 0.5, rng.random() < 0.5))
        for _ in range(4_000)
    ]
    met = set()
    for pair, levels in zip(pairs, fast_levels(pairs), strict=True):
        expected = levels_of_pair(*pair, words=frozenset())
        if expected["name"] not in ("missing", "same", "no_marks", "marks_differ"):
            expected["name"] = "missing"  # not scored yet
        vector = oracle_pairs.pack(expected)
        assert levels == unpack(vector), pair
        assert pack(levels) == vector
        met |= set(levels.items())
    assert met >= {(field, level) for field in LEVELS if field != "name" for level in LEVELS[field]}


def sql_typos(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """What the SQL says of pairs of numbers."""
    with LocalEngine(threads=1) as engine:
        engine.register("pair", pa.table({"place": np.arange(len(left)), "a": left, "b": right}))
        found = engine.query(f"""
            select {sql_for_typo("smaller", "apart", "power")} as is_typo from (
                select *, {sql_for_leading("apart")} as power from (
                    select place, least(a, b) as smaller, abs(a - b) as apart from pair) t) t
            order by place""")
    return np.asarray(found["is_typo"])


@pytest.mark.parametrize("width", [9, 10, 12])
def test_one_digit_or_two_neighbours_exchanged_is_a_typo(width: int) -> None:
    rng = np.random.default_rng(width)
    meant, typed = [], []
    for number in ["9" * width, "1".zfill(width), *("".join(map(str, rng.integers(0, 10, width))) for _ in range(40))]:
        wrong = {number[:at] + digit + number[at + 1 :] for at in range(width) for digit in "0123456789"}
        wrong |= {number[:at] + number[at + 1] + number[at] + number[at + 2 :] for at in range(width - 1)}
        typed += [int(one) for one in wrong - {number}]
        meant += [int(number)] * len(wrong - {number})
    assert len(typed) > 40 * 9 * width
    assert sql_typos(np.array(meant), np.array(typed)).all()
    assert sql_typos(np.array(typed), np.array(meant)).all()


@pytest.mark.parametrize("width", [9, 10, 12])
def test_unlike_numbers_are_hardly_ever_a_typo(width: int) -> None:
    rng = np.random.default_rng(width)
    left, right = rng.integers(0, 10**width, (2, 100_000))
    assert sql_typos(left, right).sum() <= 1


def test_a_carry_is_no_typo() -> None:
    meant, typed = np.array([1090000039, 15, 99, 190]), np.array([1090000041, 24, 100, 280])
    assert sql_typos(meant, typed).tolist() == [False, False, False, False]


def test_typos_are_those_of_the_digits_whatever_the_difference() -> None:
    rng = np.random.default_rng(5)
    meant = rng.integers(0, 10**6, 20_000)
    steps = rng.choice(
        [digit * step * 10**power for digit in range(1, 10) for step in (1, 9) for power in range(6)], 20_000
    )
    typed = meant + steps
    near = np.arange(12_000)
    meant, typed = (
        np.concatenate([meant, np.full(12_000, 123_456_789_012)]),
        np.concatenate([typed, 123_456_789_012 + near]),
    )
    expected = [oracle_pairs.is_slip(int(one), int(other)) for one, other in zip(meant, typed, strict=True)]
    assert 0 < sum(expected) < len(expected)
    assert sql_typos(meant, typed).tolist() == expected
    assert sql_typos(typed, meant).tolist() == expected
