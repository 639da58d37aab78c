"""Identity numbers, insurance cards and phones as people and machines write them: tables in `golden/`."""

import random

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from etl.standardise.identifiers import standardise_identities, standardise_insurance
from etl.standardise.identity_kinds import read_numbers
from etl.standardise.number_words import Trust, trust
from etl.standardise.phones import standardise_phones
from tests.standardise.golden_tables import rows_of

IDENTITIES, CARDS, PHONES = rows_of("identities"), rows_of("insurance"), rows_of("phones")
NUMBERS = ("national_id", "old_id", "passport_no")
Row = dict[str, str | None]


def _columns(rows: list[Row]) -> tuple[pa.Array, pa.Array, pa.Array]:
    years = [None if row["year"] is None else int(row["year"]) for row in rows]
    return (
        pa.array([row["sent"] for row in rows], pa.string()),
        pa.array([row["sex"] for row in rows], pa.string()),
        pa.array(years, pa.int64()),
    )


def _names(trusts: pa.Array) -> list[str | None]:
    return [None if one is None else Trust(one).name for one in trusts.to_pylist()]


def _identities(rows: list[Row]) -> list[tuple[str | None, ...]]:
    sent, sex, year = _columns(rows)
    none = pa.nulls(len(rows), pa.string())
    found = standardise_identities(sent, none, none, sex, year)
    columns = [getattr(found, name).values for name in NUMBERS]
    return list(zip(*(column.to_pylist() for column in columns), found.national_id.notes.to_pylist(), strict=True))


@pytest.mark.parametrize("row", IDENTITIES, ids=lambda row: f"{row['sent']} {row['sex']} {row['year']}")
def test_an_identity_number(row: Row) -> None:
    assert _identities([row]) == [(*(row[name] for name in NUMBERS), row["note"])]


@pytest.mark.parametrize("row", IDENTITIES, ids=lambda row: f"{row['sent']} {row['sex']} {row['year']}")
def test_the_kind_of_a_number_and_its_trust(row: Row) -> None:
    found = read_numbers(*_columns([row]))
    kind = next((name for name in NUMBERS if row[name]), None)
    value = None if kind is None else row[kind]
    assert (found.values[0].as_py(), found.kinds[0].as_py(), _names(found.trusts)[0]) == (value, kind, row["trust"])


def test_identity_numbers_in_a_column_keep_their_order() -> None:
    rows = random.Random(1).choices(IDENTITIES, k=1000)
    assert _identities(rows) == [(*(row[name] for name in NUMBERS), row["note"]) for row in rows]


def test_a_standardised_identity_number_stays() -> None:
    sure = [row for row in IDENTITIES if row["national_id"] and row["trust"] in ("whole", "restored")]
    again = _identities([{**row, "sent": row["national_id"]} for row in sure])
    assert [(number, note) for number, _, _, note in again] == [(row["national_id"], None) for row in sure]


@pytest.mark.parametrize("row", CARDS, ids=lambda row: str(row["sent"]))
def test_an_insurance_card(row: Row) -> None:
    found, card = standardise_insurance(pa.array([row["sent"]]))
    assert (found.values[0].as_py(), card[0].as_py(), found.notes[0].as_py()) == (
        row["number"],
        row["card"],
        row["note"],
    )


@pytest.mark.parametrize("row", PHONES, ids=lambda row: str(row["sent"]))
def test_a_phone_number(row: Row) -> None:
    found = standardise_phones(pa.array([row["sent"]]))
    assert (found.values[0].as_py(), found.notes[0].as_py()) == (row["value"], row["note"])
    assert _names(trust(found)) == [row["trust"]]


def test_phone_numbers_in_a_column_keep_their_order() -> None:
    rows = random.Random(1).choices(PHONES, k=1000)
    found = standardise_phones(pa.array([row["sent"] for row in rows], pa.string()))
    assert found.values.to_pylist() == [row["value"] for row in rows]
    assert found.notes.to_pylist() == [row["note"] for row in rows]


def test_a_standardised_phone_number_stays() -> None:
    values = pc.drop_null(pa.array([row["value"] for row in PHONES], pa.string()))
    again = standardise_phones(values)
    assert again.values.equals(values)
    assert again.notes.null_count == len(values)
