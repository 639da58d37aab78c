"""The engine by its name."""

from importlib.util import find_spec
from pathlib import Path

from etl.engines import Engine
from etl.errors import ConfigError

ENGINES = ("duckdb", "spark")


def open_engine(
    name: str, memory_limit: str, threads: int, spill_dir: Path | str | None, master: str | None = None
) -> Engine:
    """One of `ENGINES`, to be used as a context manager; `master` is where Spark runs, by default on this machine.

    `spill_dir` is where the engine puts what it has no room for: a folder, or for Spark also a URL of a file system that
    the whole cluster reaches. Raises ConfigError where the engine is not known or not installed.
    """
    if name not in ENGINES:
        raise ConfigError(f"engine: it is not known; expected {' or '.join(ENGINES)}. Choose one of them.")
    if name == "spark":
        return _open_spark(memory_limit, threads, spill_dir, master)
    if master is not None or isinstance(spill_dir, str):
        raise ConfigError("engine duckdb: it works on this machine alone; expected paths, and no master. Choose spark.")
    from etl.engines.local import LocalEngine

    return LocalEngine(memory_limit, threads, spill_dir)


def _open_spark(memory_limit: str, threads: int, spill_dir: Path | str | None, master: str | None) -> Engine:
    missing = [name for name in ("pyspark", "grpc_status", "zstandard") if find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"engine spark: {', '.join(missing)} not installed; expected the extra spark of this package."
            " Install it: pip install -r requirements-spark.txt."
        )
    from etl.engines.spark import SparkEngine

    return SparkEngine(memory_limit, threads, spill_dir, master)
