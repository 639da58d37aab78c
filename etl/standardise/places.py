"""Wards of today from whatever a sender wrote: a code of any of Hanoi's three periods, or a name.

Codes were used again for other areas, so a code means something only together with a day: the 579 wards until
2024-12-31, the 526 until 2025-06-30, the 126 since. A ward that was split cannot be told from its code alone:
the part that is assumed carries the note `ward_split`, unless the address names one of the parts.
"""

from datetime import date
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import reference
from etl.standardise.address_wards import settle_by_address
from etl.standardise.column import (
    Column,
    Standardised,
    all_of,
    as_array,
    by_distinct,
    first_note,
    is_true,
    matches,
)
from etl.standardise.notes import Note
from etl.standardise.text import toneless

TODAY, OF_2025, OF_2024 = "today", "2025", "2024"
KIND_WORD = r"^(phuong|xa|thi tran|p|x|tt) (\S)"
TAIL = r"\s*,.*$"


def standardise_wards(
    column: Column, as_of: Column, *, first_period: str | None = None, addresses: Column | None = None
) -> Standardised:
    """Codes of the 126 wards of today.

    `as_of` (date32) says when each row was true and so which codes it used, today's where it is null;
    `first_period` (`today`, `2025` or `2024`) overrides it for a sender whose codes are known to be of one period.
    `addresses` settle split wards, stand in for missing ones and may contradict others (`settle_by_address`).
    """
    text = _tidy(as_array(column, pa.string()))
    periods = _periods(as_array(as_of, pa.date32()), first_period)
    keys = pc.binary_join_element_wise(periods, text, ":")
    ward, notes = by_distinct(keys, _wards_of_keys)
    if addresses is None:
        return Standardised(ward, notes)
    return settle_by_address(text, Standardised(ward, notes), addresses, periods)


def _tidy(sent: pa.Array) -> pa.Array:
    """Trimmed text: a code padded to five digits, a name toneless and with what follows a comma left out."""
    trimmed = pc.utf8_trim_whitespace(
        pc.replace_substring_regex(pc.replace_substring_regex(sent, r"^'", ""), r"\.0$", "")
    )
    is_code = matches(trimmed, r"^\d{1,5}$")
    name = toneless(pc.replace_substring_regex(trimmed, TAIL, ""))
    return pc.if_else(is_code, pc.utf8_lpad(trimmed, 5, "0"), name)


def _periods(as_of: pa.Array, first_period: str | None) -> pa.Array:
    if first_period is not None:
        return pa.array([first_period] * len(as_of), pa.string())
    day = pc.fill_null(as_of, reference.VALID_TO_2025.replace(year=2100))
    is_2024 = pc.less_equal(day, pa.scalar(reference.VALID_TO_2024))
    is_2025 = pc.less_equal(day, pa.scalar(reference.VALID_TO_2025))
    return pc.if_else(is_2024, OF_2024, pc.if_else(is_2025, OF_2025, TODAY))


def _wards_of_keys(keys: pa.Array) -> tuple[pa.Array, ...]:
    """Ward of today and note for each `period:code or name`."""
    meanings = [_meaning(*key.split(":", 1)) for key in keys.to_pylist()]
    return pa.array([ward for ward, _ in meanings], pa.string()), pa.array([note for _, note in meanings], pa.string())


def _meaning(period: str, text: str) -> tuple[str | None, str | None]:
    """Ward of today and note for one code or toneless name, looked for in its own period first."""
    order = {TODAY: (TODAY, OF_2025, OF_2024), OF_2025: (OF_2025, OF_2024, TODAY), OF_2024: (OF_2024, OF_2025, TODAY)}[
        period
    ]
    for candidate in order:
        found = _codes(candidate).get(text) or _names(candidate).get(_without_kind(text)) or _names(candidate).get(text)
        if found is not None:
            return found
    return None, Note.ward_unknown.value


def _without_kind(name: str) -> str:
    for kind in ("phuong ", "xa ", "thi tran ", "p ", "x ", "tt "):
        if name.startswith(kind):
            return name.removeprefix(kind)
    return name


@lru_cache
def _codes(period: str) -> dict[str, tuple[str, str | None]]:
    """What each code of a period means today: ward and note."""
    if period == TODAY:
        return {str(code): (str(code), None) for code in reference.wards()["ward_code"].to_pylist()}
    return {str(row["old_ward_code"]): (str(row["ward_code"]), _old_note(row)) for row in _old_rows(period)}


@lru_cache
def _names(period: str) -> dict[str, tuple[str, str | None]]:
    """The same by toneless name without its kind; names that two wards of the period bear are left out."""
    rows: list[tuple[str, str, str | None]]
    if period == TODAY:
        rows = [(str(row["name"]), str(row["ward_code"]), None) for row in reference.wards().to_pylist()]
    else:
        rows = [(str(row["name"]), str(row["ward_code"]), _old_note(row)) for row in _old_rows(period)]
    names = [_without_kind(name or "") for name in toneless(pa.array([name for name, _, _ in rows])).to_pylist()]
    return {name: (ward, note) for name, (_, ward, note) in zip(names, rows, strict=True) if names.count(name) == 1}


@lru_cache
def _old_rows(period: str) -> list[dict[str, object]]:
    valid_to: date = reference.VALID_TO_2025 if period == OF_2025 else reference.VALID_TO_2024
    return [row for row in reference.old_wards().to_pylist() if row["valid_to"] == valid_to and row["is_default"]]


def _old_note(row: dict[str, object]) -> str:
    return Note.ward_split.value if row["is_split"] else Note.ward_old.value


def fill_ward(wards: Standardised, sent: Column, ward_code: str | None) -> Standardised:
    """The sender's own ward where none was sent nor named by the address, with the note `ward_of_sender`."""
    if ward_code is None:
        return wards
    was_sent = is_true(pc.not_equal(pc.utf8_trim_whitespace(as_array(sent, pa.string())), ""))
    is_filled = all_of(pc.invert(was_sent), pc.is_null(wards.values))
    note = first_note(len(is_filled), (is_filled, Note.ward_of_sender))
    return Standardised(pc.if_else(is_filled, pa.scalar(ward_code), wards.values), pc.coalesce(note, wards.notes))
