"""The workbook that goes back to a sender."""

import time
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pytest

from etl.contracts.reading import Finding
from etl.contracts.wording import RuleWording
from etl.errors import ConfigError
from etl.reports.annotated import Sheet, write_annotated

WORDING = {
    rule_id: RuleWording(
        rule_id, "correct", "sender", False, True, 1.0, f"Sai {rule_id}.", f"Wrong {rule_id}.", "Sửa lại.", "Mend it.", "x"
    )
    for rule_id in ("one", "two")
}


def _finding(rule_id: str, severity: str, *row_nos: int, column: str = "birth_date") -> Finding:
    return Finding(rule_id, "person_record", column, severity, "open_task", 9, row_nos, len(row_nos))


def _sheet(
    rows: list[list[str | None]], states: dict[int, str], header_row: int = 1, max_rows: int = 1_048_576
) -> Sheet:
    cells = pa.table(
        [pa.array(list(column), pa.string()) for column in zip(*rows, strict=True)],
        [f"c{place}" for place in range(len(rows[0]))],
    )
    half = len(rows) // 2
    row_nos = pa.array(range(1, len(rows) + 1), pa.int32())
    batches = [(row_nos[:half], cells[:half]), (row_nos[half:], cells[half:])]
    outcomes = pa.table({"row_no": pa.array(list(states), pa.int32()), "row_state": list(states.values())})
    return Sheet(batches, len(rows[0]), header_row, outcomes, max_rows)


def test_rows_keep_their_places_and_say_why(tmp_path: Path) -> None:
    rows = [["Tên", "NS"], ["An", "=1+1"], ["Bé", "http://x"], ["Chi", None], ["An", "@x"], [None, None], ["Tổng", "4"]]
    states = {2: "accepted", 3: "quarantined", 4: "accepted", 5: "duplicate"}
    findings = [
        _finding("one", "critical", 3),
        _finding("two", "warning", 4, 3),
        _finding("two", "info", 2, 6, column="CHI_SO_X"),
    ]
    write_annotated(_sheet(rows, states), findings, WORDING, tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    values = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert [row[:2] for row in values] == rows
    assert [row[2] for row in values] == [
        "Kết quả tiếp nhận (Result)",
        "Chấp nhận",
        "Cách ly",
        "Chấp nhận",
        "Trùng",
        None,
        None,
    ]
    assert (
        values[2][3]
        == "• Ngày sinh: Sai one. Sửa lại. / Wrong one. Mend it.\n• Ngày sinh: Sai two. Sửa lại. / Wrong two. Mend it."
    )
    assert str(values[1][3]).startswith("• CHI_SO_X: Sai two.")
    assert values[5] == [None] * 4, "a blank row stays blank"
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s", "n"}
    assert not [
        cell
        for row in sheet.iter_rows()
        for cell in row
        if cell.hyperlink or (cell.data_type == "n" and cell.value is not None)
    ]
    fills = [sheet.cell(row, 1).fill.fgColor.rgb for row in range(2, 7)]
    assert fills == ["00000000", "FFF8CBAD", "FFFFE699", "FFD9D9D9", "00000000"]


def test_long_list_goes_on_in_the_next_sheet(tmp_path: Path) -> None:
    rows = [["Tên"], *([str(number)] for number in range(10))]
    write_annotated(_sheet(rows, {11: "quarantined"}, max_rows=4), [], WORDING, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["Dữ liệu", "Dữ liệu 2", "Dữ liệu 3", "Tóm tắt (Summary)"]
    assert [row[0] for name in book.sheetnames[:3] for row in book[name].iter_rows(values_only=True)] == [
        row[0] for row in rows
    ]
    assert book["Dữ liệu 3"]["B3"].value == "Cách ly"


def test_summary_tells_of_the_whole_file_too(tmp_path: Path) -> None:
    findings = [
        Finding("one", "file", "", "critical", "open_task", 1, (), 1),
        Finding("two", "file", "", "info", "count_only", 5, (), 0),
    ]
    write_annotated(_sheet([["Tên"], ["An"]], {2: "accepted"}), findings, WORDING, tmp_path / "a.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "a.xlsx")["Tóm tắt (Summary)"].iter_rows(values_only=True))
    assert [row[2] for row in rows] == ["Quy tắc (Rule)", "one"]


def test_nothing_is_left_where_it_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="annotated file"):
        write_annotated(_sheet([["Tên"], ["An"]], {}), [], WORDING, tmp_path / "none" / "a.xlsx")

    def broken() -> object:
        yield pa.array([1], pa.int32()), pa.table({"c0": ["An"]})
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_annotated(
            Sheet(
                broken(), 1, 1, pa.table({"row_no": pa.array([], pa.int32()), "row_state": pa.array([], pa.string())})
            ),
            [],
            WORDING,
            tmp_path / "a.xlsx",
        )  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_time_grows_with_rows_not_with_rows_times_findings(tmp_path: Path) -> None:
    count = 20_000
    row_nos = pa.array(np.arange(1, count + 1), pa.int32())
    cells = pa.table({"c0": pa.array(["x"] * count)})
    batches = [(row_nos[start : start + 500], cells[start : start + 500]) for start in range(0, count, 500)]
    findings = [_finding("one", "warning", *range(1, count + 1, 100)) for _ in range(100)]
    started = time.process_time()
    write_annotated(
        Sheet(batches, 1, 1, pa.table({"row_no": row_nos, "row_state": ["accepted"] * count})),
        findings,
        WORDING,
        tmp_path / "a.xlsx",
    )
    assert time.process_time() - started < 15
