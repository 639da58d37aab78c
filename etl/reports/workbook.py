"""The report's tables for further work: a workbook, and a CSV file for each table. Small counts are hidden as on the page."""

import csv
import io
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import xlsxwriter

from etl.reports.data import ReportData
from etl.reports.page import OWNERS, SENDER_KINDS, SENDER_STATES
from etl.reports.rendering import write_whole
from etl.reports.wording import DIMENSIONS, SMALLEST_SHOWN, cut, grade, is_telling

Cell = str | float | int | date | None
HIDDEN = f"< {SMALLEST_SHOWN}"
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
TABLES = ("summary", "wards", "senders", "rules", "tasks")


def tables_of(data: ReportData) -> dict[str, tuple[list[str], list[list[Cell]]]]:
    """Headings and rows of each table. Counts of 1 to 4 stand as `< 5`, and what would tell them is left out."""
    return {
        "summary": (["Chỉ tiêu (Measure)", "Giá trị (Value)"], _summary(data)),
        "wards": (
            ["Mã (Code)", "Phường, xã (Ward)", "Cư trú (Residents)", "Có sổ (With a book)", "Sổ (Books)", "Đã đối chiếu (Verified)",
             "Đúng (Correct)", "Đủ (Complete)", "Sạch (Clean)", "Sống (Live)", "Tổng (Total)", "Mức (Grade)"],
            [[ward.ward_code, ward.ward_name, _count(ward.residents), _part(ward.residents_with_book, ward.residents), _count(ward.books),
              _part(ward.verified_books, ward.books), *map(_score, (ward.correct, ward.complete, ward.clean, ward.live, ward.total)),
              grade(ward.total).vi] for ward in data.wards],
        ),
        "senders": (
            ["Mã (Code)", "Đơn vị (Sender)", "Loại (Kind)", "Tình trạng (State)", "Lần gửi cuối (Last sent)", "Số ngày (Days)", "Chu kỳ (Rhythm)"],
            [[one.sender_code, one.name, SENDER_KINDS[one.kind][0], SENDER_STATES[one.state][0], one.last_accepted_on, one.days_since,
              one.rhythm_days] for one in data.senders],
        ),
        "rules": (
            ["Quy tắc (Rule)", "Lỗi (Fault)", "Cách sửa (How to mend it)", "Tiêu chí (Dimension)", "Ai sửa (Owner)", "Không đạt (Failing)",
             "Áp dụng (Applies to)", "Điểm (Score)"],
            [[line.rule_id, rule.message_vi, rule.fix_vi, DIMENSIONS.get(rule.dimension, (rule.dimension,))[0], OWNERS[rule.owner][0],
              _part(line.applicable - line.satisfied, line.applicable), _count(line.applicable),
              None if is_telling(line.satisfied, line.applicable) else _score(line.score)]
             for line in data.rules if (rule := data.wording.get(line.rule_id))],
        ),
        "tasks": (
            ["Số (Number)", "Quy tắc (Rule)", "Lỗi (Fault)", "Đơn vị (Scope)", "Lô (Batch)", "Ai sửa (Owner)", "Số dòng (Rows)", "Hạn (Due)"],
            [[task.task_id, task.rule_id, data.wording[task.rule_id].message_vi if task.rule_id in data.wording else "", task.scope_code,
              task.batch_id, OWNERS[task.owner][0], _count(task.row_count), task.due_on] for task in data.open_tasks],
        ),
    }  # fmt: skip


def write_tables(data: ReportData, folder: Path) -> tuple[Path, ...]:
    """Write report.xlsx and a CSV file of each table; gives their paths."""
    tables = tables_of(data)
    paths = [write_whole(folder / f"{name}.csv", _csv(*tables[name])) for name in TABLES]
    return (_write_workbook(folder / "report.xlsx", tables), *paths)


def _summary(data: ReportData) -> list[list[Cell]]:
    c = data.coverage
    rows: list[list[Cell]] = [
        ["Ngày (Day)", data.today],
        ["Người đang cư trú (Residents)", _count(c.residents)],
        ["Đã có sổ (With a book)", _part(c.residents_with_book, c.residents)],
        ["Sổ (Books)", _count(c.books)],
        ["Đã đối chiếu (Verified)", _part(c.verified_books, c.books)],
    ]
    named = {**{name: texts[:2] for name, texts in DIMENSIONS.items()}, "total": ("Tổng", "Total")}
    rows += [
        [f"{named[one.name][0]} ({named[one.name][1]})", _score(one.score)] for one in data.scores if one.name in named
    ]
    return rows


def _count(value: int) -> Cell:
    return HIDDEN if 0 < value < SMALLEST_SHOWN else value


def _part(value: int, whole: int) -> Cell:
    """A part of a whole, hidden too where the rest could be told from it."""
    return f"> {whole - SMALLEST_SHOWN}" if 0 < whole - value < SMALLEST_SHOWN <= value else _count(value)


def _score(value: float | None) -> Cell:
    return None if value is None else float(cut(value, 1))


def _csv(headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """With a mark of its encoding, by which Excel knows Vietnamese letters; nothing in it can be a formula."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(headings)
    writer.writerows([["" if cell is None else _plain(str(cell)) for cell in row] for row in rows])
    return "\ufeff" + lines.getvalue()


def _plain(text: str) -> str:
    """With a mark before what a spreadsheet would take for a formula; plain numbers stay numbers."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) and not NUMBER.fullmatch(text) else text


def _write_workbook(path: Path, tables: dict[str, tuple[list[str], list[list[Cell]]]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    book = xlsxwriter.Workbook(
        draft, {"strings_to_formulas": False, "strings_to_urls": False, "default_date_format": "dd/mm/yyyy"}
    )
    head = book.add_format(
        {"bold": True, "bg_color": "#0b5563", "font_color": "#ffffff", "text_wrap": True, "valign": "top"}
    )
    for name, (headings, rows) in tables.items():
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, headings, head)
        for place, heading in enumerate(headings):
            longest = max([len(heading), *(len(str(row[place])) for row in rows)] if rows else [len(heading)])
            sheet.set_column(place, place, min(60, longest + 2))
        for number, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, place, cell)
                elif isinstance(cell, str):
                    sheet.write_string(number, place, cell)
                elif cell is not None:
                    sheet.write_number(number, place, cell)
        if rows:
            sheet.autofilter(0, 0, len(rows), len(headings) - 1)
    book.close()
    return draft.replace(path)
