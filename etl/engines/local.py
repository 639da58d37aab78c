"""DuckDB on this machine: memory-bounded, spilling to a folder of its own, gone when closed."""

import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

import duckdb
import pyarrow as pa

VERSION = f"duckdb {duckdb.__version__}"
BATCH_ROWS = 122_880
"""Rows of a batch that a function gets: one row group of DuckDB."""


class LocalEngine:
    """One DuckDB session, used as a context manager.

    Named steps are tables of the session: `create(name, sql)` makes one, `query(sql)` takes rows out as Arrow.
    `memory_limit` is what DuckDB may hold before it spills (such as "4GB"); `spill_dir` is where it spills.
    """

    def __init__(self, memory_limit: str = "4GB", threads: int = 2, spill_dir: Path | None = None) -> None:
        self._spill = tempfile.TemporaryDirectory(prefix="spill-", dir=spill_dir)
        self._threads = threads
        self._registered: dict[str, pa.Table] = {}
        self._kinds: dict[str, str] = {}
        self._connection = duckdb.connect(
            config={
                "memory_limit": memory_limit,
                "threads": threads,
                "temp_directory": self._spill.name,
                "preserve_insertion_order": "false",
                "checkpoint_threshold": "1TB",  # tables that soon go need not be compressed
            }
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()
        self._spill.cleanup()

    @contextmanager
    def split(self) -> Iterator[list["LocalEngine"]]:
        """Engines of one thread each, as many as this one has threads; they share what this one may hold.

        For work in parts too small for several threads: DuckDB gives each thread a row group at a time.
        """
        [limit] = self.query("select current_setting('memory_limit') as amount")["amount"].to_pylist()
        amount, unit = limit.split()
        share = f"{float(amount) / self._threads:.1f}{unit}"
        with ExitStack() as stack:
            spill_dir = Path(self._spill.name)
            yield [stack.enter_context(LocalEngine(share, 1, spill_dir)) for _ in range(self._threads)]

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table known under a name, without copying it."""
        self._make_way(name, "registered")
        self._registered[name] = table
        self._connection.register(name, table)

    def create(self, name: str, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> None:
        """Run one SELECT and keep its rows as a table of the session."""
        self._make_way(name, "table")
        self._connection.execute(f"create or replace table {name} as {sql}", parameters)

    def create_view(self, name: str, sql: str) -> None:
        """Give a SELECT over tables and Parquet files a name, without running it."""
        self._make_way(name, "view")
        self._connection.execute(f"create or replace view {name} as {sql}")

    def create_from_parquet(self, name: str, paths: Sequence[Path | str], empty: pa.Schema) -> None:
        """Make a view over Parquet files; without any, an empty table of the schema `empty`."""
        if paths:
            files = ", ".join(_quote(path / "**/*.parquet" if path.is_dir() else path) for path in map(Path, paths))
            self.create_view(name, f"select * from read_parquet([{files}], union_by_name = true)")
        else:
            self.register(name, empty.empty_table())

    def stream(
        self, name: str, sql: str, function: Callable[[pa.RecordBatch], pa.RecordBatch], schema: pa.Schema
    ) -> None:
        """Make known what `function` gives for the batches of a SELECT: read once, by one `create`.

        Batches pass through as they are read, `threads` at a time, and are never all in memory.
        """
        source = self._connection.cursor()  # an unfinished result would block the session's own connection
        for known, table in self._registered.items():
            source.register(known, table)
        reader = source.sql(sql).to_arrow_reader(BATCH_ROWS)
        batches = _mapped(reader, function, self._threads)
        self._connection.register(name, pa.RecordBatchReader.from_batches(schema, batches))

    def query(self, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> pa.Table:
        """The rows of one SELECT."""
        return self._connection.sql(sql, params=parameters or None).to_arrow_table()

    def count(self, name: str) -> int:
        """How many rows a table has."""
        return int(self.query(f"select count(*) as rows from {name}")["rows"][0].as_py())

    def drop(self, *names: str) -> None:
        """Forget tables that nothing will read again."""
        for name in names:
            self._make_way(name, "")

    def _make_way(self, name: str, kind: str) -> None:
        """Forget what has the name, where it is of another kind: DuckDB replaces tables by tables only."""
        before = self._kinds.pop(name, "")
        if self._registered.pop(name, None) is not None:
            self._connection.unregister(name)
        elif before and before != kind:
            self._connection.execute(f"drop {before} {name}")
        if kind:
            self._kinds[name] = kind

    def write_parquet(self, sql: str, path: Path | str) -> None:
        """Write the rows of one SELECT to a Parquet file, without holding them in memory."""
        self._connection.execute(
            f"copy ({sql}) to {_quote(path)} (format parquet, compression zstd, compression_level 1)"
        )

    def scatter(self, sql: str, folder: Path, column: str) -> None:
        """Write the rows of one SELECT to Parquet files in `folder`/`column`=<value>, which `gather` reads one by one."""
        folder.mkdir(parents=True, exist_ok=True)
        self._connection.execute(
            f"copy ({sql}) to {_quote(folder)} (format parquet, compression lz4, partition_by ({column}))"
        )

    def gather(self, name: str, folder: Path, column: str, value: int, empty: pa.Schema) -> None:
        """Make a view over what `scatter` wrote for one value, nothing included."""
        self.create_from_parquet(name, sorted((folder / f"{column}={value}").glob("*.parquet")), empty)


def _quote(path: Path | str) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _mapped(
    batches: Iterator[pa.RecordBatch], function: Callable[[pa.RecordBatch], pa.RecordBatch], threads: int
) -> Iterator[pa.RecordBatch]:
    """The results in the order of the batches, with a few under way at once."""
    under_way: deque[Future[pa.RecordBatch]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for batch in batches:
            under_way.append(pool.submit(function, batch))
            if len(under_way) > threads:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
