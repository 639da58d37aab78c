"""How Spark is set: what the results depend on everywhere, and how much it takes where this machine is all there is.

On a cluster sizes and addresses are the operator's (`spark-defaults.conf`); what is set here, links depend on.
"""

import os
import re
import shutil
import sys
import warnings
from pathlib import Path

from pyspark.logger import PySparkLogger
from pyspark.sql import SparkSession

from etl.errors import ConfigError

BATCH_ROWS = 50_000
"""Rows of a batch that a function gets."""
SHUFFLE_PARTS = 8
"""Parts of a shuffle for each thread of this machine, before Spark puts small ones together."""
ANYWHERE = {
    "spark.sql.ansi.enabled": "true",  # what overflows is an error, as in DuckDB
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH_ROWS),
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.driver.maxResultSize": "0",  # comparison vectors of a training sample come to the driver
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
}
HERE = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
SILENCE = """
appender.none.type = Null
appender.none.name = none
rootLogger.level = off
rootLogger.appenderRef.none.ref = none
"""
JAVA_OPTIONS = "-XX:-DontCompileHugeMethods"
"""The comparison is one long method: interpreted, it takes many times as long."""


def open_session(master: str, memory_limit: str, scratch: Path) -> SparkSession:
    """A session on `master`, such as `local[2]` or `spark://host:7077`; its own files lie in the folder `scratch`.

    `memory_limit` (such as "4GB") is the heap of this process's Java, which runs all of a local master's work.
    Raises ConfigError where there is no Java or no such master.
    """
    _check_java()
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)  # we pass Arrow only
    builder = SparkSession.builder.master(master).appName("healthbook link")
    for name, value in {**ANYWHERE, **_settings_of_driver(master, memory_limit, scratch)}.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except Exception as error:
        raise ConfigError(
            f"engine spark: no session could be opened ({type(error).__name__}); expected a master that answers. "
            "Check --master, --memory and spark-defaults.conf."
        ) from error
    _silence(session)
    return session


def _silence(session: SparkSession) -> None:
    """Messages of failed tasks may quote values: none is written."""
    session.sparkContext.setLogLevel("OFF")
    PySparkLogger.getLogger("SQLQueryContextLogger").disabled = True


def is_local(master: str) -> bool:
    """Whether all the work is done in this process's Java."""
    return re.fullmatch(r"local(\[.*\])?", master) is not None


def _settings_of_driver(master: str, memory_limit: str, scratch: Path) -> dict[str, str]:
    silence = scratch / "log4j2.properties"
    silence.write_text(SILENCE, encoding="utf-8")
    settings = {
        "spark.driver.memory": _mebibytes(memory_limit),
        "spark.driver.defaultJavaOptions": f"{JAVA_OPTIONS} -Dlog4j2.configurationFile={silence.as_uri()}",
        "spark.executor.defaultJavaOptions": JAVA_OPTIONS,
        "spark.local.dir": str(scratch / "local"),
        "spark.sql.warehouse.dir": (scratch / "warehouse").as_uri(),
    }
    if not is_local(master):
        return settings
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else `python3`, which may know none of our packages
    threads = int("".join(re.findall(r"\d+", master)) or os.cpu_count() or 1)
    return {**settings, **HERE, "spark.sql.shuffle.partitions": str(SHUFFLE_PARTS * threads)}


def _mebibytes(memory_limit: str) -> str:
    return f"{int(float(memory_limit[:-2]) * (1024 if memory_limit.endswith('GB') else 1))}m"


def _check_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if not (home and (Path(home) / "bin" / "java").exists()) and shutil.which("java") is None:
        raise ConfigError(
            "engine spark: there is no Java; expected Java 17 or later. Install openjdk-17-jre-headless, or set JAVA_HOME."
        )
