"""Small invented cities with every kind of error, and the engine run on rows of text."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa

from etl.engines.local import LocalEngine
from etl.linkage import engine as linkage
from etl.linkage import index, keys, trust
from etl.linkage.model import Model
from tests.bench.linkage import city_maker, other_maker
from tests.linkage.oracle_values import Said

PEOPLE = 300
MAKERS = {"city": city_maker, "other": other_maker}
UNTOLD = ("household_id",)


@dataclass(frozen=True)
class City:
    """A register and records as text, and whose each record is (None: nobody's whom the register knows)."""

    people: list[Said]
    records: list[Said]
    truth: dict[int, int | None]


@cache
def make_city(maker: str, seed: int, errors: float = 3.0, people: int = PEOPLE) -> City:
    """A city; its records also say on which day they were true, an old ID now and then, and a number that many give."""
    drawn = MAKERS[maker].draw_city(people, seed, errors)
    register = pa.concat_tables(MAKERS[maker].make_register(drawn)).drop_columns([*UNTOLD]).to_pylist()
    records, truth = (part.to_pylist() for part in MAKERS[maker].make_part(drawn, 0))
    whose = {row["record_id"]: row["person_id"] for row in truth}
    add_what_makers_leave_out(register, records, whose, random.Random(seed))
    return City(register, records, whose)


def add_what_makers_leave_out(
    people: list[Said], records: list[Said], whose: dict[int, Any], rng: random.Random
) -> None:
    """Days, old IDs, cancelled people, and numbers of a site or a call centre on records of many people."""
    by_number = {person["person_id"]: person for person in people}
    for person in rng.sample(people, 5):
        person["status"] = "4"
    for record in records:
        person = by_number.get(whose[record["record_id"]], {})
        record["as_of_date"] = rng.choice([None, "2026-09-01", "20260901", "2019"])
        record["old_id"] = person.get("old_id") if rng.random() < 0.3 else None
    for column, count in (("phone", 14), ("insurance_no", 8), ("national_id", 8)):
        number = rng.choice([person[column] for person in people if person[column]])
        for record in rng.sample(records, count):
            record[column] = number


@dataclass(frozen=True)
class Linked:
    """Decisions by record, and the model that made them."""

    decisions: dict[int, dict[str, Any]]
    model: Model


def run_engine(
    people: Sequence[Said] | pa.Table,
    records: Sequence[Said] | pa.Table,
    model: Model | None,
    *,
    profile: str = "vietnam",
    threads: int = 1,
    rulings: pa.Table | None = None,
    evidence: Sequence[Said] | None = None,
) -> Linked:
    """The fast path on rows of text; trains where no model is given.

    `evidence` are records that say which numbers are shared, where those are others than the ones that are linked.
    """
    with LocalEngine(threads=threads) as engine:
        sides = {
            name: as_table(rows, key)
            for name, rows, key in (("people", people, "person_id"), ("records", records, "record_id"))
        }
        for name, table in sides.items():
            engine.register(name, table)
        chosen = keys.PROFILES[profile]
        index.build_index(engine, chosen, sides["people"].column_names)
        if evidence is not None:
            engine.register("records", as_table(evidence, "record_id"))
            linkage.prepare_records(engine, chosen, as_table(evidence, "record_id").column_names)
            trust.find_shared(engine)
            engine.register("records", sides["records"])
        linkage.prepare_records(engine, chosen, sides["records"].column_names)
        if evidence is None:
            trust.find_shared(engine)
        used = linkage.link_keys(engine, linkage.Clock(), model, chosen.is_generic, rulings)
        rows = engine.query("select * from decision").to_pylist()
    decisions = {row["record_id"]: row for row in rows}
    assert len(decisions) == len(rows)
    return Linked(decisions, used)


def as_table(rows: Sequence[Said] | pa.Table, key: str, columns: Sequence[str] = ()) -> pa.Table:
    """Rows with whole numbers as keys and all else as text; of these columns, or of those that the rows have."""
    if isinstance(rows, pa.Table):
        return rows
    names = columns or dict.fromkeys(name for row in rows for name in row)
    schema = pa.schema([(name, pa.int64() if name == key else pa.string()) for name in names])
    return pa.Table.from_pylist(list(rows), schema=schema)


POOLS: dict[str, tuple[str | None, ...]] = {
    "full_name": (
        *(
            "Nguyễn Văn An",
            "Nguyễn Thị An",
            "Nguyen Van An",
            "Nguyễn Văn Ân",
            "Nguyễn An",
            "An Nguyễn Văn",
            "Nguyễn V An",
        ),
        *("Trần Văn An", "Trần Văn Anh", "Nguyễn Văn Bình", "Nguyễn Văn Bìh", "Con bà Nguyễn Thị An", "Lê Bình", None),
    ),
    "birth_date": ("17/05/1990", "18/05/1990", "05/06/1990", "06/05/1990", "1990", "17/05/1991", "17/05/1960", None),
    "sex": ("1", "2", None),
    "national_id": (*(f"001{n % 2}90{n * 7:06d}" for n in range(60)), "001060000001", *[None] * 20),
    "old_id": (*(f"0123{n * 11:05d}" for n in range(40)), *[None] * 40),
    "insurance_no": (*(f"01234{n * 9:05d}" for n in range(60)), *[None] * 20),
    "phone": ("0912345678", "0912345679", None),
    "ward_code": ("00004", "00008", "00025", None),
    "address": ("12 Láng Hạ", "Láng Hạ", "14 Đội Cấn", "số 12 phố Láng Hạ, P. Ba Đình", None),
}


def make_crowd(seed: int, people: int = 150, records: int = 200) -> City:
    """People and records of few names, days, homes and numbers: full of ties, large blocks and shared numbers."""
    rng = random.Random(seed)
    register = [
        {"person_id": at + 1, **_draw(rng, {}), "death_date": rng.choice([None] * 9 + ["2026"])} for at in range(people)
    ]
    rows, truth = [], {}
    for number in range(1_000, 1_000 + records):
        person = rng.choice(register)
        rows.append(
            {"record_id": number, **_draw(rng, person), "as_of_date": rng.choice([None, "2025-01-01", "2026-09-01"])}
        )
        truth[number] = person["person_id"]
    return City(register, rows, truth)


def _draw(rng: random.Random, person: Said) -> Said:
    """Values out of the pools, mostly those of a person where one is given."""
    return {name: person[name] if person and rng.random() < 0.8 else rng.choice(pool) for name, pool in POOLS.items()}
