"""Sexes, ethnic groups and diagnoses as people and machines write them: `golden/codes.csv`; ICD-10 lists by day."""

import random
from collections.abc import Callable
from datetime import date

import pyarrow as pa
import pytest

from etl.standardise.codes import standardise_ethnic, standardise_icd10, standardise_sex
from etl.standardise.column import Standardised
from etl.standardise.icd10 import icd10_versions, note_not_in_force
from tests.standardise.golden_tables import rows_of

CODES = rows_of("codes")
STANDARDISE: dict[str, Callable[[pa.Array], Standardised]] = {
    "sex": standardise_sex,
    "ethnic": standardise_ethnic,
    "icd10": standardise_icd10,
}


@pytest.mark.parametrize("row", CODES, ids=lambda row: f"{row['kind']} {row['sent']}")
def test_a_code(row: dict[str, str | None]) -> None:
    found = STANDARDISE[str(row["kind"])](pa.array([row["sent"]]))
    assert (found.values[0].as_py(), found.notes[0].as_py()) == (row["value"], row["note"])


@pytest.mark.parametrize("kind", STANDARDISE)
def test_codes_in_a_column_keep_their_order_and_stay(kind: str) -> None:
    rows = random.Random(1).choices([row for row in CODES if row["kind"] == kind], k=500)
    found = STANDARDISE[kind](pa.array([row["sent"] for row in rows], pa.string()))
    assert found.values.to_pylist() == [row["value"] for row in rows]
    assert STANDARDISE[kind](found.values).values.equals(found.values)


def test_the_list_is_told_by_the_day() -> None:
    days = [date(2019, 5, 1), date(2020, 10, 27), date(2020, 10, 28), date(2026, 6, 30), date(2026, 7, 1), None]
    versions = icd10_versions(pa.array(days, pa.date32())).to_pylist()
    assert versions == ["2015", "2015", "2020", "2020", "2026", "2026"]


@pytest.mark.parametrize(
    ("code", "ended_on", "note"),
    [
        ("A90", date(2019, 5, 1), None),
        ("A90", date(2024, 5, 1), "icd10_not_in_force"),
        ("A97.0", date(2019, 5, 1), "icd10_not_in_force"),
        ("A97.0", date(2024, 5, 1), None),
        ("A97.0", None, None),
        ("U07.1", date(2019, 5, 1), "icd10_not_in_force"),
        ("U07.1", date(2026, 8, 1), None),
        ("I10", date(2019, 5, 1), None),
        ("ZZZ", date(2024, 5, 1), "icd10_unknown"),
    ],
)
def test_a_code_is_in_force_or_not(code: str, ended_on: date | None, note: str | None) -> None:
    sent, days = pa.array(["I10", code, None]), pa.array([ended_on] * 3, pa.date32())
    found = note_not_in_force(standardise_icd10(sent), days)
    assert found.values.to_pylist() == ["I10", code, None]
    assert found.notes.to_pylist() == [None, note, None]
