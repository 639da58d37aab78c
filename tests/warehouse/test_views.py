"""The views over a few rows put in by hand: what a book shows, what it leaves out, what a manager counts."""

import pytest

from etl.warehouse.connect import connect

ROWS = """
insert into intake.batch (sha256, sender_code, file_name, kind, state, bytes, rows_in, accepted, quarantined, duplicate,
    withdrawn, received_at, finished_at)
values (repeat('a', 64), 'CS01929', '*x.xml', 'hospital_xml', 'accepted', 9, 3, 2, 1, 0, 0, now(), now());
insert into intake.held_row (batch_id, row_no, outcome, rule_id) values (1, 3, 'quarantined', 'name_missing');
insert into intake.person_record (record_id, batch_id, row_no, row_digest, sender_code, full_name, birth_date, sex)
values (11, 1, 1, repeat('1', 32), 'CS01929', '*Nguyễn Văn Mẫu', '1980-01-02', 'male'),
       (12, 1, 2, repeat('2', 32), 'CS01929', '*Nguyễn Văn Mẫu', '1980-01-02', 'male');
insert into identity.person values (5, false), (-7, true);
insert into identity.register_version values (1, repeat('b', 64), 'snapshot', '2026-01-01', 1, 1, now());
insert into identity.register_person (person_id, full_name, birth_date, sex, ward_code, status, register_version)
values (5, '*Nguyễn Văn Mẫu', '1980-01-02', 'male', '00004', 'resident', 1);
insert into identity.run (is_full, model_version, register_version, input_digest, state, matched, in_review, unmatched,
    started_at) values (true, '1', 1, repeat('c', 32), 'published', 2, 0, 0, now());
insert into book.health_book (person_id, full_name, birth_date, sex, ward_code, status, is_verified, record_count,
    encounter_count, digest, lineage_digest, built_run_id, phone)
values (5, '*Nguyễn Văn Mẫu', '1980-01-02', 'male', '00004', 'resident', true, 2, 2, 'd', 'l', 1, '*0900000000'),
       (-7, '*Trần Thị Mẫu', '1990-01-02', 'female', null, 'provisional', false, 1, 0, 'd', 'l', 1, null);
insert into book.field_value (person_id, field_name, value_rank, value, rule, record_count, record_id, batch_id, row_no)
values (5, 'full_name', 1, '*Nguyễn Văn Mẫu', 'newest', 2, 11, 1, 1),
       (5, 'full_name', 2, '*Nguyễn V Mẫu', 'newest', 1, 12, 1, 2);
insert into book.field_value (person_id, field_name, value_rank, value, rule, record_count, register_version)
values (5, 'phone', 1, '*0900000000', 'register', 0, 1);
insert into book.encounter (person_id, record_id, batch_id, row_no, facility_code, started_at, is_restricted)
values (5, 11, 1, 1, '01929', '2026-01-05', false), (5, 12, 1, 2, '01929', '2026-01-06', true);
insert into book.diagnosis (person_id, record_id, batch_id, row_no, line_no, icd10_code, is_restricted)
values (5, 11, 1, 1, 1, 'I10', false), (5, 11, 1, 1, 2, 'B20', true),
       (5, 12, 1, 2, 1, 'B24', true);
insert into book.medication (person_id, record_id, batch_id, row_no, line_no, drug_name)
values (5, 11, 1, 1, 1, 'Amlodipin'), (5, 12, 1, 2, 1, 'Tenofovir');
insert into book.allergy (person_id, record_id, batch_id, row_no, line_no, substance)
values (5, 11, 1, 1, 1, 'Penicillin');
insert into quality.score values ('2026-01-01', 'city', 'HN', 'total', 'total', 1, 2, 50, 'v'),
    ('2026-01-02', 'city', 'HN', 'total', 'total', 3, 4, 75, 'v');
"""
TASKS = """
insert into quality.task (rule_id, batch_id, sender_code, owner, state, row_count, opened_at, due_on, scope_kind, scope_code)
values ('name_missing', 1, 'CS01929', 'sender', 'open', 1, now(), current_date - 1, 'sender', 'CS01929'),
       ('name_whole', 1, 'CS01929', 'sender', 'closed', 1, now(), current_date, 'sender', 'CS01929');
"""


@pytest.fixture(scope="module")
def url(module_database_url: str) -> str:
    with connect(module_database_url) as connection:
        connection.cursor().execute(ROWS + TASKS)
    return module_database_url


def fetch(url: str, query: str) -> list[tuple]:
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def test_a_book_has_all_sections_with_their_sources_and_nothing_restricted(url: str) -> None:
    ((administrative, allergies, encounters, whole),) = fetch(
        url, "select administrative, allergies, encounters, b::text from book.person_book as b where person_id = 5"
    )
    name = administrative["full_name"]
    assert (name["value"], name["batch_id"], name["row_no"], name["sender_code"]) == (
        "*Nguyễn Văn Mẫu",
        1,
        1,
        "CS01929",
    )
    assert administrative["status"]["register_version"] == 1
    assert [line["substance"] for line in allergies] == ["Penicillin"]
    (encounter,) = encounters
    assert [line["icd10_code"] for line in encounter["diagnoses"]] == ["I10"]
    (drug,) = encounter["medications"]
    assert (drug["drug_name"], drug["batch_id"], drug["row_no"]) == ("Amlodipin", 1, 1)
    assert not any(word in whole for word in ("B20", "B24", "Tenofovir"))


def test_a_book_without_events_is_still_a_book(url: str) -> None:
    ((encounters, allergies, status),) = fetch(
        url, "select encounters, allergies, administrative -> 'status' from book.person_book where person_id = -7"
    )
    assert (encounters, allergies, status["value"]) == ([], [], "provisional")


def test_a_page_shows_one_value_a_field_with_its_source(url: str) -> None:
    rows = fetch(
        url,
        "select field_name, value, rule, batch_id, row_no, register_version from book.person_page"
        " where person_id = 5 order by field_name",
    )
    assert rows == [
        ("birth_date", "1980-01-02", "register", None, None, 1),
        ("full_name", "*Nguyễn Văn Mẫu", "newest", 1, 1, None),
        ("phone", "*0900000000", "register", None, None, 1),
        ("sex", "male", "register", None, None, 1),
        ("status", "resident", "register", None, None, 1),
        ("ward_code", "00004", "register", None, None, 1),
    ]


def test_the_control_equation_is_borne_out_by_the_rows(url: str) -> None:
    assert fetch(url, "select batch_id, is_balanced, is_borne_out from report.control_equation") == [(1, True, True)]


def test_coverage_counts_wards_and_the_unknown_one(url: str) -> None:
    rows = fetch(url, "select ward_code, residents, residents_with_book, books, verified_books from book.coverage")
    assert len(rows) == 127
    assert [row for row in rows if any(row[1:])] == [("00004", 1, 1, 1, 1), (None, 0, 0, 1, 0)]


def test_senders_tasks_and_scores_are_those_of_today(url: str) -> None:
    assert fetch(
        url,
        "select rows_in, open_task_count, overdue_task_count, is_late from report.sender_status"
        " where sender_code = 'CS01929'",
    ) == [(3, 1, 1, False)]
    tasks = fetch(url, "select sender_name, days_left, is_overdue from report.open_task")
    assert tasks == [("Bệnh viện Bạch Mai", -1, True)]
    assert fetch(url, "select score from quality.score_today") == [(75.0,)]
