"""Columns that rules need and no contract has: ages, pairs, units. Pure, vectorised over Arrow, named per table.

A rule on a derived column must say in `meta.column` which column of the contract it speaks of. What needs the whole
file (repeats) is in etl/quality/whole_file.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import TABLES
from etl.standardise.column import as_array, matches, nulls

TESTS = {
    "glucose_mmol_per_l": ("(?i)glucose|đường huyết|glucôzơ", "(?i)^mmol"),
    "hba1c_percent": ("(?i)hba1c", "%"),
    "haemoglobin_g_per_l": ("(?i)^(hb|hgb)$|hemoglobin|haemoglobin|huyết sắc tố", "(?i)^g/l$"),
    "creatinine_umol_per_l": ("(?i)creatinin", "(?i)^[µμu]mol"),
    "potassium_mmol_per_l": ("(?i)kali|potassium|^k\\+$", "(?i)^mmol"),
}
"""Tests whose results have bounds: column -> how the test and its unit are written."""
LEAST_AGE_DAYS = {
    "(?i)sởi|mmr|rubella|mvvac|priorix": 180,
    "(?i)viêm não nhật bản|jebe|imojev": 180,
    "(?i)thủy đậu|varivax|varilrix": 270,
    "(?i)hpv|gardasil|cervarix": 9 * 365,
}
"""Vaccine -> days before which it is never given: the expanded programme's schedule and the makers' licences, less the
earliest dose given in an outbreak."""


@dataclass(frozen=True)
class Staged:
    """What derivations may look at: the table checked, the persons of the same rows, and the day the file came."""

    name: str
    table: pa.Table
    people: pa.Table | None = None
    received_on: date | None = None

    def __getitem__(self, column: str) -> pa.Array:
        """A column of the contract, null throughout where the table lacks it."""
        if column in self.table.column_names:
            return as_array(self.table[column])
        return nulls(self.table.num_rows, TABLES[self.name][column].type)


Derivation = Callable[[Staged], pa.Array]


def _birth_year(staged: Staged) -> pa.Array:
    return pc.year(staged["birth_date"])


def _received_on(staged: Staged) -> pa.Array:
    return pa.repeat(pa.scalar(staged.received_on, pa.date32()), staged.table.num_rows)


def _received_before(staged: Staged) -> pa.Array:
    """Midnight after the day of receipt: a visit of that very day is not in the future."""
    day = staged.received_on
    end = None if day is None else datetime.combine(day + timedelta(days=1), time())
    return pa.repeat(pa.scalar(end, pa.timestamp("us")), staged.table.num_rows)


def _of_person(column: str) -> Derivation:
    """What is said of the person whom the same source row names."""

    def derive(staged: Staged) -> pa.Array:
        people = staged.people
        if people is None or column not in people.column_names:
            return nulls(staged.table.num_rows, TABLES["person_record"][column].type)
        return as_array(people[column]).take(pc.index_in(staged["row_no"], as_array(people["row_no"])))

    return derive


_birth_date = _of_person("birth_date")


def _age_on(day: str) -> Derivation:
    """Whole years of the row's person on a day of the row; the year of birth alone is taken for its first day."""

    def derive(staged: Staged) -> pa.Array:
        on, born = staged[day].cast(pa.date32()), _birth_date(staged)
        is_before = pc.less(_day_of_year(on), _day_of_year(born))
        return pc.subtract(pc.subtract(pc.year(on), pc.year(born)), is_before.cast(pa.int64()))

    return derive


def _day_of_year(days: pa.Array) -> pa.Array:
    return pc.add(pc.multiply(pc.month(days), 100), pc.day(days))


def _guardian_state(staged: Staged) -> pa.Array:
    """`given` or `missing` for a child under six on the day of receipt; empty for everybody else."""
    born = staged["birth_date"]
    if staged.received_on is None:
        return nulls(staged.table.num_rows)
    day = staged.received_on
    sixth = pa.scalar(date(day.year - 6, day.month, min(day.day, 28)), pa.date32())
    state = pc.if_else(pc.is_valid(staged["guardian_name"]), "given", "missing")
    return _where(pc.greater(born, sixth), state)


def _stay_days(staged: Staged) -> pa.Array:
    """Days from start to end of a stay."""
    return pc.days_between(staged["started_at"].cast(pa.date32()), staged["ended_at"].cast(pa.date32()))


def _end_state(staged: Staged) -> pa.Array:
    """`given` or `missing` for a visit that says how it ended; empty for one that may still go on."""
    is_over = pc.or_(pc.is_valid(staged["discharge_code"]), pc.is_valid(staged["outcome_code"]))
    return _where(is_over, pc.if_else(pc.is_valid(staged["ended_at"]), "given", "missing"))


def _of_same_row(name: str, staged: Staged) -> pa.Array:
    """On each line, the value of another kind of measurement of the same source row."""
    is_other = pc.fill_null(pc.equal(staged["sign"], name), False)
    place = pc.index_in(staged["row_no"], staged["row_no"].filter(is_other))
    return staged["value_number"].filter(is_other).take(place)


def _body_mass_index(staged: Staged) -> pa.Array:
    """On a weight line, kg per square metre with the height of the same source row."""
    metres = pc.divide(_of_same_row("height", staged), 100.0)
    is_tall = pc.and_(pc.equal(staged["sign"], "weight"), pc.greater(metres, 0.3))
    return _where(is_tall, pc.divide(staged["value_number"], pc.multiply(metres, metres)))


def _tested(test: str, unit: str) -> Derivation:
    """The number of results of a test in a unit; empty on all other lines."""
    return lambda staged: _where(
        pc.and_(matches(staged["test_name"], test), matches(staged["unit"], unit)), staged["value_number"]
    )


def _days_above_least_age(staged: Staged) -> pa.Array:
    """Days by which a dose came later than the least age for its vaccine; empty for vaccines without one."""
    least = pa.nulls(staged.table.num_rows, pa.int64())
    for pattern, days in LEAST_AGE_DAYS.items():
        least = pc.if_else(pc.fill_null(matches(staged["vaccine_name"], pattern), False), days, least)
    return pc.subtract(pc.days_between(_birth_date(staged), staged["given_on"]), least)


def _sign(name: str) -> Derivation:
    """The value of one kind of measurement; empty on the lines of the others."""
    return lambda staged: _where(pc.equal(staged["sign"], name), staged["value_number"])


def _paired_diastolic(staged: Staged) -> pa.Array:
    """The diastolic pressure of the same source row."""
    return _of_same_row("diastolic", staged)


def _unit_state(staged: Staged) -> pa.Array:
    """`given` or `missing` for a numeric result; empty for one in words."""
    state = pc.if_else(pc.is_valid(staged["unit"]), "given", "missing")
    return _where(pc.is_valid(staged["value_number"]), state)


def _where(mask: pa.Array, values: pa.Array) -> pa.Array:
    return pc.if_else(pc.fill_null(mask, False), values, pa.scalar(None, values.type))


DERIVED: dict[str, dict[str, Derivation]] = {
    "person_record": {"birth_year": _birth_year, "received_on": _received_on, "guardian_state": _guardian_state},
    "encounter": {
        "birth_date": _birth_date,
        "received_before": _received_before,
        "stay_days": _stay_days,
        "end_state": _end_state,
    },
    "diagnosis": {"sex": _of_person("sex"), "age_years": _age_on("diagnosed_on")},
    "vital_sign": {
        "height_cm": _sign("height"),
        "weight_kg": _sign("weight"),
        "pulse_per_minute": _sign("pulse"),
        "temperature_celsius": _sign("temperature"),
        "systolic_mmhg": _sign("systolic"),
        "diastolic_mmhg": _sign("diastolic"),
        "paired_diastolic_mmhg": _paired_diastolic,
        "body_mass_index": _body_mass_index,
    },
    "lab_result": {"unit_state": _unit_state, **{name: _tested(*test) for name, test in TESTS.items()}},
    "immunisation": {
        "birth_date": _birth_date,
        "received_on": _received_on,
        "days_above_least_age": _days_above_least_age,
    },
}
"""table -> column -> how it is derived."""
