"""Encounters that two senders told of are one, whatever order they came in; whatever could be meant otherwise is not."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import combinations, permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.books.encounters import FILLED, VISIT_KINDS
from etl.engines.local import LocalEngine
from tests.books.given import Rows, books, build_in, record

MORNING, NIGHT, NEXT_DAY = datetime(2026, 9, 1, 8), datetime(2026, 9, 1, 22), datetime(2026, 9, 2, 8)


@pytest.fixture(scope="module")
def engine() -> Iterator[LocalEngine]:
    with LocalEngine(threads=1) as one:
        yield one


def visit(record_id: int, sender: str, number: str | None = None, **told: Any) -> dict[str, Any]:
    return {
        "record_id": record_id,
        "batch_id": 1,
        "row_no": record_id,
        "sender_code": sender,
        "facility_code": "01929",
        "source_encounter_id": number,
        "started_at": MORNING,
        **told,
    }


def built(visits: Rows, people: dict[int, int] | None = None, **lines: Rows) -> dict[str, Rows]:
    records = [record(v["record_id"], sender_code=v["sender_code"], full_name="Lê Lợi") for v in visits]
    stays = [{name: value for name, value in v.items() if name != "sender_code"} for v in visits]
    return books(records, people or {v["record_id"]: -1 for v in visits}, encounter=stays, **lines)


def line(record_id: int, line_no: int, **told: Any) -> dict[str, Any]:
    return {"record_id": record_id, "batch_id": 1, "row_no": record_id, "line_no": line_no, **told}


def test_a_hospital_s_visit_and_a_ward_s_row_of_it_are_one_with_both_sources() -> None:
    found = built(
        [
            visit(1, "PX00004", main_icd10_code="I10", reason="đau đầu", department_code="K01"),
            visit(2, "CS01929", "LK1", main_icd10_code="I10.1", visit_type_code="01", started_at=NIGHT),
        ],
        medication=[
            line(1, 1, drug_name="AMLODIPIN", quantity=30),
            line(1, 2, drug_name="Amlodipin", quantity=30),
            line(2, 1, drug_name="Amlodipin", quantity=30),
            line(1, 3, drug_name="Aspirin", quantity=10),
        ],
        diagnosis=[line(1, 1, icd10_code="I10", is_main=True), line(2, 1, icd10_code="I10.1", is_main=True)],
    )
    [one] = found["encounter"]
    assert (one["record_id"], one["started_at"], one["reason"], one["main_icd10_code"]) == (
        2,
        NIGHT,
        "đau đầu",
        "I10.1",
    )
    [further] = found["encounter_source"]
    assert (further["encounter_id"], further["record_id"], further["row_no"], further["rule"]) == (2, 1, 1, "same_day")
    assert sorted(further["field_names"]) == ["department_code", "reason"]
    drugs = [(row["record_id"], row["drug_name"]) for row in found["medication"]]
    assert sorted(drugs) == [(1, "Amlodipin"), (1, "Aspirin"), (2, "Amlodipin")], "told twice by one, once by the other"
    assert [(row["icd10_code"], row["is_main"]) for row in found["diagnosis"]] == [("I10", False), ("I10.1", True)]
    assert [book["encounter_count"] for book in found["health_book"]] == [1]


@pytest.mark.parametrize(
    ("other", "is_one"),
    [
        ({"main_icd10_code": "I10.9"}, True),
        ({"visit_type_code": "02"}, True),
        ({"main_icd10_code": "I10", "visit_type_code": "KSK"}, True),
        ({}, False),
        ({"visit_type_code": "KSK"}, False),
        ({"main_icd10_code": "E11"}, False),
        ({"main_icd10_code": "E11", "visit_type_code": "01"}, False),
        ({"main_icd10_code": "I10", "visit_type_code": "03"}, False),
        ({"main_icd10_code": "I10", "started_at": NEXT_DAY}, False),
        ({"main_icd10_code": "I10", "facility_code": "01006"}, False),
        ({"main_icd10_code": "I10", "facility_code": None}, False),
        ({"main_icd10_code": "I10", "is_restricted": True}, False),
        ({"main_icd10_code": "I10", "source_encounter_id": "LK2"}, False),
        ({"source_encounter_id": "LK1", "started_at": NEXT_DAY}, True),
    ],
)
def test_what_makes_two_visits_one(other: dict[str, Any], is_one: bool) -> None:
    first = visit(1, "CS01929", "LK1", main_icd10_code="I10", visit_type_code="01")
    found = built([first, {**visit(2, "QH001"), **other}])
    assert len(found["encounter"]) == (1 if is_one else 2)


def test_two_visits_of_one_source_are_two_and_hold_a_third_apart() -> None:
    day = {"main_icd10_code": "I10"}
    found = built([visit(1, "CS01929", "LK1", **day), visit(2, "CS01929", "LK2", **day), visit(3, "PX00004", **day)])
    assert len(found["encounter"]) == 3
    assert found["encounter_source"] == []


def test_the_same_visit_of_two_people_is_two() -> None:
    day = {"main_icd10_code": "I10"}
    found = built([visit(1, "CS01929", "LK1", **day), visit(2, "PX00004", **day)], {1: -1, 2: -2})
    assert len(found["encounter"]) == 2


# ---- plain Python beside it


def kind_of(code: str | None) -> str | None:
    return None if code is None else next((kind for kind, codes in VISIT_KINDS.items() if code in codes), "clinic")


def source_of(one: dict[str, Any]) -> tuple[str, bool]:
    return one["sender_code"], one["source_encounter_id"] is None


def are_alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two visits of one person could be one event."""
    if source_of(one) == source_of(other) or one["facility_code"] is None:
        return False
    if one["facility_code"] != other["facility_code"] or one["is_restricted"] != other["is_restricted"]:
        return False
    numbers = one["source_encounter_id"], other["source_encounter_id"]
    if None not in numbers:
        return numbers[0] == numbers[1]
    kinds = kind_of(one["visit_type_code"]), kind_of(other["visit_type_code"])
    codes = [code and code[:3] for code in (one["main_icd10_code"], other["main_icd10_code"])]
    if one["started_at"].date() != other["started_at"].date():
        return False
    if None not in codes and codes[0] != codes[1]:
        return False
    if None not in kinds and (kinds[0] == "stay") != (kinds[1] == "stay"):
        return False
    return (None not in codes and codes[0] == codes[1]) or (None not in kinds and kinds[0] == kinds[1])


def events_of(visits: Rows) -> set[frozenset[int]]:
    """Groups of visits that are one event: found by walking along pairs, then thrown away unless all of them are pairs."""
    partners = {
        one["record_id"]: {other["record_id"] for other in visits if other is not one and are_alike(one, other)}
        for one in visits
    }
    by_id = {one["record_id"]: one for one in visits}

    def is_only(one: int, other: int) -> bool:
        return sum(source_of(by_id[third]) == source_of(by_id[other]) for third in partners[one]) == 1

    pairs = {frozenset(pair) for pair in permutations(by_id, 2) if pair[1] in partners[pair[0]]}
    pairs = {pair for pair in pairs if all(is_only(*order) for order in permutations(pair))}
    groups: list[set[int]] = []
    for record_id in by_id:
        touching = [group for group in groups if any(frozenset((record_id, other)) in pairs for other in group)]
        groups = [group for group in groups if group not in touching] + [set().union({record_id}, *touching)]
    found: set[frozenset[int]] = set()
    for group in groups:
        whole = all(frozenset(pair) in pairs for pair in combinations(group, 2))
        found |= {frozenset(group)} if whole else {frozenset((one,)) for one in group}
    return found


def rank_of(one: dict[str, Any]) -> tuple[bool, int, int]:
    return (
        one["source_encounter_id"] is None,
        -sum(one.get(name) is not None for name in FILLED),
        one["record_id"],
    )


def drugs_of(event: Iterable[int], lines: Rows) -> Counter[tuple[str, int | None]]:
    """Each drug as often as the source that tells of it most often."""
    told = [
        Counter((row["drug_name"].lower(), row["quantity"]) for row in lines if row["record_id"] == one)
        for one in event
    ]
    most: Counter[tuple[str, int | None]] = Counter()
    for one in told:
        most |= one
    return most


VISITS = st.lists(
    st.fixed_dictionaries(
        {
            "sender_code": st.sampled_from(["CS01929", "PX00004", "QH001"]),
            "facility_code": st.sampled_from(["01929", "01929", "01929", "01006", None]),
            "source_encounter_id": st.sampled_from([None, None, "1", "2", "3"]),
            "started_at": st.sampled_from([MORNING, NIGHT, NEXT_DAY]),
            "main_icd10_code": st.sampled_from([None, "I10", "I10.1", "E11"]),
            "visit_type_code": st.sampled_from([None, "01", "03", "KSK"]),
            "is_restricted": st.sampled_from([False, False, False, True]),
            "reason": st.sampled_from([None, "sốt", "ho"]),
            "person_id": st.sampled_from([-1, -1, 1]),
            "drugs": st.lists(
                st.tuples(st.sampled_from(["Aspirin", "ASPIRIN", "Paracetamol"]), st.sampled_from([None, 1, 2])),
                max_size=3,
            ),
        }
    ),
    max_size=6,
    unique_by=lambda one: (one["sender_code"], one["facility_code"], one["source_encounter_id"] or object()),
)


@settings(max_examples=60, deadline=None)
@given(drawn=VISITS, seed=st.integers(0, 9))
def test_events_sources_and_lines_are_those_of_plain_python(engine: LocalEngine, drawn: Rows, seed: int) -> None:
    visits = [{**one, "record_id": n, "batch_id": 1, "row_no": n} for n, one in enumerate(drawn, 1)]
    lines = [
        line(one["record_id"], n, drug_name=name, quantity=quantity, is_restricted=one["is_restricted"])
        for one in visits
        for n, (name, quantity) in enumerate(one["drugs"], 1)
    ]
    people_of = {one["record_id"]: one["person_id"] for one in visits}
    records = [record(one["record_id"], sender_code=one["sender_code"], full_name="Lê Lợi") for one in visits]
    stays = [{name: one[name] for name in one if name not in ("sender_code", "person_id", "drugs")} for one in visits]
    for rows in (records, stays, lines):
        random.Random(seed).shuffle(rows)
    found = build_in(engine, records, people_of, encounter=stays, medication=lines)

    events = {event for person in (-1, 1) for event in events_of([one for one in visits if one["person_id"] == person])}
    sources: dict[int, set[int]] = {row["record_id"]: {row["record_id"]} for row in found["encounter"]}
    for row in found["encounter_source"]:
        sources[row["encounter_id"]].add(row["record_id"])
    assert set(map(frozenset, sources.values())) == events
    by_id = {one["record_id"]: one for one in visits}
    shown = {row["record_id"]: row for row in found["encounter"]}
    filled = {row["record_id"]: set(row["field_names"]) for row in found["encounter_source"]}
    for event in events:
        first, *others = sorted((by_id[one] for one in event), key=rank_of)
        assert first["record_id"] in shown
        for name in FILLED:
            told = [one for one in (first, *others) if one.get(name) is not None]
            assert shown[first["record_id"]][name] == (told[0][name] if told else None)
            from_others = {one["record_id"] for one in others if name in filled[one["record_id"]]}
            assert from_others == ({told[0]["record_id"]} - {first["record_id"]} if told else set())
        kept = Counter(
            (row["drug_name"].lower(), row["quantity"]) for row in found["medication"] if row["record_id"] in event
        )
        assert kept == drugs_of(event, lines)
