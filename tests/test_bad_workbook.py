"""Workbooks and texts that are damaged, or made to exhaust a reader: refused by a rule, none breaks the reader."""

import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from etl import sources
from etl.errors import DataError
from etl.sample.workbook import write_workbook

SHEET = "xl/worksheets/sheet1.xml"


def _rewritten(path: Path, change: Callable[[bytes], bytes | None]) -> Path:
    """A workbook of one heading row and one person, whose worksheet was changed (None: is not there)."""
    write_workbook(path, [["Họ và tên", "Ngày sinh"], ["Nguyễn Văn Mẫu", "02/03/1980"]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    changed = change(parts.pop(SHEET))
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**parts, **({} if changed is None else {SHEET: changed})}.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("change", "rule_id"),
    [
        (lambda sheet: None, "file_kind_unknown"),
        (lambda sheet: sheet[: len(sheet) // 2], "file_kind_unknown"),
        (lambda sheet: sheet.replace(b'r="A2"', b'r="A99999999999"'), "file_too_large"),
        (lambda sheet: sheet.replace(b'r="A2"', b"r='A99999999'"), "file_too_large"),
        (lambda sheet: sheet.replace(b'<c r="A2"', b'<c\n r = "a99999999"'), "file_too_large"),
        (lambda sheet: sheet.replace(b'r="B2"', b'r="ZZZZZZZZ2"'), "sheet_too_wide"),
    ],
    ids=["no sheet", "half a sheet", "far row, not the last cell", "single quotes", "lower case", "far column"],
)
def test_damaged_or_boundless_sheet_is_refused(
    tmp_path: Path, change: Callable[[bytes], bytes | None], rule_id: str
) -> None:
    """A cell far below makes the library ask for 78 GB and end the whole process."""
    path = _rewritten(tmp_path / "a.xlsx", change)
    with pytest.raises(DataError) as refused:
        sources.recognise(path)
    assert refused.value.rule_id == rule_id
    assert "Mẫu" not in str(refused.value)


def test_unclosed_cells_take_linear_time(tmp_path: Path) -> None:
    path = _rewritten(tmp_path / "a.xlsx", lambda sheet: b"<c " * 700_000)
    started = time.process_time()
    with pytest.raises(DataError):
        sources.recognise(path)
    assert time.process_time() - started < 10


def test_number_of_five_thousand_digits_is_a_cell_like_any_other(tmp_path: Path) -> None:
    """Python refuses to read so long a number, which ended the file in a fault of ours."""
    path = tmp_path / "a.csv"
    path.write_text(
        "STT,Họ và tên,Ngày sinh,Số CCCD\n1,Nguyễn Văn Mẫu,02/03/1980," + "9" * 5000 + "\n", encoding="utf-8"
    )
    assert sources.recognise(path).kind == "ward_sheet"
