"""Numbers for source rows that depend on the row's content alone, so that it may be cut and ordered in any way."""

from hashlib import sha256

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.column import as_array

DIGEST_DIGITS = 32
RECORD_DIGITS = 15
"""Hex digits of the row's digest that make the record's number: 60 bits, so that it is positive as a bigint."""


def record_numbers(row_digests: pa.ChunkedArray, sender_code: str) -> pa.Array:
    """The record number of each row of a sender: int64, 0 to 2^60 - 1, from `row_digest` (32 lower-case hex digits).

    Two rows of one sender with one number and different digests are not told apart here; whoever stores them compares
    the digests too.
    """
    text = pc.binary_join_element_wise(as_array(row_digests), "").cast(pa.binary(DIGEST_DIGITS))  # from offset 0
    letters = np.frombuffer(text.buffers()[1], dtype=np.uint8)[: len(text) * DIGEST_DIGITS]
    digits = letters.reshape(-1, DIGEST_DIGITS)[:, :RECORD_DIGITS].astype(np.int64)
    nibbles = np.where(digits >= ord("a"), digits - ord("a") + 10, digits - ord("0"))
    powers = 16 ** np.arange(RECORD_DIGITS - 1, -1, -1, dtype=np.int64)
    salt = int(sha256(sender_code.encode()).hexdigest()[:RECORD_DIGITS], 16)
    return pa.array((nibbles @ powers) ^ salt, pa.int64())


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


def is_first(
    record_ids: pa.ChunkedArray, row_nos: pa.ChunkedArray, is_counted: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Which rows are the first, by row number, among the counted ones with their record number."""
    ids, rows = record_ids.to_numpy(), row_nos.to_numpy()
    order = np.lexsort((rows, ids, ~is_counted))
    first = np.zeros(len(ids), dtype=np.bool_)
    counted = int(is_counted.sum())
    _, index = np.unique(ids[order[:counted]], return_index=True)
    first[order[index]] = True
    return first


def decide_outcomes(people: pa.Table, quarantined: dict[int, str], known: pa.Table) -> pa.Table:
    """Per row `batch_id, row_no, outcome, rule_id, duplicate_of`: quarantined, else a duplicate, else accepted.

    `people` are a batch's person records, `quarantined` the rule that set a row aside, by row number; `known` the
    records (`record_id, row_digest`) that earlier batches of the sender brought.
    """
    row_nos, rule_ids = pa.array(list(quarantined), pa.int32()), pa.array(list(quarantined.values()), pa.string())
    rules = pc.take(rule_ids, pc.index_in(people["row_no"], row_nos))
    is_good = pc.is_null(rules).to_numpy()
    is_new = (
        is_first(people["record_id"], people["row_no"], is_good)
        & ~pc.is_in(people["record_id"], known["record_id"]).to_numpy()
    )
    refuse_collisions(people, known)
    outcome = np.where(~is_good, "quarantined", np.where(is_new, "accepted", "duplicate"))
    duplicate_of = pc.if_else(pa.array(outcome == "duplicate"), people["record_id"], pa.scalar(None, pa.int64()))
    return pa.table(
        {
            "batch_id": people["batch_id"],
            "row_no": people["row_no"],
            "outcome": outcome,
            "rule_id": rules,
            "duplicate_of": duplicate_of,
        }
    )


def refuse_collisions(people: pa.Table, known: pa.Table) -> None:
    """Two different rows with one record number must stop us: taking one for the other would lose a row."""
    pairs = (
        pa.concat_tables([people.select(["record_id", "row_digest"]), known])
        .group_by(["record_id", "row_digest"])
        .aggregate([])
    )
    assert pairs.num_rows == pc.count_distinct(pairs["record_id"]).as_py(), "two different rows have one record number"
