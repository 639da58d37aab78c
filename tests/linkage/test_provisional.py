"""Provisional persons against a slow oracle: who shares enough, who was ruled together or apart, who follows whom."""

from itertools import combinations
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.engines.local import LocalEngine
from etl.linkage.engine import RULING
from etl.linkage.provisional import APART, SAME_PERSON, TOGETHER, Bonds, group_provisional

WHOLE = ("key_id", "national_id", "insurance_no", "birth", "birth_year", "sex", "ward")
TEXT = ("passport_no", "sender_code", "source_person_id")
FLAGS = ("is_weak_birth", "is_newborn")
Row = dict[str, Any]

few = st.one_of(st.none(), st.integers(1, 2))
rows = st.lists(
    st.fixed_dictionaries(
        {
            **dict.fromkeys(WHOLE, few),
            **{name: few.map(lambda n: None if n is None else str(n)) for name in TEXT},
            **dict.fromkeys(FLAGS, st.booleans()),
            "match": st.sampled_from([None, None, None, 100, 200]),
        }
    ),
    min_size=1,
    max_size=8,
)
pairs = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=4)
"""Numbers 8 and 9 are nobody's: records that are gone."""


def expected(records: list[Row], apart: set[int], together: list[tuple[int, int]], out: set[tuple[int, int]]) -> Row:
    """Whose each record without a match is."""
    ruled = {n: {n} for n in range(10)}
    merge(ruled, together)
    follows = {}
    for n, record in enumerate(records):
        people = {records[o]["match"] for o in ruled[n] if o < len(records)} - {None}
        if record["match"] is None and len(people) == 1 and (n, *people) not in out:
            follows[n] = next(iter(people))
    loose = [n for n, record in enumerate(records) if record["match"] is None and n not in follows]
    free = [n for n in loose if n not in apart and not records[n]["is_newborn"]]
    groups = {n: {n} for n in range(10)}
    merge(groups, together)
    merge(groups, [(a, b) for a, b in combinations(free, 2) if is_same(records[a], records[b])])
    return follows | {n: -min(o for o in groups[n] if o in loose) for n in loose}


def merge(groups: dict[int, set[int]], edges: list[tuple[int, int]]) -> None:
    for a, b in edges:
        whole = groups[a] | groups[b]
        for one in whole:
            groups[one] = whole


def is_same(a: Row, b: Row) -> bool:
    return any(
        all(a[column] is not None and a[column] == b[column] for column in columns.split(", "))
        and not (rule == "birth_ward" and (a["is_weak_birth"] or b["is_weak_birth"]))
        for rule, columns in SAME_PERSON.items()
    )


@settings(max_examples=120, deadline=None)
@given(
    rows, st.sets(st.integers(0, 7), max_size=2), pairs, st.sets(st.tuples(st.integers(0, 7), st.just(100)), max_size=2)
)
def test_as_the_oracle_has_it(
    records: list[Row], apart: set[int], together: list[tuple[int, int]], out: set[tuple[int, int]]
) -> None:
    numbered = [{"record_id": n, **record} for n, record in enumerate(records)]
    key = pa.schema(
        [("record_id", pa.int64()), *((name, pa.int64()) for name in WHOLE), *((name, pa.bool_()) for name in FLAGS)]
    )
    sender = pa.schema([("record_id", pa.int64()), *((name, pa.string()) for name in TEXT)])
    decided = [
        {"record_id": row["record_id"], "person_id": row["match"], "decision": "match" if row["match"] else "none"}
        for row in numbered
    ]
    ruled = [{"record_id": record, "person_id": person, "verdict": "different"} for record, person in out]
    bonds = Bonds(
        pa.Table.from_pylist([{"record_id": one} for one in apart], APART),
        pa.Table.from_pylist([{"record_id": one, "other_id": other} for one, other in together], TOGETHER),
    )
    with LocalEngine(threads=1) as engine:
        engine.register("record_key", pa.Table.from_pylist(numbered, key))
        engine.register("sender_record", pa.Table.from_pylist(numbered, sender))
        engine.register("decision", pa.Table.from_pylist(decided, RULING.set(2, pa.field("decision", pa.string()))))
        engine.register("ruling", pa.Table.from_pylist(ruled, RULING))
        found = {row["record_id"]: row["person_id"] for row in group_provisional(engine, bonds).to_pylist()}
    assert found == expected(records, apart, together, out)
