"""What somebody may ask about his own data: shown with every source, tracked to its deadline, audited or not done at all."""

import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from etl import steps
from etl.contracts import EVENT_TABLES
from etl.errors import ConfigError, HealthbookError
from etl.settings import Settings
from etl.steps import Asked, Viewer
from etl.steps.person import names_person
from etl.warehouse.requests import FULFIL_DAYS, TRANSITIONS, deadlines
from tests.command_line import Run, runner
from tests.pipeline.city import read_rows, read_tables
from tests.sealed import write_sealed
from tests.warehouse.test_views import ROWS

VIEWER = Viewer("thu", "thư 12")
PERSON, PROVISIONAL = 5, -7
THURSDAY = date(2026, 10, 1)
NAME, TONELESS, PHONE, PENICILLIN = "Nguyễn Văn Mẫu", "nguyen van mau", "0900000000", "Penicillin"
RESTRICTED = ("B20", "B24", "Tenofovir")
MORE = """
insert into identity.link (record_id, person_id, decision, rule, model_version, opened_run_id, opened_at, actor)
values (11, 5, 'match', 'national_id', '1', 1, '2026-01-01', 'engine'), (12, 5, 'match', 'national_id', '1', 1, '2026-01-01', 'engine');
update intake.person_record set phone = '0900000000', national_id = '001080000001' where record_id = 11;
insert into book.vital_sign (person_id, record_id, batch_id, row_no, line_no, sign, value_number)
values (5, 11, 1, 1, 1, 'pulse', 70), (5, 12, 1, 2, 1, 'pulse', 99);
insert into book.field_value (person_id, field_name, value_rank, value, rule, record_count, record_id, batch_id, row_no)
values (5, 'address', 1, 'Số 1 phố Huế', 'newest', 1, 11, 1, 1);
update book.health_book set address = 'Số 1 phố Huế' where person_id = 5;
"""


@pytest.fixture
def filled(database_url: str, tmp_path: Path) -> Settings:
    """Two books put in by hand, one of them with HIV data."""
    settings = Settings(var_dir=tmp_path, database_url=database_url, today=THURSDAY)
    write_sealed(settings, ROWS + MORE)
    return settings


def audited(settings: Settings) -> list[tuple[object, ...]]:
    return read_rows(settings, "select actor, action, subject, detail from audit.event order by event_id")


def test_a_book_is_exported_whole_with_every_source(filled: Settings) -> None:
    found = steps.export_person(filled, Asked(PERSON, VIEWER))
    assert set(found["sections"]) == {table.name for table in EVENT_TABLES}
    source = {"batch_id": 1, "row_no": 1, "sender_code": "CS01929", "register_version": None}
    for name in ("encounter", "diagnosis", "medication", "vital_sign", "allergy"):
        [line] = found["sections"][name]
        assert line["source"] == source, name
    names = [one for one in found["administrative"] if one["field_name"] == "full_name"]
    assert [(one["value"], one["value_rank"], one["source"]["row_no"]) for one in names] == [
        (NAME, 1, 1),
        ("Nguyễn V Mẫu", 2, 2),
    ]
    phone = next(one for one in found["administrative"] if one["field_name"] == "phone")
    assert (phone["value"], phone["rule"], phone["source"]["register_version"]) == (PHONE, "register", 1)
    assert [one["record_id"] for one in found["records"]] == [11]
    assert found["book"]["record_count"] == 2
    assert not any(word in str(found) for word in RESTRICTED)
    assert "99" not in str(found["sections"]["vital_sign"]), "what was measured in a restricted visit"


def test_what_the_law_restricts_is_exported_when_asked_and_audited_apart(filled: Settings) -> None:
    steps.export_person(filled, Asked(PERSON, VIEWER))
    assert [row[1] for row in audited(filled)] == ["request.opened", "person.exported"]
    found = steps.export_person(filled, Asked(PERSON, VIEWER), with_restricted=True)
    assert all(word in str(found) for word in RESTRICTED)
    assert [one["record_id"] for one in found["records"]] == [11, 12]
    assert audited(filled)[2:] == [
        ("thu", "request.opened", "person 5", '{"kind": "access", "reason": "thư 12", "request": 2}'),
        ("thu", "person.exported", "person 5", '{"reason": "thư 12", "request": 2}'),
        ("thu", "person.restricted_exported", "person 5", '{"reason": "thư 12", "request": 2}'),
    ]


def test_a_provisional_person_without_events_has_an_export(filled: Settings) -> None:
    found = steps.export_person(filled, Asked(PROVISIONAL, VIEWER))
    assert all(lines == [] for lines in found["sections"].values())
    assert {one["field_name"] for one in found["administrative"]} >= {"full_name", "birth_date", "sex"}


ACTIONS: dict[str, Callable[[Settings, Asked], dict[str, Any]]] = {
    "ask": steps.ask_access,
    "export": steps.export_person,
    "correct": lambda settings, asked: steps.ask_correction(settings, asked, ("phone",)),
    "erase": lambda settings, asked: steps.ask_erasure(settings, asked, ()),
    "accesses": steps.list_accesses,
}


@pytest.mark.parametrize("action", ACTIONS)
def test_no_audit_no_action(filled: Settings, action: str) -> None:
    with steps.warehouse(filled) as connection:
        connection.cursor().execute("alter table audit.chain add constraint no_space check (entry_no < 1) not valid")
    before = read_tables(filled)
    with pytest.raises(HealthbookError, match="no_space"):
        ACTIONS[action](filled, Asked(PERSON, VIEWER))
    assert read_tables(filled) == before


@pytest.mark.parametrize("action", ACTIONS)
def test_no_action_without_somebody_and_a_reason(filled: Settings, action: str) -> None:
    for viewer in (Viewer(" ", "thư 12"), Viewer("engine", "thư 12"), Viewer("thu", " "), Viewer("thu", "x" * 201)):
        with pytest.raises(ConfigError, match=r"actor|reason"):
            ACTIONS[action](filled, Asked(PERSON, viewer))
    with pytest.raises(ConfigError, match="no such person"):
        ACTIONS[action](filled, Asked(404, VIEWER))
    assert audited(filled) == []


@pytest.mark.parametrize("action", ACTIONS)
def test_a_reason_that_names_the_person_is_refused(filled: Settings, action: str) -> None:
    for reason in (f"thư của {NAME}", "NGUYEN VAN MAU hỏi", f"gọi {PHONE}", "gọi 0900 000 000", "001080000001"):
        with pytest.raises(ConfigError, match="reason") as caught:
            ACTIONS[action](filled, Asked(PERSON, Viewer("thu", reason)))
        assert NAME not in str(caught.value)
    assert audited(filled) == []


def test_names_and_long_numbers_are_seen_and_letters_are_not() -> None:
    assert names_person("gọi 0912.345.678", [])
    assert not names_person("thư HS-2026-000123 ngày 2026-10-01", [NAME, "12", "a"])
    assert not names_person("nguyen van mauve", [NAME])


def test_no_value_of_anybody_reaches_the_audit_or_the_requests(filled: Settings) -> None:
    for action in ACTIONS.values():
        action(filled, Asked(PERSON, VIEWER))
    steps.answer_request(filled, 1, "refused", Viewer("chief", "không xác minh được người hỏi"))
    steps.report_breach(filled, date(2020, 1, 1), date(2030, 1, 1), "chief")
    for table in ("audit.event", "audit.chain", "audit.subject_request", "audit.subject_answer"):
        text = str(read_rows(filled, f"select t::text from {table} t"))
        assert not any(
            word in text for word in (NAME, TONELESS, PHONE, "001080000001", PENICILLIN, "phố Huế", *RESTRICTED)
        )


def test_a_correction_is_a_request_and_edits_no_book(filled: Settings) -> None:
    before = read_tables(filled)
    found = steps.ask_correction(filled, Asked(PERSON, VIEWER), ("full_name", "phone", "passport_no"))
    assert (found["kind"], found["state"], found["due_on"]) == ("rectification", "received", date(2026, 10, 11))
    by_field = {one["field"]: one for one in found["fields"]}
    assert by_field["full_name"]["sender_code"] == "CS01929"
    assert "corrected row" in by_field["full_name"]["todo_en"]
    assert "register" in by_field["phone"]["todo_en"]
    assert "No source" in by_field["passport_no"]["todo_en"]
    assert not any(word in str(found) for word in (NAME, PHONE)), "the values are not shown"
    after = read_tables(filled)
    assert {name for name in before if before[name] != after[name]} == {"event", "chain", "subject_request"}
    with pytest.raises(ConfigError, match="no such field"):
        steps.ask_correction(filled, Asked(PERSON, VIEWER), ("shoe_size",))


def test_an_erasure_says_what_may_be_erased_and_what_is_kept(filled: Settings) -> None:
    found = steps.ask_erasure(filled, Asked(PERSON, VIEWER), ())
    assert (found["kind"], found["due_on"], found["erased"]) == ("erasure", date(2026, 10, 21), [])
    assert {one["field"]: one["may_be_erased"] for one in found["fields"]} == {"phone": False, "address": True}
    assert [one["what"] for one in found["kept"]] == ["medical", "register", "raw", "audit"]
    more = steps.ask_erasure(filled, Asked(PERSON, VIEWER), ("blood_group", "full_name"))
    assert not any(one["may_be_erased"] for one in more["fields"])


@pytest.mark.parametrize(
    ("received", "acknowledge_by"),
    [
        (date(2026, 10, 1), date(2026, 10, 5)),
        (date(2026, 10, 2), date(2026, 10, 6)),
        (date(2026, 10, 3), date(2026, 10, 6)),
        (date(2026, 10, 4), date(2026, 10, 6)),
        (date(2026, 10, 5), date(2026, 10, 7)),
    ],
)
def test_deadlines_from_a_thursday_to_a_monday(received: date, acknowledge_by: date) -> None:
    for kind, days in FULFIL_DAYS.items():
        assert deadlines(kind, received) == (acknowledge_by, date.fromordinal(received.toordinal() + days))


def test_requests_run_late_and_are_listed_by_what_is_due_next(filled: Settings) -> None:
    first = steps.ask_access(filled, Asked(PERSON, VIEWER, date(2026, 9, 21)))["request_id"]
    second = steps.ask_erasure(filled, Asked(PERSON, VIEWER, date(2026, 9, 30)), ())["request_id"]
    listed = steps.list_requests(filled)
    assert [
        (one["request_id"], one["next_step"], one["days_left"], one["is_overdue"]) for one in listed["requests"]
    ] == [
        (first, "acknowledge", -8, True),
        (second, "acknowledge", 1, False),
    ]
    assert listed["overdue"] == 1
    steps.answer_request(filled, first, "acknowledged", VIEWER)
    assert [one["next_step"] for one in steps.list_requests(filled)["requests"]] == ["fulfil", "acknowledge"]
    later = filled.model_copy(update={"today": date(2026, 10, 2)})
    assert steps.list_requests(later)["requests"][0]["is_overdue"]
    found = steps.export_person(later, Asked(PERSON, VIEWER), request_id=first)
    assert found["request_id"] == first
    assert [one["request_id"] for one in steps.list_requests(later)["requests"]] == [second]
    closed = next(one for one in steps.list_requests(later, is_all=True)["requests"] if one["request_id"] == first)
    assert (closed["state"], closed["was_late"], closed["is_overdue"]) == ("done", True, False)
    with pytest.raises(ConfigError, match="lies ahead"):
        steps.ask_access(filled, Asked(PERSON, VIEWER, date(2026, 10, 2)))


def test_answers_follow_the_states_and_nothing_else(filled: Settings) -> None:
    for way in (("acknowledged", "partly_done"), ("done",), ("acknowledged", "refused")):
        number = steps.ask_erasure(filled, Asked(PERSON, VIEWER), ())["request_id"]
        state = "received"
        for answer in way:
            for wrong in set(TRANSITIONS) - set(TRANSITIONS[state]):
                with pytest.raises(ConfigError, match=f"request {number}"):
                    steps.answer_request(filled, number, wrong, VIEWER)
            assert steps.answer_request(filled, number, answer, VIEWER)["state"] == answer
            state = answer
    trail = read_rows(filled, "select request_id, answer_no, state, actor from audit.subject_answer order by 1, 2")
    assert trail[:2] == [(1, 1, "acknowledged", "thu"), (1, 2, "partly_done", "thu")]
    assert [row[1] for row in audited(filled)].count("request.acknowledged") == 2
    with pytest.raises(ConfigError, match="no such request"):
        steps.answer_request(filled, 404, "done", VIEWER)


def test_another_s_request_is_not_answered_by_an_export(filled: Settings) -> None:
    others = steps.ask_access(filled, Asked(PROVISIONAL, VIEWER))["request_id"]
    erasure = steps.ask_erasure(filled, Asked(PERSON, VIEWER), ())["request_id"]
    for number in (others, erasure):
        with pytest.raises(ConfigError, match="not this person's"):
            steps.export_person(filled, Asked(PERSON, VIEWER), request_id=number)


def test_two_who_answer_at_once_give_one_answer(filled: Settings) -> None:
    number = steps.ask_access(filled, Asked(PERSON, VIEWER))["request_id"]
    outcomes: list[str] = []

    def answer(state: str) -> None:
        try:
            outcomes.append(steps.answer_request(filled, number, state, VIEWER)["state"])
        except ConfigError:
            outcomes.append("told to look again")

    threads = [threading.Thread(target=answer, args=(state,)) for state in ("done", "refused", "partly_done")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[-2:] == ["told to look again"] * 2
    assert read_rows(filled, "select count(*) from audit.subject_answer") == [(1,)]


def test_requests_and_answers_are_append_only(filled: Settings) -> None:
    steps.export_person(filled, Asked(PERSON, VIEWER))
    for table in ("subject_request", "subject_answer"):
        for statement in (f"update audit.{table} set reason = 'x'", f"delete from audit.{table}"):
            with pytest.raises(HealthbookError, match="InsufficientPrivilege"), steps.warehouse(filled) as connection:
                connection.cursor().execute(statement)


def test_accesses_tell_who_looked_at_the_person_his_records_and_their_rows(filled: Settings) -> None:
    with steps.warehouse(filled) as connection:
        cursor = connection.cursor()
        for subject in (
            "person 5 field phone",
            "record 12",
            "batch 1 row 2",
            "person 55",
            "record 121",
            "batch 1 row 22",
            "batch 1",
        ):
            cursor.execute(
                "insert into audit.event (happened_at, actor, action, subject) values (now(), 'lan', 'tested', %s)",
                (subject,),
            )
    steps.export_person(filled, Asked(PERSON, VIEWER))
    found = steps.list_accesses(filled, Asked(PERSON, VIEWER))
    assert [(one["actor"], one["subject"]) for one in found["accesses"]] == [
        ("lan", "person 5 field phone"),
        ("lan", "record 12"),
        ("lan", "batch 1 row 2"),
        ("thu", "person 5"),
        ("thu", "person 5"),
    ]
    again = steps.list_accesses(filled, Asked(PERSON, VIEWER))
    assert again["accesses"][-1]["action"] == "person.accesses_listed"


def test_a_breach_report_counts_who_saw_whom_with_numbers_alone(filled: Settings) -> None:
    with steps.warehouse(filled) as connection:
        cursor = connection.cursor()
        for action, subject in (
            ("review.shown", "record 11"),
            ("row.traced", "batch 1 row 2"),
            ("review.shown", "record 999"),
            ("review.decided", "record 12"),
            ("relink.approved", "run 1"),
        ):
            cursor.execute(
                "insert into audit.event (happened_at, actor, action, subject) values (now(), 'lan', %s, %s)",
                (action, subject),
            )
    steps.export_person(filled, Asked(PROVISIONAL, VIEWER))
    report = steps.report_breach(filled, date(2020, 1, 1), date(2999, 1, 1), "chief")
    assert report["chain"] == {"holds": True, "entries": 7, "anchored_to": 0, "break_count": 0}
    assert (report["events"], report["people"], report["people_read"], report["people_changed"]) == (7, 2, 2, 2)
    told = {(one["actor"], one["action"]): one for one in report["actions"]}
    shown = told["lan", "review.shown"]
    assert (shown["events"], shown["person_ids"], shown["of_nobody"], shown["is_read"]) == (
        2,
        [5],
        ["record 999"],
        True,
    )
    assert told["lan", "relink.approved"]["person_ids"] == []
    assert told["thu", "person.exported"]["person_ids"] == [PROVISIONAL]
    assert steps.report_breach(filled, date(2020, 1, 1), date(2020, 1, 2), "chief")["events"] == 0
    assert [row[:2] for row in audited(filled)][-2:] == [("chief", "audit.reported")] * 2
    with pytest.raises(ConfigError, match="ends before"):
        steps.report_breach(filled, date(2020, 1, 2), date(2020, 1, 1), "chief")


@pytest.fixture
def run(filled: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(monkeypatch, capfd, str(filled.database_url), filled.var_dir)


WHO = ("--actor", "thu", "--reason", "thư 12")


def test_commands_of_a_person(run: Run) -> None:
    assert run("person", "export", PROVISIONAL, *WHO).json["person_id"] == PROVISIONAL
    assert "B20" in run("person", "export", PERSON, *WHO, "--restricted").out
    asked = run("person", "ask", PERSON, *WHO, "--received", "2026-09-29").json
    assert asked["acknowledge_by"] == "2026-10-01"
    assert run("person", "correct", PERSON, "--field", "phone", *WHO).json["state"] == "received"
    assert run("person", "erase", PERSON, *WHO).json["erased"] == []
    assert run("person", "answer", asked["request_id"], "--state", "acknowledged", *WHO).json["state"] == "acknowledged"
    assert len(run("person", "requests").json["requests"]) == 3
    assert len(run("person", "requests", "--all").json["requests"]) == 5
    assert run("person", "accesses", PERSON, *WHO).json["accesses"]
    for words in (
        ("export", PERSON),
        ("export", PERSON, "--actor", "thu"),
        ("export", 404, *WHO),
        ("answer", 404, "--state", "done", *WHO),
    ):
        ended = run("person", *words)
        assert (ended.code, ended.out) == (2, "")
    named = run("person", "export", PERSON, "--actor", "thu", "--reason", NAME)
    assert (named.code, named.out) == (2, "")
    assert NAME not in named.words


def test_commands_of_the_audit(run: Run, filled: Settings, tmp_path: Path) -> None:
    place = tmp_path / "anchors.jsonl"
    assert run("audit", "anchor").code == 2, "nowhere to put it"
    assert run("audit", "verify", "--anchor", place).code == 2, "no anchors there"
    run("person", "export", PERSON, *WHO)
    assert run("audit", "anchor", "--to", place).json["is_written"]
    assert not run("audit", "anchor", "--to", place).json["is_written"], "nothing new"
    run("person", "export", PERSON, *WHO)
    assert run("audit", "anchor", "--to", place).json["anchored_to"] == 2
    assert len(place.read_text().splitlines()) == 2
    ended = run("audit", "verify", "--anchor", place)
    assert (ended.code, ended.json["holds"], ended.json["anchors"], ended.json["anchored_to"]) == (0, True, 2, 4)
    report = run("audit", "report", "--from", "2020-01-01", "--to", "2999-12-31T23:59")
    assert (report.code, report.json["people"]) == (0, 1)
    assert run("audit", "report", "--from", "yesterday", "--to", "2020-01-01").code == 2
    with steps.warehouse(filled) as connection:
        connection.cursor().execute(
            "alter table audit.chain disable trigger all; delete from audit.chain where entry_no > 3"
        )
    ended = run("audit", "verify", "--anchor", place)
    assert ended.code == 3
    assert {"tail_removed", "guard_off", "unchained"} == {one["kind"] for one in ended.json["breaks"]}
    assert run("audit", "anchor", "--to", place).code == 3
    assert len(place.read_text().splitlines()) == 2, "what does not hold is not anchored"
    assert "does not hold" in run("audit", "report", "--from", "2020-01-01", "--to", "2020-01-01").words
