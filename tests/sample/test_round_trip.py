"""What the invented city writes, the sources read: the same rows, and every file recognised as its kind."""

from collections import defaultdict
from pathlib import Path

import pytest
from pyarrow import csv

from etl import sources
from etl.contracts import reference
from etl.contracts.reading import Sender
from etl.sources import register

CITY = Path(__file__).parents[2] / "data_samples"
SENDERS = {
    row["sender_code"]: Sender(row["sender_code"], row["kind"], row["name"], row["facility_code"], row["ward_code"])
    for row in reference.senders().to_pylist()
}


@pytest.fixture(scope="module")
def truth() -> dict[str, list[int]]:
    rows: dict[str, list[int]] = defaultdict(list)
    for row in csv.read_csv(CITY / "truth" / "records.csv").to_pylist():
        rows[row["path"]].append(row["row_no"])
    return rows


@pytest.mark.parametrize("kind", ["hospital_xml", "district_export", "ward_sheet", "health_check"])
def test_each_row_is_read_where_the_truth_says(kind: str, truth: dict[str, list[int]]) -> None:
    for path in sorted((CITY / kind).glob("*/*"))[::4]:
        recognition = sources.recognise(path)
        assert recognition.kind == kind, path.name
        chunks = list(sources.read(path, recognition, SENDERS[path.parent.name]))
        read = [number for chunk in chunks for number in chunk.tables["person_record"]["row_no"].to_pylist()]
        assert sorted(read) == truth[str(path.relative_to(CITY))], path


def test_register_files_are_recognised_and_dated() -> None:
    days = [
        register.describe(path, sources.Limits())[0].isoformat() for path in sorted((CITY / "register").glob("*.csv"))
    ]
    assert days == ["2026-09-01", "2026-10-01"]
