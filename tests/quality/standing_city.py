"""A warehouse of a few rows in which every standing rule is satisfied, and what makes each of them fail or silent."""

from datetime import date, timedelta

WHOLE = """
insert into intake.batch (sha256, sender_code, file_name, kind, state, bytes, rows_in, accepted, quarantined, duplicate,
    withdrawn, received_at, finished_at)
values (repeat('a', 64), 'CS01929', '*x', 'hospital_xml', 'accepted', 9, 2, 2, 0, 0, 0, '2026-09-30', '2026-09-30'),
       (repeat('b', 64), 'PX00004', '*y', 'ward_sheet', 'accepted', 9, 1, 1, 0, 0, 0, '2026-09-29', '2026-09-29');
insert into intake.person_record (record_id, batch_id, row_no, row_digest, sender_code, birth_date, sex, as_of_date)
values (11, 1, 1, repeat('1', 32), 'CS01929', '1980-01-02', 'male', '2026-09-28'),
       (12, 1, 2, repeat('2', 32), 'CS01929', '1980-01-02', 'male', '2026-09-28'),
       (13, 2, 2, repeat('3', 32), 'PX00004', '2023-01-02', 'female', '2026-09-28');
insert into identity.person values (5, false), (6, false), (-7, true);
insert into identity.register_version values (1, repeat('b', 64), 'snapshot', '2026-09-01', 2, 2, '2026-09-01');
insert into identity.register_person (person_id, birth_date, sex, ward_code, status, register_version)
values (5, '1980-01-02', 'male', '00004', 'resident', 1), (6, '2023-01-02', 'female', '00004', 'resident', 1);
insert into identity.linkage_model values ('1', 'shares', true, 'engine', now());
insert into identity.run (is_full, model_version, register_version, input_digest, state, matched, in_review, unmatched, books, started_at)
values (true, '1', 1, repeat('c', 32), 'scored', 3, 0, 0, 2, '2026-10-01');
insert into identity.link (record_id, person_id, decision, rule, model_version, opened_run_id, opened_at, actor)
values (11, 5, 'match', 'id', '1', 1, now(), 'engine'), (12, 5, 'match', 'id', '1', 1, now(), 'engine'),
       (13, 6, 'match', 'id', '1', 1, now(), 'engine');
insert into book.health_book (person_id, birth_date, sex, ward_code, status, is_verified, record_count, encounter_count, last_event_on,
    national_id, phone, guardian_name, digest, lineage_digest, built_run_id)
values (5, '1980-01-02', 'male', '00004', 'resident', true, 2, 2, '2026-09-28', '*1', '*2', null, 'd', 'l', 1),
       (6, '2023-01-02', 'female', '00004', 'resident', true, 1, 0, '2026-09-28', '*1', '*2', '*3', 'd', 'l', 1);
insert into book.encounter (person_id, record_id, batch_id, row_no, facility_code, visit_type_code, started_at, ended_at)
values (5, 11, 1, 1, '01929', '03', '2026-08-01 09:30', '2026-08-05 10:00'),
       (5, 12, 1, 2, '01929', '03', '2026-08-11 09:30', '2026-08-15 10:00');
insert into book.diagnosis (person_id, record_id, batch_id, row_no, line_no, icd10_code, diagnosed_on)
values (5, 11, 1, 1, 1, 'I10', '2025-08-05'), (5, 12, 1, 2, 1, 'I10', '2026-08-15');
insert into book.vital_sign (person_id, record_id, batch_id, row_no, line_no, sign, value_number, measured_on)
values (5, 11, 1, 1, 1, 'height', 168, '2026-08-01'), (5, 12, 1, 2, 1, 'height', 167, '2026-08-11');
insert into book.section (person_id, section, state, is_contradicted, record_id, batch_id, row_no)
values (5, 'allergy', 'none_known', false, 11, 1, 1), (6, 'allergy', 'filled', false, 13, 2, 2);
"""

# Days of one sender in the past, each with one batch of as many rows.
BATCHES = """
insert into intake.batch (sha256, sender_code, file_name, kind, state, bytes, rows_in, accepted, quarantined, duplicate,
    withdrawn, received_at, finished_at)
select md5(sender || day) || md5(day), sender, '*x', 'hospital_xml', 'accepted', 9, rows, 0, 0, rows, 0, day::date, day::date
from (select 'CS01929' as sender, unnest(array[{days}]) as day, unnest(array[{rows}]) as rows) as d;
"""


def batches(days: list[str], rows: list[int] | None = None) -> str:
    """Batches of CS01929 on some days; all their rows were delivered before."""
    told = ", ".join(f"'{day}'" for day in days)
    return BATCHES.format(days=told, rows=", ".join(map(str, rows or [100] * len(days))))


def people(batch: int, count: int, born: str, start: int) -> str:
    """Records of people born on a day, linked to nobody."""
    return (
        "insert into intake.person_record (record_id, batch_id, row_no, row_digest, sender_code, birth_date, sex, as_of_date)"
        f" select {start} + n, {batch}, 100 + n, md5('{start}' || n), 'CS01929', '{born}', 'male', '2026-09-28'"
        f" from generate_series(1, {count}) as n;"
    )


MONDAYS = [f"2026-{month:02}-{day:02}" for month, day in ((7, 27), (8, 3), (8, 10), (8, 17), (8, 24), (8, 31), (9, 7), (9, 14), (9, 21))]
TUESDAYS = [str(date.fromisoformat(day) + timedelta(days=1)) for day in [*MONDAYS, "2026-09-28"]]
OLD = batches(["2026-05-04"])
GROUPS = (
    "insert into identity.person select n, false from generate_series(1001, 1200) as n;"
    " insert into identity.register_person (person_id, birth_date, sex, ward_code, status, register_version)"
    " select n, case when n <= 1100 then date '1980-01-02' else date '2024-01-02' end, 'male', '00008', 'resident', 1"
    " from generate_series(1001, 1200) as n;"
    " insert into book.health_book (person_id, birth_date, ward_code, status, is_verified, record_count, encounter_count, digest,"
    " lineage_digest, built_run_id) select n, '1980-01-02', '00008', 'resident', true, 1, 0, 'd', 'l', 1 from generate_series({first}, {last}) as n;"
)
DECEASED = "update book.health_book set status = 'deceased', death_date = '2026-09-30' where person_id = 5;"
CASES: dict[str, dict[str, tuple[str, tuple[int, int] | None]]] = {
    "book_exists": {"fail": ("delete from book.health_book where person_id = 6", (2, 1)), "edge": ("update identity.register_person set status = 'moved_away' where person_id = 6", (1, 0))},
    "book_verified": {"fail": ("update book.health_book set is_verified = false where person_id = 6", (2, 1)), "edge": ("delete from book.health_book", None)},
    "ages_covered": {"fail": (GROUPS.format(first=1001, last=1100), (2, 1)), "edge": (GROUPS.format(first=1001, last=1150), (2, 0))},
    "batch_expected": {"fail": ("update intake.batch set received_at = '2026-09-01' where batch_id = 1", (138, 137)), "edge": ("update intake.batch set received_at = '2026-10-03' where batch_id = 1", (138, 136))},
    "sender_live": {"fail": ("update intake.person_record set as_of_date = '2026-01-01'", (138, 138)), "edge": ("update intake.person_record set as_of_date = '2026-12-01' where batch_id = 1", (138, 137))},
    "statement_fresh": {"fail": ("update intake.person_record set as_of_date = '2026-01-01' where record_id = 13", (3, 1)), "edge": ("update intake.person_record set as_of_date = null", None)},
    "book_has_id": {"fail": ("update book.health_book set national_id = null where person_id = 6", (2, 1)), "edge": ("delete from book.health_book", None)},
    "book_has_phone": {"fail": ("update book.health_book set phone = null where person_id = 6", (2, 1)), "edge": ("delete from book.health_book", None)},
    "book_has_ward": {"fail": ("update book.health_book set ward_code = null where person_id = 6", (2, 1)), "edge": ("delete from book.health_book", None)},
    "death_dated": {"fail": (DECEASED + "update book.health_book set death_date = null where person_id = 5", (1, 1)), "edge": (DECEASED, (1, 0))},
    "child_has_guardian": {"fail": ("update book.health_book set guardian_name = null where person_id = 6", (1, 1)), "edge": ("update book.health_book set birth_date = '2020-10-01', guardian_name = null where person_id = 6", None)},
    "book_touched": {"fail": ("update book.health_book set last_event_on = null where person_id = 6", (2, 1)), "edge": ("update book.health_book set last_event_on = '2025-10-01' where person_id = 6", (2, 0))},
    **{
        f"{name}_agrees_with_register": {
            "fail": (f"insert into book.field_value (person_id, field_name, value_rank, value, rule, record_count, record_id, batch_id, row_no, is_verified, is_conflicting) values (5, '{field}', 2, '*1', 'newest', 1, 11, 1, 1, true, false)", (2, 1)),
            "edge": (f"insert into book.field_value (person_id, field_name, value_rank, value, rule, record_count, record_id, batch_id, row_no, is_verified, is_conflicting) values (5, '{field}', 2, '*1', 'newest', 1, 11, 1, 1, false, false)", (2, 0)),
        }
        for name, field in (("name", "full_name"), ("birth_date", "birth_date"), ("sex", "sex"))
    },
    "values_agree": {
        "fail": ("insert into book.field_value (person_id, field_name, value_rank, value, rule, record_count, record_id, batch_id, row_no, is_verified, is_conflicting) values (5, 'birth_date', 2, '*1', 'newest', 1, 11, 1, 1, true, true)", (2, 1)),
        "edge": ("delete from book.health_book", None),
    },
    "visit_has_book": {"fail": ("delete from book.health_book where person_id = 5", (2, 2)), "edge": ("delete from book.encounter", None)},
    "visit_after_birth": {"fail": ("update book.encounter set started_at = '1979-01-01', ended_at = null where record_id = 11", (2, 1)), "edge": ("update book.encounter set started_at = '1980-01-01 23:00', ended_at = '1980-01-02 05:00' where record_id = 11", (2, 0))},
    "visit_before_death": {"fail": (DECEASED + "update book.encounter set started_at = '2026-10-01' where record_id = 11", (2, 1)), "edge": (DECEASED + "update book.encounter set started_at = '2026-09-30 22:00' where record_id = 11", (2, 0))},
    "visit_once": {"fail": ("update book.encounter set started_at = '2026-08-01 09:30' where record_id = 12", (2, 1)), "edge": ("update book.encounter set started_at = '2026-08-01'", (2, 0))},
    "stays_apart": {"fail": ("update book.encounter set started_at = '2026-08-04 09:30' where record_id = 12", (2, 1)), "edge": ("update book.encounter set started_at = '2026-08-05 10:00' where record_id = 12", (2, 0))},
    "record_has_link": {"fail": ("delete from identity.link where record_id = 13", (3, 1)), "edge": ("delete from identity.link where record_id = 13; update intake.batch set finished_at = '2026-10-02' where batch_id = 2", (2, 0))},
    "book_single": {"fail": ("update identity.link set decision = 'review' where record_id = 13", (3, 1)), "edge": ("update intake.batch set state = 'withdrawn', withdrawn = accepted, accepted = 0", None)},
    "record_in_register": {"fail": ("update identity.link set decision = 'none', person_id = -7 where record_id = 13", (3, 1)), "edge": ("update identity.link set decision = 'review' where record_id = 13", (3, 0))},
    "sender_in_rhythm": {"fail": (batches(["2026-09-16", "2026-09-17", "2026-09-18", "2026-09-19", "2026-09-20"]) + "update intake.batch set received_at = '2026-09-21' where batch_id = 1", (1, 1)), "edge": (batches(["2026-09-26", "2026-09-27", "2026-09-28", "2026-09-29"]), (1, 0))},
    "months_without_gap": {"fail": (batches(["2026-07-10", "2026-08-10"]) + "update intake.batch set received_at = '2026-07-11' where batch_id = 2", (6, 2)), "edge": (batches(["2026-10-01", "2026-09-01"]), (2, 0))},
    "volume_in_season": {"fail": (batches([*MONDAYS, "2026-09-28", *TUESDAYS], [400] * 9 + [40] + [400] * 10) + "update intake.batch set received_at = '2026-01-01' where batch_id = 1", (1, 1)), "edge": (batches([*MONDAYS, "2026-09-28"], [400] * 9 + [201]) + "update intake.batch set received_at = '2026-01-01' where batch_id = 1", (1, 0))},
    "people_spread_as_before": {"fail": (OLD + people(3, 300, "1950-01-02", 1000) + people(1, 300, "2022-01-02", 2000), (1, 1)), "edge": (OLD + people(3, 300, "1950-01-02", 1000) + people(1, 300, "1950-01-02", 2000), (1, 0))},
    "control_equation": {"fail": ("delete from identity.link where record_id = 13; delete from book.section where record_id = 13; delete from intake.person_record where record_id = 13", (2, 1)), "edge": ("update intake.batch set state = 'refused', refusal_rule_id = 'x', refusal = 'x'", None)},
    "quarantine_mended": {
        "fail": ("insert into quality.finding values (1, 'name_missing', 'person_record', 'full_name', 'critical', 'quarantine_row', 9, 4, '{1}'); insert into quality.task (rule_id, batch_id, sender_code, owner, state, row_count, opened_at, due_on, scope_kind, scope_code) values ('name_missing', 1, 'CS01929', 'sender', 'open', 4, now(), '2026-10-01', 'sender', 'CS01929'); update intake.batch set received_at = '2026-09-20' where batch_id = 1", (4, 4)),
        "edge": ("insert into quality.finding values (1, 'name_missing', 'person_record', 'full_name', 'critical', 'quarantine_row', 9, 4, '{1}'); insert into quality.task (rule_id, batch_id, sender_code, owner, state, row_count, opened_at, due_on, scope_kind, scope_code) values ('name_missing', 1, 'CS01929', 'sender', 'open', 4, now(), '2026-10-01', 'sender', 'CS01929')", (4, 0)),
    },
    "tasks_in_time": {
        "fail": ("insert into quality.task (rule_id, batch_id, sender_code, owner, state, row_count, opened_at, due_on, scope_kind, scope_code) values ('x', 1, 'CS01929', 'sender', 'open', 4, now(), '2026-09-30', 'sender', 'CS01929')", (1, 1)),
        "edge": ("insert into quality.task (rule_id, batch_id, sender_code, owner, state, row_count, opened_at, due_on, scope_kind, scope_code) values ('x', 1, 'CS01929', 'sender', 'open', 4, now(), '2026-10-01', 'sender', 'CS01929')", (1, 0)),
    },
    "register_in_books": {"fail": ("insert into identity.register_version values (2, repeat('d', 64), 'delta', '2026-10-01', 1, 2, now()); update identity.register_person set register_version = 2 where person_id = 6", (2, 1)), "edge": ("delete from identity.register_person", None)},
    "section_asked": {"fail": ("delete from book.section where person_id = 6", (2, 1)), "edge": ("delete from book.section", None)},
    "height_steady": {"fail": ("update book.vital_sign set value_number = 150 where record_id = 12", (1, 1)), "edge": ("update book.vital_sign set value_number = 158 where record_id = 12", (1, 0))},
    "chronic_continues": {"fail": ("update book.diagnosis set icd10_code = 'J06.9' where record_id = 12", (1, 1)), "edge": ("delete from book.diagnosis where record_id = 12", None)},
}  # fmt: skip
"""Rule -> what is changed, and the city's (applicable, failing) then; None where the rule must be silent."""
