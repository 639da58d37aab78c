"""Columns that rules need and no contract has: ages, pairs, repeats. Pure, vectorised, named per table.

A rule on a derived column must say in `meta.column` which column of the contract it speaks of.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd


@dataclass(frozen=True)
class Staged:
    """What derivations may look at: the rows checked, the persons of the same file, and the day it came, if known."""

    rows: pd.DataFrame
    people: pd.DataFrame
    received_on: date | None = None


Derivation = Callable[[Staged], pd.Series]


def _birth_year(staged: Staged) -> pd.Series:
    birth_date: pd.Series = staged.rows["birth_date"]
    return pd.Series(birth_date.dt.year, index=birth_date.index)


def _people_with_id(staged: Staged) -> pd.Series:
    """How many different (name, birth date) stand with the row's citizen ID; empty where it has none."""
    rows = staged.rows
    name = rows["full_name_toneless"].astype("object").where(rows["full_name_toneless"].notna(), rows["full_name"])
    key = pd.DataFrame({"id": rows["national_id"], "name": name, "birth_date": rows["birth_date"]})
    people = key.dropna(subset=["id"]).drop_duplicates()
    return rows["national_id"].map(people.groupby("id").size())


def _copies(column: str) -> Derivation:
    """1 for the first row with a value of `column`, 2 for the next with the same one …; empty where there is none."""

    def copy_no(staged: Staged) -> pd.Series:
        values = staged.rows[column]
        return (values.groupby(values).cumcount() + 1).where(values.notna())

    return copy_no


def _received_on(staged: Staged) -> pd.Series:
    return pd.Series(pd.Timestamp(staged.received_on) if staged.received_on else pd.NaT, index=staged.rows.index)


def _received_before(staged: Staged) -> pd.Series:
    """Midnight after the day of receipt: a visit of that very day is not in the future."""
    end = pd.Timestamp(staged.received_on + timedelta(days=1)) if staged.received_on else pd.NaT
    return pd.Series(end, index=staged.rows.index)


def _birth_date(staged: Staged) -> pd.Series:
    """The birth date of the person whom the same source row names."""
    people = staged.people.drop_duplicates("row_no").set_index("row_no")["birth_date"]
    return staged.rows["row_no"].map(people)


def _sign(name: str) -> Derivation:
    """The value of one kind of measurement; empty on the lines of the others."""
    return lambda staged: staged.rows["value_number"].where(staged.rows["sign"].eq(name).fillna(False).astype(bool))


def _paired_diastolic(staged: Staged) -> pd.Series:
    """On a systolic line, the diastolic pressure of the same source row."""
    rows = staged.rows
    diastolic = rows[rows["sign"].eq("diastolic").fillna(False).astype(bool)].drop_duplicates("row_no")
    return rows["row_no"].map(diastolic.set_index("row_no")["value_number"])


def _unit_state(staged: Staged) -> pd.Series:
    """`given` or `missing` for a numeric result; empty for one in words."""
    state = pd.Series("missing", index=staged.rows.index).where(staged.rows["unit"].isna(), "given")
    return state.where(staged.rows["value_number"].notna())


def _glucose(staged: Staged) -> pd.Series:
    rows = staged.rows
    is_glucose = rows["test_name"].str.contains("glucose|đường huyết|glucôzơ", case=False, regex=True, na=False)
    is_molar = rows["unit"].str.lower().str.startswith("mmol", na=False)
    return rows["value_number"].where(is_glucose.astype(bool) & is_molar.astype(bool))


DERIVED: dict[str, dict[str, Derivation]] = {
    "person_record": {
        "birth_year": _birth_year,
        "people_with_id": _people_with_id,
        "copy_no": _copies("row_digest"),
        "received_on": _received_on,
    },
    "encounter": {
        "birth_date": _birth_date,
        "received_before": _received_before,
        "copy_no": _copies("source_encounter_id"),
    },
    "vital_sign": {
        "height_cm": _sign("height"),
        "weight_kg": _sign("weight"),
        "pulse_per_minute": _sign("pulse"),
        "temperature_celsius": _sign("temperature"),
        "systolic_mmhg": _sign("systolic"),
        "paired_diastolic_mmhg": _paired_diastolic,
    },
    "lab_result": {"unit_state": _unit_state, "glucose_mmol_per_l": _glucose},
    "immunisation": {"birth_date": _birth_date},
}
"""table -> column -> how it is derived."""

NEEDS: dict[str, tuple[str, ...]] = {
    "person_record": ("full_name", "full_name_toneless", "birth_date", "national_id", "row_digest"),
    "encounter": ("source_encounter_id", "visit_type_code"),
    "vital_sign": ("sign", "value_number"),
    "lab_result": ("test_name", "unit", "value_number"),
}
"""Contract columns that derivations and row conditions of a table look at, beside those that rules name."""
