"""The digests over a book's rows tell any change of any column, and neither order nor, for the content, where it came from."""

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest

from etl.books.build import LINEAGE, sql_for_digests
from etl.contracts import BOOK_PARTS, Field, Table
from etl.engines.local import LocalEngine

VALUES: dict[pa.DataType, tuple[Any, ...]] = {
    pa.string(): ("", "a", "ab"),
    pa.bool_(): (False, True),
    pa.date32(): (date(2026, 1, 1), date(2026, 1, 2)),
    pa.timestamp("us"): (datetime(2026, 1, 1), datetime(2026, 1, 1, 0, 0, 1)),
    pa.timestamp("us", "UTC"): (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)),
    pa.float64(): (0.0, 0.1),
    pa.list_(pa.string()): ([], ["a"], ["a", "b"], ["b", "a"]),
    pa.list_(pa.int32()): ([], [1], [1, 2], [2, 1]),
}


def digests(*versions: tuple[Table, list[dict[str, Any]]]) -> list[tuple[int, int]]:
    """Content and whole of each version: the rows of one table that a person has."""
    rows: dict[str, list[dict[str, Any]]] = {table.name: [] for table in BOOK_PARTS}
    for person_id, (table, lines) in enumerate(versions):
        rows[table.name] += [line | {"person_id": person_id} for line in lines]
    with LocalEngine() as engine:
        for table in BOOK_PARTS:
            engine.register(table.name, pa.Table.from_pylist(rows[table.name], schema=table.arrow_schema))
        found = engine.query(f"{sql_for_digests()} order by person_id").to_pylist()
    return [(int(row["content"]), int(row["whole"])) for row in found]


def row_of(table: Table, **values: Any) -> dict[str, Any]:
    return {field.name: None for field in table} | {"batch_id": 1, "row_no": 1} | values


def without_person(table: Table) -> list[Field]:
    return [field for field in table if field.name != "person_id"]


@pytest.mark.parametrize("table", BOOK_PARTS, ids=lambda table: table.name)
def test_every_value_of_every_column_is_another_digest(table: Table) -> None:
    changes = [(field.name, value) for field in without_person(table) for value in VALUES.get(field.type, (0, 7))]
    rows = [row_of(table), *(row_of(table, **{name: value}) for name, value in changes)]
    contents, wholes = zip(*digests(*((table, [row]) for row in rows)), strict=True)
    assert len(set(wholes)) == len(rows)
    said = [content for content, (name, _) in zip(contents[1:], changes, strict=True) if name not in LINEAGE]
    assert len({contents[0], *said}) == len(said) + 1
    assert {contents[0], *said} == set(contents), "lineage says nothing of the content"


@pytest.mark.parametrize("table", BOOK_PARTS, ids=lambda table: table.name)
def test_order_says_nothing_and_a_row_twice_does(table: Table) -> None:
    one, other = row_of(table), row_of(table, row_no=2)
    found = digests((table, [one, other]), (table, [other, one]), (table, [one]), (table, [one, one]))
    assert found[0] == found[1]
    assert len({content for content, _ in found[1:]}) == 2
    assert len({whole for _, whole in found}) == 3


def test_where_one_text_ends_and_in_which_table_it_stands_are_told() -> None:
    table = next(table for table in BOOK_PARTS if table.name == "medication")
    texts = [("ab", "c"), ("a", "bc"), ("abc", None), ("abc", ""), (None, "abc"), ("c", "ab")]
    versions = [(table, [row_of(table, drug_name=one, dosage=other)]) for one, other in texts]
    versions += [(each, [row_of(each)]) for each in BOOK_PARTS]
    assert len({content for content, _ in digests(*versions)}) == len(versions)
