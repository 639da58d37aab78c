"""Text files: encodings that show late, separators, line ends, swallowed rows; and headings, guessed and a sender's own."""

from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import sources
from etl.contracts.reading import Recognition, Sender
from etl.errors import ConfigError
from etl.sample import old_text
from etl.sample.sheet_writers import write_xlsx
from etl.sources import delimited, encodings
from etl.sources.composites import compose, find_parts
from etl.sources.encodings import open_as_utf8, recognise_file_encoding
from etl.sources.heading_terms import LONGEST_FOLDED, fold_heading, match_heading, match_typed
from etl.sources.headings import find_header
from etl.sources.limits import Limits
from etl.sources.ward_sheet import HEADINGS
from etl.sources.workbook import preview_workbook
from etl.standardise.legacy import LEGACY_ENCODINGS, is_viqr, read_viqr

WARD = Sender("PX00004", "ward", "", ward_code="00004")
HEAD = "STT,Ho va ten,Ngay sinh,So CCCD\n"
NAMES = ("Nguyễn Thị Thử", "Đỗ Quỳnh Ướm", "Lê Đặng Hoàng", "Phạm Thùy Mẫu", "Trần Ngọc Ước")


def _rows(path: Path, own: dict[str, str] | None = None) -> tuple[Recognition, list[dict[str, object]], set[str]]:
    recognition = sources.recognise(path, own=own)
    chunks = list(sources.read(path, recognition, WARD))
    rows = [row for chunk in chunks for row in chunk.tables["person_record"].to_pylist()]
    return recognition, rows, {remark.rule_id for chunk in chunks for remark in chunk.remarks}


@pytest.mark.parametrize("encoding", [*(one for one in LEGACY_ENCODINGS if one != "viqr"), "utf-8", "utf-8-twice"])
def test_an_encoding_that_shows_late_in_a_large_file(
    encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first hundred blocks are ASCII: nothing is said about the encoding before."""
    monkeypatch.setattr(encodings, "BLOCK_BYTES", 1 << 14)
    plain = "1,Tran Van An,01/02/1980,001080000011\n" * 43_000
    late = "".join(f"2,{name},1990,001190000022\n" for name in NAMES * 3)
    tail = late.encode() if encoding == "utf-8" else old_text.encode(late, encoding)
    (tmp_path / "list").write_bytes((HEAD + plain).encode() + tail)
    assert recognise_file_encoding(tmp_path / "list") == encoding
    with open_as_utf8(tmp_path / "list", encoding) as file:
        text = file.read().decode("utf-8")
    assert text[-len(late) :].lower() == late.lower()


@pytest.mark.parametrize("encoding", LEGACY_ENCODINGS)
def test_letters_at_the_edge_of_a_block(encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings, "BLOCK_BYTES", 1 << 10)
    text = HEAD + "".join(f"{number},{NAMES[number % 5]},1990,\n" for number in range(300))
    (tmp_path / "list").write_bytes(old_text.encode(text, encoding))
    _, rows, _ = _rows(tmp_path / "list")
    assert [str(row["full_name"]).lower() for row in rows] == [NAMES[number % 5].lower() for number in range(300)]


@given(st.lists(st.sampled_from((*"aăâeêioôơuưyđbcgh", *"áàảãạắằẳẵặấầẩẫậếệốộớợứựíỵ", " ")), max_size=40).map("".join))
def test_viqr_is_undone(text: str) -> None:
    if "dd" not in text:
        assert read_viqr(old_text.encode(text, "viqr").decode()) == text


@given(st.binary(max_size=400), st.integers(1, 50))
def test_any_bytes_become_utf8(data: bytes, size: int) -> None:
    """Whatever was sent, the reader gets UTF-8 without zeros; what was UTF-8 stays as it is."""
    path = Path("/dev/shm") / f"healthbook-{size}"
    path.write_bytes(data)
    try:
        with open_as_utf8(path, "utf-8") as file:
            read = b"".join(iter(lambda: file.read(size), b""))
    finally:
        path.unlink()
    text = read.decode("utf-8")
    assert "\x00" not in text
    try:
        assert text == data.decode("utf-8-sig").replace("\x00", "")
    except UnicodeDecodeError:
        assert "\ufffd" in text


def test_characters_cut_by_a_block_make_no_short_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block of a few bytes made the CSV reader refuse the whole file as one of too long a cell."""
    monkeypatch.setattr(encodings, "BLOCK_BYTES", 1 << 12)
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 1 << 12)
    (tmp_path / "list").write_text(HEAD + "".join(f"{number},Ướm Đỗ Ễ Ậ Ự Ỡ,1990,\n" for number in range(9000)))
    _, rows, _ = _rows(tmp_path / "list")
    assert [row["row_no"] for row in rows] == list(range(2, 9002))


def test_western_text_is_windows_1252(tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes((HEAD + "1,José Muñoz García,1990,\n2,François Lefèvre,1980,\n").encode("cp1252"))
    recognition, rows, _ = _rows(tmp_path / "list")
    assert (recognition.encoding, rows[0]["full_name"]) == ("cp1252", "José Muñoz García")


def test_a_quotation_mark_that_swallows_rows_is_told(tmp_path: Path) -> None:
    (tmp_path / "list").write_text(HEAD + '1,"An,1980,1\n2,Ba,1981,2\n3,"Bình",1982,3\n4,Tư,1983,4\n')
    _, rows, remarks = _rows(tmp_path / "list")
    assert [row["row_no"] for row in rows] == [2, 3]
    assert "quote_open" in remarks


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_a_line_that_names_the_separator_is_no_row(line_end: str, tmp_path: Path) -> None:
    text = line_end.join(["sep=;", HEAD.strip().replace(",", ";"), "1;Lê, Thử;1980;1", "", "2;Lê Hai;1981;2", ""])
    (tmp_path / "list").write_bytes(text.encode())
    recognition, rows, _ = _rows(tmp_path / "list")
    assert (recognition.separator, recognition.header_row) == (";", 1)
    assert [(row["row_no"], row["full_name"]) for row in rows] == [(2, "Lê, Thử"), (4, "Lê Hai")]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Họ và tên mẹ", "guardian_name"), ("Họ tên chủ hộ", None), ("Số CCCD của mẹ", None), ("Ngày sinh của con", None),
        ("Số điện thoại người thân", None), ("Họ và tên công dân (*)", "full_name"), ("Số CMND/Thẻ CCCD", "national_id"),
        ("HO_VA_TEN", "full_name"), ("Ngày, tháng, năm sinh", "birth_date"), ("Hä vµ tªn", "full_name"),
    ],
)  # fmt: skip
def test_headings_about_another_person_are_not_this_ones(text: str, field: str | None) -> None:
    match = match_heading(text, HEADINGS)
    assert (match.field if match else None) == field
    assert field is not None or match_typed(text, HEADINGS) is None


@pytest.mark.parametrize(
    "text", ["Ngày tiêm", "Ngày khám", "Mã số thuế", "Ghi chú", "Nơi làm việc", "Trình độ", "Họ tên chồng"]
)
def test_headings_are_not_guessed_from_afar(text: str) -> None:
    match = match_typed(text, {term: field for term, field in HEADINGS.items() if field != "given_on"})
    assert match is None


def test_each_headed_column_says_how_it_was_understood(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("STT,Họ và tên,Ngày sihn,Số CCCD hiện dùng,Bí danh\n1,Lê Thử,1980,1,x\n")
    recognition, _, remarks = _rows(tmp_path / "list")
    fields = {match.text: (match.field, match.confidence) for match in recognition.headings}
    assert fields["ho va ten"] == ("full_name", 1.0)
    assert fields["so cccd hien dung"] == ("national_id", 0.9)
    assert fields["ngay sihn"][0] == "birth_date"
    assert 0.6 <= fields["ngay sihn"][1] < 0.7
    assert fields["bi danh"] == (None, 0.0)
    assert remarks == {"header_doubtful", "header_unknown"}


def test_a_senders_own_headings_win(tmp_path: Path) -> None:
    (tmp_path / "PX00004.yaml").write_text(
        "headings:\n  Bí danh: full_name\n  Mã thẻ KCB: insurance_no\n  Ngày sinh:\n", encoding="utf-8"
    )
    own = sources.own_headings(tmp_path, "PX00004")
    (tmp_path / "list").write_text("Bí danh,Ngày sinh,Mã thẻ KCB,Giới tính\nLê Thử,1980,0123456789,Nam\n")
    _, rows, remarks = _rows(tmp_path / "list", dict(own))
    assert {name: value for name, value in rows[0].items() if name not in ("row_no", "row_digest")} == {
        "full_name": "Lê Thử", "insurance_no": "0123456789", "sex": "Nam",
    }  # fmt: skip
    assert remarks == set()
    assert sources.own_headings(tmp_path, "PX00008") == {}
    assert sources.own_headings(tmp_path / "nowhere", "../PX00004") == {}


@pytest.mark.parametrize(
    "content", ["headings: [a]", "a: b", "headings: {Tên: no_such_field}", "x: [", "headings: {}\nmore: 1"]
)
def test_a_wrong_file_of_headings_stops_the_operator(content: str, tmp_path: Path) -> None:
    (tmp_path / "PX00004.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"PX00004\.yaml"):
        sources.own_headings(tmp_path, "PX00004")


def test_a_year_column_beside_days_and_months_is_no_sex() -> None:
    assert find_parts(["Ngày", "Tháng", "Năm", "Nữ"], ["Ngày sinh"] * 3 + [""]) == {
        0: "birth_day", 1: "birth_month", 2: "birth_year",
    }  # fmt: skip
    assert find_parts(["NGAY", "THANG", "NAM"], ["Ngày tiêm"] * 3) == {}
    assert find_parts(["NAM", "NU"], ["NAM SINH"] * 2) == {0: "is_male", 1: "is_female"}


def test_both_sexes_filled_are_told_and_nothing_is_lost() -> None:
    import pyarrow as pa

    made = compose({"is_male": pa.array(["x", None, "1980", None]), "is_female": pa.array(["x", "0", None, "05/1990"])})
    assert made["sex"].to_pylist() == ["Nam, Nữ", None, "Nam", "Nữ"]
    assert made["birth_date"].to_pylist() == [None, None, "1980", "05/1990"]


cells = st.one_of(
    st.none(),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co")), max_size=12),
    st.integers(-(10**14), 10**14),
    st.floats(-1e9, 1e9).map(lambda number: round(number, 3)),
    st.booleans(),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(cells, min_size=1, max_size=5), min_size=1, max_size=12))
def test_the_scan_reads_what_another_library_reads(rows: list[list[object]]) -> None:
    path = Path("/dev/shm/healthbook-scan.xlsx")
    try:
        write_xlsx(path, {"DS": rows})  # type: ignore[dict-item]
        sheet = openpyxl.load_workbook(path)["DS"]
        expected = [[None if cell.value is None else _said(cell.value) for cell in row] for row in sheet.iter_rows()]
        grids = preview_workbook(path, "workbook", Limits())
        read = [
            list(row.values()) for grid in grids for batch in grid.batches(Limits()) for row in batch.cells.to_pylist()
        ]
    finally:
        path.unlink(missing_ok=True)
    width = max((len(row) for row in read), default=0)
    trimmed = [row[:width] for row in expected][: len(read)]
    assert read == trimmed
    assert not any(cell for row in expected[len(read) :] for cell in row)


def _said(value: object) -> str | None:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) or None


def test_a_group_heading_tells_the_header_apart() -> None:
    rows = [
        ["STT", "Họ và tên", "Ngày sinh", "Mẹ", None],
        [None, None, None, "Họ và tên", "Số CCCD"],
        ["1", "Lê Thử", "1980", "Lê Mẹ", "1"],
    ]
    header = find_header([*rows], HEADINGS)
    assert header is not None
    assert (header.first_row, header.last_row) == (1, 2)
    assert header.fields == ("stt", "full_name", "birth_date", "guardian_name", None)


def test_a_word_without_end_is_looked_at_once() -> None:
    """Found by fuzzing: the first took the square of its length (37 s for 40 kB), the second a second a megabyte."""
    assert not is_viqr("A" * 2_000_000)
    assert len(fold_heading("Ầ" * 2_000_000)) <= LONGEST_FOLDED
