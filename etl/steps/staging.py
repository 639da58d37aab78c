"""A file becomes staged tables: read, standardised and checked chunk by chunk, in memory that does not grow with it."""

from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from etl import sources
from etl.contracts import HELD_ROW, NOTE, PERSON_RECORD, SENT, TABLES, Table
from etl.contracts.reading import Chunk, Finding, Recognition, Remark, Sender
from etl.errors import DataError
from etl.sources.rows import SeenRecords, decide_outcomes, number_rows

GIVEN = ("batch_id", "record_id", "row_no", "line_no", "row_digest", "sender_code")
"""Fields that the pipeline gives, so that nothing was sent for them."""
CODED = (
    "sex",
    "ward_code",
    "ethnic_code",
    "nationality_code",
    "occupation_code",
    "status",
    "birth_precision",
    "as_of_date",
)
"""Fields that say the same in many rows, beside the codes and notes of events."""
ROWS_AT_ONCE = 100_000


@dataclass(frozen=True)
class Source:
    """A received file: where its bytes lie, who sent it, the batch that it is, the day it came, what it is said to be, and
    what its sender calls columns."""

    path: Path
    sender: Sender
    batch_id: int
    received_on: date
    kind: str | None = None
    own: sources.OwnHeadings | None = None


@dataclass(frozen=True)
class Staged:
    """How a file was understood, what the rules say of it, and what became of its rows.

    `counts` has `rows_in`, `accepted`, `quarantined` and `duplicate`, in this order.
    """

    recognition: Recognition
    findings: tuple[Finding, ...]
    counts: dict[str, int]


def stage(source: Source, folder: Path, seen: SeenRecords, limits: sources.Limits, threads: int = 2) -> Staged:
    """Write every row of a file, whatever its outcome, to `<table>.parquet` in `folder`, with its `row_state`.

    Rows that are not accepted stand in `held_row.parquet` too. `seen` knows what the sender brought before. Raises
    DataError where the file is refused as a whole; what lies in `folder` then means nothing.
    """
    from etl.quality.gate import Gate

    recognition = sources.recognise(source.path, source.kind, limits, source.own)
    if recognition.kind == sources.register.KIND == source.sender.kind:
        raise DataError(
            "file: it is the population register; expected a file about patients. Load it with `healthbook register`.",
            "file_kind_unknown",
        )
    chunks = sources.read(source.path, recognition, source.sender, limits)
    counts: Counter[str] = Counter()
    with _Writers(folder) as writers, Gate(source.received_on, folder=folder) as gate:
        for remarks, tables in _standardised(chunks, source, threads):
            outcomes = decide_outcomes(tables[PERSON_RECORD.name], gate.take(tables, remarks), seen)
            counts.update(outcomes["outcome"].to_pylist())
            for name, table in tables.items():
                states = pc.take(outcomes["outcome"], pc.index_in(table["row_no"], outcomes["row_no"]))
                writers.write(TABLES[name], table.append_column("row_state", states))
            held = outcomes.filter(pc.not_equal(outcomes["outcome"], "accepted"))
            writers.write(HELD_ROW, held.select(HELD_ROW.arrow_schema.names))
        findings = gate.finish()
    told = {outcome: counts[outcome] for outcome in ("accepted", "quarantined", "duplicate")}
    return Staged(recognition, findings, {"rows_in": counts.total(), **told})


def accepted_people(folder: Path) -> Iterator[pa.Table]:
    """The accepted person records of a staged file, some at a time, as the contract has them."""
    for table in _batches(folder / f"{PERSON_RECORD.name}.parquet", [*PERSON_RECORD.arrow_schema.names, "row_state"]):
        yield table.filter(pc.equal(table["row_state"], "accepted")).drop_columns(["row_state"])


def held_rows(folder: Path) -> Iterator[pa.Table]:
    """The rows of a staged file that were not accepted, some at a time."""
    yield from _batches(folder / f"{HELD_ROW.name}.parquet", HELD_ROW.arrow_schema.names)


def _batches(path: Path, columns: list[str]) -> Iterator[pa.Table]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS_AT_ONCE, columns=columns):
            yield pa.Table.from_batches([batch])


def _standardised(
    chunks: Iterator[Chunk], source: Source, threads: int
) -> Iterator[tuple[tuple[Remark, ...], dict[str, pa.Table]]]:
    """Remarks and standardised tables of each chunk, in their order, while the next ones are read."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[tuple[tuple[Remark, ...], Future[dict[str, pa.Table]]]] = deque()
        for chunk in chunks:
            waiting.append((chunk.remarks, pool.submit(_standardise, chunk.tables, source)))
            if len(waiting) > threads:
                remarks, made = waiting.popleft()
                yield remarks, made.result()
        for remarks, made in waiting:
            yield remarks, made.result()


def _standardise(tables: dict[str, pa.Table], source: Source) -> dict[str, pa.Table]:
    from etl.standardise.records import standardise_table

    numbered = number_rows(tables, source.batch_id, source.sender.sender_code)
    return {
        name: standardise_table(TABLES[name], table, sender=source.sender, received_on=source.received_on)
        for name, table in numbered.items()
    }


class _Writers:
    """One Parquet file for each table that occurs, written chunk by chunk under one schema."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._open = folder, ExitStack()
        self._writers: dict[str, pq.ParquetWriter] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def write(self, contract: Table, table: pa.Table) -> None:
        """Append rows to the table's file; columns that this chunk lacks are empty."""
        if contract.name not in self._writers:
            self._writers[contract.name] = self._open.enter_context(self._start(contract))
        writer = self._writers[contract.name]
        lacking = [field for field in writer.schema if field.name not in table.column_names]
        for field in lacking:
            table = table.append_column(field, pa.nulls(table.num_rows, field.type))
        assert len(table.column_names) == len(writer.schema)
        writer.write_table(table.select(writer.schema.names))

    def _start(self, contract: Table) -> pq.ParquetWriter:
        if contract is HELD_ROW:
            schema, coded = HELD_ROW.arrow_schema, ["outcome", "rule_id"]
        else:
            schema, coded = staged_schema(contract), [*_coded(contract), "row_state"]
        return pq.ParquetWriter(
            self._folder / f"{contract.name}.parquet",
            schema,
            compression="zstd",
            use_dictionary=coded,
            write_statistics=["row_no"],
        )


def staged_schema(contract: Table) -> pa.Schema:
    """The typed fields of a source's table, `sent_` and `note_` for each that a sender may write, and `row_state`."""
    written = [field.name for field in contract.source_fields if field.name not in GIVEN]
    beside = [(prefix + name, pa.string()) for name in written for prefix in (SENT, NOTE)]
    return pa.schema([*contract.source_schema, *beside, ("row_state", pa.string())])


def _coded(contract: Table) -> list[str]:
    """Columns that repeat, so that a dictionary is worth its making."""
    written = [field.name for field in contract.source_fields if field.name not in GIVEN]
    few = CODED if contract is PERSON_RECORD else written
    return ["batch_id", *(f"{NOTE}{name}" for name in written), *(p + name for name in few for p in ("", SENT))]
