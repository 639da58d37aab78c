"""Who is linked to whom, on small registers where the right answer is plain."""

from datetime import date
from typing import Any

import pyarrow as pa

from etl.contracts import PERSON_RECORD, REGISTER_PERSON
from etl.engines.local import LocalEngine
from etl.linkage.engine import link_table
from etl.linkage.model import load_model
from etl.linkage.provisional import group_provisional
from etl.standardise.text import fold

AN = {
    "person_id": 1,
    "full_name": "Nguyễn Văn An",
    "birth_date": date(1990, 5, 17),
    "sex": "male",
    "national_id": "001090000001",
    "insurance_no": "0123456789",
    "phone": "0912345678",
    "ward_code": "00004",
    "status": "resident",
}
TWIN = {
    **AN,
    "person_id": 2,
    "full_name": "Nguyễn Văn Bình",
    "national_id": "001090000002",
    "insurance_no": "0123456780",
}
MOTHER = {
    **AN,
    "person_id": 3,
    "full_name": "Trần Thị Hoa",
    "birth_date": date(1962, 2, 3),
    "sex": "female",
    "national_id": "001162000003",
    "insurance_no": "0123456781",
}
OTHERS = [
    {
        "person_id": 100 + n,
        "full_name": f"{family} {middle} {given}",
        "birth_date": date(1950 + n % 60, 1 + n % 12, 2 + n % 26),
        "sex": "male",
        "national_id": f"0010{50 + n % 60:02d}9{n:05d}",
        "ward_code": f"{n % 40:05d}",
        "status": "resident",
    }
    for n, (family, middle, given) in enumerate(
        (family, middle, given)
        for family in ("Lê", "Phạm", "Hoàng", "Vũ")
        for middle in ("Đức", "Minh", "Quang", "Hữu", "Xuân")
        for given in ("Dũng", "Hùng", "Long", "Sơn", "Tùng", "Việt", "Khoa", "Phúc", "Tâm", "Thắng")
    )
]
REGISTER = [AN, TWIN, MOTHER, *OTHERS]


def table(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    filled = [{"birth_precision": "day", **row, "full_name_toneless": fold(row["full_name"])} for row in rows]
    return pa.Table.from_pylist(filled, schema=schema)


def link(records: list[dict[str, Any]], register: list[dict[str, Any]] = REGISTER) -> dict[int, dict[str, Any]]:
    rows = [
        {"record_id": n, "batch_id": 1, "row_no": n, "sender_code": "PX00004", **record}
        for n, record in enumerate(records)
    ]
    with LocalEngine(threads=1) as engine:
        engine.register("people", table(register, REGISTER_PERSON.arrow_schema))
        engine.register("pending", table(rows, PERSON_RECORD.arrow_schema))
        engine.register("sender_record", table(rows, PERSON_RECORD.arrow_schema))
        link_table(engine, load_model())
        decisions = {row["record_id"]: row for row in engine.query("select * from decision").to_pylist()}
        for row in group_provisional(engine).to_pylist():
            decisions[row["record_id"]]["provisional_id"] = row["person_id"]
    return decisions


def said(person: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What a source would write of a person: no register number, no status."""
    return {
        key: value
        for key, value in {**person, "as_of_date": date(2026, 9, 1), **changes}.items()
        if key not in ("person_id", "status")
    }


LEFT = (
    # what is wrong with a record of An's, and the rule that finds him
    ({}, "national_id_name_birth"),
    ({"full_name": "NGUYEN VAN AN"}, "national_id_name_birth"),
    ({"birth_date": date(1990, 1, 1), "birth_precision": "year"}, "national_id_name_birth"),
    ({"national_id": None}, "insurance_no_name_birth"),
    ({"national_id": None, "insurance_no": None}, "weight"),
    ({"national_id": "001090000011", "insurance_no": None}, "weight"),
)


def test_a_person_is_found_by_what_is_left() -> None:
    decisions = link([said(AN, **changes) for changes, _ in LEFT])
    found = [(row["decision"], row["person_id"], row["rule"]) for _, row in sorted(decisions.items())]
    assert found == [("match", 1, rule) for _, rule in LEFT]


FAMILY = (
    (said(AN, full_name="Nguyễn Văn Cường"), "the ID agrees but the given name does not: a brother's number"),
    (
        said(AN, full_name="Nguyễn Văn Cường", national_id=None, insurance_no=None),
        "a third child of the same day at the same home",
    ),
    (said(AN, full_name="Nguyễn Văn C.", national_id=None, insurance_no=None), "the initial of a third child"),
    (
        said(MOTHER, full_name="Con bà Trần Thị Hoa", birth_date=date(2026, 8, 1), is_newborn_name=True),
        "a newborn under the mother's name and number",
    ),
    (said(MOTHER, full_name="Trần Thị Hoa", is_newborn_name=True), "a newborn under the mother's bare name"),
    (
        said(MOTHER, full_name="Nguyễn Thị Lan", birth_date=date(1990, 3, 4)),
        "a daughter with the mother's number, card, phone and home",
    ),
    (said(AN, full_name="Phùng Thế Tài", birth_date=date(1971, 3, 9)), "only the number agrees"),
    (said(AN, national_id="001090000099", insurance_no=None), "two IDs"),
    (said(AN, full_name="", national_id=None, insurance_no=None), "no name: birth date and home are a twin's as well"),
)


def test_family_never_becomes_a_match() -> None:
    register = [person for person in REGISTER if person is not TWIN]
    for decisions in (link([record for record, _ in FAMILY]), link([record for record, _ in FAMILY], register)):
        for (_, why), (_, decision) in zip(FAMILY, sorted(decisions.items()), strict=True):
            assert decision["decision"] != "match", why


def test_a_relatives_number_does_not_hide_the_right_person() -> None:
    decision = link([said(AN, national_id=MOTHER["national_id"], insurance_no=None)])[0]
    assert (decision["decision"], decision["person_id"]) == ("match", 1)


def test_an_event_after_death_waits_for_a_reviewer() -> None:
    register = [{**AN, "status": "deceased", "death_date": date(2026, 1, 1)}, MOTHER, *OTHERS]
    decision = link([said(AN)], register)[0]
    assert (decision["decision"], decision["rule"]) == ("review", "after_death")


def test_two_people_who_fit_alike_wait_for_a_reviewer() -> None:
    double = {**AN, "person_id": 9, "national_id": "001090000009", "insurance_no": None}
    decision = link([said(AN, national_id=None, insurance_no=None)], [AN, double, MOTHER, *OTHERS])[0]
    assert decision["decision"] == "review"
    assert {decision["person_id"], decision["runner_up_person_id"]} == {1, 9}


def test_someone_not_in_the_register_is_new() -> None:
    decision = link(
        [{"full_name": "Đặng Quốc Toản", "birth_date": date(2001, 7, 7), "sex": "male", "ward_code": "00004"}]
    )[0]
    assert (decision["decision"], decision["person_id"]) == ("none", None)


def test_cancelled_entries_are_nobody() -> None:
    assert link([said(AN)], [{**AN, "status": "cancelled"}, *OTHERS])[0]["decision"] == "none"


NEWCOMER = {"full_name": "Đặng Quốc Toản", "birth_date": date(2001, 7, 7), "sex": "male", "ward_code": "00004"}


def test_unknown_people_are_brought_together_among_themselves() -> None:
    decisions = link(
        [NEWCOMER, {**NEWCOMER, "full_name": "DANG QUOC TOAN"}, {**NEWCOMER, "full_name": "Đặng Quốc Tiến"}]
    )
    assert decisions[0]["provisional_id"] == decisions[1]["provisional_id"] != decisions[2]["provisional_id"]
    assert all(decision["provisional_id"] <= 0 for decision in decisions.values())


def test_unnamed_newborns_of_one_mother_are_not_mixed() -> None:
    newborn = {**NEWCOMER, "full_name": "Con bà Đặng Thị Toan", "is_newborn_name": True}
    decisions = link([newborn, newborn])
    assert decisions[0]["provisional_id"] != decisions[1]["provisional_id"]
