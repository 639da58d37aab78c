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

GLUCOSE = "(?i)glucose|đường huyết|glucôzơ"


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


def _birth_date(staged: Staged) -> pa.Array:
    """The birth date of the person whom the same source row names."""
    people = staged.people
    if people is None or "birth_date" not in people.column_names:
        return nulls(staged.table.num_rows, pa.date32())
    return as_array(people["birth_date"]).take(pc.index_in(staged["row_no"], as_array(people["row_no"])))


def _sign(name: str) -> Derivation:
    """The value of one kind of measurement; empty on the lines of the others."""
    return lambda staged: _where(pc.equal(staged["sign"], name), staged["value_number"])


def _paired_diastolic(staged: Staged) -> pa.Array:
    """On a systolic line, the diastolic pressure of the same source row."""
    is_diastolic = pc.fill_null(pc.equal(staged["sign"], "diastolic"), False)
    place = pc.index_in(staged["row_no"], staged["row_no"].filter(is_diastolic))
    return staged["value_number"].filter(is_diastolic).take(place)


def _unit_state(staged: Staged) -> pa.Array:
    """`given` or `missing` for a numeric result; empty for one in words."""
    state = pc.if_else(pc.is_valid(staged["unit"]), "given", "missing")
    return _where(pc.is_valid(staged["value_number"]), state)


def _glucose(staged: Staged) -> pa.Array:
    is_molar = pc.and_(matches(staged["test_name"], GLUCOSE), matches(staged["unit"], "(?i)^mmol"))
    return _where(is_molar, staged["value_number"])


def _where(mask: pa.Array, values: pa.Array) -> pa.Array:
    return pc.if_else(pc.fill_null(mask, False), values, pa.scalar(None, values.type))


DERIVED: dict[str, dict[str, Derivation]] = {
    "person_record": {"birth_year": _birth_year, "received_on": _received_on},
    "encounter": {"birth_date": _birth_date, "received_before": _received_before},
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
