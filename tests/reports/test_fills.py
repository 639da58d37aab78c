"""Which kinds of files fill a field: what the example files hold is claimed, and nothing that no reader reads."""

import pytest

from etl import sources
from etl.contracts import EVENT_TABLES, PERSON_RECORD, REGISTER_PERSON
from etl.contracts.reading import Sender
from etl.settings import PROJECT_DIR
from etl.standardise.records import standardise_table
from etl.steps.fills import NUMBERED, Fills, field_fills

TABLES = {table.name: table for table in (PERSON_RECORD, *EVENT_TABLES, REGISTER_PERSON)}
EXAMPLES = PROJECT_DIR / "data_samples" / "formats"
SENT = {
    "ward_sheet": ("list.xlsx", "dates.xlsx"),
    "health_check": ("check.csv", "check.xlsx"),
    "district_export": ("export.csv", "export.xlsx"),
    "hospital_xml": ("days.zip", "day.xml.gz"),
    "register": ("2_bien_dong_20260920.csv",),
}
"""Files that the answer was not found with."""


@pytest.fixture(scope="module")
def fills() -> Fills:
    return field_fills()


def test_every_field_that_a_source_may_fill_is_answered_for(fills: Fills) -> None:
    assert set(fills) == {(table.name, field.name) for table in TABLES.values() for field in table.source_fields}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in SENT.items() for name in names])
def test_what_a_file_fills_is_claimed(fills: Fills, kind: str, name: str) -> None:
    path, sender = EXAMPLES / kind / name, Sender("", sources.KINDS[kind].SENDER_KIND, "", "01929", "00004")
    filled = set()
    for chunk in sources.read(path, sources.recognise(path, kind), sender):
        for table_name, sent in chunk.tables.items():
            typed = standardise_table(TABLES[table_name], sent, sender=sender)
            names = [field.name for field in TABLES[table_name].source_fields if field.name not in NUMBERED]
            filled |= {(table_name, name) for name in names if typed[name].null_count < typed.num_rows}
    assert filled
    assert {key for key in filled if kind not in fills[key]} == set()


def test_what_only_one_kind_can_say(fills: Fills) -> None:
    assert fills["immunisation", "vaccine_name"] == ("ward_sheet",)
    assert fills["medication", "drug_name"] == ("hospital_xml",)
    assert fills["register_person", "death_date"] == ("register",)
    assert fills["diagnosis", "icd10_code"] == ("district_export", "health_check", "hospital_xml")
    assert fills["history", "icd10_code"] == ()
