"""What a book shows, and that it depends on nothing but records, links and register."""

from datetime import date, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.books.given import books, record


def values(built: dict[str, list[dict[str, Any]]], field: str) -> list[tuple[int, str, str]]:
    return [
        (row["value_rank"], row["value"], row["rule"]) for row in built["field_value"] if row["field_name"] == field
    ]


def test_the_register_is_shown_and_what_records_say_otherwise_is_kept_behind_it() -> None:
    built = books([record(1, full_name="Nguyễn Văn Ân", phone="0912345678", as_of_date=date(2026, 9, 1))], {1: 1})
    [book] = built["health_book"]
    assert (book["full_name"], book["phone"], book["is_verified"]) == ("Nguyễn Văn An", "0912345678", True)
    assert values(built, "full_name") == [(2, "Nguyễn Văn Ân", "newest")]
    assert values(built, "phone") == [(1, "0912345678", "newest")]


def test_without_the_register_the_newest_is_shown_then_the_most_frequent() -> None:
    built = books(
        [
            record(1, full_name="Lê Lợi", phone="0911111111", address="Số 1", as_of_date=date(2026, 1, 1)),
            record(2, full_name="Lê Lợi", phone="0922222222", address="Số 2", as_of_date=date(2026, 9, 1)),
            record(3, full_name="Lê Lợi", phone="0911111111", as_of_date=date(2026, 2, 1)),
            record(4, full_name="Lê Lợi", occupation_code="00001"),
            record(5, full_name="Lê Lợi", occupation_code="00002"),
            record(6, full_name="Lê Lợi", occupation_code="00002"),
        ],
        dict.fromkeys(range(1, 7), -1),
    )
    [book] = built["health_book"]
    assert (book["phone"], book["address"], book["occupation_code"], book["status"]) == (
        "0922222222",
        "Số 2",
        "00002",
        "provisional",
    )
    assert values(built, "phone") == [(1, "0922222222", "newest"), (2, "0911111111", "newest")]
    assert values(built, "occupation_code") == [(1, "00002", "most_frequent"), (2, "00001", "most_frequent")]
    assert [row["record_count"] for row in built["field_value"] if row["field_name"] == "phone"] == [1, 2]


def test_a_full_birth_date_goes_before_a_newer_year() -> None:
    built = books(
        [
            record(
                1, full_name="Lê Lợi", birth_date=date(1990, 1, 1), birth_precision="year", as_of_date=date(2026, 9, 1)
            ),
            record(2, full_name="Lê Lợi", birth_date=date(1990, 5, 17), as_of_date=date(2026, 1, 1)),
        ],
        {1: -1, 2: -1},
    )
    [book] = built["health_book"]
    assert (book["birth_date"], book["birth_precision"]) == (date(1990, 5, 17), "day")
    [only_year] = books([record(1, full_name="Lê Lợi", birth_date=date(1990, 1, 1), birth_precision="year")], {1: -1})[
        "health_book"
    ]
    assert (only_year["birth_date"], only_year["birth_precision"]) == (date(1990, 1, 1), "year")


def test_every_shown_value_has_its_source() -> None:
    built = books(
        [record(1, full_name="Lê Lợi", phone="0911111111"), record(2, full_name="Lê Lợi", batch_id=2)], {1: -1, 2: -1}
    )
    assert {
        row["field_name"]: (row["batch_id"], row["row_no"]) for row in built["field_value"] if row["value_rank"] == 1
    } == {"full_name": (1, 1), "phone": (1, 1)}


def visit(record_id: int, ended: datetime, number: str | None = "LK1") -> dict[str, Any]:
    return {
        "record_id": record_id,
        "batch_id": 1,
        "row_no": record_id,
        "facility_code": "01929",
        "source_encounter_id": number,
        "ended_at": ended,
    }


def test_an_encounter_sent_again_replaces_the_first_with_its_lines() -> None:
    drugs = [{"record_id": n, "batch_id": 1, "row_no": n, "line_no": 1, "drug_name": f"Thuốc {n}"} for n in (1, 2, 3)]
    built = books(
        [record(n, full_name="Nguyễn Văn An") for n in (1, 2, 3)],
        {1: 1, 2: 1, 3: 1},
        encounter=[
            visit(1, datetime(2026, 9, 1)),
            visit(2, datetime(2026, 9, 3)),
            visit(3, datetime(2026, 9, 1), None),
        ],
        medication=drugs,
    )
    assert [row["record_id"] for row in built["encounter"]] == [2, 3]
    assert sorted(row["drug_name"] for row in built["medication"]) == ["Thuốc 2", "Thuốc 3"]
    assert built["health_book"][0]["encounter_count"] == 2


def test_the_first_page_neither_counts_nor_dates_what_the_law_restricts() -> None:
    """A plain visit, one that two senders tell of, and a newer one: the last two are restricted."""
    days = (datetime(2026, 9, 1), datetime(2026, 9, 20), datetime(2026, 9, 20), datetime(2026, 9, 25))
    told = [visit(n, day, None) for n, day in enumerate(days, 1)]
    for one in told[1:]:
        one |= {"is_restricted": True, "source_encounter_id": "8" if one is told[3] else "7"}
    records = [
        record(n, full_name="An", sender_code=f"CS0000{n}", as_of_date=day.date()) for n, day in enumerate(days, 1)
    ]
    built = books(records, dict.fromkeys((1, 2, 3, 4), 1), encounter=told)
    assert (len(built["encounter"]), len(built["encounter_source"])) == (3, 1)
    [book] = built["health_book"]
    assert (book["record_count"], book["encounter_count"], book["last_event_on"]) == (4, 1, date(2026, 9, 1))


RECORDS = st.lists(
    st.tuples(
        st.sampled_from(["Lê Lợi", "LE LOI"]),
        st.sampled_from([None, "0911111111", "0922222222"]),
        st.sampled_from([None, date(2026, 1, 1), date(2026, 9, 1)]),
        st.sampled_from([-1, -2, 1]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=30, deadline=None)
@given(RECORDS, st.randoms(use_true_random=False))
def test_order_and_batches_change_no_book(drawn: list[tuple[str, str | None, date | None, int]], random: Any) -> None:
    records = [
        record(n, full_name=name, phone=phone, as_of_date=day) for n, (name, phone, day, _) in enumerate(drawn, 1)
    ]
    people_of = {n: person for n, (_, _, _, person) in enumerate(drawn, 1)}
    first = books(records, people_of)
    cut = [{**row, "batch_id": 7 + row["record_id"] % 2, "row_no": 100 - row["record_id"]} for row in records]
    random.shuffle(cut)
    second = books(cut, people_of)
    assert [{**book, "lineage_digest": ""} for book in first["health_book"]] == [
        {**book, "lineage_digest": ""} for book in second["health_book"]
    ]
    lineage = ("batch_id", "row_no")
    assert [[v for k, v in row.items() if k not in lineage] for row in first["field_value"]] == [
        [v for k, v in row.items() if k not in lineage] for row in second["field_value"]
    ]


def test_the_digest_tells_another_content_and_the_lineage_digest_another_source() -> None:
    [one] = books([record(1, full_name="Lê Lợi")], {1: -1})["health_book"]
    [other] = books([record(1, full_name="Lê Lai")], {1: -1})["health_book"]
    [moved] = books([record(1, full_name="Lê Lợi", batch_id=2)], {1: -1})["health_book"]
    assert one["digest"] != other["digest"]
    assert one["digest"] == moved["digest"]
    assert one["lineage_digest"] != moved["lineage_digest"]


def test_a_link_closed_leaves_the_books_of_the_others() -> None:
    records = [record(1, full_name="Lê Lợi"), record(2, full_name="Lê Lợi"), record(3, full_name="Nguyễn Văn An")]
    together = {book["person_id"]: book["digest"] for book in books(records, {1: -1, 2: -1, 3: 1})["health_book"]}
    apart = {book["person_id"]: book["digest"] for book in books(records, {1: -1, 2: -2, 3: 1})["health_book"]}
    assert set(apart) == {-1, -2, 1}
    assert together[1] == apart[1]
    assert together[-1] != apart[-1]
