"""The code lists hang together: three periods of wards, their districts, and those who send."""

from datetime import date

import pyarrow.compute as pc

from etl.contracts import FACILITY, OLD_WARD, SENDER, WARD, reference


def test_each_list_has_its_contract_and_a_unique_key() -> None:
    lists = ((WARD, reference.wards()), (OLD_WARD, reference.old_wards()),
             (FACILITY, reference.facilities()), (SENDER, reference.senders()))
    for table, rows in lists:
        assert rows.schema == table.arrow_schema
        assert rows.group_by(list(table.key)).aggregate([]).num_rows == rows.num_rows


def test_every_old_ward_belongs_to_wards_of_today_one_of_which_is_the_default() -> None:
    rows = reference.old_wards()
    assert set(rows["ward_code"].to_pylist()) == set(reference.wards()["ward_code"].to_pylist())
    grouped = rows.group_by(["valid_to", "old_ward_code"])
    parts = grouped.aggregate([("is_default", "sum"), ("is_split", "any"), ([], "count_all")])
    assert set(parts["is_default_sum"].to_pylist()) == {1}
    assert parts["is_split_any"].to_pylist() == pc.greater(parts["count_all"], 1).to_pylist()
    counts = {day: pc.sum(pc.equal(parts["valid_to"], day)).as_py() for day in (date(2024, 12, 31), date(2025, 6, 30))}
    assert counts == {date(2024, 12, 31): 579, date(2025, 6, 30): 526}


def test_senders_are_named_by_whom_they_speak_for() -> None:
    rows = {row["sender_code"]: row for row in reference.senders().to_pylist()}
    assert rows["CS01929"]["facility_code"] == "01929"
    assert rows["PX00004"]["ward_code"] == "00004"
    assert rows["QH001"]["kind"] == "district"
    assert rows["DC01"]["kind"] == "register"


def test_provinces_became_34() -> None:
    rows = reference.provinces()
    assert rows.num_rows == 63
    assert len(set(rows["new_code"].to_pylist())) == 34
    assert len(set(rows["id_prefix"].to_pylist())) == 63
