"""A small example of each way in which senders write a sheet: containers, encodings, separators, headings, oddities.

`python -m etl.sample.sheet_dialects` writes them to `data_samples/formats/`; docs/formats.md lists them. Everybody in
them is invented.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from etl.sample import old_text
from etl.sample.dialect_rows import (
    FIRST,
    PEOPLE,
    Row,
    columns,
    rows_of,
    split_birth,
    split_name,
    under_sex,
    with_days,
    with_end,
    with_line_ends,
    with_numbers,
    with_pages,
    with_titles,
)
from etl.sample.sheet_writers import Cell, write_ods, write_page, write_xls, write_xlsx, write_xml_workbook

FOLDER = Path("data_samples/formats")
SENDERS = {"ward_sheet": "PX00004", "district_export": "QH001", "health_check": "CS01996"}


@dataclass(frozen=True)
class Dialect:
    """One example: what is special about it, the row of each of `PEOPLE`, and the rules that its reader remarks on.

    Where `lacks` names fields, the file does not hold them.
    """

    kind: str
    name: str
    special: str
    write: Callable[[Path], None]
    row_nos: tuple[int, ...] = FIRST
    remarks: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """Where it lies, from the project's folder."""
        return FOLDER / self.kind / self.name


def _text(rows: Sequence[Sequence[Cell]], separator: str = ",", line_end: str = "\r\n") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator=line_end).writerows(rows)
    return out.getvalue()


def _bytes(content: Callable[[], bytes]) -> Callable[[Path], None]:
    return lambda path: _write_bytes(path, content())


def _write_bytes(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _encoded(kind: str, encoding: str, mark: bytes = b"", separator: str = ",") -> Callable[[Path], None]:
    return _bytes(lambda: mark + _text(rows_of(kind), separator).encode(encoding))


def _old(kind: str, encoding: str) -> Callable[[Path], None]:
    return _bytes(lambda: old_text.encode(_text(rows_of(kind)), encoding))


def _csv(change: Callable[[list[Row]], Sequence[Sequence[Cell]]], separator: str = ",") -> Callable[[Path], None]:
    return _bytes(lambda: _text(change(rows_of()), separator).encode("utf-8-sig"))


def _xlsx(
    change: Callable[[list[Row]], list[Row]] = lambda rows: rows,
    merged: Sequence[str] = (),
    finish: Callable[[xlsxwriter.Workbook, Worksheet], None] | None = None,
    kind: str = "ward_sheet",
) -> Callable[[Path], None]:
    return lambda path: write_xlsx(path, {"Danh sách": change(rows_of(kind))}, merged, finish)


def _hide(book: xlsxwriter.Workbook, sheet: Worksheet) -> None:
    sheet.set_row(2, None, None, {"hidden": True})
    sheet.set_column(6, 6, None, None, {"hidden": True})
    hidden = book.add_worksheet("Nháp")
    hidden.write(0, 0, "Cũ")
    hidden.hide()


def _formulas(_book: xlsxwriter.Workbook, sheet: Worksheet) -> None:
    for number, one in enumerate(PEOPLE[:4], 1):
        sheet.write_formula(number, 1, f'="{one.name}"', None, one.name)
    sheet.write_formula(4, 6, '="Thôn"&" Bịa Đặt"', None, "")
    sheet.write_formula(5, 6, "=1/0", None, "#DIV/0!")


def _macro_book(path: Path) -> None:
    """A workbook that may hold macros differs in one content type; this one holds none."""
    write_xlsx(path, {"Danh sách": rows_of()})
    with zipfile.ZipFile(path) as archive:
        parts = [(one, archive.read(one)) for one in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, content in parts:
            archive.writestr(one, content.replace(
                b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
                b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
            ))  # fmt: skip


def _ward(name: str, special: str, write: Callable[[Path], None], **more: object) -> Dialect:
    return Dialect("ward_sheet", name, special, write, **more)  # type: ignore[arg-type]


ENCODINGS = (
    _ward("utf8.csv", "UTF-8, dấu phẩy", _encoded("ward_sheet", "utf-8")),
    _ward("utf8_bom.csv", "UTF-8 có BOM", _encoded("ward_sheet", "utf-8-sig")),
    _ward(
        "utf16_le_bom.txt",
        "UTF-16 LE có BOM, tab: “Unicode Text” của Excel",
        _encoded("ward_sheet", "utf-16-le", b"\xff\xfe", "\t"),
    ),
    _ward("utf16_be_bom.csv", "UTF-16 BE có BOM", _encoded("ward_sheet", "utf-16-be", b"\xfe\xff")),
    _ward("utf16_le.csv", "UTF-16 LE không BOM", _encoded("ward_sheet", "utf-16-le")),
    _ward("utf16_be.csv", "UTF-16 BE không BOM", _encoded("ward_sheet", "utf-16-be")),
    _ward("windows_1258.csv", "Windows-1258: dấu thanh đứng sau nguyên âm", _old("ward_sheet", "cp1258")),
    _ward("tcvn3.csv", "TCVN3 (ABC): không có chữ hoa mang dấu", _old("ward_sheet", "tcvn3")),
    _ward("vni.csv", "VNI Windows: một chữ hai byte", _old("ward_sheet", "vni")),
    _ward("viscii.csv", "VISCII", _old("ward_sheet", "viscii")),
    _ward("vps.csv", "VPS", _old("ward_sheet", "vps")),
    _ward("viqr.csv", "VIQR: dấu viết bằng ký tự ASCII", _old("ward_sheet", "viqr")),
    _ward("utf8_twice.csv", "UTF-8 bị mã hóa hai lần (“Nguyá»…n”)", _old("ward_sheet", "utf-8-twice")),
)
TEXTS = (
    _ward("semicolon.csv", "dấu chấm phẩy", _csv(lambda rows: rows, ";")),
    _ward("pipe.csv", "dấu gạch đứng", _csv(lambda rows: rows, "|")),
    _ward(
        "sep_line.csv",
        "dòng đầu `sep=;`, Excel không hiện: dòng 1 là dòng sau nó",
        _bytes(lambda: ("sep=;\r\n" + _text(rows_of(), ";")).encode("utf-8-sig")),
    ),
    _ward("quoted_lines.csv", "xuống dòng trong ngoặc kép: số dòng là số bản ghi như Excel hiện", _csv(with_line_ends)),
    _ward(
        "stray_quotes.csv",
        "ngoặc kép giữa ô",
        _bytes(lambda: _text(rows_of()).replace("Số 7 phố Giả Định", 'Số 7 phố "Giả Định" cũ').encode()),
    ),
    _ward(
        "trailing_separators.csv",
        "dấu phân cách thừa cuối dòng",
        _bytes(lambda: _text(rows_of()).replace("\r\n", ",,,\r\n").encode()),
    ),
    _ward("cr_lines.csv", "xuống dòng kiểu Mac (CR)", _bytes(lambda: _text(rows_of(), line_end="\r").encode())),
    _ward(
        "nul_bytes.csv", "có byte 0 lẫn trong chữ", _bytes(lambda: _text(rows_of()).replace("phố", "ph\x00ố").encode())
    ),
)
CONTAINERS = (
    _ward("list.xlsx", "Excel 2007 trở đi, mọi ô là chữ", _xlsx()),
    _ward("list.xlsm", "sổ có thể chứa macro; macro không bao giờ chạy", _macro_book),
    _ward("list.xls", "Excel 97–2003 (BIFF8)", lambda path: write_xls(path, {"DS": with_days(rows_of())})),
    _ward(
        "list.ods",
        "LibreOffice; dòng trống lặp đến hết trang",
        lambda path: write_ods(path, {"DS": with_days(rows_of())}),
    ),
    _ward("web_page.xls", "trang web đặt tên .xls, như nhiều phần mềm xuất", lambda path: write_page(path, rows_of())),
    _ward("xml_2003.xls", "XML Spreadsheet 2003 đặt tên .xls", lambda path: write_xml_workbook(path, rows_of())),
)
HEADERS = (
    _ward("two_lines.xlsx", "tiêu đề hai dòng, ô gộp", _xlsx(
        lambda _: columns([["STT", "Thông tin cá nhân", None, None, "Giấy tờ"], [None, "Họ và tên", "Ngày sinh", "Giới tính", "Số CCCD"]], lambda one: [one.name, one.birth, one.sex]),
        ("B1:D1", "A1:A2")), row_nos=tuple(range(3, 8)), lacks=("phone", "address")),
    _ward("title_block.xlsx", "khối tiêu đề 30 dòng phía trên", _xlsx(with_titles), row_nos=tuple(range(32, 37))),
    _ward("pages.xlsx", "đầu trang in lặp lại giữa bảng, số trang", _xlsx(with_pages), row_nos=(3, 4, 8, 9, 10), remarks=("row_footer", "row_header")),
    _ward("numbered_columns.xlsx", "dòng số cột (1) (2) (3) dưới tiêu đề", _xlsx(lambda rows: [rows[0], [f"({place})" for place in range(1, 8)], *rows[1:]]), row_nos=tuple(range(3, 8))),
    _ward("totals_signatures.xlsx", "dòng trống, tổng cộng, ngày và chữ ký", _xlsx(with_end), row_nos=(2, 3, 4, 6, 7), remarks=("row_blank", "row_total")),
    _ward("sexes_hold_years.xlsx", "năm sinh ghi ở cột Nam hoặc cột Nữ", _xlsx(
        lambda _: columns([["STT", "Họ và tên", "Năm sinh", None, "Số CCCD"], [None, None, "Nam", "Nữ", None]], lambda one: [one.name, *under_sex(one, one.birth, None)]),
        ("C1:D1",)), row_nos=tuple(range(3, 8)), lacks=("phone", "address")),
    _ward("sexes_hold_crosses.csv", "dấu x ở cột Nam hoặc cột Nữ", _csv(
        lambda _: columns([["STT", "Họ và tên", "Ngày sinh", "Nam", "Nữ", "Số CCCD"]], lambda one: [one.name, one.birth, *under_sex(one, "x", "")])), lacks=("phone", "address")),
    _ward("name_in_two.csv", "họ đệm và tên ở hai cột", _csv(
        lambda _: columns([["STT", "Họ đệm", "Tên", "Ngày sinh", "Giới tính", "Số CCCD"]], lambda one: [*split_name(one), one.birth, one.sex])), lacks=("phone", "address")),
    _ward("name_merged.xlsx", "“Họ và tên” gộp trên hai cột", _xlsx(
        lambda _: columns([["STT", "Họ và tên", None, "Ngày sinh", "Giới tính", "Số CCCD"]], lambda one: [*split_name(one), one.birth, one.sex]), ("B1:C1",)), remarks=("header_doubtful",), lacks=("phone", "address")),
    _ward("birth_in_three.xlsx", "ngày, tháng, năm sinh ở ba cột", _xlsx(
        lambda _: columns([["STT", "Họ và tên", "Ngày sinh", None, None, "Giới tính", "Số CCCD"], [None, None, "Ngày", "Tháng", "Năm", None, None]], lambda one: [one.name, *split_birth(one), one.sex]),
        ("C1:E1",)), row_nos=tuple(range(3, 8)), lacks=("phone", "address")),
    _ward("without_marks.csv", "tiêu đề không dấu, chữ hoa, gạch nối", _csv(lambda rows: [["STT", "HO_VA_TEN", "NGAY SINH", "GIOI TINH", "SO CCCD/CMND", "SO DIEN THOAI", "DIA CHI THUONG TRU"], *rows[1:]])),
    _ward("misspelled.csv", "tiêu đề sai chính tả", _csv(lambda rows: [["STT", "Họ và tên", "Ngày sihn", "Gới tính", "Số CCCD", "Điện thoai", "Địa chỉ"], *rows[1:]]), remarks=("header_doubtful",)),
)  # fmt: skip
ODDITIES = (
    _ward("dates.xlsx", "ngày là ô kiểu ngày, năm là số", _xlsx(with_days)),
    _ward("numbers.xlsx", "CCCD và điện thoại thành số: mất số 0 đầu", _xlsx(with_numbers)),
    _ward(
        "formulas.xlsx",
        "công thức (chỉ đọc kết quả đã lưu), công thức chưa tính, ô lỗi",
        _xlsx(lambda rows: rows, (), _formulas),
        remarks=("cell_error", "formula_unresolved"),
        lacks=("address",),
    ),
    _ward(
        "hidden.xlsx",
        "dòng, cột và trang tính bị ẩn",
        _xlsx(lambda rows: rows, (), _hide),
        remarks=("column_hidden", "row_hidden", "sheet_hidden"),
    ),
    _ward(
        "several_sheets.xlsx",
        "hai trang tính đều là danh sách: chỉ trang đầu được đọc",
        lambda path: write_xlsx(path, {"Tổ 1": rows_of(), "Tổ 2": rows_of()[:3]}),
        remarks=("sheet_other",),
    ),
)
OTHERS = (
    Dialect("district_export", "export.csv", "UTF-8, chữ hoa có gạch nối", _encoded("district_export", "utf-8")),
    Dialect("district_export", "export_tcvn3.csv", "TCVN3", _old("district_export", "tcvn3")),
    Dialect(
        "district_export",
        "export_semicolon.csv",
        "dấu chấm phẩy, có BOM",
        _encoded("district_export", "utf-8-sig", b"", ";"),
    ),
    Dialect("district_export", "export.xlsx", "Excel", _xlsx(kind="district_export")),
    Dialect(
        "district_export",
        "export.xls",
        "Excel 97–2003",
        lambda path: write_xls(path, {"DU_LIEU": rows_of("district_export")}),
    ),
    Dialect(
        "district_export",
        "export.ods",
        "LibreOffice",
        lambda path: write_ods(path, {"DU_LIEU": rows_of("district_export")}),
    ),
    Dialect(
        "health_check",
        "check.xlsx",
        "tiêu đề ở dòng 3",
        _xlsx(lambda rows: [["PHÒNG KHÁM THỬ NGHIỆM"], ["DANH SÁCH KHÁM SỨC KHỎE"], *rows], kind="health_check"),
        tuple(range(4, 9)),
    ),
    Dialect(
        "health_check", "check.xls", "Excel 97–2003", lambda path: write_xls(path, {"KSK": rows_of("health_check")})
    ),
    Dialect("health_check", "check.ods", "LibreOffice", lambda path: write_ods(path, {"KSK": rows_of("health_check")})),
    Dialect("health_check", "check.csv", "CSV", _encoded("health_check", "utf-8-sig")),
)
DIALECTS = (*ENCODINGS, *TEXTS, *CONTAINERS, *HEADERS, *ODDITIES, *OTHERS)
"""All examples."""


def write_dialects(folder: Path) -> None:
    """Write every example below `folder` (the project's, as a rule)."""
    for one in DIALECTS:
        path = folder / one.path
        path.parent.mkdir(parents=True, exist_ok=True)
        one.write(path)


if __name__ == "__main__":
    write_dialects(Path())
