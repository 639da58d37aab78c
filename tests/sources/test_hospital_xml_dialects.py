"""What senders really write: other encodings and spellings, counts, cards, a bare record, and signatures that do not fit."""

from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest

from etl import sources
from etl.contracts import TABLES
from etl.contracts.reading import Sender
from etl.errors import ConfigError, DataError
from etl.sample.signing import make_certificate, make_key, sign_envelope
from etl.sample.xml_dialects import write_envelope
from etl.sample.xml_visits import BIRTHS, HIV, OUTPATIENTS
from etl.sources.limits import Limits
from etl.sources.rows import number_rows
from etl.standardise.records import standardise_table

HOSPITAL = Sender("CS01929", "hospital", "", facility_code="01929")
OF = "<TONG_HOP><HO_TEN>Nguyễn An</HO_TEN><MA_CSKCB>{}</MA_CSKCB></TONG_HOP>"
SUMMARY = OF.format("01929")


def read(path: Path, content: bytes, limits: Limits | None = None):
    path.write_bytes(content)
    [chunk] = sources.read(path, sources.recognise(path), HOSPITAL, limits)
    return chunk


def hoso(inner: bytes, kind: str = "XML1") -> str:
    content = b64encode(inner).decode()
    return f"<HOSO><FILEHOSO><LOAIHOSO>{kind}</LOAIHOSO><NOIDUNGFILE>{content}</NOIDUNGFILE></FILEHOSO></HOSO>"


@pytest.mark.parametrize(
    "inner",
    [
        SUMMARY.encode(),
        b"\xef\xbb\xbf" + SUMMARY.encode(),
        ('<?xml version="1.0" encoding="utf-16"?>' + SUMMARY).encode(),
        ('<?xml version="1.0" encoding="utf-16"?>' + SUMMARY).encode("utf-16"),
        ('<?xml version="1.0" encoding="utf-16"?>' + SUMMARY).encode("utf-16-be"),
        ('<x:tong_hop xmlns:x="urn:a"><x:ho_ten>Nguyễn An</x:ho_ten></x:tong_hop>').encode(),
        b"<!-- a -->" + SUMMARY.replace("Nguyễn", "Nguy&#7877;n").encode(),
    ],
)
def test_inner_documents_in_any_clothes(inner: bytes, tmp_path: Path) -> None:
    chunk = read(tmp_path / "a", f"<GIAMDINHHS>{hoso(inner)}</GIAMDINHHS>".encode())
    assert chunk.tables["person_record"]["full_name"].to_pylist() == ["Nguyễn An"]
    assert {remark.rule_id for remark in chunk.remarks} == {"signature_absent"}


def test_a_record_without_an_envelope_must_be_the_senders_own(tmp_path: Path) -> None:
    assert read(tmp_path / "a", hoso(SUMMARY.encode()).encode()).tables["person_record"].num_rows == 1
    for around in ("{}", "<GIAMDINHHS>{}</GIAMDINHHS>"):
        with pytest.raises(DataError) as refusal:
            read(tmp_path / "a", around.format(hoso(OF.format("01006").encode())).encode())
        assert refusal.value.rule_id == "sender_mismatch"


def test_the_facility_is_checked_also_when_it_is_told_last(tmp_path: Path) -> None:
    text = f"<GIAMDINHHS>{hoso(SUMMARY.encode())}<THONGTINDONVI><MACSKCB>01006</MACSKCB></THONGTINDONVI></GIAMDINHHS>"
    with pytest.raises(DataError) as refusal:
        read(tmp_path / "a", text.encode())
    assert refusal.value.rule_id == "sender_mismatch"


@pytest.mark.parametrize(("count", "differs"), [(2, False), (3, True), (0, True)])
def test_the_stated_count_is_compared(count: int, differs: bool, tmp_path: Path) -> None:
    chunk = read(tmp_path / "a", write_envelope(OUTPATIENTS, count=count).encode())
    assert ("record_count_differs" in {remark.rule_id for remark in chunk.remarks}) is differs


def test_several_parts_of_one_kind_are_all_read(tmp_path: Path) -> None:
    drugs = b"<DSACH_CHI_TIET_THUOC><CHI_TIET_THUOC><TEN_THUOC>A</TEN_THUOC></CHI_TIET_THUOC></DSACH_CHI_TIET_THUOC>"
    two = hoso(drugs, "XML2").replace("<HOSO>", "").replace("</HOSO>", "") * 2
    text = f"<GIAMDINHHS>{hoso(SUMMARY.encode()).replace('</HOSO>', two + '</HOSO>')}</GIAMDINHHS>"
    assert read(tmp_path / "a", text.encode()).tables["medication"]["line_no"].to_pylist() == [1, 2]


def test_the_readers_flag_outlives_standardising(tmp_path: Path) -> None:
    chunk = read(
        tmp_path / "a",
        write_envelope((replace(HIV[0], parts={**HIV[0].parts, "XML1": OUTPATIENTS[1].parts["XML1"]}),)).encode(),
    )
    for name, table in number_rows(chunk.tables, 1, "CS01929").items():
        if name in ("encounter", "diagnosis", "medication", "lab_result", "history"):
            flags = standardise_table(TABLES[name], table, sender=HOSPITAL)["is_restricted"].to_pylist()
            assert flags
            assert all(flags), name


def test_no_finding_tells_of_an_hiv_paper(tmp_path: Path) -> None:
    content = "<HOSO>" + hoso(SUMMARY.encode())[6:-7] + hoso(b"<x>", "XML6")[6:]
    chunk = read(tmp_path / "a", f"<GIAMDINHHS>{content}</GIAMDINHHS>".encode())
    assert "XML6" not in str(chunk.remarks)
    assert "part_unreadable" in {remark.rule_id for remark in chunk.remarks}


def test_a_newborns_name_is_known_for_what_it_is(tmp_path: Path) -> None:
    people = read(tmp_path / "a", write_envelope(BIRTHS).encode()).tables["person_record"]
    typed = standardise_table(
        TABLES["person_record"], number_rows({"person_record": people}, 1, "CS01929")["person_record"], sender=HOSPITAL
    )
    assert typed["is_newborn_name"].to_pylist() == [False, True]


def signed(tmp_path: Path, facility: str = "01929") -> tuple[bytes, Limits]:
    key = make_key()
    (tmp_path / f"{facility}.pem").write_bytes(make_certificate(key))
    return sign_envelope(write_envelope(OUTPATIENTS).encode(), key, make_certificate(key)), Limits(
        certificates_dir=tmp_path
    )


def test_what_was_added_around_a_signed_document_is_not_read(tmp_path: Path) -> None:
    content, limits = signed(tmp_path)
    wrapped = content.replace(b"<HOSO>", b"<HOSO><FILEHOSO><LOAIHOSO>XML2</LOAIHOSO></FILEHOSO>", 1)
    with pytest.raises(DataError) as refusal:
        read(tmp_path / "a", wrapped, limits)
    assert refusal.value.rule_id == "signature_invalid"
    declaration, _, body = content.partition(b"\n")
    around = declaration + b"<GIAMDINHHS>" + hoso(SUMMARY.encode()).encode() + body + b"</GIAMDINHHS>"
    with pytest.raises(DataError) as refusal:
        read(tmp_path / "a", around, limits)
    assert refusal.value.rule_id == "signature_invalid"


def test_another_key_than_the_senders_is_refused(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    content, limits = signed(tmp_path)
    other = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    content = sign_envelope(write_envelope(OUTPATIENTS).encode(), other, make_certificate(other))
    with pytest.raises(DataError) as refusal:
        read(tmp_path / "a", content, limits)
    assert refusal.value.rule_id == "signature_invalid"


def test_a_signature_of_another_form_is_told_and_read(tmp_path: Path) -> None:
    _, limits = signed(tmp_path)
    content = write_envelope(OUTPATIENTS).replace("<CHUKYDONVI/>", "<CHUKYDONVI>QUJD</CHUKYDONVI>").encode()
    assert {remark.rule_id for remark in read(tmp_path / "a", content, limits).remarks} == {"signature_unreadable"}
    assert {remark.rule_id for remark in read(tmp_path / "a", content).remarks} == {"signature_unverified"}


def test_a_folder_of_certificates_that_is_not_there_is_wrong_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        read(tmp_path / "a", write_envelope(OUTPATIENTS).encode(), Limits(certificates_dir=tmp_path / "none"))


@pytest.mark.parametrize(
    "text",
    [
        "<GIAMDINHHS>" + "<a/>" * 1_100_000 + "</GIAMDINHHS>",
        f"<GIAMDINHHS>{hoso(b'<TONG_HOP>' + b'<A/>' * 1_100_000 + b'</TONG_HOP>')}</GIAMDINHHS>",
        "<GIAMDINHHS>" + " " * 68_000_000 + "</GIAMDINHHS>",
    ],
    ids=["outside", "inside", "blank"],
)
def test_what_would_fill_the_memory_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as refusal:
        read(tmp_path / "a", text.encode())
    assert refusal.value.rule_id == "cell_too_long"
