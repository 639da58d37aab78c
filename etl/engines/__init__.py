"""Engines run the same SQL and the same Arrow functions: DuckDB on one machine, Spark on a cluster.

SQL that both must run keeps to what they share: `cast`, `case`, `coalesce`, joins, `group by`, `row_number()`, `%`, and
whole numbers. Text is worked on in Arrow functions.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, Self

import pyarrow as pa

BatchFunction = Callable[[pa.RecordBatch], pa.RecordBatch]
"""From one batch of rows to another; rows may be dropped or added, and no batch may depend on another."""


class Engine(Protocol):
    """Named steps: each `create` or `stream` makes a name that later SQL reads."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table known under a name."""

    def create_from_parquet(self, name: str, paths: Sequence[Path | str], empty: pa.Schema) -> None:
        """Make Parquet files known under a name; without any, an empty table of the schema `empty`.

        They are named by path, or where the engine reaches other file systems by URL.
        """

    def create(self, name: str, sql: str) -> None:
        """Run one SELECT and keep its rows under a name."""

    def create_view(self, name: str, sql: str) -> None:
        """Give a SELECT over Parquet files a name, without running it."""

    def stream(self, name: str, sql: str, function: BatchFunction, schema: pa.Schema) -> None:
        """Make known under a name what `function` gives for the batches of a SELECT: to be read once, by one `create`."""

    def query(self, sql: str) -> pa.Table:
        """The rows of one SELECT."""

    def count(self, name: str) -> int:
        """How many rows a table has."""

    def drop(self, *names: str) -> None:
        """Forget tables that nothing will read again."""

    def write_parquet(self, sql: str, path: Path | str) -> None:
        """Write the rows of one SELECT to a Parquet file, or to a folder of files at a URL, without holding them in memory."""
