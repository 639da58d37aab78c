"""The empty workbook that a ward or a clinic fills in: what comes back of it is read without a word of complaint."""

from datetime import date
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest

from etl import steps
from etl.errors import ConfigError
from etl.reports.template import GUIDE, ROWS, SHEET, TEMPLATES, columns_of
from etl.settings import Settings
from etl.standardise import codes, places

SENDERS = {"ward_sheet": "PX00004", "health_check": "CS01929"}
"""Who sends what."""


@pytest.fixture(params=sorted(TEMPLATES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(var_dir=tmp_path / "var", database_url=database_url, today=date(2026, 10, 1))


def filled_in(kind: str, path: Path, **cells: str) -> Path:
    """The template with one row: the examples, but for the cells of the headings that are named."""
    steps.template(kind, path)
    book = openpyxl.load_workbook(path)
    for place, column in enumerate(columns_of(kind), 1):
        book[SHEET].cell(2, place, cells.get(column.heading, column.example))
    book.save(path)
    return path


def test_its_own_examples_are_taken_in_without_a_finding(kind: str, settings: Settings, tmp_path: Path) -> None:
    receipt = steps.receive(settings, filled_in(kind, tmp_path / "a.xlsx"), SENDERS[kind])
    assert (receipt.state, receipt.kind, receipt.rows_in, receipt.accepted) == ("accepted", kind, 1, 1)
    assert [(one.rule_id, one.column_name) for one in receipt.findings if one.row_count] == []


def test_what_is_typed_wrong_is_found(kind: str, settings: Settings, tmp_path: Path) -> None:
    path = filled_in(kind, tmp_path / "a.xlsx", **{"Ngày sinh": "31/02/1990"})
    receipt = steps.receive(settings, path, SENDERS[kind])
    assert "birth_date" in {one.column_name for one in receipt.findings if one.row_count}


def test_ids_are_text_and_few_values_are_chosen_from_a_list(kind: str, tmp_path: Path) -> None:
    steps.template(kind, tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")[SHEET]
    columns = columns_of(kind)
    assert [cell.value for cell in sheet[1]] == [
        f"{one.heading} *" if one.is_required else one.heading for one in columns
    ]
    assert all(
        cell.comment is not None and one.example in cell.comment.text
        for cell, one in zip(sheet[1], columns, strict=True)
    )
    assert sheet.max_row == 1
    letters = {one.heading: cell.column_letter for cell, one in zip(sheet[1], columns, strict=True)}
    as_text = [one for one in sheet.column_dimensions.values() if one.number_format == "@"]
    assert {place for one in as_text for place in range(one.min, one.max + 1)} == set(range(1, len(columns) + 1))
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    for one in columns:
        span = f"{letters[one.heading]}2:{letters[one.heading]}{ROWS + 1}"
        assert (span in rules) == bool(one.choices or one.length)
        if one.choices:
            assert rules[span].type == "list"


def test_the_guide_tells_the_rules_of_the_catalogue_for_each_column(kind: str, tmp_path: Path) -> None:
    steps.template(kind, tmp_path / "a.xlsx")
    guide = openpyxl.load_workbook(tmp_path / "a.xlsx")[GUIDE]
    told = {row[0]: (row[5] or "", row[6] or "") for row in guide.iter_rows(min_row=2, values_only=True)}
    words = steps.rule_wording()
    for heading, rule_id in (
        ("Họ và tên", "name_missing"),
        ("Số CCCD", "national_id_form"),
        ("Ngày sinh", "birth_date_future"),
    ):
        [cells] = [
            cells
            for title, cells in told.items()
            if title.startswith(heading.split()[0]) and words[rule_id].fix_vi in cells[0]
        ]
        assert words[rule_id].fix_en in cells[1]


def test_every_choice_is_understood(kind: str) -> None:
    """Each by the very function that standardises its column, and no two alike."""
    for heading, standardise in (
        ("Giới tính", codes.standardise_sex),
        ("Dân tộc", codes.standardise_ethnic),
        ("Nhóm máu", codes.standardise_blood_group),
        ("Phường/Xã", lambda names: places.standardise_wards(names, pa.nulls(len(names), pa.date32()))),
    ):
        for one in (column for column in columns_of(kind) if column.heading == heading and column.choices):
            meant = standardise(pa.array(one.choices)).values.to_pylist()
            assert None not in meant
            assert len(set(meant)) == len(one.choices)


def test_an_unknown_kind_and_a_path_that_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="ward_sheet, health_check"):
        steps.template("register", tmp_path / "a.xlsx")
    with pytest.raises(ConfigError, match="cannot be written"):
        steps.template("ward_sheet", tmp_path / "nowhere" / "a.xlsx")


def test_an_empty_template_sent_back_says_so(kind: str, settings: Settings, tmp_path: Path) -> None:
    steps.template(kind, tmp_path / "a.xlsx")
    receipt = steps.receive(settings, tmp_path / "a.xlsx", SENDERS[kind])
    assert (receipt.state, receipt.refusal_rule_id, receipt.rows_in) == ("refused", "file_empty", 0)
