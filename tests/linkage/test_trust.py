"""Numbers that too many bear, and how rare a name is."""

from dataclasses import replace

import pytest

from etl.engines.local import LocalEngine
from etl.linkage.residue import sql_for_rarity
from etl.linkage.trust import SHARED_BY, find_shared
from tests.linkage import oracle
from tests.linkage.key_tables import NOTHING_SAID, key_table, number_text
from tests.linkage.oracle_values import Row

NONE_SHARED: dict[str, set[int]] = {column: set() for column in SHARED_BY}
NUMBERS = {"national_id": "001090000001", "old_id": "012345601", "insurance_no": "0123456701", "phone": "0912345678"}


def shared(records: list[Row]) -> dict[str, set[int]]:
    """The numbers that are shared, by kind."""
    with LocalEngine(threads=1) as engine:
        engine.register("record_key", key_table(records, "record_id"))
        find_shared(engine)
        return {
            column: set(engine.query(f"select number from shared_{column}")["number"].to_pylist())
            for column in SHARED_BY
        }


def bearers(column: str, people: int, times: int = 1) -> list[Row]:
    """Records of so many people, each a few times, under one number; every other says no birth date or no name."""
    rows = []
    for at in range(people):
        name = f"nguyen van {chr(97 + at)}" if at != 1 else None
        birth = (1950 + at, 5, 17) if at != 2 else None
        row = replace(NOTHING_SAID, key_id=name, toned_id=name, birth=birth, **{column: NUMBERS[column]})
        rows += [row] * times
    return rows


@pytest.mark.parametrize("column", SHARED_BY)
def test_a_number_is_shared_from_one_person_too_many(column: str) -> None:
    most, number = SHARED_BY[column], {int(NUMBERS[column])}
    assert shared(bearers(column, most, times=20)) == NONE_SHARED
    assert shared(bearers(column, most + 1)) == NONE_SHARED | {column: number}


@pytest.mark.parametrize(
    ("change", "is_another"),
    [
        ({"birth": (1990, 1, 1), "is_weak_birth": True}, False),  # the same year
        ({"toned_id": "trần văn ân", "key_id": "tran van an"}, False),  # the same given name: family names go wrong
        ({"sex": "female"}, False),
        ({"birth": (1991, 5, 17)}, True),
        ({"key_id": "nguyen van binh"}, True),
        ({"birth": None}, True),
        ({"key_id": None}, True),
    ],
)
def test_people_are_told_apart_by_given_name_and_year(change: dict[str, object], is_another: bool) -> None:
    others = bearers("national_id", 3)[1:] + bearers("national_id", 4)[3:]
    an = replace(NOTHING_SAID, key_id="nguyen van an", birth=(1990, 5, 17), national_id=NUMBERS["national_id"])
    records = [*others[:2], an, replace(an, **change)]
    assert bool(shared(records)["national_id"]) == is_another
    assert bool(oracle.find_shared(records, "national_id", 3)) == is_another


@pytest.mark.parametrize(
    ("bearers", "size", "bits"),
    [(1, 1, 0), (1, 2, 1), (1, 3, 1), (1, 1024, 10), (3, 1024, 8), (1023, 1024, 0), (512, 1024, 1), (513, 1024, 0)],
)
def test_rarity_is_the_share_of_the_register_in_whole_bits(bearers: int, size: int, bits: int) -> None:
    rows = [replace(NOTHING_SAID, number=at, key_id="le an" if at < bearers else None) for at in range(bearers + 2)]
    with LocalEngine(threads=1) as engine:
        engine.register("person_key", key_table(rows, "person_id"))
        counted = engine.query(sql_for_rarity(size)).to_pylist()
    assert counted == [{"key_id": number_text("le an"), "people": bearers, "rarity": bits}]


def test_rarity_ends_at_the_highest_level() -> None:
    with LocalEngine(threads=1) as engine:
        engine.register("person_key", key_table([replace(NOTHING_SAID, key_id="le an")], "person_id"))
        assert engine.query(sql_for_rarity(2**31))["rarity"].to_pylist() == [31]
        assert engine.query(sql_for_rarity(2**40))["rarity"].to_pylist() == [31]
