"""Wards settled, filled and contradicted by addresses, and by neighbours."""

from datetime import date

import pyarrow as pa
import pytest

from etl.contracts import PERSON_RECORD, reference
from etl.contracts.reading import Sender
from etl.standardise.column import Standardised
from etl.standardise.neighbours import known_neighbours, settle_by_neighbours, street_keys
from etl.standardise.places import OF_2025, standardise_wards
from etl.standardise.records import standardise_table

# 00022 (Đội Cấn) was split between 00008 (Ngọc Hà, assumed) and 00004 (Ba Đình)
CASES = (
    ("00022", "12 Đội Cấn", "00008", "ward_split"),
    ("00022", "12 Đội Cấn, phường Ba Đình", "00004", "ward_old"),
    ("00022", "12 Đội Cấn, P. Ba Đình, Hà Nội", "00004", "ward_old"),
    ("00022", "12 Đội Cấn, Phường Ngọc Hà, TP Hà Nội", "00008", "ward_old"),
    ("00022", "12 Đội Cấn, phường Đội Cấn, quận Ba Đình", "00008", "ward_split"),
    ("00022", "12 Đội Cấn, phường Láng", "00008", "ward_contradicts"),
    ("Phường Đội Cấn", "12 Đội Cấn, phường Ba Đình", "00004", "ward_old"),
    ("00001", "12 Phúc Xá", "00097", "ward_old"),
    ("00001", "12 Phúc Xá, phường Hồng Hà", "00097", "ward_old"),
    ("00001", "12 Phúc Xá, phường Phúc Xá", "00097", "ward_old"),
    ("00001", "12 Đội Cấn, phường Láng", "00097", "ward_contradicts"),
    ("00001", "12 Đội Cấn, phường Không Có", "00097", "ward_old"),
    ("00001", "xã Nghĩa Hưng, tỉnh Nam Định", "00097", "ward_old"),
    (None, "12 Đội Cấn, phường Ba Đình", "00004", "ward_of_address"),
    ("", "12 Đội Cấn, phường Ba Đình", "00004", "ward_of_address"),
    (None, "12 Đội Cấn, phường Đội Cấn, quận Ba Đình", "00008", "ward_split"),
    (None, "12 Đội Cấn", None, None),
    (None, "12 Lê Lợi, phường Bến Nghé, TP HCM", None, None),
    (None, None, None, None),
    ("99999", "12 Đội Cấn, phường Ba Đình", None, "ward_unknown"),
)


def test_addresses_settle_fill_and_contradict_wards() -> None:
    sent, addresses, wards, notes = (list(column) for column in zip(*CASES, strict=True))
    found = standardise_wards(
        pa.array(sent, pa.string()),
        pa.nulls(len(CASES), pa.date32()),
        first_period=OF_2025,
        addresses=pa.array(addresses, pa.string()),
    )
    told = list(zip(sent, addresses, found.values.to_pylist(), found.notes.to_pylist(), strict=True))
    assert told == list(zip(sent, addresses, wards, notes, strict=True))


@pytest.mark.parametrize(("address", "ward", "note"), [
    ("12 Đội Cấn, phường Ngọc Hà", "00008", "ward_of_address"), ("12 Đội Cấn", "00004", "ward_of_sender")])  # fmt: skip
def test_the_ward_of_the_address_goes_before_the_sender_s(address: str, ward: str, note: str) -> None:
    sender = Sender("PX00004", "ward", "Trạm Y tế Phường Ba Đình", ward_code="00004")
    rows = pa.table({"record_id": [1], "batch_id": [1], "row_no": [2], "row_digest": ["0" * 32], "address": [address]})
    found = standardise_table(PERSON_RECORD, rows, sender=sender, received_on=date(2026, 9, 1)).to_pylist()[0]
    assert (found["ward_code"], found["note_ward_code"]) == (ward, note)


def test_neighbours_settle_a_split_ward_where_all_agree() -> None:
    old = pa.array(["00022"] * 6)
    addresses = pa.array(["12 Đội Cấn", "14 đội cấn", "3 Kim Mã", "5 Kim Mã", "7 Kim Mã", "số 9"])
    known = pa.array([None, "00004", "00004", "00008", None, None], pa.string())
    neighbours = known_neighbours(old, street_keys(addresses), known)
    assert neighbours.to_pylist() == [{"old_ward": "00022", "street": "doi can", "ward": "00004"}]
    guessed = Standardised(
        pa.array(["00008"] * 6), pa.array(["ward_split", None, None, None, "ward_split", "ward_split"])
    )
    found = settle_by_neighbours(guessed, old, street_keys(addresses), neighbours)
    assert found.values.to_pylist() == ["00004", "00008", "00008", "00008", "00008", "00008"]
    assert found.notes.to_pylist() == ["ward_of_neighbours", None, None, None, "ward_split", "ward_split"]


def test_the_register_s_neighbours_speak_for_every_old_ward_of_which_theirs_is_a_part() -> None:
    streets, wards = pa.array(["doi can", "doi can", "xa la"]), pa.array(["00004", "00004", "00097"])
    found = known_neighbours(pa.nulls(3, pa.string()), streets, wards)
    split = {
        row["old_ward_code"]
        for row in reference.old_wards().to_pylist()
        if row["is_split"] and row["ward_code"] == "00004"
    }
    assert {row["old_ward"] for row in found.to_pylist() if row["street"] == "doi can"} == split
    assert {row["ward"] for row in found.to_pylist() if row["street"] == "doi can"} == {"00004"}


def test_no_neighbours_change_nothing() -> None:
    none = pa.nulls(2, pa.string())
    wards = Standardised(pa.array(["00008", None]), pa.array(["ward_split", None]))
    assert settle_by_neighbours(wards, none, none, known_neighbours(none, none, none)) == wards
