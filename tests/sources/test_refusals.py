"""What is refused, by which rule, and that no refusal holds a value of the file."""

import csv
from pathlib import Path

import pytest

from etl import sources
from etl.contracts import reference
from etl.contracts.reading import Sender
from etl.errors import ConfigError, DataError
from etl.sample.bad import BAD_FILES, BadFile
from etl.sources.limits import Limits

SENDERS = {
    row["sender_code"]: Sender(row["sender_code"], row["kind"], row["name"], row["facility_code"], row["ward_code"])
    for row in reference.senders().to_pylist()
}
CANARY = "Kanariavogel"


def _read_all(path: Path, sender: str, limits: Limits | None = None) -> list[str]:
    recognition = sources.recognise(path, limits=limits)
    return [
        remark.rule_id for chunk in sources.read(path, recognition, SENDERS[sender], limits) for remark in chunk.remarks
    ]


@pytest.mark.parametrize("bad", BAD_FILES, ids=lambda bad: bad.name)
def test_bad_files_end_in_their_rule(bad: BadFile, tmp_path: Path) -> None:
    path = tmp_path / bad.name
    bad.write(path)
    if bad.exit_code == 0:
        assert bad.rule_id in _read_all(path, bad.sender)
        return
    with pytest.raises(DataError) as refusal:
        _read_all(path, bad.sender)
    assert refusal.value.rule_id == bad.rule_id
    assert "; expected " in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "rule_id"),
    [
        (b"", "file_empty"),
        (b"\xef\xbb\xbf \n", "file_empty"),
        (b"%PDF-1.7 " + CANARY.encode(), "file_kind_unknown"),
        (b"\x89PNG\r\n", "file_kind_unknown"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "file_kind_unknown"),
        (b"PK\x03\x04 broken", "file_kind_unknown"),
        (b"\x01\x00\x02\x03\x04\x05" * 9, "file_kind_unknown"),
        (f"<html><body>{CANARY}</body></html>".encode(), "file_kind_unknown"),
        (f"<GIAMDINHHS><X>{CANARY}</GIAMDINHHS>".encode(), "xml_truncated"),
        (f"<GIAMDINHHS>&{CANARY};</GIAMDINHHS>".encode(), "xml_unsafe"),
        (f"Ngày sinh,Giới tính,Số CCCD\n1980,Nam,{CANARY}\n".encode(), "header_missing"),
        (f"Họ và tên,Ngày sinh\n{CANARY * 20_000},1980\n".encode(), "cell_too_long"),
        (f'Họ và tên,Ngày sinh\n"{CANARY},1980\n{"x,y" * 200_000}'.encode(), "cell_too_long"),
        (b"Ho ten," * 5_000, "sheet_too_wide"),
        (b"Ho ten," * 500_000, "sheet_too_wide"),
    ],
)
def test_refusals_name_their_rule_and_no_value(content: bytes, rule_id: str, tmp_path: Path) -> None:
    path = tmp_path / CANARY
    path.write_bytes(content)
    with pytest.raises(DataError) as refusal:
        _read_all(path, "PX00004" if not content.startswith(b"<G") else "CS01929")
    assert refusal.value.rule_id == rule_id
    assert CANARY not in str(refusal.value)
    assert CANARY not in str(refusal.value.__cause__)


def test_a_file_over_the_limit_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(b"Ho ten,Ngay sinh\n")
    with pytest.raises(DataError) as refusal:
        sources.recognise(path, limits=Limits(max_file_bytes=10))
    assert refusal.value.rule_id == "file_too_large"


def test_who_sends_must_fit_what_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("Họ và tên,Ngày sinh\nNguyễn An,1980\n")
    with pytest.raises(DataError) as refusal:
        _read_all(path, "QH001")
    assert refusal.value.rule_id == "sender_mismatch"


def test_a_kind_that_the_file_is_not_is_refused_and_one_that_does_not_exist_is_wrong_usage(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("Họ và tên,Ngày sinh\nNguyễn An,1980\n")
    with pytest.raises(DataError):
        sources.recognise(path, "hospital_xml")
    with pytest.raises(ConfigError):
        sources.recognise(path, "ward_list")
    assert sources.recognise(path, "ward_sheet").kind == "ward_sheet"


def test_the_checked_in_table_says_the_same() -> None:
    expected = Path(__file__).parents[2] / "data_samples" / "bad" / "expected.csv"
    with expected.open(encoding="utf-8", newline="") as rows:
        assert {row["file"] for row in csv.DictReader(rows)} == {bad.name for bad in BAD_FILES}
