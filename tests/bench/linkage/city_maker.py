"""Linkage data of the sample's invented city: its people, and records about them from many kinds of sources."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.sample.identifiers import digits
from etl.sample.people import DEAD, MOVED, NO_DAY, TODAY, draw_people
from etl.sample.planting import Column
from etl.sample.randomness import stream
from etl.sample.rows import split_days, spoil_rows, take_rows
from tests.bench.linkage.addresses import AddressPlanting, move_people, spoil_addresses
from tests.bench.linkage.borrowed import borrow_numbers
from tests.bench.linkage.sources import RECORD_COLUMNS, SOURCES, Source, leave_empty, write_rows

RECORDS_A_PERSON = 1.2
PART_ROWS = 250_000
LAST_DAY = int(np.datetime64("2026-09-28").astype(np.int64))
UNUSED = ("ethnic_code", "nationality_code", "occupation_code", "blood_group", "district_code", "change")
STRANGER_WEIGHT = 0.3
"""How often a foreigner or lodger whom the register does not know has a record, against one whom it knows."""
UNKNOWN_KIN, LATE_BIRTHS = 0.006, 0.08
"""Shares whom the register does not know although it knows their families: of all, and of those born in the last weeks."""
YOUNG_DAYS, CHECK_DAYS = 90, 6 * 366


@dataclass(frozen=True)
class City:
    """All people, one row each, and their twins' numbers."""

    people: pa.Table
    seed: int
    errors: float
    source: np.ndarray
    """By record: its place among SOURCES."""
    who: np.ndarray
    """By record: the person's place among people."""
    record_id: np.ndarray


def draw_city(people: int, seed: int, errors: float) -> City:
    """People, and who stands in which source's records, in no order."""
    table = draw_people(people, seed)
    for name in UNUSED:  # they cost memory, and no record says them
        table = table.set_column(table.column_names.index(name), name, pa.nulls(people, pa.string()))
    table = table.append_column("twin", pa.array(find_twins(table)))
    weights = {name: weigh_people(table, name) for name in ("hospital", "health_check", "")}
    table = forget_kin(table, stream(seed, "unknown kin"))
    rng = stream(seed, "records")
    count = round(people * RECORDS_A_PERSON)
    share = np.array([source.share for source in SOURCES])
    source = rng.choice(len(SOURCES), count, p=share / share.sum()).astype(np.int8)
    who = np.empty(count, dtype=np.int32)
    for name, weight in weights.items():
        chosen = np.flatnonzero(np.isin(source, [at for at, one in enumerate(SOURCES) if _kind(one) == name]))
        who[chosen] = draw_persons(rng, weight, len(chosen))
    return City(table, seed, errors, source, who, rng.permutation(count) * 7 + 5_000_000_011)


def forget_kin(people: pa.Table, rng: np.random.Generator) -> pa.Table:
    """Take some out of the register whose families stay in it: the hardest strangers, since home, phone and name are kin's."""
    is_known = people["is_registered"].to_numpy()
    is_new = TODAY - people["birth_day"].to_numpy() < YOUNG_DAYS
    forgotten = is_known & (rng.random(len(people)) < np.where(is_new, LATE_BIRTHS, UNKNOWN_KIN))
    number = people["person_id"].to_numpy()
    columns = {"is_registered": is_known & ~forgotten, "person_id": np.where(forgotten, -number, number)}
    for name, values in columns.items():
        people = people.set_column(people.column_names.index(name), name, pa.array(values))
    return people


def _kind(source: Source) -> str:
    """Sources that meet the same persons: hospitals, health checks, all others."""
    return "hospital" if source.is_compact else source.name if source.name == "health_check" else ""


def weigh_people(people: pa.Table, kind: str) -> np.ndarray:
    """How often each person has a record of this kind: hospitals see the very young and the old more often."""
    age = TODAY - people["birth_day"].to_numpy()
    status = people["status"].to_numpy()
    weight: np.ndarray = np.select([status == DEAD, status == MOVED], [0.2, 0.3], default=1.0)
    weight *= np.where(people["is_registered"].to_numpy(), 1.0, STRANGER_WEIGHT)
    if kind == "hospital":
        weight *= np.select([age < YOUNG_DAYS, age < 6 * 365, age > 60 * 365], [5, 1.8, 2.6], default=1.0)
    if kind == "health_check":
        weight *= age > CHECK_DAYS
    return weight


def draw_persons(rng: np.random.Generator, weight: np.ndarray, count: int) -> np.ndarray:
    """Places of persons by weight, a person as often as chance has it."""
    steps = np.cumsum(weight)
    return np.minimum(np.searchsorted(steps, rng.random(count) * steps[-1], side="right"), len(weight) - 1)


def find_twins(people: pa.Table) -> np.ndarray:
    """Place of each person's twin (same household and day of birth, the next or the last row), -1 for none."""
    home, day = people["household_id"].combine_chunks(), people["birth_day"].to_numpy()
    same_home = pc.equal(home[:-1], home[1:]).to_numpy(zero_copy_only=False)
    first = np.flatnonzero(same_home & (day[:-1] == day[1:]))
    twin = np.full(len(people), -1)
    twin[first], twin[first + 1] = first + 1, first
    return twin


def count_parts(city: City) -> int:
    """How many parts the records are made in."""
    return -(-len(city.who) // PART_ROWS)


def make_part(city: City, number: int) -> tuple[pa.Table, pa.Table]:
    """Records and truth of one part, in no order."""
    span = slice(number * PART_ROWS, (number + 1) * PART_ROWS)
    source, who, record_id = city.source[span], city.who[span], city.record_id[span]
    columns = {name: np.empty(len(who), dtype=object) for name in (*RECORD_COLUMNS, "errors")}
    for at, one in enumerate(SOURCES):
        places = np.flatnonzero(source == at)
        if len(places):
            rng = stream(city.seed, "records", str(number), one.name)
            for name, values in say_source(city, one, who[places], rng).items():
                columns[name][places] = values
    errors = pa.array(columns.pop("errors"), pa.string())
    records = {"record_id": pa.array(record_id), **{name: pa.array(columns[name], pa.string()) for name in columns}}
    names = pa.array([one.name for one in SOURCES]).take(pa.array(source))
    return pa.table(records), state_truth(city.people, record_id, who, names, errors)


def say_source(city: City, source: Source, who: np.ndarray, rng: np.random.Generator) -> dict[str, Column]:
    """The columns of this source's records about these persons, and the errors planted in them."""
    birth = city.people["birth_day"].take(pa.array(who)).to_numpy()
    as_of = np.maximum(LAST_DAY - (rng.random(len(who)) ** 2 * 110).astype(np.int64), birth)
    planting = AddressPlanting(rng, len(who), source.care * city.errors)
    rows = take_rows(city.people, who, as_of, planting)
    leave_empty(rows, source)
    borrow_numbers(rows, source, city.people)
    move_people(rows, city.people)
    spoil_rows(rows, has_ward=source.ward == "code", card=source.card)
    spoil_addresses(rows)
    return write_rows(rows, source) | {"errors": name_errors(planting)}


def name_errors(planting: AddressPlanting) -> Column:
    """By row `column.error` of all that was planted, joined by semicolons; None where nothing was."""
    named: list[list[str]] = [[] for _ in range(planting.size)]
    for places, column, error in planting.planted:
        for place in places.tolist():
            named[place].append(f"{column}.{error}")
    return np.array([";".join(errors) or None for errors in named], dtype=object)


def state_truth(
    people: pa.Table, record_id: np.ndarray, who: np.ndarray, source: pa.Array, errors: pa.Array
) -> pa.Table:
    """Whom each record names, his relatives, and what is wrong with it. Numbers are the register's, null without one.

    `stranger_id` (negative) tells people apart whom the register does not know.
    """
    chosen = people.select(["person_id", "is_registered", "mother", "father", "twin"]).take(pa.array(who))
    number = chosen["person_id"].combine_chunks()
    is_known = chosen["is_registered"].combine_chunks()
    relatives = {}
    for name in ("mother", "father", "twin"):
        place = chosen[name].to_numpy()
        relative = people["person_id"].take(pa.array(place, mask=place < 0)).combine_chunks()
        relatives[f"{name}_id"] = pc.if_else(pc.greater(relative, 0), relative, None)
    return pa.table(
        {
            "record_id": pa.array(record_id),
            "person_id": pc.if_else(is_known, number, None),
            "is_registered": is_known,
            "stranger_id": pc.if_else(is_known, None, number),
            **relatives,
            "source": source,
            "errors": errors,
        }
    )


def make_register(city: City, part_rows: int = 500_000) -> Iterator[pa.Table]:
    """The register in parts, in no order, everything as text just as the register's own export says it."""
    known = np.flatnonzero(city.people["is_registered"].to_numpy())
    known = stream(city.seed, "register order").permutation(known)
    for start in range(0, len(known), part_rows):
        yield _say_register(city.people.take(pa.array(known[start : start + part_rows])))


def _say_register(people: pa.Table) -> pa.Table:
    """Rows of the register."""
    day, month, year = split_days(people["birth_day"].to_numpy())
    unknown = people["is_year_only"].to_numpy()
    died = people["death_day"].to_numpy()
    death = split_days(np.maximum(died, 0))
    told = {name: people[name].combine_chunks() for name in ("national_id", "old_id", "insurance_no", "phone")}
    homes = {name: people[name].combine_chunks() for name in ("ward_code", "address", "household_id")}
    return pa.table(
        {
            "person_id": people["person_id"].combine_chunks(),
            "full_name": people["full_name"].combine_chunks(),
            "birth_date": digits(year * 10_000 + np.where(unknown, 0, month * 100 + day), 8),
            "sex": people["sex"].combine_chunks().cast(pa.string()),
            **told,
            **homes,
            "status": people["status"].combine_chunks().cast(pa.string()),
            "death_date": pc.if_else(
                pa.array(died != NO_DAY), digits(death[2] * 10_000 + death[1] * 100 + death[0], 8), None
            ),
        }
    )
