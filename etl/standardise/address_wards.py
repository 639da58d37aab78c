"""The ward of today that an address names, by name or code of any of the three periods, and what it says of the ward sent.

A name alone may be borne by several wards of one period: its district, then its kind and its marks tell them apart;
where they do not, no ward is given.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import reference
from etl.standardise.address_words import without_kind
from etl.standardise.addresses import read_addresses
from etl.standardise.column import (
    Column,
    Standardised,
    all_of,
    any_of,
    as_array,
    by_distinct,
    first_note,
    is_true,
    matches,
    spread,
)
from etl.standardise.notes import Note
from etl.standardise.text import fold

NAMES_A_WARD = r"(?i)phường|xã |thị trấn|phuong|thi tran|(^|[ ,.])(p|x|xa|tt)[. ]"
"""What an address holds that names a ward by its kind; only such are read where a ward was sent."""
DETAIL_ONLY = (
    r"(?i)^(?:(?:số|tổ|thôn|xóm|đội|khu|ngõ|\d)[^,;\-–|(/.]*|\d[\d/]*[^,;\-–|(/.]*)"
    r"(?:, ?(?:phố|đường|ngõ|ngách|tổ|thôn|xóm|đội|khu|số|tòa|phòng) [^,;\-–|(/.]*)*$"
)
"""Parts that begin with a kind word or a number, and no other separators."""


class _Ward(NamedTuple):
    """A ward of some period: its name as written, its district's toneless name, and what it means today."""

    name: str
    district: str
    ward_code: str
    note: str | None


def named_wards(addresses: Column, periods: pa.Array) -> Standardised:
    """Wards of today that the addresses name (`periods` as in `places`); null where they name none of the city.

    The note is `ward_old`, `ward_split` (the part is a guess) or `ward_unknown`.
    """
    parts = read_addresses(addresses)
    is_elsewhere = all_of(
        pc.is_valid(parts["province"]), pc.invert(matches(as_array(parts["province"]), r"(?i)h(à|a) ?n(ộ|o)i|hn"))
    )
    names = as_array(pc.if_else(is_elsewhere, None, parts["ward"]))
    districts = pc.fill_null(as_array(parts["district"]), "")
    keys = pc.binary_join_element_wise(periods, names, districts, "|")
    return Standardised(*by_distinct(keys, _wards_of_keys))


def settle_by_address(sent: pa.Array, wards: Standardised, addresses: Column, periods: pa.Array) -> Standardised:
    """The wards as sent (`sent`: code or toneless name, null where none), mended by what the addresses say.

    Of a split ward the part that the address names is taken; where no ward was sent, the one named
    (`ward_of_address`); where both are known and differ, the one sent stays with the note `ward_contradicts`.
    """
    told = as_array(addresses, pa.string())
    is_split = is_true(pc.equal(wards.notes, Note.ward_split.value))
    is_missing = any_of(pc.is_null(sent), pc.equal(sent, ""))
    is_open = all_of(any_of(is_split, is_missing), pc.is_valid(told))
    is_shut = pc.invert(is_open)
    is_read = spread(is_open, _may_name(told.filter(is_open)), matches(told.filter(is_shut), NAMES_A_WARD))
    if not pc.any(is_read).as_py():
        return wards
    made = _settle(*(part.filter(is_read) for part in (sent, *wards, told, periods)))
    return Standardised(*(pc.replace_with_mask(part, is_read, new) for part, new in zip(wards, made, strict=True)))


def _may_name(told: pa.Array) -> pa.Array:
    """Where an address may name a ward, be it by the bare name: all but houses, streets and hamlets without a district."""
    return any_of(matches(told, rf"{NAMES_A_WARD}|{_city_words()}"), pc.invert(matches(told, DETAIL_ONLY)))


@lru_cache
def _city_words() -> str:
    """The city and its districts, before which a ward may stand without its kind."""
    names = [re.sub("^(?:Quận|Huyện|Thị xã) ", "", str(row["name"])) for row in reference.districts().to_pylist()]
    bare = [str(name) for name in without_kind(pa.array(names, pa.string())).to_pylist()]
    return rf"h(?:à|a) ?n(?:ộ|o)i|[ .]hn$|{'|'.join((*names, *bare))}"


def _settle(sent: pa.Array, ward: pa.Array, notes: pa.Array, told: pa.Array, periods: pa.Array) -> Standardised:
    is_split = is_true(pc.equal(notes, Note.ward_split.value))
    # a part of a split ward goes by its name of today, whatever the day
    named = named_wards(told, pc.if_else(is_split, "today", periods))
    is_missing = any_of(pc.is_null(sent), pc.equal(sent, ""))
    is_guess = is_true(pc.equal(named.notes, Note.ward_split.value))
    is_part = any_of(pc.is_in(pc.binary_join_element_wise(sent, named.values, ":"), value_set=_split_parts()))
    is_settled = all_of(is_split, is_part, pc.invert(is_guess))
    is_filled = all_of(is_missing, pc.is_valid(named.values))
    differs = all_of(pc.not_equal(ward, named.values), pc.invert(is_guess), pc.invert(is_settled))
    said = first_note(
        len(ward),
        (is_settled, Note.ward_old),
        (all_of(is_filled, is_guess), Note.ward_split),
        (is_filled, Note.ward_of_address),
        (differs, Note.ward_contradicts),
    )
    return Standardised(pc.if_else(any_of(is_settled, is_filled), named.values, ward), pc.coalesce(said, notes))


@lru_cache
def _split_parts() -> pa.Array:
    """`old code:ward of today` and `toneless old name:ward of today` for each part of a split ward."""
    rows = [row for row in reference.old_wards().to_pylist() if row["is_split"]]
    names = without_kind(pa.array([row["name"] for row in rows], pa.string())).to_pylist()
    told = {
        (spelling, row["ward_code"])
        for row, name in zip(rows, names, strict=True)
        for spelling in (row["old_ward_code"], name, fold(str(row["name"])))
    }
    return pa.array(sorted(f"{old}:{ward}" for old, ward in told), pa.string())


def _wards_of_keys(keys: pa.Array) -> tuple[pa.Array, ...]:
    """Ward of today and note of each `period|ward as written|district as written`."""
    found = [_meaning(*str(key).split("|")) for key in keys.to_pylist()]
    return pa.array([ward for ward, _ in found], pa.string()), pa.array([note for _, note in found], pa.string())


def _meaning(period: str, name: str, district: str) -> tuple[str | None, str | None]:
    bare, district_name = without_kind(pa.array([name, district], pa.string())).to_pylist()
    order = {"today": ("today", "2025", "2024"), "2025": ("2025", "2024", "today"), "2024": ("2024", "2025", "today")}
    is_known = False
    for candidate in order[period]:
        wards = _wards(candidate).get(bare, [])
        is_known |= bool(wards)
        meant = {(ward.ward_code, ward.note) for ward in _narrowed(wards, name, district_name)}
        if len(meant) == 1:
            return meant.pop()
    return None, None if is_known else Note.ward_unknown.value


def _narrowed(wards: list[_Ward], name: str, district: str) -> list[_Ward]:
    """The wards that the district allows; where several are left, those of the same kind, then of the same marks."""
    left = [ward for ward in wards if not district or district in ward.district.split("|")]
    kept: tuple[Callable[[_Ward], bool], ...] = (
        lambda ward: fold(ward.name) == fold(name),
        lambda ward: ward.name.lower().endswith(name.lower().removeprefix("phường ").removeprefix("xã ")),
    )
    for is_alike in kept:
        alike = [ward for ward in left if is_alike(ward)]
        if len(left) > 1 and alike:
            left = alike
    return left


@lru_cache
def _wards(period: str) -> dict[str, list[_Ward]]:
    """The wards of a period by toneless name without kind, and by code."""
    rows = reference.old_ward_parts().to_pylist()
    if period == "today":
        held: dict[str, set[str]] = {}
        for row in rows:
            held.setdefault(str(row["ward_code"]), set()).add(_district(str(row["district_name"])))
        today = reference.wards().to_pylist()
        wards = [
            _Ward(row["name"], "|".join(sorted(held.get(row["ward_code"], ()))), row["ward_code"], None)
            for row in today
        ]
        codes = [row["ward_code"] for row in today]
    else:
        last = reference.VALID_TO_2025 if period == "2025" else reference.VALID_TO_2024
        old = [row for row in rows if row["valid_to"] == last and row["is_default"]]
        wards = [
            _Ward(
                row["name"],
                _district(row["district_name"]),
                row["ward_code"],
                (Note.ward_split if row["is_split"] else Note.ward_old).value,
            )
            for row in old
        ]
        codes = [row["old_ward_code"] for row in old]
    found: dict[str, list[_Ward]] = {}
    names = without_kind(pa.array([ward.name for ward in wards], pa.string())).to_pylist()
    for name, code, ward in zip(names, codes, wards, strict=True):
        found.setdefault(str(name), []).append(ward)
        found[str(code)] = [ward]
    return found


@lru_cache
def _district(name: str) -> str:
    return str(without_kind(pa.array([name], pa.string()))[0].as_py())
