"""Spark, on this machine or on a cluster: the same SQL and the same Arrow functions as DuckDB runs."""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

from etl.engines import BatchFunction

BATCH_ROWS = 50_000


class SparkEngine:
    """One Spark session."""

    def __init__(self, memory_limit: str = "4GB", threads: int = 2, spill_dir: Path | None = None) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="spill-", dir=spill_dir)).resolve()
        self._made: dict[str, Path] = {}
        self._serial = 0
        builder = SparkSession.builder.master(f"local[{threads}]")
        mb = int(float(memory_limit[:-2]) * (1024 if memory_limit.endswith("GB") else 1))
        for key, value in {
            "spark.driver.memory": f"{mb}m",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.maxResultSize": "0",
            "spark.local.dir": str(self._folder / "local"),
            "spark.sql.warehouse.dir": str(self._folder / "warehouse"),
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.log.level": "ERROR",
            "spark.pyspark.python": sys.executable,
            "spark.sql.ansi.enabled": "true",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.adaptive.enabled": "true",
            "spark.sql.shuffle.partitions": str(16 * threads),
            "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH_ROWS),
            "spark.sql.parquet.compression.codec": "zstd",
            "spark.driver.extraJavaOptions": f"-XX:-DontCompileHugeMethods -Djava.io.tmpdir={self._folder}",
        }.items():
            builder = builder.config(key, value)
        self._spark = builder.getOrCreate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._spark.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def register(self, name: str, table: pa.Table) -> None:
        self._keep(name, self._spark.createDataFrame(table))

    def create(self, name: str, sql: str) -> None:
        self._keep(name, self._spark.sql(sql))

    def _keep(self, name: str, frame: DataFrame) -> None:
        self._serial += 1
        folder = self._folder / "tables" / f"{name}-{self._serial}"
        frame.write.parquet(str(folder))
        self._spark.read.schema(frame.schema).parquet(str(folder)).createOrReplaceTempView(name)
        self._forget(name)
        self._made[name] = folder

    def _forget(self, name: str) -> None:
        old = self._made.pop(name, None)
        if old is not None:
            shutil.rmtree(old)

    def create_view(self, name: str, sql: str) -> None:
        self._spark.sql(sql).createOrReplaceTempView(name)

    def create_from_parquet(self, name: str, paths: Sequence[Path], empty: pa.Schema) -> None:
        if not paths:
            self.register(name, empty.empty_table())
            return
        self._spark.read.option("mergeSchema", "true").option("recursiveFileLookup", "true").parquet(
            *(str(p) for p in paths)
        ).createOrReplaceTempView(name)

    def stream(self, name: str, sql: str, function: BatchFunction, schema: pa.Schema) -> None:
        def mapped(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            return (function(batch) for batch in batches if batch.num_rows)

        self._spark.sql(sql).mapInArrow(mapped, from_arrow_schema(schema)).createOrReplaceTempView(name)

    def query(self, sql: str) -> pa.Table:
        return self._spark.sql(sql).toArrow()

    def count(self, name: str) -> int:
        return int(self.query(f"select count(*) as rows from {name}")["rows"][0].as_py())

    def drop(self, *names: str) -> None:
        for name in names:
            self._spark.catalog.dropTempView(name)
            self._forget(name)

    def write_parquet(self, sql: str, path: Path) -> None:
        parts = self._folder / "parts"
        self._spark.sql(sql).write.parquet(str(parts))
        writer: Any = None
        for part in sorted(parts.glob("*.parquet")):
            source = pq.ParquetFile(part)
            if writer is None:
                writer = pq.ParquetWriter(path, source.schema_arrow, compression="zstd")
            for batch in source.iter_batches(BATCH_ROWS):
                writer.write_batch(batch)
        writer.close()
        shutil.rmtree(parts)
