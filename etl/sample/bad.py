"""Files that must be refused, or read in part only: each with its sender, the exit code and the rule that says so."""

import csv
import zipfile
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from etl.sample.workbook import MOMENT, name_column, write_workbook

WARD, HOSPITAL, DISTRICT = "PX00004", "CS01929", "QH001"
HEADINGS = "STT,Họ và tên,Ngày sinh,Giới tính,Số CCCD,Địa chỉ,Ngày cập nhật\n"
ROW = "1,Nguyễn Văn Mẫu,02/03/1980,Nam,001080000001,Số 1 phố Mẫu,01/09/2026\n"
WIDE_COLUMNS = 1_000_000
LONG_CELL = 1_000_000
BOMB_BYTES = 256 * 1024 * 1024
REFUSED, READ_IN_PART = 3, 0


@dataclass(frozen=True)
class BadFile:
    """One file: what writes it, and what must come of it."""

    name: str
    sender: str
    rule_id: str
    write: Callable[[Path], object]
    exit_code: int = REFUSED
    is_big: bool = False
    """Made when wanted, not kept beside the samples."""


def write_bad_files(out: Path, with_big: bool = True) -> tuple[BadFile, ...]:
    """Write the bad files and `expected.csv` (file, sender, exit_code, rule_id) under `out`; gives those written."""
    out.mkdir(parents=True, exist_ok=True)
    chosen = tuple(file for file in BAD_FILES if with_big or not file.is_big)
    for file in chosen:
        file.write(out / file.name)
    with (out / "expected.csv").open("w", encoding="utf-8", newline="") as sink:
        table = csv.writer(sink, lineterminator="\n")
        table.writerow(("file", "sender", "exit_code", "rule_id"))
        table.writerows((file.name, file.sender, file.exit_code, file.rule_id) for file in BAD_FILES)
    return chosen


def _text(content: str) -> Callable[[Path], object]:
    """Writes a text as UTF-8."""
    return lambda path: path.write_bytes(content.encode())


def _envelope(*parts: str, facility: str = "01929", head: str = "") -> str:
    """An envelope of one visit with these FILEHOSO elements."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{head}<GIAMDINHHS><THONGTINDONVI><MACSKCB>{facility}</MACSKCB></THONGTINDONVI>'
        "<THONGTINHOSO><NGAYLAP>20260901</NGAYLAP><SOLUONGHOSO>1</SOLUONGHOSO><DANHSACHHOSO><HOSO>"
        f"{''.join(parts)}</HOSO></DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI/></GIAMDINHHS>\n"
    )


def _part(kind: str, content: str) -> str:
    """One FILEHOSO; `content` is what NOIDUNGFILE holds."""
    return f"<FILEHOSO><LOAIHOSO>{kind}</LOAIHOSO><NOIDUNGFILE>{content}</NOIDUNGFILE></FILEHOSO>"


def _summary(name: str = "Nguyễn Văn Mẫu", head: str = "") -> str:
    """A whole XML1 part."""
    inner = (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<TONG_HOP><MA_LK>0192926900001</MA_LK><STT>1</STT><MA_BN>BN1</MA_BN><HO_TEN>{name}</HO_TEN>'
        "<SO_CCCD>001080000001</SO_CCCD><NGAY_SINH>198003020000</NGAY_SINH><GIOI_TINH>1</GIOI_TINH><MAXA_CU_TRU>00004</MAXA_CU_TRU>"
        "<MA_BENH_CHINH>I10</MA_BENH_CHINH><NGAY_VAO>202608300800</NGAY_VAO><NGAY_RA>202608300930</NGAY_RA><MA_LOAI_KCB>01</MA_LOAI_KCB>"
        "<MA_CSKCB>01929</MA_CSKCB></TONG_HOP>"
    )
    return _part("XML1", b64encode(inner.encode()).decode())


def _write_zip(path: Path) -> None:
    """A zip of a text, which is no workbook."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("danh_sach.txt", MOMENT), HEADINGS + ROW)


def _write_wide(path: Path) -> None:
    """A workbook whose rows have a million columns."""
    write_workbook(path, [[name_column(place) for place in range(WIDE_COLUMNS)], ["Nguyễn Văn Mẫu"]])


def _write_zip_bomb(path: Path) -> None:
    """A workbook whose sheet unpacks to 256 MB of blanks."""
    write_workbook(path, [["Họ và tên"], ["Nguyễn Văn Mẫu"]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            part = zipfile.ZipInfo(name, MOMENT)
            part.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(part, "w") as sink:
                sink.write(content)
                if name.endswith("sheet1.xml"):
                    for _ in range(BOMB_BYTES // 2**20):
                        sink.write(b" " * 2**20)


_ENTITIES = "".join(f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 10))
BOMB_HEAD = f'<!DOCTYPE GIAMDINHHS [<!ENTITY a0 "mẫu">{_ENTITIES}]>\n'
EXTERNAL_HEAD = '<!DOCTYPE GIAMDINHHS [<!ENTITY ngoai SYSTEM "file:///etc/hostname">]>\n'
PDF = "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"

BAD_FILES = (
    BadFile("empty.csv", WARD, "file_empty", _text("")),
    BadFile("headings_only.csv", WARD, "file_empty", _text(HEADINGS)),
    BadFile("pdf_renamed.csv", WARD, "file_kind_unknown", _text(PDF)),
    BadFile("zip_renamed.csv", WARD, "file_kind_unknown", _write_zip),
    BadFile(
        "letter.csv", WARD, "file_kind_unknown", _text("Kính gửi quý cơ quan\nXin gửi danh sách sau\nTrân trọng\n")
    ),
    BadFile("no_headings.csv", WARD, "header_missing", _text(ROW * 3)),
    BadFile("truncated.xml", HOSPITAL, "xml_truncated", _text(_envelope(_summary())[:700])),
    BadFile(
        "part_not_base64.xml",
        HOSPITAL,
        "part_unreadable",
        _text(_envelope(_summary(), _part("XML2", "***không phải base64***"))),
        READ_IN_PART,
    ),
    BadFile("entity_bomb.xml", HOSPITAL, "xml_unsafe", _text(_envelope(_part("XML1", "&a9;"), head=BOMB_HEAD))),
    BadFile(
        "external_entity.xml", HOSPITAL, "xml_unsafe", _text(_envelope(_part("XML1", "&ngoai;"), head=EXTERNAL_HEAD))
    ),
    BadFile("ward_list_from_hospital.csv", HOSPITAL, "sender_mismatch", _text(HEADINGS + ROW)),
    BadFile("other_facility.xml", HOSPITAL, "sender_mismatch", _text(_envelope(_summary(), facility="01006"))),
    BadFile(
        "long_cell.csv",
        WARD,
        "cell_too_long",
        _text(HEADINGS + ROW.replace("Số 1 phố Mẫu", "x" * LONG_CELL)),
        is_big=True,
    ),
    BadFile("million_columns.xlsx", WARD, "sheet_too_wide", _write_wide, is_big=True),
    BadFile("zip_bomb.xlsx", WARD, "zip_bomb", _write_zip_bomb, is_big=True),
)
