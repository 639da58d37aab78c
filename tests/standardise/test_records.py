"""Whole tables: the contract's types, notes beside them, and rows that stay where they are."""

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.contracts import EVENT_TABLES, PERSON_RECORD, REGISTER_PERSON, Table
from etl.contracts.reading import Sender
from etl.standardise.column import join_filled
from etl.standardise.notes import Note
from etl.standardise.records import standardise_people, standardise_table

WARD = Sender("PX00004", "ward", "Trạm Y tế Phường Ba Đình", ward_code="00004")
HOSPITAL = Sender("CS01929", "hospital", "Bệnh viện Bạch Mai", facility_code="01929")
GIVEN = ("record_id", "batch_id", "row_no", "line_no")
PERSON = {
    "full_name": "NGUYỄN VĂN AN", "birth_date": "01/02/1980", "sex": "Nam", "national_id": "1080001234",
    "insurance_no": "DN4010123456781;GD4010123456788", "phone": "+84912345678", "as_of_date": "202608050900",
    "nationality_code": "000", "ethnic_code": "56", "occupation_code": "00000",
}  # fmt: skip


def _people(*rows: dict[str, str | None]) -> pa.Table:
    names = sorted({name for row in rows for name in row})
    sent = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
    count = len(rows)
    numbers = {"record_id": range(count), "batch_id": [1] * count, "row_no": range(2, count + 2)}
    digests = [f"{place:032x}" for place in range(count)]
    return pa.table(
        {**{name: pa.array(list(values)) for name, values in numbers.items()}, "row_digest": digests, **sent}
    )


@pytest.mark.parametrize("table", [PERSON_RECORD, REGISTER_PERSON, *EVENT_TABLES], ids=lambda table: table.name)
def test_every_table_is_typed_whatever_was_sent(table: Table) -> None:
    text = {field.name: ["B20", "", None, "x" * 50] for field in table.source_fields if field.name not in GIVEN}
    rows = pa.table({**{name: pa.array([1, 2, 3, 4]) for name in GIVEN if name in table.source_schema.names}, **text})
    found = standardise_table(table, rows, sender=HOSPITAL)
    assert found.select(table.source_schema.names).schema.equals(table.source_schema)
    assert found.num_rows == 4
    for field in table.sent_fields:
        assert found.schema.field(f"sent_{field.name}").type == pa.string()
        notes = set(found[f"note_{field.name}"].to_pylist()) - {None}
        assert notes <= {note.value for note in Note}


def test_a_person_is_read_as_a_whole() -> None:
    found = standardise_table(PERSON_RECORD, _people(PERSON), sender=WARD).to_pylist()[0]
    assert found["full_name"] == "Nguyễn Văn An"
    assert found["full_name_toneless"] == "nguyen van an"
    assert found["national_id"] == "001080001234"
    assert found["insurance_no"] == "0123456781"
    assert found["insurance_card"] == "DN4010123456781"
    assert found["sent_insurance_no"] == PERSON["insurance_no"]
    assert found["as_of_date"] == date(2026, 8, 5)
    assert (found["ward_code"], found["note_ward_code"]) == ("00004", "ward_of_sender")
    for name in ("nationality_code", "ethnic_code", "occupation_code"):
        assert (found[name], found[f"note_{name}"]) == (None, "default_value")


def test_a_birth_after_its_statement_or_its_receipt_lies_in_the_future() -> None:
    born = [{"birth_date": "06/08/2026", "as_of_date": "05/08/2026"}, {"birth_date": "06/08/2026"}]
    found = standardise_table(PERSON_RECORD, _people(*born), sender=WARD)
    assert found["note_birth_date"].to_pylist() == ["future_date", None]
    later = standardise_table(PERSON_RECORD, _people(*born), sender=WARD, received_on=date(2026, 8, 1))
    assert later["note_birth_date"].to_pylist() == ["future_date"] * 2
    assert later["note_as_of_date"].to_pylist() == ["future_date", None]


@given(st.permutations(range(4)))
@settings(max_examples=10, deadline=None)
def test_the_order_of_rows_changes_nothing(order: list[int]) -> None:
    rows = _people(
        PERSON, {**PERSON, "sex": "Nữ"}, {"full_name": "Con bà Lê Thị Na"}, {"birth_date": "1980", "phone": "x"}
    )
    straight = standardise_table(PERSON_RECORD, rows, sender=WARD)
    assert standardise_table(PERSON_RECORD, rows.take(order), sender=WARD).equals(straight.take(order))


def test_none_known_is_not_the_same_as_not_asked() -> None:
    allergy, history = EVENT_TABLES[-2], EVENT_TABLES[-1]
    substances = pa.table({"substance": ["Không", "Penicillin", None]})
    found = standardise_table(allergy, substances, sender=WARD)
    assert found["is_none_known"].to_pylist() == [True, False, None]
    assert found["substance"].to_pylist() == [None, "Penicillin", None]
    statements = pa.table({"kind": ["disease", "disease"], "statement": ["Không có", "Nhiễm HIV"]})
    told = standardise_table(history, statements, sender=WARD)
    assert told["is_none_known"].to_pylist() == [True, False]
    assert told["is_restricted"].to_pylist() == [False, True]


def test_free_columns_about_people_keep_their_numbers() -> None:
    people = pa.table(
        {"record_id": ["r1"], "person_id": [5], "full_name": ["LÊ THỊ BA"], "birth_date": ["1980"], "status": ["1"]}
    )
    found = standardise_people(people).to_pylist()[0]
    assert (found["record_id"], found["person_id"]) == ("r1", 5)
    assert (found["full_name"], found["birth_precision"], found["status"]) == ("Lê Thị Ba", "year", "resident")


def test_a_register_delta_keeps_what_it_says_of_the_change() -> None:
    rows = pa.table({"person_id": ["7"], "full_name": ["Lê Ba"], "birth_date": ["19580000"], "change_kind": ["CAP_LAI"],
                     "changed_on": ["20260915"], "previous_national_id": ["001058000001"],
                     "as_of_date": ["20261001"]})  # fmt: skip
    found = standardise_table(REGISTER_PERSON, rows, sender=Sender("DC01", "register", "")).to_pylist()[0]
    assert (found["change_kind"], found["changed_on"], found["as_of_date"]) == (
        "CAP_LAI",
        date(2026, 9, 15),
        date(2026, 10, 1),
    )
    assert (found["person_id"], found["previous_national_id"], found["birth_precision"]) == (7, "001058000001", "year")


@given(st.lists(st.tuples(*[st.sampled_from(["a", "", None])] * 3), max_size=8))
def test_filled_cells_are_joined_row_by_row(rows: list[tuple[str | None, ...]]) -> None:
    """pyarrow's own way leaves out rows that are null throughout, so that all after them would shift."""
    columns = [pa.array([row[place] for row in rows], pa.string()) for place in range(3)]
    expected = [
        "+".join(cell for cell in row if cell is not None) if any(cell is not None for cell in row) else None
        for row in rows
    ]
    assert join_filled(columns, "+").to_pylist() == expected
