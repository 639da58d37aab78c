"""Identity numbers, insurance cards, phones and codes: golden odd values."""

from datetime import date

import pyarrow as pa
import pytest

from etl.standardise import codes
from etl.standardise.identifiers import standardise_identities, standardise_insurance
from etl.standardise.phones import standardise_phones
from etl.standardise.places import OF_2025, fill_ward, standardise_wards

IDENTITIES = (
    ("001080001234", "001080001234", None),
    ("001 080 001234", "001080001234", None),
    ("'001080001234", "001080001234", None),
    ("1080001234", "001080001234", "digits_lost"),
    ("01080001234", "001080001234", "digits_lost"),
    ("1180001234", None, "digits_lost"),
    ("1.08E+09", None, "digits_lost"),
    ("1,08000E+09", None, "digits_lost"),
    ("000000000000", None, "placeholder"),
    ("123456789012", None, "placeholder"),
    ("999999999999", None, "placeholder"),
    ("001000000000", None, "placeholder"),
    ("001180001234", "001180001234", "sex_disagrees"),
    ("001081001234", "001081001234", "year_disagrees"),
    ("999080001234", "999080001234", "prefix_unknown"),
    ("12A", None, "bad_characters"),
    ("123", None, "bad_length"),
    ("", None, None),
)
PHONES = (
    ("0912345678", "0912345678", None),
    ("+84 912 345 678", "0912345678", None),
    ("84912345678", "0912345678", None),
    ("+84(0)912345678", "0912345678", None),
    ("0912.345.678", "0912345678", None),
    ("912345678", "0912345678", "digits_lost"),
    ("01689999123", "0389999123", "prefix_2018"),
    ("024 3852 3798", "02438523798", None),
    ("0000000000", None, "placeholder"),
    ("0912345678; 0987654321", "0912345678", "several_values"),
    ("0912 345 678 - 0987 654 321", "0912345678", "several_values"),
    ("abc", None, "bad_characters"),
    ("091234", None, "bad_length"),
)
CARDS = (
    ("DN4010123456781", "0123456781", "DN4010123456781", None),
    ("gd 401 0123456781", "0123456781", "GD4010123456781", None),
    ("0123456781", "0123456781", None, None),
    ("DN4010123456781;GD4010123456788", "0123456781", "DN4010123456781", "several_values"),
    ("XX9010123456781", "0123456781", "XX9010123456781", "card_malformed"),
    ("DN401012345678", None, None, "bad_length"),
    ("TE1010000000000", None, None, "placeholder"),
)


@pytest.mark.parametrize(("sent", "number", "note"), IDENTITIES)
def test_citizen_ids_of_a_man_born_in_1980(sent: str, number: str | None, note: str | None) -> None:
    none = pa.nulls(1, pa.string())
    found = standardise_identities(pa.array([sent]), none, none, pa.array(["male"]), pa.array([1980])).national_id
    assert (found.values[0].as_py(), found.notes[0].as_py()) == (number, note)


def test_numbers_in_the_wrong_column_move_where_theirs_is_empty() -> None:
    none = pa.nulls(3, pa.string())
    sent = pa.array(["012345678", "B1234567", "012345678"])
    found = standardise_identities(sent, pa.array([None, None, "111222333"]), none, none, pa.nulls(3, pa.int64()))
    assert found.national_id.values.to_pylist() == [None, None, None]
    assert found.national_id.notes.to_pylist() == ["nine_digits", "passport_number", "nine_digits"]
    assert found.old_id.values.to_pylist() == ["012345678", None, "111222333"]
    assert found.passport_no.values.to_pylist() == [None, "B1234567", None]


def test_lost_digits_are_not_restored_without_sex_and_year_to_check_them() -> None:
    none = pa.nulls(1, pa.string())
    found = standardise_identities(pa.array(["1080001234"]), none, none, none, pa.nulls(1, pa.int64())).national_id
    assert (found.values[0].as_py(), found.notes[0].as_py()) == (None, "digits_lost")


@pytest.mark.parametrize(("sent", "phone", "note"), PHONES)
def test_phones(sent: str, phone: str | None, note: str | None) -> None:
    found = standardise_phones(pa.array([sent]))
    assert (found.values[0].as_py(), found.notes[0].as_py()) == (phone, note)
    assert standardise_phones(found.values).values.equals(found.values)


@pytest.mark.parametrize(("sent", "number", "card", "note"), CARDS)
def test_insurance_cards(sent: str, number: str | None, card: str | None, note: str | None) -> None:
    found, whole = standardise_insurance(pa.array([sent]))
    assert (found.values[0].as_py(), whole[0].as_py(), found.notes[0].as_py()) == (number, card, note)


def test_a_code_means_another_ward_in_another_period() -> None:
    sent, days = pa.array(["00004"] * 2 + ["00001"]), pa.array([None, date(2025, 3, 1), None], pa.date32())
    found = standardise_wards(sent, days)
    assert found.values.to_pylist() == ["00004", "00004", "00097"]
    assert found.notes.to_pylist() == [None, "ward_old", "ward_old"]
    old = standardise_wards(pa.array(["00008"]), pa.array([None], pa.date32()), first_period=OF_2025)
    assert old.notes[0].as_py() in ("ward_old", "ward_split")


def test_wards_by_name_and_what_nobody_knows() -> None:
    sent = pa.array(["Phường Ba Đình", "P. Ngọc Hà", "xã sóc sơn", "4", "99999", "", None])
    found = standardise_wards(sent, pa.nulls(7, pa.date32()))
    assert found.values.to_pylist() == ["00004", "00008", "00376", "00004", None, None, None]
    assert found.notes.to_pylist() == [None, None, None, None, "ward_unknown", None, None]
    filled = fill_ward(found, sent, "00025")
    assert filled.values.to_pylist()[4:] == [None, "00025", "00025"]
    assert filled.notes.to_pylist()[4:] == ["ward_unknown", "ward_of_sender", "ward_of_sender"]


def test_the_address_settles_a_split_ward() -> None:
    from etl.contracts import reference

    parts = [row for row in reference.old_wards().to_pylist() if row["is_split"] and not row["is_default"]]
    part = next(row for row in parts if row["valid_to"] == reference.VALID_TO_2025)
    name = next(row["name"] for row in reference.wards().to_pylist() if row["ward_code"] == part["ward_code"])
    sent, none = pa.array([part["old_ward_code"]] * 2), pa.nulls(2, pa.date32())
    addresses = pa.array([f"Số 5 ngõ 3, {name}", "Số 5 ngõ 3"])
    found = standardise_wards(sent, none, first_period=OF_2025, addresses=addresses)
    assert found.values[0].as_py() == part["ward_code"] != found.values[1].as_py()
    assert found.notes.to_pylist() == ["ward_old", "ward_split"]


@pytest.mark.parametrize(
    ("function", "sent", "values"),
    [
        (
            codes.standardise_sex,
            ["Nam", "NỮ", "1", "2", "3", "x"],
            ["male", "female", "male", "female", "undetermined", None],
        ),
        (codes.standardise_ethnic, ["Kinh", "1", "H'Mông", "Ê đê", "56"], ["01", "01", "08", "12", None]),
        (codes.standardise_nationality, ["000", "Việt Nam", "840"], [None, None, "840"]),
        (codes.standardise_occupation, ["00000", "12345"], [None, "12345"]),
        (codes.standardise_blood_group, ["O", "AB Rh+", "B Rh(-)", "O Rh dương", "?"], ["O", "AB+", "B-", "O+", None]),
        (codes.standardise_icd10, ["e119", "I10 ", "M05.09", "ZZZ"], ["E11.9", "I10", "M05.09", "ZZZ"]),
        (codes.standardise_numbers, ["1", "1,5", "x", ""], [1.0, 1.5, None, None]),
    ],
)
def test_codes(function: object, sent: list[str], values: list[object]) -> None:
    assert callable(function)
    assert function(pa.array(sent)).values.to_pylist() == values


def test_icd10_knows_its_codes_and_national_detail() -> None:
    notes = codes.standardise_icd10(pa.array(["I10", "E11.9", "M05.09", "Z99.99", "U99.9X", "X99999", "J00-J06"])).notes
    assert [note is None for note in notes.to_pylist()] == [True, True, True, True, False, False, False]


def test_hiv_data_is_restricted() -> None:
    assert codes.is_hiv_code(pa.array(["B20", "B24.9", "Z21", "B25", None])).to_pylist() == [
        True,
        True,
        True,
        False,
        False,
    ]
    drugs = pa.array(["Tenofovir disoproxil 300mg", "Paracetamol", "Xét nghiệm HIV Ab", None])
    assert codes.is_hiv_text(drugs).to_pylist() == [True, False, True, False]
