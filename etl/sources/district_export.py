"""The legacy export of an old district: upper-case terms, old ward codes, one chronic diagnosis a row
(docs/formats.md)."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from etl.contracts import PERSON_RECORD
from etl.contracts.clinical import DIAGNOSIS
from etl.contracts.reading import Chunk, Recognition, Sender
from etl.sources import lines, sheet
from etl.sources.grid import Grid
from etl.sources.headings import NAME, OwnHeadings, headings_of
from etl.sources.limits import Limits
from etl.sources.ward_sheet import people_of

KIND, SENDER_KIND = "district_export", "district"
HEADINGS = {**headings_of(PERSON_RECORD), **headings_of(DIAGNOSIS)}
UPPER_CASE_TERMS = frozenset(
    term for field in (*PERSON_RECORD, *DIAGNOSIS) for term in field.terms if term.isupper() and "_" in term
)


def recognise(grids: list[Grid], own: OwnHeadings | None = None) -> Recognition | None:
    """A sheet headed by the upper-case terms of the old program (HO_TEN, MA_XA), in their spelling."""
    found = sheet.find_sheet(grids, HEADINGS, own)
    if found is None or NAME not in found[1].known:
        return None
    grid, header = found
    spelled = UPPER_CASE_TERMS.intersection(cell.strip() for cell in grid.preview[header.first_row - 1] if cell)
    return sheet.describe_sheet(KIND, grid, header, 0.95 if len(spelled) >= 3 and "HO_TEN" in spelled else 0.1)


def read(path: Path, recognition: Recognition, sender: Sender, limits: Limits) -> Iterator[Chunk]:
    """Person records and their diagnoses, without encounters."""
    for rows in sheet.read_rows(path, recognition, HEADINGS, limits):
        yield Chunk(
            lines.tables_with_rows(person_record=people_of(rows.table), diagnosis=diagnoses_of(rows.table)),
            rows.remarks,
        )


def diagnoses_of(rows: pa.Table) -> pa.Table:
    """ICD-10 codes, parted by `;`, on the day of the statement."""
    if "icd10_code" not in rows.column_names:
        return lines.number_lines([])
    split = lines.split_values(rows, "icd10_code", ";,")
    return lines.carry(lines.number_lines([split]), rows, diagnosed_on="as_of_date")
