"""Linkage data from a second maker that shares nothing with the sample city, so that nothing is tuned to one generator."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tests.bench.linkage.other_errors import (
    Planter,
    mistype,
    print_numbers,
    spoil_dates,
    spoil_names,
    strip_marks,
    swap,
)
from tests.bench.linkage.other_people import ABSENT, SPANS, TODAY, draw_people

RECORDS_A_PERSON = 1.2
PART_ROWS = 250_000
SITE_NUMBERS = 12
"""Numbers that some sites write for everybody without a citizen ID."""
MANNERS = 5
"""Ways of writing dates: 0 yyyymmdd0000, 1 and 2 dd/mm/yyyy, 3 d/m/yyyy, 4 yyyymmdd."""


@dataclass(frozen=True)
class OtherCity:
    """People, one row each; and by record the person's place and the record's number."""

    people: pa.Table
    seed: int
    errors: float
    who: np.ndarray
    record_id: np.ndarray


def draw_city(people: int, seed: int, errors: float) -> OtherCity:
    """People, and who has records: some many, a fifth none."""
    rng = np.random.default_rng([seed, 77])
    table = draw_people(rng, people)
    count = round(people * RECORDS_A_PERSON)
    steps = np.cumsum(rng.gamma(2.0, 1.0, people) * np.where(table["status"].to_numpy() == 3, 0.3, 1.0))
    who = np.searchsorted(steps, rng.random(count) * steps[-1]).clip(0, people - 1)
    return OtherCity(table, seed, errors, who, rng.permutation(count) * 11 + 70_000_000_003)


def count_parts(city: OtherCity) -> int:
    """How many parts the records are made in."""
    return -(-len(city.who) // PART_ROWS)


def make_register(city: OtherCity, part_rows: int = 500_000) -> Iterator[pa.Table]:
    """The register in parts, in no order, as text."""
    known = np.random.default_rng([city.seed, 78]).permutation(
        np.flatnonzero(city.people["is_registered"].to_numpy(zero_copy_only=False))
    )
    for start in range(0, len(known), part_rows):
        rows = city.people.take(pa.array(known[start : start + part_rows]))
        died = rows["death_day"].to_numpy()
        numbers = {name: print_numbers(rows[name].to_numpy(), width) for name, width in SPANS.items()}
        yield pa.table(
            {
                "person_id": rows["person_id"],
                "full_name": rows["full_name"],
                "birth_date": _print_dates(*_split(rows["birth_day"].to_numpy()), np.full(len(rows), 4)),
                "sex": pc.cast(rows["sex"], pa.string()),
                **numbers,
                "ward_code": rows["ward_code"],
                "address": rows["address"],
                "household_id": pc.cast(rows["household"], pa.string()),
                "status": pc.cast(rows["status"], pa.string()),
                "death_date": pc.if_else(
                    pa.array(died == ABSENT),
                    None,
                    _print_dates(*_split(np.maximum(died, 0)), np.full(len(rows), 4)),
                ),
            }
        )


def make_part(city: OtherCity, number: int) -> tuple[pa.Table, pa.Table]:
    """Records and truth of one part."""
    span = slice(number * PART_ROWS, (number + 1) * PART_ROWS)
    who, record_id = city.who[span], city.record_id[span]
    planter = Planter(np.random.default_rng([city.seed, 79, number]), len(who), city.errors)
    rows = city.people.take(pa.array(who))
    manner = planter.rng.integers(0, MANNERS, len(who))
    records = pa.table(
        {
            "record_id": pa.array(record_id),
            "full_name": spoil_names(planter, rows["full_name"].combine_chunks()),
            "birth_date": _say_birth(planter, rows, manner),
            "sex": _say_sex(planter, rows, manner),
            "national_id": _say_national_id(planter, city, rows),
            "insurance_no": _say_insurance(planter, city, rows, manner),
            "phone": _say_phone(planter, city, rows),
            **_say_home(planter, city, rows),
        }
    )
    return records, _state_truth(city, rows, record_id, planter.name_errors())


def _split(days: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Day, month, year."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    number = months.astype(np.int64)
    return (dates - months).astype(np.int64) + 1, number % 12 + 1, number // 12 + 1970


def _print_dates(day: np.ndarray, month: np.ndarray, year: np.ndarray, manner: np.ndarray) -> pa.Array:
    """Each date in its manner; the year alone where the day is not known."""
    join, text = pc.binary_join_element_wise, [pc.cast(pa.array(part), pa.string()) for part in (day, month, year)]
    padded = [pc.utf8_lpad(part, 2, "0") for part in text[:2]]
    compact = join(text[2], padded[1], padded[0], "")
    slashed = pc.if_else(pa.array(day == 0), text[2], join(*padded, text[2], "/"))
    short = pc.if_else(pa.array(day == 0), text[2], join(*text, "/"))
    result = pc.if_else(pa.array(manner == 0), join(compact, "0000", ""), slashed)
    result = pc.if_else(pa.array(manner == 3), short, result)
    return pc.if_else(pa.array(manner == 4), compact, result)


def _say_birth(planter: Planter, rows: pa.Table, manner: np.ndarray) -> pa.Array:
    """Birth dates with their errors; a few are missing."""
    born = rows["birth_day"].to_numpy()
    day, month, year = _split(born)
    spoil_dates(planter, day, month, year, (TODAY - born) / 365.25)
    text = _print_dates(day, month, year, manner)
    return pc.if_else(pa.array(planter.choose("birth.missing", 0.004)), None, text)


def _say_sex(planter: Planter, rows: pa.Table, manner: np.ndarray) -> pa.Array:
    """1, 2 or words."""
    sex = rows["sex"].to_numpy()
    sex = np.where(planter.choose("sex.wrong", 0.005), 3 - sex, sex)
    words = pa.array(["1", "2", "Nam", "Nữ", "nam", "nữ"]).take(pa.array(sex - 1 + 2 * (manner % 3)))
    return pc.if_else(pa.array(planter.choose("sex.missing", 0.02)), None, words)


def _relatives(city: OtherCity, rows: pa.Table, column: str) -> np.ndarray:
    """What stands in this column for a relative, ABSENT where there is none."""
    place = rows["relative"].to_numpy()
    values = city.people[column].take(pa.array(np.maximum(place, 0))).to_numpy()
    return np.where(place >= 0, values, ABSENT)


def _say_national_id(planter: Planter, city: OtherCity, rows: pa.Table) -> pa.Array:
    """Citizen IDs: one in four is not stated; relatives', old and sites' numbers, slips of typing."""
    numbers, old = rows["national_id"].to_numpy().copy(), rows["old_id"].to_numpy()
    relative = _relatives(city, rows, "national_id")
    mask = planter.choose("id.relative", 0.006, relative >= 0)
    numbers[mask] = relative[mask]
    for name, rate, spoil in (("id.mistyped", 0.008, mistype), ("id.swapped", 0.004, swap)):
        spoil(planter, numbers, planter.choose(name, rate, numbers >= 0), 12)
    sites = planter.rng.choice(10**9 * np.arange(1, 60), SITE_NUMBERS)
    mask = planter.choose("id.site_number", 0.004)
    numbers[mask] = sites[planter.rng.integers(0, SITE_NUMBERS, int(mask.sum()))]
    text = print_numbers(numbers, 12)
    mask = planter.choose("id.old", 0.03, old >= 0)
    text = pc.if_else(pa.array(mask), print_numbers(old, 9), text)
    mask = planter.choose("id.zeros_cut", 0.015)
    text = pc.if_else(pa.array(mask), pc.utf8_ltrim(text, "0"), text)
    mask = planter.choose("id.spaced", 0.02)
    text = pc.if_else(
        pa.array(mask), pc.replace_substring_regex(text, r"^(\d{3})(\d{3})(\d{3})(\d{3})$", r"\1 \2 \3 \4"), text
    )
    return pc.if_else(pa.array(planter.rng.random(planter.size) < 0.25), None, text)


def _say_insurance(planter: Planter, city: OtherCity, rows: pa.Table, manner: np.ndarray) -> pa.Array:
    """Numbers of ten digits or whole cards; two in five are not stated."""
    numbers = rows["insurance_no"].to_numpy().copy()
    relative = _relatives(city, rows, "insurance_no")
    mask = planter.choose("card.relative", 0.006, relative >= 0)
    numbers[mask] = relative[mask]
    mistype(planter, numbers, planter.choose("card.mistyped", 0.006, numbers >= 0), 10)
    mask = planter.choose("card.earlier_number", 0.01, numbers >= 0)
    numbers[mask] = planter.rng.integers(10**8, 97 * 10**8, int(mask.sum()))
    text = print_numbers(numbers, 10)
    card = pc.binary_join_element_wise("GD4", "01", text, "")
    text = pc.if_else(pa.array(manner < 3), card, text)
    return pc.if_else(pa.array(planter.rng.random(planter.size) < 0.40), None, text)


def _say_phone(planter: Planter, city: OtherCity, rows: pa.Table) -> pa.Array:
    """Phones: often a relative's, or changed since, or not stated."""
    numbers = rows["phone"].to_numpy().copy()
    relative = _relatives(city, rows, "phone")
    mask = planter.choose("phone.relative", 0.12, relative >= 0) | ((numbers < 0) & (relative >= 0))
    numbers[mask] = relative[mask]
    mask = planter.choose("phone.changed", 0.10, numbers >= 0)
    numbers[mask] = planter.rng.integers(320_000_000, 999_999_999, int(mask.sum()))
    text = print_numbers(numbers, 10)
    spaced = pc.replace_substring_regex(text, r"^(\d{4})(\d{3})(\d{3})$", r"\1 \2 \3")
    text = pc.if_else(pa.array(planter.choose("phone.spaced", 0.1)), spaced, text)
    return pc.if_else(pa.array(planter.rng.random(planter.size) < 0.30), None, text)


def _say_home(planter: Planter, city: OtherCity, rows: pa.Table) -> dict[str, pa.Array]:
    """Ward and address: some stand under the home of before, or say only a part."""
    homes = rows.select(["ward_code", "old_ward_code", "address"])
    moved = pa.array(planter.choose("home.moved", 0.07))
    count = int(pc.sum(moved).as_py() or 0)
    before = city.people.select(homes.column_names).take(pa.array(planter.rng.integers(0, len(city.people), count)))
    ward, old_ward, address = (
        pc.replace_with_mask(homes[name].combine_chunks(), moved, before[name].combine_chunks())
        for name in homes.column_names
    )
    ward = pc.if_else(pa.array(planter.choose("ward.old_code", 0.10)), old_ward, ward)
    ward = pc.if_else(pa.array(planter.rng.random(planter.size) < 0.12), None, ward)
    mask = pa.array(planter.choose("address.street_only", 0.10))
    address = pc.if_else(mask, pc.replace_substring_regex(address, r"^.*(, | - |\d )", ""), address)
    mask = pa.array(planter.choose("address.no_marks", 0.15))
    address = pc.replace_with_mask(address, mask, strip_marks(address.filter(mask)))
    mask = pa.array(planter.choose("address.short_words", 0.2))
    for word, short in (("chung cư ", ""), ("Ngách ", "n. "), (", ngõ ", "/"), ("đường ", "")):
        address = pc.if_else(mask, pc.replace_substring(address, word, short), address)
    address = pc.if_else(pa.array(planter.rng.random(planter.size) < 0.15), None, address)
    return {"ward_code": ward, "address": address}


def _state_truth(city: OtherCity, rows: pa.Table, record_id: np.ndarray, errors: pa.Array) -> pa.Table:
    """Whom each record names, and his relatives; columns as the first maker's."""
    number, is_known = rows["person_id"].combine_chunks(), rows["is_registered"].combine_chunks()
    relatives = {}
    for name in ("mother", "father", "twin"):
        place = rows[name].to_numpy()
        found = city.people["person_id"].take(pa.array(np.minimum(place, len(city.people) - 1), mask=place < 0))
        found = found.combine_chunks()
        relatives[f"{name}_id"] = pc.if_else(pc.greater(found, 0), found, None)
    return pa.table(
        {
            "record_id": pa.array(record_id),
            "person_id": pc.if_else(is_known, number, None),
            "is_registered": is_known,
            "stranger_id": pc.if_else(is_known, None, number),
            **relatives,
            "source": pa.repeat("other", len(rows)),
            "errors": errors,
        }
    )
