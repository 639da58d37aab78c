"""The truth beside the files: whom each row names, and which errors were planted where."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from etl.sample.planting import Planting


@dataclass(frozen=True)
class Truth:
    """The truth of files: `records` (path, row_no, who: place among people), `errors` (path, row_no, column, error)."""

    records: pa.Table
    errors: pa.Table


def state_truth(path: str, row_no: np.ndarray, who: np.ndarray, errors: Sequence[tuple[np.ndarray, str, str]]) -> Truth:
    """The truth of one file. `errors` are (row numbers, column, error)."""
    records = pa.table(
        {"path": _repeat(path, len(row_no)), "row_no": pa.array(row_no, pa.int32()), "who": pa.array(who, pa.int64())}
    )
    parts = [
        pa.table(
            {
                "path": _repeat(path, len(at)),
                "row_no": pa.array(at, pa.int32()),
                "column": _repeat(column, len(at)),
                "error": _repeat(error, len(at)),
            }
        )
        for at, column, error in errors
        if len(at)
    ]
    return Truth(records, pa.concat_tables(parts) if parts else _no_errors())


def state_repeated(
    path: str,
    planting: Planting,
    row_no: np.ndarray,
    who: np.ndarray,
    order: np.ndarray,
    left_out: frozenset[str] = frozenset(),
) -> Truth:
    """The truth of a file whose last rows repeat some of its rows: `order` says which place each row holds.

    A repeated row has the errors of the first one, and `exact_duplicate`. Columns `left_out` stand not in the file.
    """
    errors = [
        (row_no[np.isin(order, places)], column, error)
        for places, column, error in planting.planted
        if column not in left_out
    ]
    errors.append((row_no[len(who) :], "row", "exact_duplicate"))
    return state_truth(path, row_no, who[order], errors)


def write_truth(folder: Path, parts: Sequence[Truth], people: pa.Table) -> tuple[int, int]:
    """Write truth/records.csv and truth/errors.csv, sorted; gives how many rows each has."""
    folder.mkdir(parents=True, exist_ok=True)
    records = pa.concat_tables([part.records for part in parts]).sort_by(
        [("path", "ascending"), ("row_no", "ascending")]
    )
    who = records["who"]
    known = {
        "person_id": people["person_id"].take(who),
        "is_registered": pc.cast(people["is_registered"].take(who), pa.int8()),
    }
    _write(pa.table({"path": records["path"], "row_no": records["row_no"], **known}), folder / "records.csv")
    order = [(name, "ascending") for name in ("path", "row_no", "column", "error")]
    errors = pa.concat_tables([part.errors for part in parts]).sort_by(order)
    _write(errors, folder / "errors.csv")
    return len(records), len(errors)


def _write(table: pa.Table, file: Path) -> None:
    """A CSV file without quotes: no path, number or name of an error needs them."""
    with file.open("wb") as sink:
        sink.write((",".join(table.column_names) + "\n").encode())
        csv.write_csv(table, sink, csv.WriteOptions(include_header=False, quoting_style="none"))


def _repeat(text: str, count: int) -> pa.Array:
    return pa.repeat(text, count)


def _no_errors() -> pa.Table:
    return pa.table(
        {
            name: pa.array([], pa.int32() if name == "row_no" else pa.string())
            for name in ("path", "row_no", "column", "error")
        }
    )
