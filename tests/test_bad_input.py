"""Every bad file ends in a stated result, with a reason and an exit code, and the next good file goes through."""

import csv
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl.quality.catalogue import catalogue
from etl.sample.bad import BAD_FILES, BadFile
from tests.command_line import Run, runner

SMALL = [file for file in BAD_FILES if not file.is_big]
BIG = [file for file in BAD_FILES if file.is_big]
VALUES = ("Mẫu", "001080000001", "/etc/hostname", socket.gethostname())
"""What the bad files hold, or point at, and no message may."""
GOOD = (
    "STT,Họ và tên,Ngày sinh,Giới tính,Số CCCD,Địa chỉ,Ngày cập nhật\n"
    "1,Nguyễn Văn Mẫu,02/03/1980,Nam,001080000001,Số 1,01/09/2026\n"
)
MAX_SECONDS, MAX_KILOBYTES = 60, 1_500_000
MEASURE = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
with open(sys.argv[1], "w") as peak:
    peak.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
"""
"""Runs a command and writes its peak down: a process that the tests start themselves would be charged with theirs."""


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], module_database_url: str, tmp_path: Path
) -> Run:
    return runner(monkeypatch, capfd, module_database_url, tmp_path / "var")


@pytest.mark.parametrize("bad", SMALL, ids=lambda bad: bad.name)
def test_bad_file_ends_in_its_result_and_gives_it_again(run: Run, bad: BadFile, tmp_path: Path) -> None:
    bad.write(tmp_path / bad.name)
    first = run("receive", tmp_path / bad.name, "--sender", bad.sender)
    assert first.code == bad.exit_code, first.words
    receipt = first.json
    assert receipt["rows_in"] == sum(receipt[name] for name in ("accepted", "quarantined", "duplicate", "withdrawn"))
    if bad.exit_code == 3:
        _says_why(receipt, bad.rule_id, first.words)
    else:
        assert receipt["state"] == "accepted"
        assert bad.rule_id in {finding["rule"] for finding in receipt["findings"]}
    assert not [value for value in VALUES if value in first.out + first.words]
    again = run("receive", tmp_path / bad.name, "--sender", bad.sender)
    assert (again.code, again.json) == (first.code, receipt)
    assert run("status", receipt["batch_id"]).json == receipt


def _says_why(receipt: dict[str, object], rule_id: str, words: str) -> None:
    """The receipt and the words carry the rule in both languages, and a reason of what was expected and what to do."""
    rule = catalogue()[rule_id]
    refused = receipt["refused"]
    assert isinstance(refused, dict)
    assert (receipt["state"], refused["rule"]) == ("refused", rule_id)
    assert (refused["message_vi"], refused["fix_vi"]) == (rule.meta.message.vi, rule.meta.fix.vi)
    assert "; expected " in refused["reason"]
    assert refused["reason"].rstrip(".").count(". ") >= 1, "it says what to do"
    assert rule.meta.message.vi in words
    assert refused["reason"] in words


@pytest.mark.parametrize("bad", BIG, ids=lambda bad: bad.name)
def test_big_bad_file_takes_bounded_time_and_memory(bad: BadFile, module_database_url: str, tmp_path: Path) -> None:
    bad.write(tmp_path / bad.name)
    environment = {
        **os.environ,
        "HEALTHBOOK_DATABASE_URL": module_database_url,
        "HEALTHBOOK_VAR_DIR": str(tmp_path / "var"),
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
    }
    started, words = time.monotonic(), tmp_path / "words"
    with words.open("wb") as err:
        command = [sys.executable, "-m", "etl.cli", "receive", str(tmp_path / bad.name), "--sender", bad.sender]
        measured = [sys.executable, "-S", "-c", MEASURE, str(tmp_path / "peak"), *command]
        child = subprocess.run(measured, env=environment, stdout=subprocess.DEVNULL, stderr=err, check=False)
    said = words.read_text(encoding="utf-8")
    assert child.returncode == bad.exit_code, said
    assert catalogue()[bad.rule_id].meta.message.vi in said
    assert time.monotonic() - started < MAX_SECONDS
    assert int((tmp_path / "peak").read_text()) < MAX_KILOBYTES


def test_samples_expect_what_the_code_says() -> None:
    listed = Path(__file__).parents[1] / "data_samples" / "bad" / "expected.csv"
    with listed.open(encoding="utf-8") as file:
        rows = [tuple(row.values()) for row in csv.DictReader(file)]
    assert rows == [(bad.name, bad.sender, str(bad.exit_code), bad.rule_id) for bad in BAD_FILES]


def test_good_file_goes_through_after_bad_ones(run: Run, tmp_path: Path) -> None:
    for name, text in (("a.csv", ""), ("b.csv", "%PDF-1.4"), ("c.csv", GOOD)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    codes = [run("receive", tmp_path / name, "--sender", "PX00004").code for name in ("a.csv", "b.csv", "c.csv")]
    assert codes == [3, 3, 0]


def test_inbox_goes_on_past_a_bad_file(run: Run, tmp_path: Path) -> None:
    inbox = tmp_path / "var" / "inbox" / "PX00008"
    inbox.mkdir(parents=True)
    (inbox / "1.csv").write_text("", encoding="utf-8")
    (inbox / "2.csv").write_text(GOOD.replace("Số 1", "Số 6"), encoding="utf-8")
    batches = run("waiting").json["batches"]
    assert [run("take-in", batch).json["state"] for batch in batches[-2:]] == ["refused", "accepted"]
    assert not list(inbox.iterdir())


def test_sender_that_nobody_knows_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(GOOD + "\n", encoding="utf-8")
    ended = run("receive", tmp_path / "x.csv", "--sender", "PX99999")
    assert (ended.code, ended.json["refused"]["rule"]) == (3, "sender_unknown")


@pytest.mark.parametrize(("kind", "code"), [("no_such_kind", 2), ("hospital_xml", 3)])
def test_wrong_kind_is_refused_and_the_right_one_still_goes_through(
    run: Run, tmp_path: Path, kind: str, code: int
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(GOOD.replace("Số 1", kind), encoding="utf-8")
    assert run("receive", path, "--sender", "PX00025", "--kind", kind).code == code
    assert run("receive", path, "--sender", "PX00025").json["state"] == "accepted"


def test_register_sent_as_an_ordinary_file_is_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    headings, person = "MA_NGUOI,HO_TEN,NGAY_SINH,GIOI_TINH,NGAY_CHOT", "1,Nguyễn Văn Mẫu,19800302,1,20260901"
    path.write_text(f"{headings}\n{person}\n", encoding="utf-8")
    ended = run("receive", path, "--sender", "DC01")
    assert (ended.code, ended.json["refused"]["rule"]) == (3, "file_kind_unknown")
    assert "healthbook register" in ended.words


@pytest.mark.parametrize("content", ["", "%PDF-1.4", GOOD, "<a/>"], ids=["empty", "pdf", "ward", "xml"])
def test_register_of_another_kind_is_refused(run: Run, tmp_path: Path, content: str) -> None:
    (tmp_path / "r.csv").write_text(content, encoding="utf-8")
    ended = run("register", tmp_path / "r.csv")
    assert (ended.code, ended.out) == (3, "")
    assert "; expected " in ended.words
    assert "Mẫu" not in ended.words


def test_no_file_and_a_folder_are_wrong_usage_and_do_not_say_the_path(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Nguyễn Thị Canary").mkdir()
    for path in (tmp_path / "Nguyễn Thị Canary", tmp_path / "Trần Canary.csv"):
        for command in (("receive", path, "--sender", "PX00004"), ("register", path)):
            ended = run(*command)
            assert (ended.code, ended.out) == (2, "")
            assert "Canary" not in ended.words


def test_file_that_cannot_be_read_is_wrong_usage(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "Canary.csv"
    path.write_text(GOOD, encoding="utf-8")
    opened = Path.open

    def refuse(self: Path, *args: object, **more: object) -> object:
        if self == path:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(self, *args, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    ended = run("receive", path, "--sender", "PX00004")
    assert ended.code == 2
    assert "Canary" not in ended.words


def test_name_in_another_encoding_is_received(run: Run, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/danh s\xe1ch.csv"))
    path.write_text(GOOD.replace("Số 1", "Số 2"), encoding="utf-8")
    assert run("receive", path, "--sender", "PX00025").code == 0


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that nobody listens on, and nobody else is given meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_database_away_loses_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_port: int, module_database_url: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(GOOD.replace("Số 1", "Số 3"), encoding="utf-8")
    monkeypatch.setenv("HEALTHBOOK_DATABASE_URL", f"postgresql://healthbook:geheim@127.0.0.1:{closed_port}/healthbook")
    away = run("receive", path, "--sender", "PX00004")
    assert (away.code, away.out) == (4, "")
    assert "geheim" not in away.words
    assert path.read_text(encoding="utf-8").startswith("STT")
    monkeypatch.setenv("HEALTHBOOK_DATABASE_URL", module_database_url)
    assert run("receive", path, "--sender", "PX00004").json["state"] == "accepted"


def test_store_that_cannot_be_written_loses_nothing(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "list.csv"
    path.write_text(GOOD.replace("Số 1", "Số 4"), encoding="utf-8")
    monkeypatch.setenv("HEALTHBOOK_STORE_URL", str(path / "store"))
    away = run("receive", path, "--sender", "PX00004")
    assert (away.code, away.out) == (4, "")
    monkeypatch.delenv("HEALTHBOOK_STORE_URL")
    assert run("receive", path, "--sender", "PX00004").json["state"] == "accepted"


def test_unexpected_error_tells_no_value(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: object) -> None:
        raise ValueError("Nguyễn Thị Canary 001199000001")

    monkeypatch.setattr("etl.steps.staging.number_rows", break_down)
    path = tmp_path / "list.csv"
    path.write_text(GOOD.replace("Số 1", "Số 5"), encoding="utf-8")
    ended = run("receive", path, "--sender", "PX00004")
    assert (ended.code, ended.out) == (1, "")
    assert "ValueError" in ended.words
    assert "Canary" not in ended.words
    assert "001199000001" not in ended.words
