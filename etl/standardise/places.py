"""Wards of today from whatever a sender wrote: a code of any of Hanoi's three periods, or a name.

Codes were used again for other areas, so a code means something only together with a day: the 579 wards until
2024-12-31, the 526 until 2025-06-30, the 126 since. A ward that was split cannot be told from its code alone:
the part that is assumed carries the note `ward_split`, unless the address names one of the parts.
"""

from datetime import date
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import reference
from etl.standardise.address_wards import settle_by_address
from etl.standardise.column import (
    Column,
    Standardised,
    all_of,
    as_array,
    first_note,
    is_true,
    matches,
    validity,
)
from etl.standardise.letters import VIETNAMESE
from etl.standardise.notes import Note
from etl.standardise.text import toneless

TODAY, OF_2025, OF_2024 = "today", "2025", "2024"
PERIODS = (OF_2024, OF_2025, TODAY)
KIND_WORD = r"^(phuong|xa|thi tran|p|x|tt) (\S)"
WARD_AT_END = r"\b(?:phuong|xa|p|x) (?P<name>\S+(?: \S+){0,3})$"
"""In a toneless address, the name of its ward."""
MAY_NAME_A_WARD = rf"(?i)x|p(?:[^h]|$)|ph[^ ]*n|[^\x00-\x7f{VIETNAMESE}]"
"""What every address has as written that is found by `WARD_AT_END`, whatever its letters."""
TAIL = r"\s*,.*$"


def standardise_wards(
    column: Column, as_of: Column, *, first_period: str | None = None, addresses: Column | None = None
) -> Standardised:
    """Codes of the 126 wards of today.

    `as_of` (date32) says when each row was true and so which codes it used, today's where it is null;
    `first_period` (`today`, `2025` or `2024`) overrides it for a sender whose codes are known to be of one period.
    `addresses` settle split wards, stand in for missing ones and may contradict others (`settle_by_address`).
    """
    encoded = pc.dictionary_encode(as_array(column, pa.string()))
    texts = _tidy(encoded.dictionary)
    period = (
        np.full(len(encoded), PERIODS.index(first_period)) if first_period else _periods(as_array(as_of, pa.date32()))
    )
    found = _wards_by_period(texts, encoded.indices, period)
    if addresses is None:
        return found
    return settle_by_address(texts.take(encoded.indices), found, addresses, pa.array(PERIODS).take(pa.array(period)))


def _wards_by_period(texts: pa.Array, places: pa.Array, period: np.ndarray) -> Standardised:
    """Ward of today and note of the tidy text at each place, by the period of its row: each pair of the two once."""
    count = len(texts)
    pair = np.asarray(pc.fill_null(places, 0)) + period * count
    is_there = np.zeros(max(count, 1) * len(PERIODS), bool)
    is_there[pair] = True
    meanings = [
        _meaning(PERIODS[one // count], text)
        if count and (text := texts[one % count].as_py()) is not None
        else (None, None)
        for one in np.flatnonzero(is_there).tolist()
    ]
    meaning = pa.array((np.cumsum(is_there) - 1)[pair], mask=~validity(places))
    wards, notes = (pa.array([one[part] for one in meanings], pa.string()) for part in (0, 1))
    return Standardised(wards.take(meaning), notes.take(meaning))


def _tidy(sent: pa.Array) -> pa.Array:
    """Trimmed text: a code padded to five digits, a name toneless and with what follows a comma left out."""
    trimmed = pc.utf8_trim_whitespace(
        pc.replace_substring_regex(pc.replace_substring_regex(sent, r"^'", ""), r"\.0$", "")
    )
    is_code = matches(trimmed, r"^\d{1,5}$")
    name = toneless(pc.replace_substring_regex(trimmed, TAIL, ""))
    return pc.if_else(is_code, pc.utf8_lpad(trimmed, 5, "0"), name)


def _periods(as_of: pa.Array) -> np.ndarray:
    """The place in `PERIODS` of the wards in force on each day; today's where it is null."""
    days = np.asarray(pc.fill_null(as_of.cast(pa.int32()), np.iinfo(np.int32).max))
    ends = [(day - date(1970, 1, 1)).days for day in (reference.VALID_TO_2024, reference.VALID_TO_2025)]
    return np.searchsorted(ends, days, "left")


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
    if ward_code is None or not wards.values.null_count:
        return wards
    was_sent = is_true(pc.not_equal(pc.utf8_trim_whitespace(as_array(sent, pa.string())), ""))
    is_filled = all_of(pc.invert(was_sent), pc.is_null(wards.values))
    note = first_note(len(is_filled), (is_filled, Note.ward_of_sender))
    return Standardised(pc.if_else(is_filled, pa.scalar(ward_code), wards.values), pc.coalesce(note, wards.notes))
