"""Verified values, lists, conflicts and corrected rows: which value is shown, and what is kept beside it."""

from datetime import date, datetime
from typing import Any

import pytest

from etl.books.survivorship import FIELD_NAMES, ORDER
from etl.contracts import PERSON_RECORD, REGISTER_PERSON
from etl.contracts.book import PERSON_FIELDS, RULES, SURVIVORSHIP
from tests.books.given import REGISTERED, Rows, books, record

CARD = {"national_id": REGISTERED["national_id"], "birth_date": REGISTERED["birth_date"]}
OLD, NEW = date(2025, 1, 1), date(2026, 9, 1)


def kept(found: dict[str, Rows], field: str) -> Rows:
    return [row for row in found["field_value"] if row["field_name"] == field]


def test_every_field_has_its_rule_and_the_rules_their_order() -> None:
    assert {one.field_name for one in SURVIVORSHIP} == {*FIELD_NAMES, "insurance_card"}
    assert set(FIELD_NAMES) == {field.name for field in PERSON_FIELDS} - {"birth_precision"}
    for one in SURVIVORSHIP:
        assert one.kind in ("lasting", "changing", "list")
        assert one.field_name in PERSON_RECORD.arrow_schema.names
        assert one.in_register == (one.field_name in REGISTER_PERSON.arrow_schema.names)
    assert tuple(ORDER) == RULES


def test_a_verified_value_goes_before_a_newer_one() -> None:
    found = books(
        [
            record(1, full_name="Nguyễn Văn An", phone="0911111111", as_of_date=OLD, **CARD),
            record(2, full_name="Nguyễn Văn An", phone="0922222222", as_of_date=NEW),
        ],
        {1: 1, 2: 1},
    )
    phones = [(row["value"], row["rule"], row["is_verified"]) for row in kept(found, "phone")]
    assert phones == [("0911111111", "verified", True), ("0922222222", "newest", False)]
    assert found["health_book"][0]["phone"] == "0911111111"


@pytest.mark.parametrize(
    "unsure",
    [
        {"national_id": REGISTERED["national_id"]},
        {"national_id": "001090000002", "birth_date": REGISTERED["birth_date"]},
        {"national_id": REGISTERED["national_id"], "birth_date": date(1990, 5, 1), "birth_precision": "month"},
        {"national_id": REGISTERED["national_id"], "birth_date": date(1991, 5, 17)},
    ],
)
def test_only_the_card_s_number_with_the_birth_date_verifies(unsure: dict[str, Any]) -> None:
    found = books([record(1, phone="0911111111", **unsure)], {1: 1})
    assert [row["is_verified"] for row in kept(found, "phone")] == [False]
    provisional = books([record(1, phone="0911111111", **CARD)], {1: -1})
    assert [row["is_verified"] for row in kept(provisional, "phone")] == [False]


def test_lists_keep_all_with_first_and_last_day_and_who_said_so() -> None:
    found = books(
        [
            record(1, address="Số 1", insurance_card="GD4010123456789", as_of_date=OLD),
            record(2, address="Số 1", insurance_card="HT3010123456789", as_of_date=NEW, sender_code="CS01929"),
            record(3, address="Số 2", as_of_date=OLD),
        ],
        {1: -1, 2: -1, 3: -1},
    )
    assert [
        (row["value"], row["first_on"], row["as_of_date"], row["sender_codes"], row["record_count"])
        for row in kept(found, "address")
    ] == [("Số 1", OLD, NEW, ["CS01929", "PX00004"], 2), ("Số 2", OLD, OLD, ["PX00004"], 1)]
    assert [row["value"] for row in kept(found, "insurance_card")] == ["HT3010123456789", "GD4010123456789"]
    assert not any(row["is_conflicting"] for row in found["field_value"])


def test_trusted_sources_that_disagree_are_a_conflict() -> None:
    found = books(
        [
            record(1, full_name="Nguyễn Văn Ân", blood_group="A+", occupation_code="00001", **CARD),
            record(2, full_name="Nguyễn Văn An", blood_group="B+", occupation_code="00002", **CARD),
            record(3, full_name="Nguyễn Văn Anh", blood_group="O+"),
        ],
        {1: 1, 2: 1, 3: 1},
    )
    conflicts = {(row["field_name"], row["value"]) for row in found["field_value"] if row["is_conflicting"]}
    assert conflicts == {("full_name", "Nguyễn Văn Ân"), ("blood_group", "A+"), ("blood_group", "B+")}


def test_a_newborn_s_verified_name_is_no_conflict_and_comes_last() -> None:
    found = books(
        [
            record(1, full_name="Con bà Lan", is_newborn_name=True, **CARD),
            record(2, full_name="Nguyễn Văn Bé"),
        ],
        {1: 1, 2: 1},
    )
    assert [(row["value"], row["is_conflicting"]) for row in kept(found, "full_name")] == [
        ("Nguyễn Văn Bé", False),
        ("Con bà Lan", False),
    ]


def row_of(record_id: int, batch_id: int, phone: str, **told: Any) -> dict[str, Any]:
    own = {"source_person_id": "BN1", "as_of_date": NEW, **told}
    return record(record_id, batch_id=batch_id, full_name="Lê Lợi", phone=phone, **own)


@pytest.mark.parametrize(
    ("later", "is_replaced"),
    [
        ({}, True),
        ({"batch_id": 1}, False),
        ({"source_person_id": "BN2"}, False),
        ({"as_of_date": OLD}, False),
        ({"sender_code": "PX00008"}, False),
        ({"source_person_id": None}, False),
    ],
)
def test_a_row_sent_again_corrected_replaces_what_it_said_of_the_person(
    later: dict[str, Any], is_replaced: bool
) -> None:
    second = {**row_of(2, 2, "0922222222"), **later}
    found = books(
        [row_of(1, 1, "0911111111"), second],
        {1: -1, 2: -1},
        allergy=[{"record_id": 1, "batch_id": 1, "row_no": 1, "line_no": 1, "substance": "Tôm"}],
    )
    assert ("0911111111" in [row["value"] for row in kept(found, "phone")]) != is_replaced
    assert [row["substance"] for row in found["allergy"]] == ["Tôm"], "its lines stay"
    assert found["health_book"][0]["record_count"] == 2
    apart = books([row_of(1, 1, "0911111111"), second], {1: -1, 2: -2})
    assert len(kept(apart, "phone")) == 2, "whom they are linked to is part of it"


def test_a_visit_corrected_to_another_person_leaves_the_first() -> None:
    visits = [
        {"record_id": n, "batch_id": n, "row_no": 1, "facility_code": "01929", "source_encounter_id": "LK1",
         "started_at": datetime(2026, 9, 1)}
        for n in (1, 2)
    ]  # fmt: skip
    records = [
        record(1, sender_code="CS01929", full_name="Lê Lợi", phone="0911111111"),
        record(2, sender_code="CS01929", full_name="Lê Lai", batch_id=2),
    ]
    found = books(records, {1: 1, 2: -2}, encounter=visits)
    assert [(row["person_id"], row["record_id"]) for row in found["encounter"]] == [(-2, 2)]
    assert [book["person_id"] for book in found["health_book"]] == [-2]
    assert kept(found, "phone") == []
    other = [record(1, sender_code="CS01930", full_name="Lê Lợi"), records[1]]
    assert len(books(other, {1: 1, 2: -2}, encounter=visits)["encounter"]) == 2, "nobody corrects another's rows"
