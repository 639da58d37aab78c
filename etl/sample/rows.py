"""What one file says of its persons: clean columns of text, and then the planted errors."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from etl.sample import spoil_names, spoil_numbers
from etl.sample.people import SNAPSHOT_DAY
from etl.sample.planting import NOTHING, Column, Planting

PERSON_COLUMNS = (
    "full_name",
    "national_id",
    "old_id",
    "insurance_no",
    "insurance_card",
    "passport_no",
    "phone",
    "address",
    "ward_code",
    "old_ward_code",
    "ethnic_code",
    "nationality_code",
    "occupation_code",
    "blood_group",
    "guardian_name",
)


@dataclass
class Rows:
    """Rows about persons: text by column, dates as numbers; `who` are places in the table of people."""

    who: np.ndarray
    as_of: np.ndarray
    """Day of each statement, in days since 1970-01-01."""
    text: dict[str, Column]
    day: np.ndarray
    month: np.ndarray
    year: np.ndarray
    age_days: np.ndarray
    planting: Planting
    extra: dict[str, np.ndarray] = field(default_factory=dict)


def take_rows(people: pa.Table, who: np.ndarray, as_of: np.ndarray, planting: Planting) -> Rows:
    """Clean rows about `who`, as each was on `as_of`."""
    chosen = people.take(pa.array(who))
    text = {name: chosen[name].combine_chunks().to_numpy(zero_copy_only=False) for name in PERSON_COLUMNS}
    text = {name: np.array(values, dtype=object) for name, values in text.items()}
    sex = chosen["sex"].to_numpy()
    text["sex"] = np.where(sex == 1, "Nam", "Nữ").astype(object)
    previous = chosen["previous_id"].combine_chunks().to_numpy(zero_copy_only=False)
    was_then = np.not_equal(previous, NOTHING) & (as_of < SNAPSHOT_DAY)
    text["national_id"] = np.where(was_then, previous, text["national_id"])
    birth = chosen["birth_day"].to_numpy()
    day, month, year = split_days(birth)
    unknown = chosen["is_year_only"].to_numpy(zero_copy_only=False)
    rows = Rows(who, as_of, text, np.where(unknown, 0, day), np.where(unknown, 0, month), year, as_of - birth, planting)
    for name, place in (("relative_id", "relative"), ("relative_card", "relative"), ("mother_name", "mother")):
        column = {"relative_id": "national_id", "relative_card": "insurance_card", "mother_name": "full_name"}[name]
        at = chosen[place].to_numpy()
        text[name] = np.array(
            people[column].take(pa.array(at, mask=at < 0)).to_numpy(zero_copy_only=False), dtype=object
        )
    planting.record("birth_date", "year_only", np.flatnonzero(unknown))
    return rows


def spoil_rows(rows: Rows, has_ward: bool, is_tcvn3: bool = False, card: str = "insurance_card") -> None:
    """Plant the errors that every kind of file has."""
    planting, text = rows.planting, rows.text
    spoil_names.spoil_names(planting, text["full_name"], rows.age_days, text["mother_name"], is_tcvn3)
    spoil_numbers.spoil_birth_dates(planting, rows.day, rows.month, rows.year)
    spoil_numbers.spoil_national_ids(planting, text["national_id"], text["old_id"], text["relative_id"])
    relatives = text["relative_card"]
    if card == "insurance_no":
        relatives = np.array([value and value[-10:] for value in relatives], dtype=object)
    spoil_numbers.spoil_cards(planting, text[card], relatives)
    spoil_numbers.spoil_phones(planting, text["phone"])
    spoil_numbers.spoil_sexes(planting, text["sex"], {"Nam": "Nữ", "Nữ": "Nam"})
    if has_ward:
        planting.replace(text["ward_code"], "ward_code", "old_ward_code", text["old_ward_code"])


def split_days(days: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Day, month and year of days since 1970-01-01."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    day = (dates - months).astype(np.int64) + 1
    return day, months.astype(np.int64) % 12 + 1, months.astype(np.int64) // 12 + 1970


def print_slashed(day: np.ndarray, month: np.ndarray, year: np.ndarray) -> list[str]:
    """dd/mm/yyyy, or yyyy where the day is not known."""
    return [
        f"{d:02d}/{m:02d}/{y}" if d else str(y)
        for d, m, y in zip(day.tolist(), month.tolist(), year.tolist(), strict=True)
    ]


def print_compact(day: np.ndarray, month: np.ndarray, year: np.ndarray) -> list[str]:
    """yyyymmdd, with 0000 where day and month are not known."""
    return [f"{y}{m:02d}{d:02d}" for d, m, y in zip(day.tolist(), month.tolist(), year.tolist(), strict=True)]
