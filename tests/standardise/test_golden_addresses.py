"""Addresses as people write them: `golden/addresses.csv`."""

import random
import re

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.standardise.address_wards import named_wards
from etl.standardise.address_words import KINDS
from etl.standardise.addresses import PARTS, read_addresses
from etl.standardise.text import clean_text, fold
from tests.standardise.golden_tables import rows_of

ADDRESSES = rows_of("addresses")
KIND_WORDS = {fold(word) for kind in KINDS for word in kind.words.split(" ")}
Row = dict[str, str | None]


def _parts(cell: str | None) -> dict[str, str]:
    return dict(part.split(": ", 1) for part in cell.split("; ")) if cell else {}


def _read(sent: list[str | None]) -> list[dict[str, str]]:
    rows = read_addresses(pa.array(sent, pa.string())).to_pylist()
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def _expected(row: Row) -> dict[str, str]:
    return _parts(row["parts"]) | ({"note": row["note"]} if row["note"] else {})


@pytest.mark.parametrize("row", ADDRESSES, ids=lambda row: str(row["sent"]))
def test_an_address(row: Row) -> None:
    assert _read([row["sent"]]) == [_expected(row)]
    named = named_wards(pa.array([row["sent"]]), pa.array(["today"]))
    assert (named.values[0].as_py(), named.notes[0].as_py()) == (row["ward_code"], row["ward_note"])


def test_addresses_in_a_column_keep_their_order() -> None:
    rows = random.Random(1).choices(ADDRESSES, k=1000)
    assert _read([row["sent"] for row in rows]) == [_expected(row) for row in rows]


@pytest.mark.parametrize("row", ADDRESSES, ids=lambda row: str(row["sent"]))
def test_the_parts_said_in_order_are_read_again(row: Row) -> None:
    parts = _parts(row["parts"])
    if {"ward", "district", "province"} & parts.keys() and "rest" not in parts:
        told = {**parts, "house": "Số " + parts["house"] if "house" in parts else ""}
        door = " ".join(told.get(name, "") for name in ("house", "lane", "street")).strip()
        rest = (told.get(name, "") for name in ("hamlet", "ward", "district", "province"))
        said = ", ".join(part for part in (told.get("building", ""), door, *rest) if part)
        assert _parts_of(said) == parts


def _parts_of(address: str) -> dict[str, str]:
    return {name: value for name, value in _read([address])[0].items() if name != "note"}


def _words(text: str) -> list[str]:
    """Toneless words that are no kind words, letters apart from figures, in no order."""
    return sorted(word for word in re.findall(r"[a-z]+|\d+", fold(text)) if word not in KIND_WORDS)


PIECES = st.sampled_from(
    ("Số", "12", "12/34", "ngõ", "ngách", "phố", "Đội Cấn", "Đường", "P.", "phường", "Ngọc Hà", "Ba Đình", "Q.", "quận", "Hà Nội",
     "TP.", "xã", "Hồng Vân", "thôn", "Thường Tín", "huyện", ",", "-", "(", ")", "tổ", "TDP", "khu", "CT2", "chung cư", "00004", "TT",
     "gần", "chợ", "ABC", "H'Mông", "X", "Thái Bình", "văn miếu", "phuong", "mai", "xa", "la")
)  # fmt: skip


@given(st.lists(st.lists(PIECES, max_size=9).map(" ".join), min_size=1, max_size=20))
@settings(max_examples=60, deadline=None)
def test_no_word_is_lost(addresses: list[str]) -> None:
    cleaned = clean_text(pa.array(addresses)).values.to_pylist()
    for text, parts in zip(cleaned, _read(list(addresses)), strict=True):
        held = " ".join(parts.get(name, "") for name in PARTS)
        assert parts.get("note") == "not_an_address" or _words(held) == _words(text or "")
    assert _read(addresses[::-1])[::-1] == _read(list(addresses))


def test_an_address_is_read_without_regard_to_the_next_one() -> None:
    """The next row's district had made a ward of the end of this one."""
    [_, street] = _read(["Ba Đình", "Số Ngọc Hà"])
    assert _read(["Số Ngọc Hà", "Ba Đình"])[0] == street
