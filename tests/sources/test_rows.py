"""Record numbers depend on content and sender alone; the first of equal rows is the first by its number in the file."""

from hashlib import md5, sha256

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from etl.sources.rows import is_first, number_rows, record_numbers


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


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=20), st.randoms(use_true_random=False))
def test_one_row_of_each_number_is_first(drawn: list[tuple[int, bool]], random: object) -> None:
    rows = list(range(1, len(drawn) + 1))
    random.shuffle(rows)  # type: ignore[attr-defined]  # hypothesis gives a Random
    ids, counted = [number for number, _ in drawn], np.array([is_counted for _, is_counted in drawn], dtype=np.bool_)
    first = is_first(
        pa.chunked_array([pa.array(ids, pa.int64())]), pa.chunked_array([pa.array(rows, pa.int32())]), counted
    )
    expected: dict[int, int] = {}
    for number, row, is_counted in zip(ids, rows, counted, strict=True):
        if is_counted:
            expected[number] = min(row, expected.get(number, row))
    assert {(ids[place], rows[place]) for place in np.flatnonzero(first)} == set(expected.items())
