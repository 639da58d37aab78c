"""Every way of writing a sheet that docs/formats.md lists: what the generator wrote is what is read."""

import zipfile
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from etl import sources
from etl.contracts import PERSON_RECORD
from etl.contracts.reading import Sender
from etl.sample.sheet_dialects import DIALECTS, PEOPLE, SENDERS, Dialect
from etl.settings import PROJECT_DIR
from etl.sources.rows import number_rows
from etl.standardise.records import standardise_table

SAID = {
    "ward_sheet": Sender("PX00004", "ward", "", ward_code="00004"),
    "district_export": Sender("QH001", "district", ""),
    "health_check": Sender("CS01996", "hospital", "", facility_code="01996"),
}


def _read(path: Path, kind: str) -> tuple[pa.Table, set[str]]:
    """The standardised person records of a file, and the rules remarked on."""
    recognition = sources.recognise(path)
    assert recognition.kind == kind
    chunks = list(sources.read(path, recognition, SAID[kind]))
    parts = [
        standardise_table(
            PERSON_RECORD,
            number_rows(chunk.tables, 1, SENDERS[kind])["person_record"],
            sender=SAID[kind],
            received_on=date(2026, 10, 1),
        )
        for chunk in chunks
    ]
    return pa.concat_tables(parts, promote_options="default"), {
        remark.rule_id for chunk in chunks for remark in chunk.remarks
    }


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: f"{one.kind}/{one.name}")
def test_what_was_written_is_read(dialect: Dialect) -> None:
    table, remarks = _read(PROJECT_DIR / dialect.path, dialect.kind)
    assert table["row_no"].to_pylist() == list(dialect.row_nos)
    assert [name.lower() for name in table["full_name"].to_pylist()] == [one.name.lower() for one in PEOPLE]
    assert [
        f"{day:%d/%m/%Y}"[-len(one.birth) :] for day, one in zip(table["birth_date"].to_pylist(), PEOPLE, strict=True)
    ] == [one.birth for one in PEOPLE]
    assert table["sex"].to_pylist() == ["female" if one.sex == "Nữ" else "male" for one in PEOPLE]
    if dialect.name != "numbers.xlsx":
        assert table["national_id"].to_pylist() == [one.national_id for one in PEOPLE]
        if "phone" not in dialect.lacks:
            assert table["phone"].to_pylist() == [one.phone for one in PEOPLE]
    if "address" not in dialect.lacks and dialect.name not in ("stray_quotes.csv",):
        assert [text.lower() for text in table["address"].to_pylist()] == [one.address.lower() for one in PEOPLE]
    assert remarks == set(dialect.remarks)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: f"{one.kind}/{one.name}")
def test_the_files_are_what_the_generator_writes(dialect: Dialect, tmp_path: Path) -> None:
    path = tmp_path / dialect.name
    dialect.write(path)
    committed = PROJECT_DIR / dialect.path
    if not zipfile.is_zipfile(path):
        assert path.read_bytes() == committed.read_bytes()
        return
    with zipfile.ZipFile(path) as ours, zipfile.ZipFile(committed) as theirs:
        assert {name: ours.read(name) for name in ours.namelist()} == {
            name: theirs.read(name) for name in theirs.namelist()
        }


def test_every_file_is_an_example_and_in_the_documentation() -> None:
    written = {
        path.relative_to(PROJECT_DIR) for path in (PROJECT_DIR / "data_samples/formats").rglob("*") if path.is_file()
    }
    ours = {path for path in written if path.parts[2] in SENDERS}
    assert ours == {one.path for one in DIALECTS}
    documentation = (PROJECT_DIR / "docs/formats.md").read_text(encoding="utf-8")
    assert [one.path for one in DIALECTS if f"`{one.kind}/{one.name}`" not in documentation] == []
