"""Numbers for source rows that depend on the row's content alone, so that it may be cut and ordered in any way."""

from hashlib import sha256

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

DIGEST_DIGITS = 32
RECORD_DIGITS = 15
"""Hex digits of the row's digest that make the record's number: 60 bits, so that it is positive as a bigint."""


def record_numbers(row_digests: pa.ChunkedArray, sender_code: str) -> pa.Array:
    """The record number of each row of a sender: int64, 0 to 2^60 - 1, from `row_digest` (32 lower-case hex digits).

    Two rows of one sender with one number and different digests are not told apart here; whoever stores them compares
    the digests too.
    """
    text = pc.cast(row_digests.combine_chunks(), pa.binary(DIGEST_DIGITS))
    digits = (
        np.frombuffer(b"".join(text.to_pylist()), dtype=np.uint8)
        .reshape(-1, DIGEST_DIGITS)[:, :RECORD_DIGITS]
        .astype(np.int64)
    )
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
