"""Gzip and zip of envelopes: what they hold is read in order, and what is hostile is refused with its rule."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from etl import sources
from etl.contracts.reading import Sender
from etl.errors import DataError
from etl.sample.xml_dialects import write_envelope
from etl.sample.xml_visits import OUTPATIENTS
from etl.sources.limits import Limits

HOSPITAL = Sender("CS01929", "hospital", "", facility_code="01929")
ENVELOPE = write_envelope(OUTPATIENTS).encode()
CANARY = "Kanariavogel"


def packed(*members: tuple[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return sink.getvalue()


def read(path: Path, content: bytes, limits: Limits | None = None) -> list[int]:
    path.write_bytes(content)
    recognition = sources.recognise(path, limits=limits)
    return [
        row_no
        for chunk in sources.read(path, recognition, HOSPITAL, limits)
        for row_no in chunk.tables["person_record"]["row_no"].to_pylist()
    ]


def test_rows_count_on_over_the_members_in_the_order_of_their_names(tmp_path: Path) -> None:
    content = packed(("2.xml", ENVELOPE), ("1/a.xml", ENVELOPE), ("1/", b""))
    assert read(tmp_path / "a", content) == [1, 2, 3, 4]
    assert read(tmp_path / "a", gzip.compress(ENVELOPE, mtime=0)) == [1, 2]


def encrypted() -> bytes:
    content = bytearray(packed((f"{CANARY}.xml", ENVELOPE)))
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + place] |= 1
    return bytes(content)


def nameless() -> bytes:
    """A member without a name, which the library's `is_dir` takes for a fault of its own."""
    one = zipfile.ZipInfo("x")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        one.filename = ""
        archive.writestr(one, ENVELOPE)
    return content.getvalue()


BOMB = b"<GIAMDINHHS>" + b" " * 50_000_000 + b"</GIAMDINHHS>"


@pytest.mark.parametrize(
    ("content", "rule_id"),
    [
        (gzip.compress(BOMB, mtime=0), "zip_bomb"),
        (packed((f"{CANARY}.xml", BOMB)), "zip_bomb"),
        (packed(*((f"{CANARY}{at}.xml", ENVELOPE) for at in range(1_001))), "zip_bomb"),
        (packed((f"../{CANARY}.xml", ENVELOPE)), "file_unreadable"),
        (packed((f"/etc/{CANARY}.xml", ENVELOPE)), "file_unreadable"),
        (packed((f"C:\\{CANARY}.xml", ENVELOPE)), "file_unreadable"),
        (encrypted(), "file_unreadable"),
        (nameless(), "file_unreadable"),
        (packed((f"{CANARY}.zip", packed(("a.xml", ENVELOPE)))), "file_kind_unknown"),
        (packed((f"{CANARY}.gz", gzip.compress(ENVELOPE, mtime=0))), "file_kind_unknown"),
        (gzip.compress(gzip.compress(ENVELOPE, mtime=0), mtime=0), "file_kind_unknown"),
        (packed(("a.xml", ENVELOPE), (f"{CANARY}.txt", b"Ho ten,Ngay sinh")), "file_kind_unknown"),
        (packed(("a.xml", ENVELOPE), (f"{CANARY}.xml", b"<html/>")), "file_kind_unknown"),
        (packed(("a.xml", ENVELOPE), (f"{CANARY}.xml", ENVELOPE[:-40])), "xml_truncated"),
        (packed(), "file_empty"),
        (gzip.compress(ENVELOPE, mtime=0)[:-30], "file_unreadable"),
        (gzip.compress(ENVELOPE, mtime=0)[:30], "file_unreadable"),
        (
            packed(("a.xml", ENVELOPE)).replace(b"NOI", b"XXX")[:300] + packed(("a.xml", ENVELOPE))[300:600],
            "file_kind_unknown",
        ),
    ],
)
def test_hostile_archives_are_refused_without_a_members_name(content: bytes, rule_id: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as refusal:
        read(tmp_path / "a", content)
    assert refusal.value.rule_id == rule_id
    assert CANARY not in str(refusal.value)


def test_limits_bind(tmp_path: Path) -> None:
    with pytest.raises(DataError) as refusal:
        read(tmp_path / "a", gzip.compress(ENVELOPE, mtime=0), Limits(max_unpacked_bytes=1_000))
    assert refusal.value.rule_id == "zip_bomb"
