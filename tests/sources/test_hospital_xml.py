"""Envelopes of visits: parts by tag name, what cannot be read, digests, and bounded chunks."""

from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest

from etl import sources
from etl.contracts.reading import Chunk, Sender
from etl.errors import DataError
from etl.sources.limits import Limits

HOSPITAL = Sender("CS01929", "hospital", "Bệnh viện Bạch Mai", facility_code="01929")
DRUGS = (
    "<CHITIEU_CHITIET_THUOC><DSACH_CHI_TIET_THUOC><CHI_TIET_THUOC><TEN_THUOC>Tenofovir</TEN_THUOC><SO_LUONG>3</SO_LUONG>"
    "</CHI_TIET_THUOC><CHI_TIET_THUOC><STT>2</STT><TEN_THUOC>Paracetamol</TEN_THUOC></CHI_TIET_THUOC></DSACH_CHI_TIET_THUOC></CHITIEU_CHITIET_THUOC>"
)
ADVICE = "<CHI_TIEU_DU_LIEU_GIAY_RA_VIEN><GHI_CHU>Tái khám</GHI_CHU></CHI_TIEU_DU_LIEU_GIAY_RA_VIEN>"


def _summary(visit: int, counter: int, more: str = "") -> str:
    return (
        f"<TONG_HOP><STT>{counter}</STT><MA_LK>L{visit}</MA_LK><HO_TEN>Nguyễn An</HO_TEN>"
        "<NGAY_SINH>198002010000</NGAY_SINH>"
        "<MA_BENH_CHINH>I10</MA_BENH_CHINH><MA_BENH_KT>E11;B20</MA_BENH_KT><NGAY_VAO>202608010800</NGAY_VAO>"
        f"<CAN_NANG>60.5</CAN_NANG>{more}</TONG_HOP>"
    )


def _part(kind: str, inner: str) -> str:
    return _raw_part(kind, b64encode(inner.encode()).decode())


def _raw_part(kind: str, content: str) -> str:
    return f"<FILEHOSO><LOAIHOSO>{kind}</LOAIHOSO><NOIDUNGFILE>{content}</NOIDUNGFILE></FILEHOSO>"


def _visit(visit: int, counter: int, *parts: str, more: str = "") -> str:
    return f"<HOSO>{_part('XML1', _summary(visit, counter, more))}{''.join(parts)}</HOSO>"


def _envelope(*visits: str, facility: str = "01929") -> bytes:
    head = f"<GIAMDINHHS><THONGTINDONVI><MACSKCB>{facility}</MACSKCB></THONGTINDONVI><THONGTINHOSO><DANHSACHHOSO>"
    tail = "</DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI/></GIAMDINHHS>"
    return f"<?xml version='1.0' encoding='UTF-8'?>{head}{''.join(visits)}{tail}".encode()


def _read(path: Path, content: bytes, limits: Limits | None = None) -> list[Chunk]:
    path.write_bytes(content)
    return [
        replace(chunk, remarks=tuple(one for one in chunk.remarks if one.rule_id != "signature_absent"))
        for chunk in sources.read(path, sources.recognise(path), HOSPITAL, limits)
    ]


def test_a_visit_fills_its_tables(tmp_path: Path) -> None:
    tables = _read(tmp_path / "a", _envelope(_visit(1, 1, _part("XML2", DRUGS), _part("XML7", ADVICE))))[0].tables
    assert tables["person_record"].select(["row_no", "full_name", "as_of_date"]).to_pylist() == [
        {"row_no": 1, "full_name": "Nguyễn An", "as_of_date": "202608010800"}
    ]
    encounter = tables["encounter"].to_pylist()[0]
    assert (encounter["facility_code"], encounter["discharge_note"]) == ("01929", "Tái khám")
    assert tables["diagnosis"].select(["line_no", "icd10_code", "is_main"]).to_pylist() == [
        {"line_no": 1, "icd10_code": "I10", "is_main": "true"},
        {"line_no": 2, "icd10_code": "E11", "is_main": "false"},
        {"line_no": 3, "icd10_code": "B20", "is_main": "false"},
    ]
    assert tables["medication"].select(["line_no", "drug_name", "quantity"]).to_pylist() == [
        {"line_no": 1, "drug_name": "Tenofovir", "quantity": "3"},
        {"line_no": 2, "drug_name": "Paracetamol", "quantity": None},
    ]
    assert tables["vital_sign"].select(["sign", "value_number", "unit"]).to_pylist() == [
        {"sign": "weight", "value_number": "60.5", "unit": "kg"}
    ]


@pytest.mark.parametrize("broken", ["***", b64encode(b"<TONG_HOP>").decode(), ""])
def test_an_unreadable_first_part_leaves_a_row_without_a_person(broken: str, tmp_path: Path) -> None:
    bad = f"<HOSO>{_raw_part('XML1', broken)}{_part('XML2', DRUGS)}</HOSO>"
    chunk = _read(tmp_path / "a", _envelope(_visit(1, 1), bad, _visit(3, 3)))[0]
    people = chunk.tables["person_record"].to_pylist()
    assert [row["row_no"] for row in people] == [1, 2, 3]
    assert {value for name, value in people[1].items() if name not in ("row_no", "row_digest")} == {None}
    assert [(r.rule_id, r.table_name, r.row_nos) for r in chunk.remarks] == [("part_unreadable", "person_record", (2,))]
    assert chunk.tables["medication"]["row_no"].to_pylist() == [2, 2]


def test_another_unreadable_part_costs_only_itself(tmp_path: Path) -> None:
    chunk = _read(tmp_path / "a", _envelope(_visit(1, 1, _raw_part("XML2", "%"))))[0]
    assert [(r.rule_id, r.table_name, r.row_nos) for r in chunk.remarks] == [("part_unreadable", "medication", (1,))]
    assert chunk.tables["encounter"].num_rows == 1


def test_the_digest_is_of_the_visit_and_not_of_its_place(tmp_path: Path) -> None:
    together = _read(tmp_path / "a", _envelope(_visit(1, 1), _visit(2, 2), _visit(3, 3, _part("XML2", DRUGS))))
    apart = _read(tmp_path / "a", _envelope(_visit(3, 1, _part("XML2", DRUGS))))
    digests = together[0].tables["person_record"]["row_digest"].to_pylist()
    assert len(set(digests)) == 3
    assert apart[0].tables["person_record"]["row_digest"].to_pylist() == digests[2:]


def test_unknown_tags_are_told_and_chunks_are_bounded(tmp_path: Path) -> None:
    visits = [_visit(number, number, more="<TRANG_THAI>1</TRANG_THAI>") for number in range(1, 8)]
    chunks = _read(tmp_path / "a", _envelope(*visits), Limits(visits_per_chunk=3))
    assert [chunk.tables["person_record"]["row_no"].to_pylist() for chunk in chunks] == [[1, 2, 3], [4, 5, 6], [7]]
    assert [(r.rule_id, r.column_name, r.row_nos) for r in chunks[2].remarks] == [
        ("header_unknown", "TRANG_THAI", (7,))
    ]


def test_a_document_type_inside_a_part_is_refused_too(tmp_path: Path) -> None:
    inner = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><TONG_HOP><HO_TEN>&b;</HO_TEN></TONG_HOP>'
    with pytest.raises(DataError) as refusal:
        _read(tmp_path / "a", _envelope(f"<HOSO>{_part('XML1', inner)}</HOSO>"))
    assert refusal.value.rule_id == "xml_unsafe"


def test_the_facility_must_be_the_sender(tmp_path: Path) -> None:
    with pytest.raises(DataError) as refusal:
        _read(tmp_path / "a", _envelope(_visit(1, 1), facility="01006"))
    assert refusal.value.rule_id == "sender_mismatch"


def test_a_break_is_told_whatever_was_complete_before_it(tmp_path: Path) -> None:
    whole = _envelope(*[_visit(number, number) for number in range(1, 5)])
    for end in (len(whole) - 20, len(whole) // 2):
        with pytest.raises(DataError) as refusal:
            _read(tmp_path / "a", whole[:end])
        assert refusal.value.rule_id == "xml_truncated"
