"""Trace: every row of every file comes to exactly one outcome, and every sourced field of a book leads to its row."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from etl import steps
from etl.contracts import FIELD_VALUE
from etl.contracts.fields import MASKED
from etl.errors import ConfigError
from etl.settings import Settings
from etl.steps.trace import Viewer
from tests.command_line import Run, runner
from tests.pipeline.city import build, read_opened, read_rows

VIEWER = Viewer("chief", "complaint 12")
LIST = (
    "Danh sách tiêm chủng\nSTT,Họ và tên,Ngày sinh,Giới tính,Số CCCD,Địa chỉ,Ghi chú lạ\n"
    "1,Ông Nguyễn  Văn Mẫu,02/03/1980,Nam,001080000001,Số 1,a\n"
    ",,,,,,\n"
    "2,Trần Thị Mẫu,02/03/2990,Nữ,12,Số 2,b\n"
    "1,Ông Nguyễn  Văn Mẫu,02/03/1980,Nam,001080000001,Số 1,a\n"
    "Tổng cộng: 3,,,,,,\n"
)
TITLE, HEADING, PERSON, BLANK, BAD, TWICE, TOTAL, BEYOND = range(1, 9)


@pytest.fixture
def listed(empty_settings: Settings, tmp_path: Path) -> Settings:
    path = tmp_path / "list.csv"
    path.write_text(LIST, encoding="utf-8")
    receipt = steps.receive(empty_settings, path, "PX00004")
    assert (receipt.rows_in, receipt.accepted, receipt.quarantined, receipt.duplicate) == (3, 1, 1, 1)
    build(empty_settings)
    return empty_settings


def outcomes(settings: Settings, batch_id: int, row_nos: range) -> list[str]:
    return [steps.trace_row(settings, batch_id, row_no)["outcome"] for row_no in row_nos]


def test_every_row_has_one_outcome(listed: Settings) -> None:
    assert outcomes(listed, 1, range(TITLE, BEYOND + 1)) == [
        "heading",
        "heading",
        "accepted",
        "left_out",
        "quarantined",
        "duplicate",
        "left_out",
        "beyond_the_file",
    ]
    assert steps.trace_row(listed, 1, BEYOND)["last_row"] == TOTAL
    twice = steps.trace_row(listed, 1, TWICE)
    assert (twice["first_batch_id"], twice["first_row_no"]) == (1, PERSON)


def test_a_row_is_shown_from_the_sender_s_cell_to_the_book(listed: Settings) -> None:
    trace = steps.trace_row(listed, 1, PERSON, VIEWER)
    cells = {cell["heading"]: (cell["field"], cell["text"]) for cell in trace["raw"]}
    assert cells["Họ và tên"] == ("full_name", "Ông Nguyễn  Văn Mẫu")
    assert cells["Ghi chú lạ"] == (None, "a")
    fields = {row["field"]: row for row in trace["fields"]}
    assert (fields["full_name"]["sent"], fields["full_name"]["value"]) == ("Ông Nguyễn  Văn Mẫu", "Nguyễn Văn Mẫu")
    assert fields["full_name"]["note_vi"]
    assert fields["full_name"]["gravity"] == "changed"
    [link] = trace["links"]
    assert link["person_id"] == -trace["record_id"]
    shown = {feed["field"]: feed for feed in trace["feeds"]}
    assert shown["full_name"] == {
        "person_id": -trace["record_id"],
        "field": "full_name",
        "value": "Nguyễn Văn Mẫu",
        "is_shown": True,
        "is_source": True,
        "value_rank": 1,
        "rule": "most_frequent",
    }
    bad = steps.trace_row(listed, 1, BAD, VIEWER)
    assert bad["rule_id"] in [finding["rule_id"] for finding in bad["findings"]]
    assert bad["message_vi"]
    assert bad["fix_en"]


def test_a_field_leads_back_to_the_row_that_names_it(listed: Settings, tmp_path: Path) -> None:
    path = tmp_path / "later.csv"
    path.write_text(
        "STT,Họ và tên,Ngày sinh,Giới tính,Số CCCD,Điện thoại,Ngày cập nhật\n"
        "1,Nguyễn Văn Mẫu,02/03/1980,Nam,001080000001,0912345678,20/08/2026\n"
        "2,Nguyễn Văn Mẫu,02/03/1980,Nam,001080000001,0987654321,20/09/2026\n",
        encoding="utf-8",
    )
    batch_id = steps.receive(listed, path, "PX00008").batch_id
    build(listed)
    [(person_id,)] = read_rows(listed, "select person_id from book.health_book")
    assert isinstance(person_id, int)
    trace = steps.trace_field(listed, person_id, "phone", VIEWER)
    assert (trace["value"], trace["rule"], trace["batch_id"], trace["row_no"], trace["sender_code"]) == (
        "0987654321",
        "newest",
        batch_id,
        3,
        "PX00008",
    )
    assert [(one["value"], one["agrees"], one["row_no"]) for one in trace["stated"]] == [
        ("0987654321", True, 3),
        ("0912345678", False, 2),
    ]
    assert [one["value"] for one in trace["kept_behind"]] == ["0912345678"]


def test_without_an_account_no_value_is_shown(listed: Settings) -> None:
    trace = steps.trace_row(listed, 1, PERSON)
    [(person_id,)] = read_rows(listed, "select person_id from book.health_book")
    assert isinstance(person_id, int)
    back = steps.trace_field(listed, person_id, "full_name")
    for text in (str(trace), steps.row_text(trace), str(back), steps.field_text(back)):
        for secret in ("Nguyễn", "Mẫu", "001080000001", "1980", "Số 1"):
            assert secret not in text
    assert {row["value"] for row in trace["fields"]} <= {MASKED, None}
    assert read_rows(listed, "select count(*) from audit.event where action like '%.traced'") == [(0,)]


def test_who_looked_at_what_and_why_is_audited_without_a_value(listed: Settings) -> None:
    trace = steps.trace_row(listed, 1, PERSON, VIEWER)
    steps.trace_field(listed, -trace["record_id"], "full_name", VIEWER)
    events = read_rows(
        listed, "select actor, action, subject, detail from audit.event where action like '%.traced' order by event_id"
    )
    assert events == [
        ("chief", "row.traced", "batch 1 row 3", '{"reason": "complaint 12"}'),
        ("chief", "field.traced", f"person {-trace['record_id']} field full_name", '{"reason": "complaint 12"}'),
    ]


def test_what_is_not_there_is_said(listed: Settings) -> None:
    with pytest.raises(ConfigError, match="no such batch"):
        steps.trace_row(listed, 99, 1)
    with pytest.raises(ConfigError, match="no book"):
        steps.trace_field(listed, 99, "full_name")
    with pytest.raises(ConfigError, match="no such field"):
        steps.trace_field(listed, 99, "digest")


def test_rows_of_refused_and_waiting_files(empty_settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(LIST, encoding="utf-8")
    waiting = steps.register_file(empty_settings, path, "PX00004")
    refused = steps.receive(empty_settings, path, "PX00008").batch_id
    assert steps.trace_row(empty_settings, waiting, PERSON)["outcome"] == "waiting"
    trace = steps.trace_row(empty_settings, refused, PERSON)
    assert (trace["outcome"], trace["rule_id"]) == ("refused", "file_of_another_sender")
    assert trace["message_vi"]


def test_every_row_of_a_city_is_accounted_for_and_every_sourced_field_leads_back(own_hamlet: Settings) -> None:
    build(own_hamlet)
    columns = "batch_id, rows_in, accepted, quarantined, duplicate"
    for batch_id, *counts in read_rows(own_hamlet, f"select {columns} from intake.batch where state = 'accepted'"):
        assert isinstance(batch_id, int)
        found = trace_all(own_hamlet, batch_id)
        assert found["unaccounted"] == 0
        people = [found[name] for name in ("accepted", "quarantined", "duplicate")]
        assert [sum(people), *people] == counts
    sources = read_opened(
        own_hamlet,
        FIELD_VALUE,
        "select person_id, field_name, value, value_rank, batch_id, row_no from book.field_value"
        " where record_id is not null order by md5(person_id || field_name || value_rank) limit 40",
    )
    for person_id, field, value, rank, batch_id, row_no in sources:
        assert isinstance(batch_id, int)
        assert isinstance(row_no, int)
        feeds = steps.trace_row(own_hamlet, batch_id, row_no, VIEWER)["feeds"]
        [feed] = [one for one in feeds if one.get("field") == field]
        assert (feed["person_id"], feed["value"], feed["value_rank"]) == (person_id, value, rank)
        assert feed["is_source"]
        assert feed["is_shown"] == (rank == 1)


def trace_all(settings: Settings, batch_id: int) -> Counter[str]:
    """How many rows of a batch come to each outcome, from the first to the one beyond its end."""
    found: Counter[str] = Counter()
    row_no = 0
    while not found["beyond_the_file"]:
        row_no += 1
        found[steps.trace_row(settings, batch_id, row_no)["outcome"]] += 1
    return found


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], database_url: str, tmp_path: Path) -> Run:
    return runner(monkeypatch, capfd, database_url, tmp_path / "var")


def test_the_command_shows_values_on_stdout_alone(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(LIST, encoding="utf-8")
    batch_id = run("receive", path, "--sender", "PX00004").json["batch_id"]
    run("build")
    seen = run("trace", batch_id, PERSON, "--actor", "chief", "--reason", "complaint 12")
    assert seen.code == 0, seen.words
    assert "Ông Nguyễn  Văn Mẫu → Nguyễn Văn Mẫu" in seen.out
    assert "Mẫu" not in seen.words
    masked: dict[str, Any] = run("trace", batch_id, PERSON, "--json").json
    assert (masked["outcome"], masked["is_masked"]) == ("accepted", True)
    person_id = masked["links"][0]["person_id"]
    back = run("trace", "--person", person_id, "--field", "full_name", "--json").json
    assert (back["batch_id"], back["row_no"], back["value"]) == (batch_id, PERSON, MASKED)
    assert "Quy tắc" in run("trace", "--person", person_id, "--field", "full_name").out
    wrong = (
        ["trace"],
        ["trace", batch_id],
        ["trace", batch_id, PERSON, "--actor", "chief"],
        ["trace", batch_id, PERSON, "--person", person_id, "--field", "full_name"],
        ["trace", "--person", person_id],
        ["trace", 99, PERSON],
        ["trace", "--person", 99, "--field", "full_name"],
    )
    assert {run(*words).code for words in wrong} == {2}
