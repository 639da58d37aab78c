"""Workbooks that are locked, damaged, written oddly or made to exhaust a reader; and pages that hold no table."""

import contextlib
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from etl import sources
from etl.contracts.reading import Chunk, Sender
from etl.errors import DataError
from etl.sample.sheet_dialects import rows_of
from etl.sample.sheet_writers import write_ods, write_xls, write_xlsx
from etl.settings import PROJECT_DIR
from etl.sources import worksheet_scan, xlsx
from etl.sources.limits import Limits

WARD = Sender("PX00004", "ward", "", ward_code="00004")
SHEET = "xl/worksheets/sheet1.xml"


def _read(path: Path, limits: Limits | None = None) -> list[Chunk]:
    return list(sources.read(path, sources.recognise(path, limits=limits), WARD, limits))


def _people(chunks: list[Chunk]) -> pa.Table:
    return pa.concat_tables([chunk.tables["person_record"] for chunk in chunks], promote_options="default")


def _refused(path: Path, limits: Limits | None = None) -> str | None:
    with pytest.raises(DataError) as refusal:
        _read(path, limits)
    return refusal.value.rule_id


def _rewrite(path: Path, part: str, *changes: tuple[bytes, bytes]) -> Path:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for old, new in changes:
        assert old in parts[part]
        parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def book(tmp_path: Path) -> Path:
    write_xlsx(tmp_path / "a.xlsx", {"DS": rows_of()})
    return tmp_path / "a.xlsx"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    write_ods(tmp_path / "a.ods", {"DS": rows_of()})
    return tmp_path / "a.ods"


def test_an_encrypted_workbook_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016) + "EncryptedPackage".encode("utf-16-le") + bytes(2000)
    )
    assert _refused(path) == "file_locked"


def test_an_encrypted_open_document_says_so(page: Path) -> None:
    _rewrite(
        page, "META-INF/manifest.xml", (b"</manifest:manifest>", b"<manifest:encryption-data/></manifest:manifest>")
    )
    assert _refused(page) == "file_locked"


def test_old_office_files_that_are_no_workbooks_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016) + "WordDocument".encode("utf-16-le") + bytes(2000)
    )
    with pytest.raises(DataError, match="a Word document") as refusal:
        sources.recognise(path)
    assert refusal.value.rule_id == "file_kind_unknown"


@pytest.mark.parametrize(
    "damage", [lambda data: data[: len(data) // 2], lambda data: data[:600] + bytes(len(data) - 600)]
)
def test_a_damaged_old_workbook_is_refused(tmp_path: Path, damage: object) -> None:
    path = tmp_path / "a.xls"
    write_xls(path, {"DS": rows_of()})
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    assert _refused(path) == "file_kind_unknown"


@pytest.mark.parametrize(
    ("change", "rule_id"),
    [
        ((b"<table:table-row><table:table-cell office:value-type", b'<table:table-row table:number-rows-repeated="100000000"><table:table-cell office:value-type'), "file_too_large"),
        ((b"<table:table-row><table:table-cell office:value-type", b'<table:table-row table:number-rows-repeated="300000"><table:table-cell office:value-type'), "file_too_large"),
        ((b'<table:table-cell office:value-type="string"', b'<table:table-cell table:number-columns-repeated="9999999" office:value-type="string"'), "sheet_too_wide"),
        ((b"</office:spreadsheet>", b""), "file_kind_unknown"),
        ((b"<office:document-content", b"<!DOCTYPE a [<!ENTITY b 'c'>]><office:document-content"), None),
    ],
    ids=["rows", "filled", "columns", "broken", "entity"],
)  # fmt: skip
def test_repeated_cells_of_an_open_document_are_counted_first(
    page: Path, change: tuple[bytes, bytes], rule_id: str | None
) -> None:
    _rewrite(page, "content.xml", change)
    if rule_id is None:  # declared, never used: nothing is resolved
        assert _people(_read(page)).num_rows == 5
    else:
        assert _refused(page) == rule_id


@pytest.mark.parametrize("write", [write_xlsx, write_ods, write_xls], ids=["xlsx", "ods", "xls"])
def test_a_wide_sheet_is_read_few_rows_at_a_time(tmp_path: Path, write: Callable[..., None]) -> None:
    """Fifty thousand rows of a thousand cells at once took five gigabytes, of a file of a few kilobytes."""
    write(tmp_path / "a", {"DS": rows_of()})
    one_by_one = _read(tmp_path / "a", Limits(cells_per_chunk=1))
    assert max(len(chunk.tables["person_record"]) for chunk in one_by_one) == 1
    assert _people(one_by_one).equals(_people(_read(tmp_path / "a")))


def test_repeated_rows_of_people_are_people(page: Path) -> None:
    _rewrite(page, "content.xml", (b"<table:table-row><table:table-cell office:value-type=\"string\"><text:p>5<", b"<table:table-row table:number-rows-repeated=\"3\"><table:table-cell office:value-type=\"string\"><text:p>5<"))  # fmt: skip
    assert _people(_read(page))["row_no"].to_pylist() == [2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(
    "changes",
    [
        [(b"<row ", b"\n <row "), (b"<c ", b"\n  <c ")],
        [(b"<sheetData>", b"<sheetData><!-- -->")],
        [(b' t="s">', b" t='s'>")],
        [(b"<c r=", b"<c  r=")],
    ],
    ids=["white space", "comment", "single quotes", "two spaces"],
)
def test_a_sheet_that_is_written_oddly_is_read_all_the_same(
    book: Path, changes: list[tuple[bytes, bytes]], tmp_path: Path
) -> None:
    plain = _people(_read(book))
    _rewrite(book, SHEET, *changes)
    assert _people(_read(book)).equals(plain)


def test_a_sheet_that_turns_odd_in_its_middle_is_read_once(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_xlsx(book, {"DS": [*rows_of(), *rows_of()[1:] * 300]})
    plain = _people(_read(book))
    _rewrite(book, SHEET, (b'<row r="900"', b'<row\n r="900"'))
    monkeypatch.setattr(worksheet_scan, "BLOCK_BYTES", 1 << 16)
    monkeypatch.setattr(xlsx, "BLOCK_BYTES", 1 << 16)
    monkeypatch.setattr(worksheet_scan.scan_blocks, "__defaults__", (1 << 14,))
    assert _people(_read(book)).equals(plain)


@pytest.mark.parametrize(
    "changes",
    [
        [(b'<row r="3"', b'<row r="2"')],
        [(b"</sheetData>", b"")],
        [(b' t="s"><v>7</v>', b' t="s"><v>700</v>')],
        [(b' t="s"><v>7</v>', b' t="s"><v>x</v>')],
        [(b' t="s"><v>7</v>', b' t="zzz"><v>7</v>')],
        [(b' t="s"><v>7</v>', b"><v>\xff\xfe</v>")],
    ],
    ids=["row twice", "no end", "no such text", "no number", "no such type", "not utf-8"],
)
def test_a_broken_sheet_ends_in_rows_or_a_reason(book: Path, changes: list[tuple[bytes, bytes]]) -> None:
    _rewrite(book, SHEET, *changes)
    with contextlib.suppress(DataError):
        assert _people(_read(book)).num_rows > 0


def test_a_list_that_begins_in_another_column_and_row(tmp_path: Path) -> None:
    moved = [[], [], *([None, None, *row] for row in rows_of())]
    for name, write in (("a.xlsx", write_xlsx), ("a.xls", write_xls), ("a.ods", write_ods)):
        write(tmp_path / name, {"DS": moved})
        recognition = sources.recognise(tmp_path / name)
        assert [match.column for match in recognition.headings][:2] == [3, 4]
        assert _people(_read(tmp_path / name))["row_no"].to_pylist() == [4, 5, 6, 7, 8]


def test_text_of_several_runs_entities_and_pronunciation(book: Path) -> None:
    _rewrite(
        book,
        "xl/sharedStrings.xml",
        ("<t>Nguyễn Thị Thử</t>".encode(), "<r><rPr><b/></rPr><t>Nguyễn </t></r><r><t>Thị Thử</t></r><rPh sb=\"0\" eb=\"1\"><t>zzz</t></rPh>".encode()),
        ("Tổ 5 thôn Thí Điểm".encode(), "Tổ 5 &amp; 6 thôn &#272;i&#x1EC3;m".encode()),
    )  # fmt: skip
    people = _people(_read(book))
    assert people["full_name"][0].as_py() == "Nguyễn Thị Thử"
    assert people["address"][1].as_py() == "Tổ 5 & 6 thôn Điểm"


@pytest.mark.parametrize(
    "content",
    ["<html><body>chưa có bảng</body></html>", "<table></table>", '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet>'],
)  # fmt: skip
def test_a_page_without_a_table_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.xls").write_text(content, encoding="utf-8")
    assert _refused(tmp_path / "a.xls") == "file_kind_unknown"


def test_cells_of_a_page_that_span_rows_and_columns(tmp_path: Path) -> None:
    head = "<tr><th rowspan=2>STT</th><th colspan=2>Cá nhân</th></tr><tr><th>Họ và tên</th><th>Ngày sinh</th></tr>"
    (tmp_path / "a.xls").write_text(f"<table>{head}<tr><td>1<td>Lê Thử<td>1980</table>", encoding="utf-8")
    assert _people(_read(tmp_path / "a.xls")).select(["row_no", "full_name", "birth_date"]).to_pylist() == [
        {"row_no": 3, "full_name": "Lê Thử", "birth_date": "1980"}
    ]


def test_a_page_that_spans_without_end_is_bounded(tmp_path: Path) -> None:
    cell = '<td rowspan="999999" colspan="999999">x</td>'
    (tmp_path / "a.xls").write_text(f"<table>{f'<tr>{cell}</tr>' * 50}</table>", encoding="utf-8")
    assert _refused(tmp_path / "a.xls", Limits(max_sheet_cells=100_000)) in (
        "file_too_large",
        "header_missing",
        "sheet_too_wide",
    )


def test_an_old_workbook_whose_sectors_run_in_circles_is_refused(tmp_path: Path) -> None:
    """Its library followed them until 17 GB were asked for, and ended the process."""
    content = bytearray((PROJECT_DIR / "data_samples/formats/ward_sheet/list.xls").read_bytes())
    [table] = struct.unpack_from("<I", content, 0x4C)
    struct.pack_into("<128I", content, (table + 1) * 512, *range(128))
    path = tmp_path / "circles.xls"
    path.write_bytes(content)
    assert _refused(path) == "file_kind_unknown"


def test_a_workbook_whose_packed_bytes_are_damaged_is_refused(tmp_path: Path) -> None:
    content = bytearray((PROJECT_DIR / "data_samples/formats/ward_sheet/list.xlsx").read_bytes())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        start = archive.getinfo("xl/sharedStrings.xml").header_offset + 30 + len("xl/sharedStrings.xml")
    content[start : start + 16] = bytes(range(255, 239, -1))
    path = tmp_path / "damaged.xlsx"
    path.write_bytes(content)
    assert _refused(path) == "file_kind_unknown"


def test_texts_that_nothing_closes_are_refused(book: Path) -> None:
    _rewrite(book, "xl/sharedStrings.xml", (b"</t></si></sst>", b""))
    assert _refused(book) == "file_kind_unknown"


def test_an_xml_workbook_of_bytes_without_meaning_is_refused(tmp_path: Path) -> None:
    """By its name, lxml told of it in an OSError, which held the name."""
    head = b'<?xml version="1.0" encoding="UTF-8"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
    (tmp_path / "a.xml").write_bytes(head + b"<Worksheet><Table><Row><Cell>\xff\xfe\x80" + b"</Cell></Row></Table>")
    assert _refused(tmp_path / "a.xml") == "file_kind_unknown"
