"""Whom the blocking passes bring: every pair once, and of a block that is too large only those who agree in more."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from etl.engines.local import LocalEngine
from etl.linkage.candidates import BLOCK_CAP, PASSES, flag_large_blocks, make_candidates, tiers_of
from tests.linkage.key_tables import NOTHING_SAID, key_table
from tests.linkage.oracle_values import Row

TIERS = tiers_of(is_generic=False)
AN = replace(
    NOTHING_SAID,
    toned_id="nguyễn văn an",
    key_id="nguyen van an",
    birth=(1990, 5, 17),
    is_weak_birth=False,
    sex="male",
    ward="00004",
    national_id="001090000001",
    old_id="012345601",
    insurance_no="0123456701",
    phone="0912345678",
    address_id=("12", "lang"),
    street_id=("lang",),
)


def find_pairs(records: list[Row], people: list[Row]) -> dict[int, Counter[tuple[int, int]]]:
    """How often each pair of record and person comes up, by tier, if no tier settles anything."""
    known = {
        "rarity": pa.array(np.zeros(len(records)), pa.int32()),
        "is_id_owned": [False] * len(records),
        "is_card_owned": [False] * len(records),
    }
    found = {}
    with LocalEngine(threads=1) as engine:
        engine.register(
            "person_key", key_table([replace(row, number=at) for at, row in enumerate(people)], "person_id")
        )
        engine.register(
            "residue", key_table([replace(row, number=at) for at, row in enumerate(records)], "record_id", known)
        )
        waiting = "residue"
        for tier in TIERS:
            flag_large_blocks(engine, waiting, tier, f"flagged_{tier}")
            waiting = f"flagged_{tier}"
            assert engine.count(waiting) == len(records)
            make_candidates(engine, waiting, tier)
            rows = engine.query("select record_id, person_id from candidate where vector is not null")
            found[tier] = Counter(zip(rows["record_id"].to_pylist(), rows["person_id"].to_pylist(), strict=True))
    return found


def said(*columns: str, **more: Any) -> Row:
    """A row that says of An only these columns."""
    if "birth" in columns:
        more = {"is_weak_birth": False, **more}
    return replace(NOTHING_SAID, **{column: getattr(AN, column) for column in columns}, **more)


def test_a_pair_that_every_pass_finds_comes_up_once() -> None:
    found = find_pairs([AN], [AN])
    assert [found[tier] for tier in TIERS] == [Counter({(0, 0): 1}), Counter(), Counter()]


BY_PASS = {
    "name_birth": said("key_id", "birth"),
    "national_id": said("national_id"),
    "old_id": said("old_id"),
    "insurance_no": said("insurance_no"),
    "birth_given": said("birth", key_id="le thi an"),
    "phone_given": said("phone", key_id="le thi an"),
    "name_year": said("key_id", birth=(1990, 1, 1)),
    "birth_ward": said("birth", "ward"),
    "phone_year": said("phone", birth=(1990, 1, 1)),
    "name_day": said("key_id", birth=(1991, 5, 17), is_weak_birth=False),
    "name_ward": said("key_id", "ward"),
}


SAYING_LESS = (
    AN,
    replace(AN, is_weak_birth=True),
    replace(AN, key_id=None),
    replace(AN, birth=None, is_weak_birth=True),
)
"""Of the person: all; the year for sure; no name; no birth date."""


def test_each_pass_finds_what_says_only_its_columns() -> None:
    """In the tier that is its own; where one of its columns is not said, or too vaguely, nobody comes up."""
    found = find_pairs(list(BY_PASS.values()), list(SAYING_LESS))
    assert tuple(BY_PASS) == tuple(one.name for one in PASSES)
    for at, one in enumerate(PASSES):
        needs_name, needs_birth = (
            any(column in names for column in one.columns)
            for names in (("key_id", "given_id"), ("birth", "birth_year", "birth_month"))
        )
        comes = (True, not one.strong_birth, not needs_name, not needs_birth)
        expected = Counter({(at, person): 1 for person in range(len(SAYING_LESS)) if comes[person]})
        for tier, pairs in found.items():
            mine = Counter({pair: times for pair, times in pairs.items() if pair[0] == at})
            assert mine == (expected if tier == one.tier else Counter()), one.name


CROWDS = {
    # the pass: what refines it, for a record that agrees and for one that does not; whom `name_birth` leaves out for
    # the sex, `birth_given` brings, for the family name is the same
    "name_birth": ({"sex": "male"}, {"sex": "female"}),
    "national_id": ({"key_id": AN.key_id}, {"key_id": "le thi hoa"}),
    "old_id": ({"key_id": AN.key_id}, {"key_id": "le thi hoa"}),
    "insurance_no": ({"key_id": AN.key_id}, {"key_id": "le thi hoa"}),
    "birth_given": ({"key_id": "nguyen thi an"}, {"key_id": "le thi an"}),
    "phone_given": ({"birth": (1990, 1, 1)}, {"birth": (1991, 1, 1)}),
    "name_year": ({"ward": "00004"}, {"ward": "00008"}),
    "birth_ward": ({"key_id": "nguyen thi hoa", "sex": "male"}, {"key_id": "nguyen thi hoa", "sex": "female"}),
    "phone_year": ({"key_id": "nguyen thi hoa"}, {"key_id": "le thi hoa"}),
    "name_day": ({"ward": "00004"}, {"ward": "00008"}),
    "name_ward": ({"street_id": ("lang",)}, {"street_id": ("doi",)}),
}


@pytest.mark.parametrize("people", [BLOCK_CAP, BLOCK_CAP + 1])
def test_a_block_that_is_too_large_asks_for_more(people: int) -> None:
    """With a hundred people all of them come up; with one more, only where the record agrees in what refines."""
    records = []
    for name, (agreeing, other) in CROWDS.items():
        records += [replace(BY_PASS[name], **agreeing), replace(BY_PASS[name], **other), BY_PASS[name]]
    total: Counter[tuple[int, int]] = sum(find_pairs(records, [AN] * people).values(), Counter())
    assert set(total.values()) == {1}
    came = Counter(record for record, _ in total)
    for at, name in enumerate(CROWDS):
        expected = (True, False, False) if people > BLOCK_CAP and name != "name_birth" else (True, True, True)
        assert [came[3 * at + place] for place in range(3)] == [people if comes else 0 for comes in expected], name


def test_what_is_large_for_one_record_is_not_for_another() -> None:
    namesakes = [replace(AN, birth=(1990, 1, 2 + at % 27), ward=f"{at:05d}") for at in range(BLOCK_CAP + 1)]
    rare = replace(said("key_id", birth=(1991, 1, 1)))
    found = find_pairs([said("key_id", birth=(1990, 1, 1)), rare], [*namesakes, replace(AN, birth=(1991, 3, 3))])
    assert sum(found.values(), Counter()) == Counter({(1, BLOCK_CAP + 1): 1})


def test_those_whose_day_is_not_known_make_no_block_large_that_is_told_by_days() -> None:
    people = [AN] * BLOCK_CAP + [replace(AN, is_weak_birth=True)] * 9
    found = find_pairs([BY_PASS["birth_given"], BY_PASS["birth_ward"]], people)
    assert sum(found.values(), Counter()) == Counter({(at, person): 1 for at in (0, 1) for person in range(BLOCK_CAP)})
