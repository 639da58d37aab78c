"""What analysts read, over a few people counted by hand: 4 are hidden and 5 are shown, and no HIV visit is counted."""

from datetime import date
from decimal import Decimal

import pytest

from etl.reports.wording import SMALLEST_SHOWN
from etl.warehouse.connect import connect

WARDS = ("00004", "00008", "00025")
BOOKS = (
    # ward, sex, years of age, people, of whom the register knows (from person 1 on)
    (WARDS[0], "female", 30, 5, 5),
    (WARDS[0], "male", 30, 4, 0),
    (WARDS[0], "male", 70, 6, 5),
    (WARDS[1], "female", 30, 5, 5),
    (WARDS[1], "male", 30, 5, 5),
    (WARDS[2], "female", 4, 4, 4),
    (WARDS[2], "male", 5, 3, 0),
    (WARDS[2], "male", 80, 6, 6),
)
VISITS = (
    # first person, people, visits of each, kind, code, month, is restricted
    (1, 5, 2, "01", "I10", "2026-01", None),
    (1, 4, 1, "03", "J18.9", "2026-01", None),
    (1, 7, 1, "01", "E11", "2026-01", False),
    (1, 9, 1, "01", "B20", "2026-01", True),
    (1, 5, 1, "01", "I10", "2026-02", None),
    (1, 4, 1, "01", "I10", "2026-03", None),
)
FIRST = """
insert into intake.batch (sha256, sender_code, kind, state, bytes, rows_in, accepted, quarantined, duplicate, withdrawn,
    received_at, finished_at)
values (repeat('a', 64), 'CS01929', 'hospital_xml', 'accepted', 9, 5, 3, 1, 1, 0, '2026-01-31 17:00Z', now()),
    (repeat('b', 64), 'CS01929', 'hospital_xml', 'accepted', 9, 5, 5, 0, 0, 0, '2026-02-09 17:00Z', now());
insert into intake.batch (sha256, sender_code, state, refusal_rule_id, refusal, bytes, rows_in, accepted, quarantined,
    duplicate, withdrawn, received_at, finished_at)
values (repeat('c', 64), 'CS01929', 'refused', 'file_empty', 'empty', 0, 0, 0, 0, 0, 0, '2026-02-09 17:00Z', now());
insert into identity.register_version values (1, repeat('b', 64), 'snapshot', '2026-01-01', 1, 1, now());
insert into identity.run (is_full, model_version, register_version, input_digest, state, matched, in_review, unmatched,
    started_at, finished_at)
values (true, 'm1', 1, 'd', 'published', 0, 0, 0, '2026-02-19 17:00Z', '2026-02-19 17:00Z');
insert into identity.linkage_model values ('m1', 'x', true, 'engine', now()), ('m0', 'x', false, 'engine', now());
"""
PERSON = """
insert into identity.person select id, false from generate_series(%(first)s, %(last)s) as id;
insert into identity.register_person (person_id, ward_code, status, register_version)
select id, %(ward)s, 'resident', 1 from generate_series(%(first)s, %(first)s + %(known)s - 1) as id;
insert into book.health_book (person_id, full_name, birth_date, sex, national_id, address, ward_code, status, is_verified,
    record_count, encounter_count, digest, lineage_digest, built_run_id)
select id, '*Nguyễn Văn Mẫu', current_date - make_interval(years => %(age)s, months => 6), %(sex)s,
    case when id <> 2 then '*' || lpad(id::text, 12, '0') end, '*Số 1', %(ward)s, 'resident', id < %(first)s + %(known)s, 1, 1,
    'd', 'l', 1
from generate_series(%(first)s, %(last)s) as id;
"""
VISIT = """
insert into intake.person_record (record_id, batch_id, row_no, row_digest, sender_code)
values (%(record)s, 1, 1, lpad(%(record)s::text, 32, '0'), 'CS01929');
insert into identity.link (record_id, person_id, decision, rule, model_version, opened_run_id, opened_at, actor)
values (%(record)s, %(person)s, 'match', 'weight', 'm1', 1, '2026-02-19 16:00Z', 'engine');
insert into book.encounter (person_id, record_id, batch_id, row_no, facility_code, visit_type_code, started_at, ended_at,
    main_icd10_code, is_restricted)
values (%(person)s, %(record)s, 1, 1, '01929', %(kind)s, %(day)s, %(day)s, %(code)s, %(restricted)s);
insert into book.medication (person_id, record_id, batch_id, row_no, line_no, drug_name)
values (%(person)s, %(record)s, 1, 1, 1, 'x');
"""
OTHERS = """
insert into book.immunisation (person_id, record_id, batch_id, row_no, line_no, vaccine_name, dose_no, given_on)
select person_id, record_id, 1, 1, 1, vaccine_name, 1, '2025-05-12' from (
    select distinct on (person_id) person_id, record_id, 'Sởi' as vaccine_name from book.encounter where person_id <= 5
    union all
    select distinct on (person_id) person_id, record_id, 'Của một người' from book.encounter where person_id = 6
) as dose;
insert into book.allergy (person_id, record_id, batch_id, row_no, line_no, is_none_known)
select distinct on (person_id) person_id, record_id, 1, 1, 1, person_id <= 5 from book.encounter
where person_id <= 9 and not coalesce(is_restricted, false);
insert into identity.ruling (record_id, person_id, verdict, reason, is_blind, link_decision, link_rule, model_version,
    actor, decided_at)
select 1, 1, unnest(array['same', 'different', 'split', 'cannot_tell']), 'x', false, 'match', 'weight', 'm0', 'a', now();
"""


@pytest.fixture(scope="module")
def url(module_database_url: str) -> str:
    with connect(module_database_url) as connection, connection.cursor() as cursor:
        cursor.execute(FIRST)
        first = 1
        for ward, sex, age, people, known in BOOKS:
            last = first + people - 1
            cursor.execute(PERSON, {"first": first, "last": last, "ward": ward, "sex": sex, "age": age, "known": known})
            first = last + 1
        record = 0
        for first, people, visits, kind, code, month, restricted in VISITS:
            for person in list(range(first, first + people)) * visits:
                record += 1
                visit = {"record": record, "person": person, "kind": kind, "code": code, "restricted": restricted}
                cursor.execute(VISIT, {**visit, "day": f"{month}-10"})
        cursor.execute(OTHERS)
    return module_database_url


def fetch(url: str, query: str) -> list[tuple]:
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def test_counts_of_five_are_the_first_that_are_shown() -> None:
    assert SMALLEST_SHOWN == 5, "the views say 4 and 5: change them with the pages"


def test_coverage_hides_small_parts_and_small_rests(url: str) -> None:
    columns = "residents, residents_with_book, coverage_share, books, verified_books, verified_share"
    rows = fetch(url, f"select ward_code, {columns} from report.coverage where residents > 0 order by 1")
    assert rows == [
        ("00004", 10, 10, 100, 15, 10, Decimal("66.7")),
        ("00008", 10, 10, 100, 10, 10, 100),
        ("00025", 10, 10, 100, 13, None, None),  # 3 are not verified
    ]
    exact = fetch(url, "select books, verified_books from book.coverage where ward_code = '00025'")
    assert exact == [(13, 10)]


def test_a_cell_of_four_is_hidden_and_cannot_be_reckoned_from_the_ward(url: str) -> None:
    rows = fetch(url, "select ward_code, age_band, sex, books from report.book_age_sex order by 1, 2, 3")
    assert rows == [
        ("00004", "30-34", "female", None),  # the next smallest, hidden with the one
        ("00004", "30-34", "male", None),
        ("00004", "70-74", "male", 6),
        ("00008", "30-34", "female", 5),
        ("00008", "30-34", "male", 5),
        ("00025", "1-4", "female", None),
        ("00025", "5-9", "male", None),
        ("00025", "80+", "male", 6),
    ]


def test_visits_are_counted_by_people_and_never_the_restricted(url: str) -> None:
    rows = fetch(
        url,
        "select month, visit_type_code, chapter_name, encounters, persons from report.encounter_month order by 1, 2, 3",
    )
    assert rows == [
        (date(2026, 1, 1), "01", "Bệnh hệ tuần hoàn", None, None),  # 10 visits of 5: the next smallest
        (date(2026, 1, 1), "01", "Bệnh nội tiết, dinh dưỡng và chuyển hóa", 7, 7),
        (date(2026, 1, 1), "03", "Bệnh hệ hô hấp", None, None),
        (date(2026, 2, 1), "01", "Bệnh hệ tuần hoàn", 5, 5),
        (date(2026, 3, 1), "01", "Bệnh hệ tuần hoàn", None, None),
    ]


def test_a_rare_vaccine_is_not_named(url: str) -> None:
    rows = fetch(
        url, "select ward_code, year, vaccine_name, dose_no, doses, persons from report.immunisation_year order by 5"
    )
    assert rows == [("00004", 2025, "Sởi", 1, 5, 5), ("00004", 2025, None, 1, None, None)]


def test_sections_tell_none_known_from_not_asked(url: str) -> None:
    rows = fetch(
        url,
        "select section, books, filled_books, none_known_books, filled_share from report.section_completeness"
        " where ward_code = '00004' order by 1",
    )
    sections = {section: tuple(counts) for section, *counts in rows}
    assert sections["encounter"] == (15, 7, 0, Decimal("46.7"))  # persons 8 and 9 have nothing but HIV visits
    assert sections["medication"] == (15, 7, 0, Decimal("46.7"))
    assert sections["allergy"] == (15, 7, None, Decimal("46.7"))  # 5 asked, none known: the other 2 would be told
    assert sections["administrative"] == (15, None, None, None)  # one lacks a number: 14 of 15
    assert sections["surgery"] == (15, 0, 0, 0)
    empty = fetch(
        url, "select distinct books, filled_books, filled_share from report.section_completeness where books = 0"
    )
    assert empty == [(0, 0, None)]


def test_lags_run_from_the_visit_to_the_file_and_to_the_book(url: str) -> None:
    rows = fetch(
        url,
        "select facility_name, month, encounters, median_days_to_receipt, median_days_to_book, p95_days_to_book"
        " from report.timeliness order by 2",
    )
    name = "Bệnh viện Bạch Mai"
    assert rows == [
        (name, date(2026, 1, 1), 21, 22, 41, 41),  # 10 January to 1 February, local time, and to 20 February
        (name, date(2026, 2, 1), 5, -9, 10, 10),
        (name, date(2026, 3, 1), None, None, None, None),
    ]


def test_models_with_their_links_and_rulings(url: str) -> None:
    columns = "matched, in_review, unmatched, ruled_same, ruled_different, ruled_cannot_tell, blind_rulings"
    rows = fetch(url, f"select model_version, is_current, {columns} from report.model_decision order by 1")
    assert rows == [("m0", False, 0, 0, 0, 1, 2, 1, 0), ("m1", True, 39, 0, 0, 0, 0, 0, 0)]


def test_batches_are_counted_in_the_citys_own_months(url: str) -> None:
    columns = "batches, accepted_batches, refused_batches, rows_in, accepted, accepted_share"
    rows = fetch(url, f"select month, kind, {columns} from report.sender_month order by kind")
    assert rows == [
        (date(2026, 2, 1), "hospital_xml", 2, 2, 0, 10, 8, 80),
        (date(2026, 2, 1), None, 1, 0, 1, 0, 0, None),
    ]


@pytest.mark.parametrize(
    ("satisfied", "applicable", "shown"),
    [
        (4, 20, (None, 20, None)),
        (5, 20, (5, 20, 25.0)),
        (16, 20, (None, 20, None)),
        (0, 4, (None, None, None)),
        (0, 5, (0, 5, 0.0)),
    ],
)
def test_scores_of_few_rows_are_hidden(
    url: str, satisfied: int, applicable: int, shown: tuple[int | None, int | None, float | None]
) -> None:
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "insert into quality.score values ('2026-01-01', 'ward', '00004', 'rule', 'r', %s, %s, %s, 'v')",
            (satisfied, applicable, 100 * satisfied / applicable),
        )
        cursor.execute("select satisfied, applicable, score from report.score_today")
        assert cursor.fetchall() == [shown]
        connection.rollback()


def test_every_category_has_one_chapter(url: str) -> None:
    assert fetch(
        url, "select count(*), count(distinct category), count(distinct chapter_no) from reference.icd10_category"
    )[0][1:] == (
        fetch(url, "select count(*) from reference.icd10_category")[0][0],
        22,
    )
    chapters = fetch(
        url,
        "select category, chapter_no from reference.icd10_category where category in ('D48', 'D50', 'H59', 'H60', 'T98', 'V01') order by 1",
    )
    assert chapters == [("D48", 2), ("D50", 3), ("H59", 7), ("H60", 8), ("T98", 19), ("V01", 20)]
