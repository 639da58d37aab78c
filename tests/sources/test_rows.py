"""Record numbers depend on content and sender alone; the first of equal rows is the first by its number in the file."""

from hashlib import md5, sha256

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.sources.rows import SeenRecords, digest_marks, number_rows, record_numbers


def digest(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


@given(st.lists(st.text(), min_size=1, max_size=20), st.sampled_from(["PX00004", "CS01929"]))
def test_numbers_are_those_of_plain_arithmetic(rows: list[str], sender_code: str) -> None:
    digests = [digest(row) for row in rows]
    salt = int(sha256(sender_code.encode()).hexdigest()[:15], 16)
    numbers = record_numbers(pa.chunked_array([digests]), sender_code).to_pylist()
    assert numbers == [int(text[:15], 16) ^ salt for text in digests]
    assert all(0 <= number < 2**60 for number in numbers)


def test_another_sender_gives_another_number() -> None:
    column = pa.chunked_array([[digest("the same row")]])
    assert record_numbers(column, "PX00004") != record_numbers(column, "PX00008")


def test_lines_of_a_row_get_its_number() -> None:
    people = pa.table({"row_no": pa.array([4, 5], pa.int32()), "row_digest": [digest("a"), digest("b")]})
    drugs = pa.table({"row_no": pa.array([5, 4, 5], pa.int32())})
    numbered = number_rows({"person_record": people, "medication": drugs}, 7, "CS01929")
    first, second = numbered["person_record"]["record_id"].to_pylist()
    assert numbered["medication"]["record_id"].to_pylist() == [second, first, second]
    assert set(numbered["medication"]["batch_id"].to_pylist()) == {7}
    assert numbered["person_record"]["sender_code"].to_pylist() == ["CS01929"] * 2


def people(rows: list[tuple[int, str]]) -> pa.Table:
    """Persons of (row number, letter of the digest), with their numbers."""
    digests = pa.array([digest(letter) for _, letter in rows], pa.string())
    numbers = record_numbers(pa.chunked_array([digests]), "PX00004")
    return pa.table(
        {"row_no": pa.array([row for row, _ in rows], pa.int32()), "row_digest": digests, "record_id": numbers}
    )


@given(
    st.lists(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), max_size=8), max_size=6),
    st.sets(st.sampled_from("abcd")),
)
def test_one_row_of_each_record_is_first(chunks: list[list[tuple[str, bool]]], known: set[str]) -> None:
    brought = people([(1, letter) for letter in sorted(known)])
    marks = pa.array(digest_marks(brought["row_digest"]).tolist(), pa.int64())
    seen, expected, found, row_no = SeenRecords(brought.append_column("digest_mark", marks)), set(known), [], 0
    for chunk in chunks:
        rows = [(row_no := row_no + 1, letter) for letter, _ in chunk]
        is_counted = np.array([counted for _, counted in chunk], np.bool_)
        found += seen.add_first(people(rows), is_counted).tolist()
    for (letter, is_counted), is_first in zip([row for chunk in chunks for row in chunk], found, strict=True):
        assert is_first == (is_counted and letter not in expected)
        expected |= {letter} if is_counted else set()


def test_two_rows_with_one_number_stop_us() -> None:
    """Sixty bits make it unlikely; taking one row for the other would lose it."""
    rows = people([(1, "a"), (2, "b")])
    alike = rows.set_column(2, "record_id", pa.array([7, 7], pa.int64()))
    with pytest.raises(AssertionError, match="one record number"):
        SeenRecords().add_first(alike, np.ones(2, np.bool_))
    seen = SeenRecords()
    assert seen.add_first(alike.slice(0, 1), np.ones(1, np.bool_)).tolist() == [True]
    with pytest.raises(AssertionError, match="one record number"):
        seen.add_first(alike.slice(1, 1), np.ones(1, np.bool_))
