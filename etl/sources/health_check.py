"""The ministry's health-check workbook: one examination a row, headings in row 3 (docs/formats.md)."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import PERSON_RECORD
from etl.contracts.clinical import ALLERGY, DIAGNOSIS, ENCOUNTER, HISTORY
from etl.contracts.reading import Chunk, Recognition, Sender
from etl.sources import lines, sheet
from etl.sources.district_export import diagnoses_of
from etl.sources.grid import Grid
from etl.sources.headings import NAME, OwnHeadings, headings_of
from etl.sources.limits import Limits
from etl.sources.ward_sheet import allergy_of, history_of, people_of
from etl.standardise.column import join_filled
from etl.standardise.text import fold

KIND, SENDER_KIND = "health_check", "hospital"
VISIT_TYPE = "KSK"
EXAMINED_ON = "as_of_date"
GLUCOSE = {"test_name": "Đường huyết", "unit": "mmol/L"}
SIGNS = (
    ("height", "cm"),
    ("weight", "kg"),
    ("systolic", "mmHg"),
    ("diastolic", "mmHg"),
    ("pulse", "/min"),
    ("temperature", "°C"),
)
HISTORY_KINDS = (("history", "disease"), ("family_history", "family"), ("smoking", "smoking"), ("alcohol", "alcohol"))
EXAMINATION_HEADINGS = {
    "Ngày khám": EXAMINED_ON,
    "Chiều cao": "height",
    "Cân nặng": "weight",
    "Huyết áp": "blood_pressure",
    "Mạch": "pulse",
    "Nhiệt độ": "temperature",
    "Đường huyết": "glucose",
    "Đường máu": "glucose",
    "Tiền sử gia đình": "family_history",
    "Hút thuốc": "smoking",
    "Hút thuốc lá": "smoking",
    "Rượu bia": "alcohol",
    "Uống rượu bia": "alcohol",
    "Phân loại sức khỏe": "health_class",
    "Kết luận": "diagnosis_text",
    "Lý do khám": "reason",
}
"""Headings of an examination that no other kind of file has."""
HEADINGS = {
    **headings_of(HISTORY, statement="history"),
    **headings_of(ALLERGY, substance="allergy"),
    **headings_of(DIAGNOSIS),
    **headings_of(ENCOUNTER, ["reason"]),
    **headings_of(PERSON_RECORD),
    **{fold(text): field for text, field in EXAMINATION_HEADINGS.items()},
}
BLOOD_PRESSURE = r"^\s*(?P<systolic>\d{2,3}(?:[.,]\d+)?)\s*[/\\\-]\s*(?P<diastolic>\d{2,3}(?:[.,]\d+)?)"


def recognise(grids: list[Grid], own: OwnHeadings | None = None) -> Recognition | None:
    """A sheet with a day of examination and body measures."""
    found = sheet.find_sheet(grids, HEADINGS, own)
    if found is None or NAME not in found[1].known:
        return None
    measures = {"height", "weight", "blood_pressure", "pulse", "health_class"} & found[1].known
    return sheet.describe_sheet(KIND, *found, confidence=0.9 if len(measures) >= 2 else 0.1)


def read(path: Path, recognition: Recognition, sender: Sender, limits: Limits) -> Iterator[Chunk]:
    """Person records, and what was found at each examination."""
    for rows in sheet.read_rows(path, recognition, HEADINGS, limits):
        table = _with_pressures(rows.table)
        diagnoses = diagnoses_of(table)
        yield Chunk(
            lines.tables_with_rows(
                person_record=people_of(table),
                encounter=_encounters(table, diagnoses, sender),
                vital_sign=_vital_signs(table),
                lab_result=_glucose(table),
                diagnosis=_with_main(diagnoses),
                history=history_of(table, HISTORY_KINDS),
                allergy=allergy_of(table),
            ),
            rows.remarks,
        )


def _with_pressures(rows: pa.Table) -> pa.Table:
    """`blood_pressure` as two columns; what does not read as two numbers stays whole in `systolic`, to be noted
    there."""
    if "blood_pressure" not in rows.column_names:
        return rows
    sent = rows["blood_pressure"].combine_chunks()
    parts = pc.extract_regex(sent, BLOOD_PRESSURE)
    rows = rows.append_column("systolic", pc.coalesce(pc.struct_field(parts, "systolic"), sent))
    return rows.append_column("diastolic", pc.struct_field(parts, "diastolic"))


def _encounters(rows: pa.Table, diagnoses: pa.Table, sender: Sender) -> pa.Table:
    """One for each row, at the sender's own facility."""
    encounters = pa.table({"row_no": rows["row_no"], "line_no": pa.array([1] * rows.num_rows, pa.int32())})
    encounters = lines.carry(encounters, rows, started_at=EXAMINED_ON, reason="reason")
    for name, text in (("facility_code", sender.facility_code), ("visit_type_code", VISIT_TYPE)):
        encounters = encounters.append_column(name, pa.repeat(pa.scalar(text, pa.string()), rows.num_rows))
    first = diagnoses.filter(pc.equal(diagnoses["line_no"], 1))
    encounters = lines.carry(encounters, first, main_icd10_code="icd10_code")
    return encounters.append_column("diagnosis_text", _conclusion(rows))


def _conclusion(rows: pa.Table) -> pa.Array:
    """The conclusion, after the class of health where one was given: nothing that was found is dropped."""
    parts = [rows[name].combine_chunks() for name in ("health_class", "diagnosis_text") if name in rows.column_names]
    if not parts:
        return pa.nulls(rows.num_rows, pa.string())
    return join_filled(parts, "; ")


def _vital_signs(rows: pa.Table) -> pa.Table:
    parts = [lines.make_lines(rows, sign, "value_number", {"sign": sign, "unit": unit}) for sign, unit in SIGNS]
    return lines.carry(lines.number_lines(parts), rows, measured_on=EXAMINED_ON)


def _glucose(rows: pa.Table) -> pa.Table:
    return lines.carry(
        lines.number_lines([lines.make_lines(rows, "glucose", "value_text", GLUCOSE)]), rows, result_at=EXAMINED_ON
    )


def _with_main(diagnoses: pa.Table) -> pa.Table:
    """The first code of a row is the main diagnosis."""
    return diagnoses.append_column("is_main", pc.cast(pc.equal(diagnoses["line_no"], 1), pa.string()))
