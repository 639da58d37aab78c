"""Sheets: encodings, separators, headings, rows left out and told, row numbers, digests."""

import csv
import io
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
import xlsxwriter

from etl import sources
from etl.contracts.reading import Chunk, Sender
from etl.errors import DataError
from etl.sources import delimited
from etl.sources.grid import Cells
from etl.sources.headings import find_header
from etl.sources.limits import Limits
from etl.sources.ward_sheet import HEADINGS
from etl.standardise.legacy import TCVN3

WARD = Sender("PX00004", "ward", "Trạm Y tế", ward_code="00004")
HEADING = ["STT", "Họ và tên", "Ngày sinh", "Giới tính", "Số CCCD", "Tiền sử bệnh", "Dị ứng", "Vắc xin", "Ngày tiêm"]
ROWS = [
    ["1", "nguyễn văn an", "01/02/1980", "nam", "001080001234", "không", "tôm; sữa", "bcg", "01/01/2020"],
    ["2", "lê thị bình", "1990", "nữ", "", "tăng huyết áp", "", "", ""],
]


def _csv(rows: list[list[str]], separator: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _read(path: Path, content: bytes | None = None, limits: Limits | None = None) -> list[Chunk]:
    if content is not None:
        path.write_bytes(content)
    return list(sources.read(path, sources.recognise(path, limits=limits), WARD, limits))


def _people(chunks: list[Chunk]) -> pa.Table:
    return pa.concat_tables([chunk.tables["person_record"] for chunk in chunks], promote_options="default")


def _write_xlsx(path: Path, rows: list[list[object]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
    return path


def _tcvn3(text: str) -> bytes:
    inverse = {letter: sent for sent, letter in TCVN3.pairs}
    return "".join(inverse.get(letter, letter) for letter in text).encode("latin-1")


def test_the_same_rows_have_the_same_digests_in_every_dress(tmp_path: Path) -> None:
    comma, semicolon, tab = (_csv([HEADING, *ROWS], separator) for separator in ",;\t")
    turned = [[row[place] for place in (4, 1, 0, 3, 2, 8, 7, 6, 5)] for row in [HEADING, *ROWS]]
    dresses = [
        comma.encode(), comma.encode("utf-8-sig"), semicolon.encode("utf-8-sig"), tab.encode("utf-16"),
        _tcvn3(comma.lower()),
        _csv(turned).encode(), comma.replace("\n", "\r\n").encode(), comma.replace("\n1,", "\n87,").encode(),
    ]  # fmt: skip
    digests = [_people(_read(tmp_path / "list", dress))["row_digest"].to_pylist() for dress in dresses]
    digests.append(_people(_read(_write_xlsx(tmp_path / "book", [HEADING, *ROWS])))["row_digest"].to_pylist())
    first = _people(_read(tmp_path / "list", _csv([HEADING, ROWS[0]]).encode()))["row_digest"].to_pylist()
    assert all(digest == digests[0] for digest in digests)
    assert first == digests[0][:1]
    assert digests[0][0] != digests[0][1]


def test_any_cell_tells_two_rows_apart(tmp_path: Path) -> None:
    changed = [[*ROWS[0][:place], ROWS[0][place] + "x", *ROWS[0][place + 1 :]] for place in range(1, len(HEADING))]
    digests = _people(_read(tmp_path / "list", _csv([HEADING, ROWS[0], *changed]).encode()))["row_digest"].to_pylist()
    assert len(set(digests)) == len(HEADING)


def test_titles_blank_rows_totals_and_signatures_are_told_and_left_out(tmp_path: Path) -> None:
    rows = [
        ["TRẠM Y TẾ"],
        ["Danh sách"],
        [],
        HEADING,
        ROWS[0],
        [""] * 9,
        ROWS[1],
        ["", "Tổng cộng", "2"],
        ["", "", "", "", "Người lập"],
    ]
    for path in (tmp_path / "list", _write_xlsx(tmp_path / "book", rows)):
        if path.name == "list":
            path.write_text(_csv(rows))
        chunks = _read(path)
        told = {remark.rule_id: remark.row_nos for chunk in chunks for remark in chunk.remarks}
        assert _people(chunks)["row_no"].to_pylist() == [5, 7]
        assert told == {"row_blank": (6,), "row_total": (8, 9)}


def test_a_totals_row_that_is_a_person_is_kept(tmp_path: Path) -> None:
    rows = [HEADING, ["1", "Tống Cộng", "01/02/1980"], ["2", "Tổng", "05/05/1955"]]
    assert _people(_read(tmp_path / "list", _csv(rows).encode())).num_rows == 2


def test_row_numbers_survive_quoted_line_ends_ragged_rows_and_small_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 400)
    lines, expected = [_csv([HEADING])], []
    for number in range(2, 302):
        name = f'"Lê\nThị {number}"' if number % 7 == 0 else f"Lê Thị {number}"
        full = f"{number},{name},1990,Nữ,,,,,"
        lines.append({0: full, 1: f"{number},{name},1990", 2: "", 3: full}[number % 4] + "\n")
        expected += [number] if number % 4 != 2 else []
    people = _people(_read(tmp_path / "list", "".join(lines).encode()))
    assert people["row_no"].to_pylist() == expected
    assert [int(name.split()[-1]) for name in people["full_name"].to_pylist()] == expected


@pytest.mark.parametrize("rows_before", [0, 60])
def test_a_row_with_too_many_cells_is_set_aside_whole(rows_before: int, tmp_path: Path) -> None:
    good = "3,Lê Cúc,1990,Nữ,,,,,\n"
    content = _csv([HEADING]) + good * rows_before + "2,Lê Bình,1990,Nữ,ngõ 5, phường, x,y,z,lệch\n" + good
    chunks = _read(tmp_path / "list", content.encode())
    people = _people(chunks).to_pylist()
    told = [remark.row_nos for chunk in chunks for remark in chunk.remarks if remark.rule_id == "part_unreadable"]
    assert told == [(rows_before + 2,)]
    assert [row["full_name"] for row in people] == ["Lê Cúc"] * rows_before + [None, "Lê Cúc"]
    assert people[rows_before]["row_digest"] != people[-1]["row_digest"]


def test_an_unknown_heading_is_told_by_place_and_only_if_its_column_is_filled(tmp_path: Path) -> None:
    rows = [[*HEADING, "Bí mật", "Trống"], [*ROWS[0], "x", ""]]
    remarks = _read(tmp_path / "list", _csv(rows).encode())[0].remarks
    assert [(remark.rule_id, remark.column_name) for remark in remarks] == [("header_unknown", "column 10")]


def test_events_are_counted_within_their_row(tmp_path: Path) -> None:
    tables = _read(tmp_path / "list", _csv([HEADING, *ROWS]).encode())[0].tables
    assert tables["allergy"].select(["row_no", "line_no", "substance"]).to_pylist() == [
        {"row_no": 2, "line_no": 1, "substance": "tôm"}, {"row_no": 2, "line_no": 2, "substance": "sữa"},
    ]  # fmt: skip
    assert tables["immunisation"].select(["vaccine_name", "given_on"]).to_pylist() == [
        {"vaccine_name": "bcg", "given_on": "01/01/2020"}
    ]
    assert tables["history"]["statement"].to_pylist() == ["không", "tăng huyết áp"]


@pytest.mark.parametrize(
    ("rows", "last_row", "known"),
    [
        ([["Họ và tên", "Ngày sinh", "Giấy tờ", None], [None, None, "Số CCCD", "Số CMND"], ["An", "1980", "1", "2"]], 2,
         {"full_name", "birth_date", "national_id", "old_id"}),
        ([["HỌ TÊN (*)", "Ngày sinh (dd/mm/yyyy)", "Số điện thoại liên lạc"], ["(1)", "(2)", "(3)"]], 2,
         {"full_name", "birth_date", "phone"}),
        ([["Danh sách"], ["ho_ten", "NAM SINH", "Nam/Nữ"], ["An", "1980", "Nam"]], 2,
         {"full_name", "birth_date", "sex"}),
    ],
)  # fmt: skip
def test_headings_in_many_shapes(rows: list[Cells], last_row: int, known: set[str]) -> None:
    header = find_header(rows, HEADINGS)
    assert header is not None
    assert (header.last_row, header.known) == (last_row, known)


def test_numbers_and_dates_of_excel_are_text(tmp_path: Path) -> None:
    path = _write_xlsx(
        tmp_path / "book", [["Họ tên", "Ngày sinh", "Số CCCD"], ["An", 1980, 1080001234], ["Ba", 32875, 1080001234567]]
    )
    assert _people(_read(path)).select(["birth_date", "national_id"]).to_pylist() == [
        {"birth_date": "1980", "national_id": "1080001234"}, {"birth_date": "32875", "national_id": "1080001234567"},
    ]  # fmt: skip


def test_a_cell_far_away_does_not_fill_the_memory(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "book")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Họ tên", "Ngày sinh"])
        sheet.write(1_048_575, 900, "x")
    with pytest.raises(DataError) as refusal:
        _read(tmp_path / "book")
    assert refusal.value.rule_id == "file_too_large"


def test_cells_that_do_not_say_where_they_stand_are_bounded_by_their_row(tmp_path: Path) -> None:
    path = _write_xlsx(tmp_path / "book", [["Họ tên", "Ngày sinh"], ["An", "1980"]])
    far = b'<row r="1048000">' + b'<c t="n"><v>1</v></c>' * 900 + b"</row></sheetData>"
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content.replace(b"</sheetData>", far))
    with pytest.raises(DataError) as refusal:
        sources.recognise(path)
    assert refusal.value.rule_id == "file_too_large"
