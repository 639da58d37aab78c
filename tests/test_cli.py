"""The command line's contract: commands, JSON on stdout alone, exit codes, linkage on files, steps by name."""

import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.cli import app
from etl.warehouse.connect import connect
from tests.command_line import Run, runner

COMMANDS = {
    "receive",
    "waiting",
    "take-in",
    "annotate",
    "approve",
    "register",
    "index",
    "link",
    "merge",
    "publish",
    "score",
    "build",
    "report",
    "dictionary",
    "rules",
    "check-warehouse",
    "status",
    "template",
    "sample",
    "reject",
    "train",
    "models",
    "explain",
    "migrate",
    "trace",
    "withdraw",
    "backup",
    "restore-drill",
    "retention",
}
GROUPS = {
    "access": {"grant", "revoke", "list", "matrix"},
    "account": {"create", "list", "close", "password", "unlock"},
    "store": {"verify"},
    "keys": {"create", "list", "rotate", "reseal"},
    "review": {"alike", "next", "decide", "status", "calibrate", "sample", "agreement", "estimate"},
    "person": {"find", "ask", "export", "correct", "erase", "accesses", "requests", "answer"},
    "audit": {"verify", "anchor", "report"},
    "task": {"list", "show", "acknowledge", "assign", "close", "remind", "compare"},
}
PERSON = "1,Nguyễn Văn Mẫu,02/03/1980,Nam,001080000001,=1+1,a\n"
WARD = (
    "Danh sách tiêm chủng\nSTT,Họ và tên,Ngày sinh,Giới tính,Số CCCD,Địa chỉ,Ghi chú lạ\n"
    f"{PERSON}\n2,Trần Thị Mẫu,02/03/2990,Nữ,12,Số 2,b\n{PERSON}"
)
SCORES = ["score", "runner_up_person_id", "runner_up_score"]
LINKS = ["record_id", "person_id", "decision", *SCORES, "rule", "model_version"]
REGISTER = {
    "person_id": [7, 8],
    "full_name": ["Nguyễn Văn Mẫu", "TRẦN THỊ MẪU"],
    "birth_date": ["19800302", "19810000"],
    "sex": ["1", "2"],
    "national_id": ["001080000001", None],
    "old_id": [None, "012345678"],
}


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], module_database_url: str, tmp_path: Path
) -> Run:
    return runner(monkeypatch, capfd, module_database_url, tmp_path / "var")


def test_every_step_is_a_command() -> None:
    named = {command.name or str(command.callback.__name__) for command in app.registered_commands if command.callback}
    assert named == COMMANDS
    groups = {str(group.name): group.typer_instance for group in app.registered_groups}
    assert groups.keys() == GROUPS.keys()
    for name, group in groups.items():
        commands = group.registered_commands if group else []
        assert {one.name or str(one.callback.__name__) for one in commands if one.callback} == GROUPS[name]


def test_help_imports_nothing_heavy() -> None:
    heavy = ["duckdb", "pyarrow", "pandas", "great_expectations", "sqlalchemy", "pydantic", "numpy"]
    code = f"import sys, etl.cli; sys.exit(any(name in sys.modules for name in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "words",
    [
        ["receive"],
        ["receive", "x.csv"],
        ["nonsense"],
        ["status", "one"],
        ["link", "--register", "r.parquet"],
        ["sample", "--people", "0", "--out", "x"],
    ],
)
def test_wrong_usage_is_2(run: Run, words: list[str]) -> None:
    ended = run(*words)
    assert (ended.code, ended.out) == (2, "")
    assert ended.words


def test_unknown_setting_is_2_and_names_the_nearest(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEALTHBOOK_DATABASE_ULR", "x")
    ended = run("status")
    assert (ended.code, ended.out) == (2, "")
    assert "HEALTHBOOK_DATABASE_URL" in ended.words


@pytest.mark.parametrize(
    "words",
    [["status", "999999"], ["take-in", "999999"], ["merge", "999999"], ["publish", "999999"], ["score", "999999"]],
)
def test_number_that_is_nobodys_is_2(run: Run, words: list[str]) -> None:
    ended = run(*words)
    assert (ended.code, ended.out) == (2, "")
    assert "there is no such" in ended.words


def test_access_is_granted_listed_and_taken_back(run: Run, module_database_url: str) -> None:
    with connect(module_database_url) as connection:
        connection.cursor().execute("create role cli_officer login")
    who = ["cli_officer", "officer", "--actor", "chief"]
    try:
        granted = run("access", "grant", *who, "--ward", "00004", "--ward", "00008", "--facility", "01929")
        assert granted.json["added"] == 3
        assert run("access", "grant", *who, "--ward", "00004").json["added"] == 0
        [listed] = run("access", "list").json
        assert (listed["user"], listed["role"]) == ("cli_officer", "officer")
        assert listed["scope"] == ["facility:01929", "ward:00004", "ward:00008"]
        assert run("access", "revoke", *who).json["revoked"] == 3
        assert run("access", "list").json == []
        refused = run("access", "grant", "cli_officer", "officer", "--actor", "chief", "--ward", "1")
        assert (refused.code, "there is no ward 1" in refused.words) == (2, True)
        assert "healthbook_steward" in run("access", "matrix").out
    finally:
        with connect(module_database_url) as connection:
            connection.cursor().execute("drop role cli_officer")


def test_receipt_and_annotated_file(run: Run, tmp_path: Path) -> None:
    path, out = tmp_path / "list.csv", tmp_path / "back.xlsx"
    path.write_text(WARD, encoding="utf-8")
    ended = run("receive", path, "--sender", "PX00004", "--annotated", out)
    assert ended.code == 0, ended.words
    receipt = ended.json
    assert (receipt["rows_in"], receipt["accepted"], receipt["quarantined"], receipt["duplicate"]) == (3, 1, 1, 1)
    assert all(set(finding) == {"rule", "severity", "column", "rows"} for finding in receipt["findings"])
    assert [5] in [finding["rows"] for finding in receipt["findings"] if finding["column"] == "birth_date"]
    sheet = openpyxl.load_workbook(out).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["Danh sách tiêm chủng", "STT", "1", None, "2", "1"]
    assert rows[1][7:] == ("Kết quả tiếp nhận (Result)", "Lý do (Reason)")
    assert [row[7] for row in rows[2:]] == ["Chấp nhận", None, "Cách ly", "Trùng"]
    assert sheet["F3"].value == "=1+1"
    assert sheet["F3"].data_type == "s", "a formula that somebody sent stays text"
    assert "Ngày sinh" in str(rows[4][8])
    assert " / " in str(rows[4][8])
    assert sheet["A5"].fill.fgColor.rgb == "FFF8CBAD"
    assert [path.name for path in tmp_path.glob(".annotated*")] == []


def test_annotated_file_sent_back_brings_nothing_new(run: Run, tmp_path: Path) -> None:
    path, out = tmp_path / "list.csv", tmp_path / "back.xlsx"
    path.write_text(WARD.replace("=1+1", "Số 7"), encoding="utf-8")
    first = run("receive", path, "--sender", "PX00008", "--annotated", out).json
    again = run("receive", out, "--sender", "PX00008").json
    assert (first["accepted"], first["quarantined"]) == (1, 1)
    assert (again["accepted"], again["quarantined"], again["duplicate"]) == (0, 1, 2)


def test_annotated_envelope_has_a_row_a_visit(run: Run, tmp_path: Path) -> None:
    [path, *_] = sorted((Path(__file__).parents[1] / "data_samples" / "hospital_xml" / "CS01997").iterdir())
    receipt = run("receive", path, "--sender", "CS01997").json
    out = tmp_path / "x.xlsx"
    assert run("annotate", receipt["batch_id"], out).json == {"annotated": str(out)}
    rows = list(openpyxl.load_workbook(out).worksheets[0].iter_rows(values_only=True))
    assert len(rows) == receipt["rows_in"] + 1
    assert rows[0][:3] == ("HOSO", "Mã người bệnh tại đơn vị gửi", "Họ và tên")
    assert [row[0] for row in rows[1:]] == [str(number + 1) for number in range(receipt["rows_in"])]
    assert {row[-2] for row in rows[1:]} <= {"Chấp nhận", "Cách ly", "Trùng"}


def test_annotated_path_is_checked_before_anything_is_received(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(WARD, encoding="utf-8")
    for out in (tmp_path / "none" / "a.xlsx", tmp_path / "a.csv", tmp_path):
        ended = run("receive", path, "--sender", "PX00025", "--annotated", out)
        assert (ended.code, ended.out) == (2, "")


def test_refused_file_has_no_annotated_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    assert run("receive", tmp_path / "empty.csv", "--sender", "PX00025", "--annotated", tmp_path / "a.xlsx").code == 3
    assert not (tmp_path / "a.xlsx").exists()
    batch = run("receive", tmp_path / "empty.csv", "--sender", "PX00025").json["batch_id"]
    assert run("annotate", batch, tmp_path / "a.xlsx").code == 2


def test_steps_one_by_one_do_what_build_does(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], database_url: str, tmp_path: Path
) -> None:
    run = runner(monkeypatch, capfd, database_url, tmp_path / "var")
    path = tmp_path / "list.csv"
    path.write_text(WARD.replace("=1+1", "Số 9"), encoding="utf-8")
    run("receive", path, "--sender", "PX00025")
    linked = run("link")
    assert linked.code == 0, linked.words
    number = linked.json["run_id"]
    assert run("publish", number).code == 2, "what is not merged is not published"
    assert run("score", number).code == 2, "what is not published is not scored"
    assert [run(step, number).json["state"] for step in ("merge", "publish", "score")] == [
        "merged",
        "published",
        "scored",
    ]
    assert run("build").json["run_id"] == number
    assert Path(run("report", "--out", tmp_path / "report").json["report"]).is_file()
    assert run("status").json["run_id"] == number


def test_output_is_utf8_in_any_locale(tmp_path: Path, module_database_url: str) -> None:
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    environment = {
        **os.environ,
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONIOENCODING": "ascii",
        "HEALTHBOOK_DATABASE_URL": module_database_url,
        "HEALTHBOOK_VAR_DIR": str(tmp_path / "var"),
    }
    command = [sys.executable, "-m", "etl.cli", "receive", str(tmp_path / "empty.csv"), "--sender", "PX00004"]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 3, done.stderr
    assert "Tệp rỗng" in done.stdout.decode()


# ---- linkage on files


def _write(path: Path, columns: dict[str, object]) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def counts_of(totals: dict[str, object]) -> dict[str, object]:
    """The counts among the totals, without the seconds of each stage."""
    return {name: totals[name] for name in ("records", "match", "review", "none")}


def test_link_writes_one_row_a_record_in_order(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEALTHBOOK_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")  # linkage alone needs none
    register = _write(tmp_path / "register.parquet", REGISTER)
    records = _write(
        tmp_path / "records.parquet",
        {
            "full_name": pa.array(
                ["nguyễn văn  mẫu", "Lê Văn Lạ", "\u0000\U0001f600 ‮x", None, "Mẫu" * 5000]
            ).dictionary_encode(),
            "record_id": ["b", "a", "a", None, "=1+1"],
            "birth_date": ["02/03/1980", "31/02/1980", "", None, "không rõ"],
            "national_id": pa.array(["001080000001", "x", None, None, "1e99"], pa.large_string()),
            "anything": [{"a": 1}] * 5,
        },
    )
    ended = run(
        "link", "--register", register, "--records", records, "--out", tmp_path / "links.parquet", "--memory", "500MB"
    )
    assert ended.code == 0, ended.words
    links = pq.read_table(tmp_path / "links.parquet")
    assert links.column_names == LINKS
    assert links["record_id"].to_pylist() == ["b", "a", "a", None, "=1+1"]
    assert links["decision"].to_pylist() == ["match", "none", "none", "none", "none"]
    assert links["person_id"].to_pylist() == [7, None, None, None, None]
    assert counts_of(ended.json) == {"records": 5, "match": 1, "review": 0, "none": 4}
    assert "sure links" in ended.words
    assert "Mẫu" not in ended.words
    assert sorted(path.name for path in tmp_path.glob("*links*")) == ["links.parquet"]


@pytest.mark.parametrize("ids", [pa.array([1], pa.uint8()), pa.array([b"\xff"]), pa.array([1.5]), pa.array([{"a": 1}])])
def test_record_id_may_be_of_any_type(run: Run, tmp_path: Path, ids: pa.Array) -> None:
    register = _write(tmp_path / "register.parquet", REGISTER)
    records = _write(
        tmp_path / "records.parquet", {"record_id": ids, "full_name": ["Nguyễn Văn Mẫu"], "phone": ["0912345678"]}
    )
    assert run("link", "--register", register, "--records", records, "--out", tmp_path / "links.parquet").code == 0
    assert pq.read_table(tmp_path / "links.parquet")["record_id"].combine_chunks().equals(ids)


def test_no_records_or_no_register_give_an_empty_answer(run: Run, tmp_path: Path) -> None:
    full, none = pa.table(REGISTER), pa.table(REGISTER).slice(0, 0)
    for people, count in ((full, 0), (none, 2)):
        pq.write_table(people, tmp_path / "register.parquet")
        pq.write_table(
            full.slice(0, count).rename_columns(["record_id", *full.column_names[1:]]), tmp_path / "records.parquet"
        )
        ended = run(
            "link",
            "--register",
            tmp_path / "register.parquet",
            "--records",
            tmp_path / "records.parquet",
            "--out",
            tmp_path / "links.parquet",
        )
        assert counts_of(ended.json) == {"records": count, "match": 0, "review": 0, "none": count}
        assert pq.read_table(tmp_path / "links.parquet").column_names == LINKS


@pytest.mark.parametrize(
    ("register", "records", "code"),
    [
        ({"full_name": ["a"]}, {"record_id": [1], "full_name": ["a"]}, 2),
        ({"person_id": [1], "full_name": ["a"]}, {"full_name": ["a"]}, 2),
        ({"person_id": ["1"], "full_name": ["a"]}, {"record_id": [1], "full_name": ["a"]}, 2),
        ({"person_id": [1], "full_name": ["a"]}, {"record_id": [1], "name": ["a"]}, 2),
        ({"person_id": [1, 1], "full_name": ["a", "b"]}, {"record_id": [1], "full_name": ["a"]}, 3),
        ({"person_id": [1, None], "full_name": ["a", "b"]}, {"record_id": [1], "full_name": ["a"]}, 3),
        ({"person_id": [1], "full_name": [["Canary"]]}, {"record_id": [1], "full_name": ["a"]}, 3),
    ],
)
def test_link_says_what_its_files_lack(
    run: Run, tmp_path: Path, register: dict[str, object], records: dict[str, object], code: int
) -> None:
    paths = _write(tmp_path / "r.parquet", register), _write(tmp_path / "x.parquet", records)
    ended = run("link", "--register", paths[0], "--records", paths[1], "--out", tmp_path / "links.parquet")
    assert (ended.code, ended.out) == (code, "")
    assert "; expected " in ended.words
    assert "Canary" not in ended.words
    assert not (tmp_path / "links.parquet").exists()


def test_link_refuses_what_is_no_parquet(run: Run, tmp_path: Path) -> None:
    good = _write(tmp_path / "r.parquet", REGISTER)
    (tmp_path / "x.csv").write_text("record_id\n1\n", encoding="utf-8")
    for register, records in (
        (good, tmp_path / "x.csv"),
        (tmp_path / "x.csv", good),
        (good, tmp_path / "none"),
        (tmp_path / "none", good),
    ):
        ended = run("link", "--register", register, "--records", records, "--out", tmp_path / "links.parquet")
        assert (ended.code, ended.out) == (2, "")
    bad_text = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(b"\x00\x00\x00\x00\x01\x00\x00\x00"), pa.py_buffer(b"\xff")]
    )
    records = _write(tmp_path / "x.parquet", {"record_id": [1], "full_name": bad_text})
    assert run("link", "--register", good, "--records", records, "--out", tmp_path / "links.parquet").code == 3
    for more in (["--engine", "spark"], ["--memory", "lots"], ["--threads", "0"], ["--out", tmp_path / "none" / "x"]):
        assert run("link", "--register", good, "--records", good, "--out", tmp_path / "links.parquet", *more).code == 2
