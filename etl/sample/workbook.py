"""Write a small XLSX file: text and whole numbers, merged cells; the same bytes for the same rows."""

import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

Cell = str | int | None
MOMENT = (2026, 10, 1, 0, 0, 0)
"""Time stamp of every part, so that bytes depend on the content alone."""
_NS = "http://schemas.openxmlformats.org"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_NS}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.'
    'openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_NS}/package/2006/relationships"><Relationship Id="rId1" Type="{_NS}/officeDocument/2006/'
    'relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_NS}/package/2006/relationships"><Relationship Id="rId1" Type="{_NS}/officeDocument/'
    '2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def name_column(number: int) -> str:
    """0 → A, 26 → AA."""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name


def write_workbook(
    path: Path, rows: Iterable[Sequence[Cell]], sheet: str = "Sheet1", merged: Sequence[str] = ()
) -> None:
    """Write `rows` from row 1 on; `merged` are ranges such as "A1:H1"."""
    letters: list[str] = []
    lines = []
    for number, row in enumerate(rows, 1):
        letters.extend(name_column(place) for place in range(len(letters), len(row)))
        lines.append(f'<row r="{number}">{"".join(_write_cells(letters, number, row))}</row>')
    cells = "".join(f'<mergeCell ref="{span}"/>' for span in merged)
    merging = f'<mergeCells count="{len(merged)}">{cells}</mergeCells>' if merged else ""
    body = (
        f'<worksheet xmlns="{_NS}/spreadsheetml/2006/main"><sheetData>{"".join(lines)}</sheetData>{merging}</worksheet>'
    )
    book = (
        f'<workbook xmlns="{_NS}/spreadsheetml/2006/main" xmlns:r="{_NS}/officeDocument/2006/relationships"><sheets>'
        f'<sheet name="{escape(sheet)}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, text in {**_PARTS, "xl/workbook.xml": book, "xl/worksheets/sheet1.xml": body}.items():
            part = zipfile.ZipInfo(name, MOMENT)
            part.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(part, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{text}')


def _write_cells(letters: Sequence[str], number: int, row: Sequence[Cell]) -> list[str]:
    """The cells of one row; an empty one is left out."""
    return [
        f'<c r="{letter}{number}"><v>{value}</v></c>'
        if isinstance(value, int)
        else f'<c r="{letter}{number}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
        for letter, value in zip(letters, row, strict=False)
        if value is not None and value != ""
    ]
