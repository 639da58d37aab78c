"""A file becomes staged tables: read, standardised and checked chunk by chunk, in memory that does not grow with it."""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from etl import sources
from etl.contracts import HELD_ROW, NOTE, PERSON_RECORD, SENT, TABLES, Table
from etl.contracts.reading import Chunk, Finding, Recognition, Remark, Sender
from etl.errors import DataError
from etl.sources.rows import SeenRecords, decide_outcomes, number_rows

if TYPE_CHECKING:
    from etl.quality.gate import Gate

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
    with _Writers(folder) as writers, Gate(source.received_on, folder=folder) as gate:
        settling = _Settling(gate, seen, writers)
        _flow(chunks, source, settling, max(1, threads - 1))
        findings = gate.finish()
    told = {outcome: settling.counts[outcome] for outcome in ("accepted", "quarantined", "duplicate")}
    return Staged(recognition, findings, {"rows_in": settling.counts.total(), **told})


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


def _flow(chunks: Iterator[Chunk], source: Source, settling: "_Settling", others: int) -> None:
    """Read chunks here, standardise them in `others` threads, and settle them in one more, in their order.

    Few are on their way at a time. What breaks in another thread is raised here.
    """
    with ThreadPoolExecutor(others) as pool, ThreadPoolExecutor(1) as last:
        waiting: deque[Future[None]] = deque()
        for chunk in chunks:
            made = pool.submit(_standardise, chunk.tables, source)
            waiting.append(last.submit(settling.take, made, chunk.remarks))
            if len(waiting) > others + 1:
                waiting.popleft().result()
        for settled in waiting:
            settled.result()


class _Settling:
    """Checks chunk after chunk, decides what becomes of each row, and has all of them written."""

    def __init__(self, gate: "Gate", seen: SeenRecords, writers: "_Writers") -> None:
        self._gate, self._seen, self._writers = gate, seen, writers
        self.counts: Counter[str] = Counter()

    def take(self, made: Future[dict[str, pa.Table]], remarks: Sequence[Remark]) -> None:
        """Settle a chunk once it is standardised."""
        tables = made.result()
        outcomes = decide_outcomes(tables[PERSON_RECORD.name], self._gate.take(tables, remarks), self._seen)
        for count in pc.value_counts(outcomes["outcome"]).to_pylist():
            self.counts[count["values"]] += count["counts"]
        for name, table in tables.items():
            states = pc.take(outcomes["outcome"], pc.index_in(table["row_no"], outcomes["row_no"]))
            self._writers.write(TABLES[name], table.append_column("row_state", states))
        held = outcomes.filter(pc.not_equal(outcomes["outcome"], "accepted"))
        self._writers.write(HELD_ROW, held.select(HELD_ROW.arrow_schema.names))


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
