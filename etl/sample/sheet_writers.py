"""Small sheets in every container that senders use, written by hand or by the libraries that their programs use.

The same rows give the same bytes.
"""

import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from etl.sample.workbook import MOMENT

Cell = str | int | float | date | None
Rows = Sequence[Sequence[Cell]]
CREATED = datetime(*MOMENT, tzinfo=UTC)
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
_ODS = "application/vnd.oasis.opendocument.spreadsheet"


def write_xlsx(
    path: Path,
    sheets: dict[str, Rows],
    merged: Sequence[str] = (),
    finish: Callable[[xlsxwriter.Workbook, Worksheet], None] | None = None,
) -> None:
    """Write sheets of texts, numbers and days; `merged` are ranges of the first, which `finish` may change further."""
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False, "strings_to_formulas": False}) as book:
        book.set_properties({"created": CREATED})
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        plain = book.add_format()
        opened = []
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            opened.append(sheet)
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if isinstance(cell, date):
                        sheet.write_datetime(number, place, cell, day)
                    elif cell is not None:
                        sheet.write(number, place, cell)
        first = next(iter(sheets.values()))
        for span in merged:
            top, left = _corner(span)
            opened[0].merge_range(span, first[top][left], plain)
        if finish:
            finish(book, opened[0])


def _corner(span: str) -> tuple[int, int]:
    """Row and column, from 0, of the first cell of a range such as "B3:C3"."""
    letter, number = span[0], span.partition(":")[0][1:]
    return int(number) - 1, ord(letter) - 65


def write_xls(path: Path, sheets: dict[str, Rows]) -> None:
    """Write a workbook of Excel 97 (BIFF8)."""
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    day = xlwt.easyxf(num_format_str="dd/mm/yyyy")
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write(number, place, cell, day)
                elif cell is not None:
                    sheet.write(number, place, cell)
    book.save(str(path))


def write_ods(path: Path, sheets: dict[str, Rows]) -> None:
    """Write an OpenDocument sheet, its empty cells and rows repeated to the sheet's end as LibreOffice does."""
    tables = "".join(
        f'<table:table table:name="{escape(name)}">{"".join(map(_ods_row, rows))}'
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="1024"/>'
        "</table:table-row></table:table>"
        for name, rows in sheets.items()
    )
    names = " ".join(
        f'xmlns:{short}="{_OFFICE}:{long}:1.0"'
        for short, long in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    content = (
        f'<office:document-content {names} office:version="1.2"><office:body><office:spreadsheet>{tables}'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        f'<manifest:manifest xmlns:manifest="{_OFFICE}:manifest:1.0"><manifest:file-entry manifest:full-path="/" '
        f'manifest:media-type="{_ODS}"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type='
        '"text/xml"/></manifest:manifest>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype", MOMENT), _ODS)
        for name, text in (("content.xml", content), ("META-INF/manifest.xml", manifest)):
            part = zipfile.ZipInfo(name, MOMENT)
            part.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(part, f'<?xml version="1.0" encoding="UTF-8"?>{text}')


def _ods_row(row: Sequence[Cell]) -> str:
    return f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>"


def _ods_cell(cell: Cell) -> str:
    if cell is None or cell == "":
        return "<table:table-cell/>"
    if isinstance(cell, date):
        return (
            f'<table:table-cell office:value-type="date" office:date-value="{cell.isoformat()}"><text:p>'
            f"{cell:%d/%m/%Y}</text:p></table:table-cell>"
        )
    if isinstance(cell, str):
        return f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
    return (
        f'<table:table-cell office:value-type="float" office:value="{cell}"><text:p>{cell}</text:p></table:table-cell>'
    )


def write_page(path: Path, rows: Rows) -> None:
    """Write a web page with a table, which programs name .xls."""
    lines = "".join(
        f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' if cell is not None else '<td>&nbsp;</td>' for cell in row)}</tr>\n"
        for row in rows
    )
    page = f'<html><head><meta charset="utf-8"></head><body><table border="1">\n{lines}</table></body></html>\n'
    path.write_text(page, encoding="utf-8")


def write_xml_workbook(path: Path, rows: Rows) -> None:
    """Write a workbook as one XML (Excel 2003); empty cells are left out and the next one says where it stands."""
    lines = []
    for row in rows:
        cells, before = [], 0
        for place, cell in enumerate(row, 1):
            if cell is not None and cell != "":
                index = f' ss:Index="{place}"' if place != before + 1 else ""
                kind = "String" if isinstance(cell, str) else "Number"
                cells.append(f'<Cell{index}><Data ss:Type="{kind}">{escape(str(cell))}</Data></Cell>')
                before = place
        lines.append(f"<Row>{''.join(cells)}</Row>\n")
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook xmlns="{space}" '
        f'xmlns:ss="{space}"><Worksheet ss:Name="DS"><Table>\n{"".join(lines)}</Table></Worksheet></Workbook>\n',
        encoding="utf-8",
    )
