"""Differences between two sets of links, and shifts between two builds, counted by hand."""

import pyarrow as pa
import pytest

from etl.engines.local import LocalEngine
from etl.linkage.difference import changes_anything, differences
from etl.linkage.drift import stability_index


def links(*rows: tuple[int, int, str]) -> pa.Table:
    records, persons, rules = zip(*rows, strict=True)
    return pa.table({"record_id": records, "person_id": persons, "rule": rules})


def found(before: pa.Table, after: pa.Table) -> set[tuple[object, ...]]:
    with LocalEngine(threads=1) as engine:
        return {tuple(row.values()) for row in differences(engine, before, after).to_pylist()}


BEFORE = links((1, 10, "id"), (2, 10, "weight"), (3, -3, "weight"), (4, 40, "id"), (5, 50, "weight"))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (BEFORE, {("kept", "", 4, 5)}),
        (
            links((1, 10, "id"), (2, -2, "none"), (3, -3, "weight"), (4, 40, "id"), (5, 50, "weight")),
            {("kept", "", 3, 3), ("split", "weight > none", 1, 2)},
        ),
        (
            links((1, 10, "id"), (2, 10, "weight"), (3, 30, "id"), (4, 40, "id"), (5, 50, "weight")),
            {("kept", "", 3, 4), ("moved", "weight > id", 1, 1)},
        ),
        (
            links((1, 10, "id"), (2, 10, "weight"), (3, -3, "weight"), (4, 40, "id"), (5, 40, "id")),
            {("kept", "", 2, 3), ("merged", "", 1, 1), ("merged", "weight > id", 1, 1)},
        ),
    ],
)
def test_persons_are_kept_moved_split_or_merged(after: pa.Table, expected: set[tuple[object, ...]]) -> None:
    assert found(BEFORE, after) == expected


def test_only_changes_need_approval() -> None:
    with LocalEngine(threads=1) as engine:
        assert not changes_anything(differences(engine, BEFORE, BEFORE))
        assert changes_anything(
            differences(
                engine,
                BEFORE,
                BEFORE.slice(0, 2)
                .append_column("x", pa.nulls(2))
                .drop_columns("x")
                .set_column(1, "person_id", [[10, 11]]),
            )
        )


def test_the_stability_index_is_nought_for_the_same_and_grows_with_the_shift() -> None:
    same = stability_index({"a": 50, "b": 50}, {"a": 500, "b": 500})
    small = stability_index({"a": 50, "b": 50}, {"a": 55, "b": 45})
    great = stability_index({"a": 50, "b": 50}, {"a": 95, "b": 5})
    assert abs(same) < 1e-3
    assert same < small < great
    assert stability_index({"a": 1}, {"b": 1}) > 0
