"""Nothing that somebody named can run as a formula in the files that are taken away."""

import csv
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from etl.reports.workbook import write_tables
from tests.reports.invented import invented_report


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "--", "＋", "＠"])
def test_cells_that_look_like_formulas_are_text(tmp_path: Path, sign: str) -> None:
    name = f"{sign}HYPERLINK(1)"
    data = invented_report()
    ward = replace(data.wards[0], ward_name=name)
    write_tables(replace(data, wards=(ward, *data.wards[1:])), tmp_path)
    with (tmp_path / "wards.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1][1] == f"'{name}"
    cell = openpyxl.load_workbook(tmp_path / "report.xlsx")["wards"].cell(2, 2)
    assert cell.data_type == "s"
    assert "HYPERLINK" in str(cell.value)


def test_numbers_stay_numbers_and_nothing_stays_nothing(tmp_path: Path) -> None:
    data = invented_report()
    ward = replace(data.wards[0], ward_name="", total=-2.0)
    write_tables(replace(data, wards=(ward, *data.wards[1:])), tmp_path)
    with (tmp_path / "wards.csv").open(encoding="utf-8-sig", newline="") as file:
        row = list(csv.reader(file))[1]
    assert row[1] == ""
    assert float(row[10]) < 0, "a number below nothing has no mark before it"
