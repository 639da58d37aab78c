"""Numbers for source rows that depend on the row's content alone, so that it may be cut and ordered in any way."""

from hashlib import sha256
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.column import as_array

DIGEST_DIGITS = 32
RECORD_DIGITS = 15
"""Hex digits of the row's digest that make the record's number: 60 bits, so that it is positive as a bigint."""
MARK_DIGITS = 8
LONGEST_RUN = 1_000_000
Ids: TypeAlias = npt.NDArray[np.int64]
Marks: TypeAlias = npt.NDArray[np.uint32]


def record_numbers(row_digests: pa.ChunkedArray, sender_code: str) -> pa.Array:
    """The record number of each row of a sender: int64, 0 to 2^60 - 1, from `row_digest` (32 lower-case hex digits).

    Two rows of one sender with one number and different digests are not told apart here; `SeenRecords` does.
    """
    digits = _hex_digits(row_digests)[:, :RECORD_DIGITS].astype(np.int64)
    powers = 16 ** np.arange(RECORD_DIGITS - 1, -1, -1, dtype=np.int64)
    salt = int(sha256(sender_code.encode()).hexdigest()[:RECORD_DIGITS], 16)
    return pa.array((digits @ powers) ^ salt, pa.int64())


def number_rows(tables: dict[str, pa.Table], batch_id: int, sender_code: str) -> dict[str, pa.Table]:
    """The tables of a chunk with `batch_id`, `record_id` and, for person records, `sender_code`."""
    people = tables["person_record"]
    record_ids = record_numbers(people["row_digest"], sender_code)
    numbered = {}
    for name, table in tables.items():
        position = pc.index_in(table["row_no"], people["row_no"])
        table = table.append_column("batch_id", pa.repeat(pa.scalar(batch_id, pa.int64()), table.num_rows))
        table = table.append_column("record_id", pc.take(record_ids, position))
        if name == "person_record":
            table = table.append_column("sender_code", pa.repeat(pa.scalar(sender_code), table.num_rows))
        numbered[name] = table
    return numbered


class SeenRecords:
    """Which records a sender has brought before: in earlier batches, and in earlier rows of this one.

    Of each record 12 bytes are kept: its number, and 32 more bits of its row's digest, so that two different rows
    with one number stop us instead of one being taken for the other and lost.
    """

    def __init__(self, known: pa.Table | None = None) -> None:
        """`known`: `record_id` and `digest_mark` (see `digest_marks`), both int64, of what earlier batches brought."""
        self._runs: list[tuple[Ids, Marks]] = []
        if known is not None:
            self._add(known["record_id"].to_numpy(), known["digest_mark"].to_numpy().astype(np.uint32))

    def add_first(self, people: pa.Table, is_counted: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Which rows are the first with their number among all seen and the counted ones of `people`; these are seen.

        `people` has `record_id`, `row_digest` and `row_no`, which tells what is first.
        """
        ids, marks = people["record_id"].to_numpy(), digest_marks(people["row_digest"])
        order = np.lexsort((people["row_no"].to_numpy(), ~is_counted, ids))
        is_same = ids[order][1:] == ids[order][:-1]
        _refuse_collisions(marks[order][1:][is_same], marks[order][:-1][is_same])
        is_new = is_counted.copy()
        is_new[order] &= ~self._has(ids[order], marks[order])
        is_new[order[1:][is_same]] = False
        self._add(ids[is_new], marks[is_new])
        return is_new

    def _has(self, ids: Ids, marks: Marks) -> npt.NDArray[np.bool_]:
        """Which of the numbers, in ascending order, were seen."""
        is_seen = np.zeros(len(ids), np.bool_)
        for run_ids, run_marks in self._runs:
            place = np.minimum(np.searchsorted(run_ids, ids), len(run_ids) - 1)
            is_here = run_ids[place] == ids
            _refuse_collisions(run_marks[place[is_here]], marks[is_here])
            is_seen |= is_here
        return is_seen

    def _add(self, ids: Ids, marks: Marks) -> None:
        """Keeps sorted runs, each at least twice as long as the next; long ones are no longer joined, to spare memory."""
        if not len(ids):
            return
        order = np.argsort(ids)
        ids, marks = ids[order], marks[order]
        while self._runs and len(self._runs[-1][0]) < min(2 * len(ids), LONGEST_RUN):
            other_ids, other_marks = self._runs.pop()
            places = np.searchsorted(other_ids, ids)
            ids, marks = np.insert(other_ids, places, ids), np.insert(other_marks, places, marks)
        self._runs.append((ids, marks))


def decide_outcomes(people: pa.Table, set_aside: dict[int, str], seen: SeenRecords) -> pa.Table:
    """Per row `batch_id, row_no, outcome, rule_id, duplicate_of`: quarantined, else a duplicate, else accepted.

    `people` are person records of a batch, which come in the file's order; `set_aside` the rule that set a row aside,
    by row number.
    """
    row_nos, rule_ids = pa.array(list(set_aside), pa.int32()), pa.array(list(set_aside.values()), pa.string())
    rules = as_array(pc.take(rule_ids, pc.index_in(people["row_no"], row_nos)))
    is_good = np.asarray(pc.is_null(rules))
    is_new = seen.add_first(people, is_good)
    outcome = np.where(~is_good, "quarantined", np.where(is_new, "accepted", "duplicate"))
    is_duplicate = pa.array(is_good & ~is_new)
    return pa.table(
        {
            "batch_id": people["batch_id"],
            "row_no": people["row_no"],
            "outcome": pa.array(outcome.tolist(), pa.string()),
            "rule_id": rules,
            "duplicate_of": pc.if_else(is_duplicate, people["record_id"], pa.scalar(None, pa.int64())),
        }
    )


def digest_marks(row_digests: pa.ChunkedArray) -> Marks:
    """The 32 bits of each digest that follow those of the record's number."""
    digits = _hex_digits(row_digests)[:, RECORD_DIGITS : RECORD_DIGITS + MARK_DIGITS].astype(np.uint32)
    return digits @ (16 ** np.arange(MARK_DIGITS - 1, -1, -1)).astype(np.uint32)


def _hex_digits(row_digests: pa.ChunkedArray) -> npt.NDArray[np.uint8]:
    """The value of each digit: (rows, 32)."""
    text = pc.binary_join_element_wise(as_array(row_digests), "").cast(pa.binary(DIGEST_DIGITS))  # from offset 0
    letters = np.frombuffer(text.buffers()[1], dtype=np.uint8)[: len(text) * DIGEST_DIGITS]
    digits = letters.reshape(-1, DIGEST_DIGITS)
    return np.where(digits >= ord("a"), digits - (ord("a") - 10), digits - ord("0")).astype(np.uint8)


def _refuse_collisions(one: Marks, other: Marks) -> None:
    assert bool((one == other).all()), "two different rows have one record number"
