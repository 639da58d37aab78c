"""How fast the rows of people are standardised, in all and by field, beside what was asked.

    python -m tests.bench.standardising [--rows 1000000]

The rows are those of an invented register with the columns of a district's export: no two alike, few of them odd. They
are invented once and kept in `var/bench`.
"""

import argparse
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from etl.contracts import PERSON_RECORD, REGISTER_PERSON
from etl.sample.people import draw_people
from etl.sample.register import SNAPSHOT_FILE, write_register
from etl.settings import PROJECT_DIR
from etl.standardise.records import standardise_table
from tests.bench.reading import CITY_ROWS, COLUMNS, DISTRICT, TODAY

FOLDER = PROJECT_DIR / "var" / "bench"
SIZES = (50_000, 200_000)
"""Rows of a chunk."""
SMALL = 20
ASKED_SECONDS = 40


@dataclass
class Spent:
    """Seconds of a piece of work, once it is over."""

    cpu: float = 0.0
    wall: float = 0.0


@contextmanager
def timed() -> Iterator[Spent]:
    """Processor and wall seconds of what is done meanwhile."""
    spent, cpu, wall = Spent(), time.process_time(), time.perf_counter()
    yield spent
    spent.cpu, spent.wall = time.process_time() - cpu, time.perf_counter() - wall


def invent(rows: int) -> pa.Table:
    """So many person rows as a reader gives them, all text, in the file's order."""
    kept = FOLDER / f"people-{rows}.parquet"
    if not kept.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory() as folder:
            write_register(draw_people(int(rows * 1.2) + 100, 7), 7, Path(folder))
            terms = {term: field.name for field in (*REGISTER_PERSON, *PERSON_RECORD) for term in field.terms}
            names = {sent: terms.get(sent) or terms[meant] for sent, meant in COLUMNS.items()}
            text = pcsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), include_columns=list(names), strings_can_be_null=True
            )
            sent = pcsv.read_csv(Path(folder) / SNAPSHOT_FILE, convert_options=text)
            pq.write_table(sent.rename_columns(list(names.values())).slice(0, rows), kept)
    sent = pq.read_table(kept)
    count = sent.num_rows
    given = {
        name: pa.array(np.arange(count), type_) for name, type_ in (("record_id", pa.int64()), ("row_no", pa.int32()))
    }
    digests = np.char.mod("%032x", np.arange(count))
    same = {"batch_id": pa.repeat(pa.scalar(1), count), "sender_code": pa.repeat(DISTRICT.sender_code, count)}
    return pa.table({**given, **same, "row_digest": pa.array(digests), **{n: sent[n] for n in sent.column_names}})


def cut(rows: pa.Table, size: int) -> list[pa.Table]:
    """Chunks as a reader gives them: each a table of its own, not a view of the whole."""
    return [
        rows.slice(at, size).take(pa.array(np.arange(min(size, rows.num_rows - at))))
        for at in range(0, rows.num_rows, size)
    ]


def standardise(rows: pa.Table) -> pa.Table:
    """One chunk, as the pipeline does it."""
    return standardise_table(PERSON_RECORD, rows, sender=DISTRICT, received_on=TODAY)


def spend(chunks: list[pa.Table], threads: int = 1) -> Spent:
    """What standardising the chunks costs, results not kept."""
    with timed() as spent, ThreadPoolExecutor(threads) as pool:
        for done in pool.map(lambda chunk: standardise(chunk).num_rows, chunks):
            assert done
    return spent


def by_field(rows: pa.Table) -> dict[str, float]:
    """Processor seconds of each sent column alone, beyond those of a table without any."""
    given = [name for name in rows.column_names if name in PERSON_RECORD.source_schema.names[:5]]
    chunks = cut(rows, SIZES[0])
    bare = spend([chunk.select(given) for chunk in chunks]).cpu
    sent = [name for name in rows.column_names if name not in given]
    return {"(none)": bare} | {
        name: spend([chunk.select([*given, name]) for chunk in chunks]).cpu - bare for name in sent
    }


def main() -> None:
    """Invent, standardise, print."""
    parser = argparse.ArgumentParser(description="Measure standardising.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = invent(parser.parse_args().rows)
    standardise(rows.slice(0, SIZES[0]))  # tables are made and libraries loaded before
    table = Table("", "processor", "wall", "22 M rows", title=f"{rows.num_rows:,} person rows standardised")
    for threads, size in ((1, SIZES[0]), (1, SIZES[1]), (2, SIZES[0]), (2, SIZES[1])):
        spent = spend(cut(rows, size), threads)
        table.add_row(
            f"{threads} thread(s), chunks of {size:,}",
            f"{spent.cpu / rows.num_rows * 1e6:.2f} µs a row",
            f"{spent.wall / rows.num_rows * 1e6:.2f} µs a row",
            f"{spent.wall / rows.num_rows * CITY_ROWS:.0f} s (asked ≤ {ASKED_SECONDS} s)",
        )
    small = cut(rows.slice(0, 100 * SMALL), SMALL)
    table.add_row(f"tables of {SMALL} rows", f"{spend(small).cpu / len(small) * 1e3:.1f} ms each", "", "")
    console = Console(width=120)
    console.print(table)
    fields = Table("field alone", "processor", title="By field")
    for name, seconds in by_field(rows).items():
        fields.add_row(name, f"{seconds / rows.num_rows * 1e6:.3f} µs a row")
    console.print(fields)


if __name__ == "__main__":
    main()
