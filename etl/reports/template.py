"""An empty workbook for a ward or a clinic to fill in: what it asks for is what the contracts ask for.

Every column is text, so that Excel neither cuts an ID nor turns a date round; lists to choose from where there are few
values; a note on each heading, and all of them once more on a sheet of their own, in Vietnamese and English.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from etl.contracts import PERSON_RECORD, Table, reference
from etl.contracts.clinical import ALLERGY, DIAGNOSIS, ENCOUNTER, HISTORY, IMMUNISATION
from etl.errors import ConfigError
from etl.reports.dictionary import RuleLine
from etl.standardise.codes import ETHNIC_GROUPS, UNKNOWN_ETHNIC
from etl.standardise.text import fold

SHEET, GUIDE, LISTS = "Danh sách", "Hướng dẫn (Guide)", "Danh mục (Lists)"
GUIDE_HEADINGS = (
    *("Cột (Column)", "Ý nghĩa", "Meaning", "Ví dụ (Example)", "Bắt buộc (Required)"),
    *("Khi nhận tệp sẽ kiểm tra", "Checked on receipt"),
)
GUIDE_WIDTHS, LINE = (22, 40, 40, 26, 12, 70, 70), 15
"""Characters of a column, points of a line."""
ROWS = 20_000
"""Rows that have lists to choose from."""
SEXES, BLOOD_GROUPS = ("Nam", "Nữ"), ("A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-")
NONE_KNOWN = "“Không” nếu không có; để trống nếu chưa hỏi", "“Không” where there is none; empty where nobody asked"


@dataclass(frozen=True)
class Column:
    """A column: its heading as the readers know it, meaning, an example; `length` is what Excel asks of a number.

    `field` are the table and the name of the contract's field, by which its rules are found.
    """

    heading: str
    vi: str
    en: str
    example: str
    choices: tuple[str, ...] = ()
    length: tuple[int, int] | None = None
    is_required: bool = False
    field: tuple[str, str] | None = None


def _of(
    table: Table,
    name: str,
    example: str,
    choices: Sequence[str] = (),
    length: tuple[int, int] | None = None,
    hint: tuple[str, str] = ("", ""),
    heading: str = "",
    is_required: bool = False,
) -> Column:
    """The column of a contract's field, under one of its terms: the first that is no code, or `heading`."""
    field = table[name]
    known = heading or next(term for term in field.terms if not term.isupper() or "_" not in term)
    meanings = (field.vi, field.en.split(";")[0])
    vi, en = (f"{said} ({more})" if more else said for said, more in zip(meanings, hint, strict=True))
    return Column(known, vi, en, example, tuple(choices), length, is_required, (table.name, name))


def _person(name: str, example: str, **more: object) -> Column:
    return _of(PERSON_RECORD, name, example, **more)  # type: ignore[arg-type]


def _wards() -> list[str]:
    return sorted(reference.wards()["name"].to_pylist(), key=fold)


def _people() -> tuple[Column, ...]:
    """What both kinds ask of a person."""
    day = ("ngày/tháng/năm, hoặc chỉ năm", "day/month/year, or the year alone")
    return (
        _person("full_name", "Nguyễn Thị Hoa", is_required=True),
        _person("birth_date", "05/09/1990", hint=day, is_required=True),
        _person("sex", "Nữ", choices=SEXES, is_required=True),
        _person("national_id", "001190012345", length=(12, 12), hint=("đủ 12 chữ số, kể cả số 0 đầu", "all 12 digits")),
        _person(
            "insurance_no",
            "GD4010123456789",
            length=(10, 15),
            hint=("10 chữ số, hoặc cả thẻ 15 ký tự", "or the whole card"),
        ),
        _person("phone", "0912345678", length=(10, 11)),
        _person("address", "Số 12 ngõ 34 phố Ví Dụ"),
        _person(
            "ward_code",
            "Phường Hoàn Kiếm",
            choices=_wards(),
            heading="Phường/Xã",
            hint=("chọn tên hiện nay", "by name"),
        ),
        _person(
            "ethnic_code",
            "Kinh",
            choices=[one.split(",")[0] for one in ETHNIC_GROUPS[: int(UNKNOWN_ETHNIC) - 1]],
            hint=("chọn tên", "by name"),
        ),
    )


def _statements() -> tuple[Column, ...]:
    return (
        _of(HISTORY, "statement", "Tăng huyết áp; Hen phế quản", hint=NONE_KNOWN),
        _of(ALLERGY, "substance", "Penicillin", hint=NONE_KNOWN),
    )


def _ward_columns() -> tuple[Column, ...]:
    return (
        *_people(),
        _person("old_id", "012345678", length=(9, 9), heading="Số CMND cũ"),
        _person("guardian_name", "Trần Văn Bình"),
        *_statements(),
        _of(IMMUNISATION, "vaccine_name", "BCG; Viêm gan B", hint=("nhiều mũi cách nhau bằng dấu ;", "parted by ;")),
        _of(
            IMMUNISATION,
            "given_on",
            "10/09/1990; 11/09/1990",
            hint=("cùng thứ tự với vắc xin", "in the vaccines' order"),
        ),
        _person("as_of_date", "01/10/2026"),
    )


def _examination_columns() -> tuple[Column, ...]:
    return (
        *_people(),
        _person("occupation_code", "Giáo viên"),
        Column("Ngày khám", "Ngày khám", "Day of the examination", "01/10/2026", is_required=True),
        Column("Chiều cao", "Chiều cao, cm", "Height, cm", "158"),
        Column("Cân nặng", "Cân nặng, kg", "Weight, kg", "52,5"),
        Column("Huyết áp", "Huyết áp, mmHg: tối đa/tối thiểu", "Blood pressure, mmHg", "120/80"),
        Column("Mạch", "Mạch, lần/phút", "Pulse, per minute", "76"),
        Column("Nhiệt độ", "Nhiệt độ, °C", "Temperature, °C", "36,7"),
        Column("Đường huyết", "Đường huyết, mmol/L", "Glucose, mmol/L", "5,2"),
        _person("blood_group", "O+", choices=BLOOD_GROUPS),
        *_statements(),
        Column("Tiền sử gia đình", "Bệnh trong gia đình", "Diseases in the family", "Đái tháo đường"),
        Column("Hút thuốc", "Có hút thuốc không", "Whether he smokes", "Không"),
        Column("Rượu bia", "Có uống rượu bia không", "Whether he drinks", "Không"),
        _of(ENCOUNTER, "reason", "Khám sức khỏe định kỳ"),
        _of(DIAGNOSIS, "icd10_code", "I10"),
        Column("Phân loại sức khỏe", "Loại I đến V", "Class I to V", "II", ("I", "II", "III", "IV", "V")),
        Column("Kết luận", "Kết luận của bác sĩ", "What the doctor concluded", "Đủ sức khỏe"),
    )


TEMPLATES = {"ward_sheet": _ward_columns, "health_check": _examination_columns}


def columns_of(kind: str) -> tuple[Column, ...]:
    """The columns that a kind of file is asked for. Raises ConfigError where there is no template."""
    if kind not in TEMPLATES:
        raise ConfigError(f"template: no workbook is filled in for this kind; expected one of {', '.join(TEMPLATES)}.")
    return TEMPLATES[kind]()


def write_template(kind: str, path: Path, rules: Sequence[RuleLine]) -> None:
    """Write the workbook; its guide tells the rules that look at each column. Raises ConfigError where there is no template, or the path cannot be written to."""
    columns = columns_of(kind)
    try:
        with xlsxwriter.Workbook(path, {"strings_to_numbers": False, "strings_to_formulas": False}) as book:
            text = book.add_format({"num_format": "@", "valign": "top"})
            heading = book.add_format({"bold": True, "text_wrap": True, "bg_color": "#0B6E4F", "font_color": "#FFFFFF"})
            wrapped = book.add_format({"text_wrap": True, "valign": "top"})
            sheet, guide, lists = (book.add_worksheet(name) for name in (SHEET, GUIDE, LISTS))
            for each in (sheet, guide, lists):
                each.set_landscape()
                each.fit_to_pages(1, 0)
            _write_lists(lists, columns, heading)
            _write_sheet(sheet, columns, heading, text)
            _write_guide(guide, columns, rules, heading, wrapped)
    except (OSError, XlsxWriterException):
        raise ConfigError("template: it cannot be written; expected a path in a folder that is there.") from None


def _write_sheet(sheet: Worksheet, columns: Sequence[Column], heading: Format, text: Format) -> None:
    """Headings in row 1, and nothing below: whoever fills it in starts in row 2."""
    sheet.freeze_panes(1, 1)
    sheet.set_row(0, 32)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, max(14, len(column.heading) + 4), text)
        sheet.write_string(0, place, _title(column), heading)
        sheet.write_comment(
            0, place, f"{column.vi}\nVí dụ: {column.example}\n\n{column.en}", {"x_scale": 1.6, "y_scale": 1.2}
        )
        rule = _rule(columns, column)
        if rule:
            sheet.data_validation(1, place, ROWS, place, rule)


def _title(column: Column) -> str:
    return f"{column.heading} *" if column.is_required else column.heading


def _rule(columns: Sequence[Column], column: Column) -> dict[str, object]:
    """What Excel asks of a cell: it warns, and lets the sender keep what he means."""
    warning = {"error_type": "warning", "error_title": "Xem lại (Check)", "error_message": f"Ví dụ: {column.example}"}
    if column.choices:
        place = _with_lists(columns).index(column)
        letter = xlsxwriter.utility.xl_col_to_name(place)
        return {"validate": "list", "source": f"='{LISTS}'!${letter}$2:${letter}${len(column.choices) + 1}", **warning}
    if column.length:
        least, most = column.length
        return {"validate": "length", "criteria": "between", "minimum": least, "maximum": most, **warning}
    return {}


def _with_lists(columns: Sequence[Column]) -> list[Column]:
    return [column for column in columns if column.choices]


def _write_lists(sheet: Worksheet, columns: Sequence[Column], heading: Format) -> None:
    for place, column in enumerate(_with_lists(columns)):
        sheet.set_column(place, place, 28)
        sheet.write_string(0, place, f"Chọn: {column.heading}", heading)
        for row, choice in enumerate(column.choices, 1):
            sheet.write_string(row, place, choice)


def _write_guide(
    sheet: Worksheet, columns: Sequence[Column], rules: Sequence[RuleLine], heading: Format, wrapped: Format
) -> None:
    sheet.set_row(0, 2 * LINE)
    for place, (title, width) in enumerate(zip(GUIDE_HEADINGS, GUIDE_WIDTHS, strict=True)):
        sheet.set_column(place, place, width, wrapped)
        sheet.write_string(0, place, title, heading)
    for row, column in enumerate(columns, 1):
        checked = [rule.wording for rule in rules if column.field and _is_about(rule, *column.field)]
        cells = (
            *(column.heading, column.vi, column.en, column.example, "Có (yes)" if column.is_required else ""),
            "\n".join(f"• {one.message_vi} {one.fix_vi}" for one in checked),
            "\n".join(f"• {one.message_en} {one.fix_en}" for one in checked),
        )
        lines = max(_count_lines(cell, width) for cell, width in zip(cells, GUIDE_WIDTHS, strict=True))
        sheet.set_row(row, lines * LINE)
        for place, cell in enumerate(cells):
            sheet.write_string(row, place, cell, wrapped)


def _is_about(rule: RuleLine, table: str, field: str) -> bool:
    """Whether a rule looks at a field, and at what was sent of it: not at what books have of it."""
    return rule.table == table and field in rule.columns


def _count_lines(text: str, width: int) -> int:
    return sum(1 + len(line) // width for line in text.split("\n"))
