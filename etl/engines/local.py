"""DuckDB on this machine: memory-bounded, spilling to a folder of its own, gone when closed."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa


class LocalEngine:
    """One DuckDB session, used as a context manager.

    Named steps are tables of the session: `create(name, sql)` makes one, `table(name)` takes it out as Arrow.
    `memory_limit` is what DuckDB may hold before it spills (such as "4GB"); `spill_dir` is where it spills.
    """

    def __init__(self, memory_limit: str = "4GB", threads: int = 2, spill_dir: Path | None = None) -> None:
        self._spill = tempfile.TemporaryDirectory(prefix="spill-", dir=spill_dir)
        self._connection = duckdb.connect(
            config={
                "memory_limit": memory_limit,
                "threads": threads,
                "temp_directory": self._spill.name,
                "preserve_insertion_order": "false",
            }
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        self._spill.cleanup()

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table known under a name, without copying it."""
        self._connection.register(name, table)

    def create(self, name: str, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> None:
        """Run one SELECT and keep its rows as a table of the session."""
        self._connection.execute(f"create or replace temp table {name} as {sql}", parameters)

    def create_from_parquet(self, name: str, paths: Sequence[Path], empty: pa.Schema) -> None:
        """Make a view over Parquet files; without any, an empty table of the schema `empty`."""
        if paths:
            files = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
            self._connection.execute(
                f"create or replace temp view {name} as select * from read_parquet([{files}], union_by_name = true)"
            )
        else:
            self.register(name, empty.empty_table())

    def query(self, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> pa.Table:
        """The rows of one SELECT."""
        return self._connection.sql(sql, params=parameters or None).to_arrow_table()

    def count(self, name: str) -> int:
        """How many rows a table has."""
        row = self._connection.execute(f"select count(*) from {name}").fetchone()
        assert row is not None
        return int(row[0])

    def write_parquet(self, sql: str, path: Path) -> None:
        """Write the rows of one SELECT to a Parquet file, without holding them in memory."""
        self._connection.execute(
            f"copy ({sql}) to '{str(path).replace(chr(39), chr(39) * 2)}' (format parquet, compression zstd)"
        )
