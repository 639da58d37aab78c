"""Links moved and closed, batches withdrawn and restored: rebuilding those touched gives what rebuilding everybody gives."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.books.corrections import sql_for_touched
from etl.engines.local import LocalEngine
from tests.books.given import Rows, build_in, record

PERSONS = (-3, -2, -1, 1)
BATCHES = (1, 2, 3)
VISIT = ("sender_code", "facility_code", "source_encounter_id")
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "batch_id": st.sampled_from(BATCHES),
            "sender_code": st.sampled_from(["CS01929", "PX00004"]),
            "phone": st.sampled_from([None, "0911111111", "0922222222"]),
            "source_person_id": st.sampled_from([None, "BN1"]),
            "national_id": st.sampled_from([None, "001090000001"]),
            "birth_date": st.sampled_from([None, date(1990, 5, 17)]),
            "as_of_date": st.sampled_from([None, date(2026, 9, 1)]),
            "visit": st.sampled_from([None, "", "LK1", "LK1", "LK2"]),
            "main_icd10_code": st.sampled_from([None, "I10"]),
            "person_id": st.sampled_from(PERSONS),
        }
    ),
    min_size=1,
    max_size=8,
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.integers(1, 8), st.sampled_from(PERSONS)),
        st.tuples(st.just("close"), st.integers(1, 8), st.none()),
        st.tuples(st.just("withdraw"), st.sampled_from(BATCHES), st.none()),
        st.tuples(st.just("restore"), st.sampled_from(BATCHES), st.none()),
    ),
    min_size=1,
    max_size=3,
)


@pytest.fixture(scope="module")
def engine() -> Iterator[LocalEngine]:
    with LocalEngine(threads=1) as one:
        yield one


class World:
    """Rows that were received, those whose batches stand, and the links of now."""

    def __init__(self, drawn: Rows) -> None:
        self.rows = {n: {**one, "record_id": n} for n, one in enumerate(drawn, 1)}
        self.people_of = {n: int(one["person_id"]) for n, one in self.rows.items()}
        self.gone: set[int] = set()

    def take(self, step: tuple[str, int, Any]) -> None:
        """One thing that somebody does."""
        what, number, person_id = step
        if what == "move" and number in self.people_of:
            self.people_of[number] = person_id
        elif what == "close" and number in self.people_of:
            self.people_of[number] = -100 - number  # unlinked, a record is a person of its own
        elif what == "withdraw":
            self.gone.add(number)
        elif what == "restore":
            self.gone.discard(number)

    @property
    def standing(self) -> dict[int, int]:
        """Record to person, of the batches that stand."""
        return {n: person for n, person in self.people_of.items() if self.rows[n]["batch_id"] not in self.gone}

    def build(self, engine: LocalEngine, record_ids: set[int], superseded: list[int] | None = None) -> dict[str, Rows]:
        """The books that these of the standing records make."""
        chosen = {n: person for n, person in self.standing.items() if n in record_ids}
        names = ("sender_code", "batch_id", "phone", "source_person_id", "national_id", "birth_date", "as_of_date")
        records = [record(n, full_name="Lê Lợi", **{name: self.rows[n][name] for name in names}) for n in chosen]
        visits = [self._visit(n) for n in chosen if self.rows[n]["visit"] is not None]
        lines = [
            {"record_id": n, "batch_id": self.rows[n]["batch_id"], "row_no": n, "line_no": 1, "icd10_code": "I10"}
            for n in chosen
        ]
        return build_in(engine, records, chosen, superseded=superseded, encounter=visits, diagnosis=lines)

    def _visit(self, n: int) -> dict[str, Any]:
        row = self.rows[n]
        return {
            "record_id": n,
            "batch_id": row["batch_id"],
            "row_no": n,
            "facility_code": "01929",
            "source_encounter_id": row["visit"] or None,
            "started_at": datetime(2026, 9, 1, 8),
            "main_icd10_code": row["main_icd10_code"],
        }

    def visit_keys(self) -> pa.Table:
        """Of all rows, also of those that are gone."""
        keys = [
            {
                "record_id": n,
                "sender_code": row["sender_code"],
                "facility_code": "01929",
                "source_encounter_id": row["visit"],
            }
            for n, row in self.rows.items()
            if row["visit"]
        ]
        return pa.Table.from_pylist(
            keys, schema=pa.schema([("record_id", pa.int64()), *((name, pa.string()) for name in VISIT)])
        )


def links(people_of: dict[int, int]) -> pa.Table:
    return pa.table(
        {"record_id": pa.array(people_of, pa.int64()), "person_id": pa.array(people_of.values(), pa.int64())}
    )


def by_person(built: dict[str, Rows]) -> dict[int, list[str]]:
    """What each person's book says, all of it."""
    found: dict[int, list[str]] = {}
    for name, rows in built.items():
        for row in rows:
            found.setdefault(row["person_id"], []).append(f"{name} {sorted(row.items())}")
    return found


@settings(max_examples=12, deadline=None)
@given(drawn=ROWS, steps=STEPS)
def test_rebuilding_those_touched_is_rebuilding_everybody(engine: LocalEngine, drawn: Rows, steps: list[Any]) -> None:
    world = World(drawn)
    published = by_person(world.build(engine, set(world.rows)))
    first = dict(published)
    for step in steps:
        before = world.standing
        world.take(step)
        after = world.standing
        engine.register("old_link", links(before))
        engine.register("link", links(after))
        engine.register(
            "changed_record", pa.table({"record_id": pa.array(sorted(set(before) ^ set(after)), pa.int64())})
        )
        engine.register("changed_person", pa.table({"person_id": pa.array([], pa.int64())}))
        engine.register("visit_key", world.visit_keys())
        touched = engine.query(sql_for_touched())
        persons = set(touched["person_id"].to_pylist())
        everybody = by_person(world.build(engine, set(world.rows)))
        superseded = engine.query("select record_id from superseded")["record_id"].to_pylist()
        theirs = {n for n, person in after.items() if person in persons}
        rebuilt = by_person(world.build(engine, theirs, superseded))
        published = {person: book for person, book in published.items() if person not in persons} | rebuilt
        assert published == everybody
    undone = World(drawn)
    world.people_of, world.gone = undone.people_of, undone.gone
    assert by_person(world.build(engine, set(world.rows))) == first
