"""Spark, on this machine or on a cluster: the same SQL and the same Arrow functions as on DuckDB.

What is created is written to Parquet in a work folder and read from there: a step's plan then reaches back to no other
step, whatever is lost is read again and not computed again, and the size of each table is known to the next join.
"""

import tempfile
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

from etl.engines import BatchFunction
from etl.engines.spark_session import open_session
from etl.errors import describe_fault

ROW_GROUP = 122_880


class SparkEngine:
    """One Spark session, used as a context manager.

    Named steps are temporary views. `master` is Spark's: `local[2]` runs in a Java of our own, others on a cluster.
    `spill_dir` is where the work folder is made: a folder here, or a URL of any file system that all of Spark reaches.
    """

    def __init__(
        self,
        memory_limit: str = "4GB",
        threads: int = 2,
        spill_dir: Path | str | None = None,
        master: str | None = None,
    ) -> None:
        here = None if isinstance(spill_dir, str) else spill_dir
        self._scratch = tempfile.TemporaryDirectory(prefix="spill-", dir=here, ignore_cleanup_errors=True)
        scratch = Path(self._scratch.name).resolve()
        self._work = f"{spill_dir}/.work-{uuid.uuid4().hex}" if isinstance(spill_dir, str) else str(scratch / "tables")
        self._kept: dict[str, str] = {}
        self._spark = open_session(master or f"local[{threads}]", memory_limit, scratch)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self._remove(self._work)
        finally:
            self._spark.stop()
            self._scratch.cleanup()

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table known under a name."""
        self._keep(name, self._spark.createDataFrame(table))

    def create(self, name: str, sql: str) -> None:
        """Run one SELECT and keep its rows in the work folder."""
        self._keep(name, self._spark.sql(sql))

    def create_view(self, name: str, sql: str) -> None:
        """Give a SELECT over tables and Parquet files a name, without running it."""
        self._spark.sql(sql).createOrReplaceTempView(name)

    def create_from_parquet(self, name: str, paths: Sequence[Path | str], empty: pa.Schema) -> None:
        """Make a view over Parquet files and folders; without any, an empty table of the schema `empty`."""
        if paths:
            reader = self._spark.read.option("mergeSchema", "true").option("recursiveFileLookup", "true")
            reader.parquet(*map(str, paths)).createOrReplaceTempView(name)
        else:
            self.register(name, empty.empty_table())

    def stream(self, name: str, sql: str, function: BatchFunction, schema: pa.Schema) -> None:
        """Make known what `function` gives for the batches of a SELECT: read once, by one `create`."""
        mapped = self._spark.sql(sql).mapInArrow(_each(function), from_arrow_schema(schema))
        mapped.createOrReplaceTempView(name)

    def query(self, sql: str) -> pa.Table:
        """The rows of one SELECT."""
        self._spark.sparkContext.setJobDescription("query")
        return self._spark.sql(sql).toArrow()

    def count(self, name: str) -> int:
        """How many rows a table has."""
        return int(self._spark.table(name).count())

    def drop(self, *names: str) -> None:
        """Forget tables that nothing will read again."""
        for name in names:
            self._spark.catalog.dropTempView(name)
            self._remove(self._kept.pop(name, None))

    def write_parquet(self, sql: str, path: Path | str) -> None:
        """Write the rows of one SELECT: to one file here, or to a folder of files in the rows' order where `path` is a URL."""
        rows = self._spark.sql(sql)
        self._spark.sparkContext.setJobDescription("write")
        if isinstance(path, str):
            rows.write.mode("overwrite").parquet(path)
            return
        with tempfile.TemporaryDirectory(prefix=".parts-", dir=path.parent) as folder:
            rows.write.mode("overwrite").parquet(folder)
            _join_files(sorted(Path(folder).glob("*.parquet")), to_arrow_schema(rows.schema, timezone="UTC"), path)

    def _keep(self, name: str, frame: DataFrame) -> None:
        folder = f"{self._work}/{name}-{uuid.uuid4().hex}"
        self._spark.sparkContext.setJobDescription(name)  # what the operator sees at work
        frame.write.parquet(folder)
        self._spark.read.schema(frame.schema).parquet(folder).createOrReplaceTempView(name)
        self._remove(self._kept.get(name))  # only now: the rows may come from what had the name before
        self._kept[name] = folder

    def _remove(self, folder: str | None) -> None:
        """Remove a folder of any file system that Spark reaches."""
        if folder is not None:
            context: Any = self._spark.sparkContext
            path = context._jvm.org.apache.hadoop.fs.Path(folder)
            path.getFileSystem(context._jsc.hadoopConfiguration()).delete(path, True)


def _each(function: BatchFunction) -> Any:
    def over(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if batch.num_rows:
                yield _without_values(function, batch)

    return over


def _without_values(function: BatchFunction, batch: pa.RecordBatch) -> pa.RecordBatch:
    """What the function gives. Its error says type and place alone: Spark writes messages into logs of executors."""
    try:
        return function(batch)
    except Exception as error:
        raise RuntimeError(describe_fault("engine spark", error)) from None


def _join_files(parts: Sequence[Path], schema: pa.Schema, path: Path) -> None:
    """One Parquet file of the rows of several, one after the other, batch by batch."""
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for part in parts:
            for batch in pq.ParquetFile(part).iter_batches(ROW_GROUP):
                writer.write_table(pa.Table.from_batches([batch]).cast(schema))
