"""Names as people and machines write them: `golden/names.csv`."""

import random

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl.standardise.name_parts import name_parts
from etl.standardise.names import standardise_names
from tests.standardise.golden_tables import rows_of

NAMES = rows_of("names")
QUIET_ABOUT_THE_WHOLE = "foreign_name"
"""A note of the parts alone."""


def _parts(cell: str | None) -> tuple[str | None, ...]:
    return (None, None, None) if cell is None else tuple(part or None for part in cell.split("/"))


@pytest.mark.parametrize("row", NAMES, ids=lambda row: str(row["sent"]))
def test_a_name(row: dict[str, str | None]) -> None:
    sent = pa.array([row["sent"]])
    found, parts = standardise_names(sent), name_parts(sent)
    said = None if row["note"] == QUIET_ABOUT_THE_WHOLE else row["note"]
    assert (found.values[0].as_py(), found.notes[0].as_py()) == (row["value"], said)
    if row["note"] != "digits_in_name":
        assert tuple(column[0].as_py() for column in parts) == (*_parts(row["parts"]), row["note"])


def test_names_in_a_column_keep_their_order() -> None:
    rows = random.Random(1).choices(NAMES, k=1000)
    sent = pa.array([row["sent"] for row in rows], pa.string())
    assert standardise_names(sent).values.to_pylist() == [row["value"] for row in rows]
    given = name_parts(sent).given.to_pylist()
    expected = [_parts(row["parts"])[2] for row in rows]
    assert [one for one, row in zip(given, rows, strict=True) if row["note"] != "digits_in_name"] == [
        one for one, row in zip(expected, rows, strict=True) if row["note"] != "digits_in_name"
    ]


def test_a_standardised_name_stays() -> None:
    values = pa.array([row["value"] for row in NAMES], pa.string())
    again = standardise_names(values)
    assert again.values.equals(values)
    mended = {"extra_spaces", "hidden_characters", "not_nfc", "eth_for_d", "legacy_font", "title_removed",
              "remark_removed", "typing_repaired", None}  # fmt: skip
    noted = zip(NAMES, again.notes.to_pylist(), strict=True)
    assert [row["sent"] for row, note in noted if note is not None and row["note"] in mended] == []


PIECES = st.sampled_from(
    ("Nguyễn", "TRẦN", "lê", "Văn", "Thị", "An", "A", "Bà", "Ông", "Cháu", "BN", "BN:", "Con", "bà", "Bé", "(Tý)", "(con)", "Nguyeenx", "Vawn",
     "Tua6n1", "Hans", "T.", "Ng", "Y", "H'Hen", "Niê", "test", "XXX", "1980", "?", "-", "SMITH", "John,", "Mr", "\u200b", "Ðức", "hoà")
)  # fmt: skip


@example(["Mr BN ?"])
@given(st.lists(st.lists(PIECES, max_size=6).map(" ".join), min_size=1, max_size=20))
@settings(max_examples=80, deadline=None)
def test_standardising_twice_is_standardising_once(names: list[str]) -> None:
    once = standardise_names(pa.array(names, pa.string())).values
    twice = standardise_names(once).values
    assert list(zip(names, once.to_pylist(), strict=True)) == list(zip(names, twice.to_pylist(), strict=True))
