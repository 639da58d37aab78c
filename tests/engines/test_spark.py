"""Spark runs the same SQL and the same Arrow functions as DuckDB, and gives the same links and the same model."""

import shutil
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.engines import Engine
from etl.engines.opening import open_engine
from etl.linkage.link_files import link_files
from tests.bench.linkage.make import Order, make

PEOPLE = 2_000
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("pyspark") is None, reason="requirements-spark.txt is not installed"),
    pytest.mark.skipif(shutil.which("java") is None, reason="Java is not here: see .ci/java"),
]


def doubled(batch: pa.RecordBatch) -> pa.RecordBatch:
    return pa.record_batch([pa.compute.multiply(batch["n"], 2)], ["n"])


def walk(engine: Engine, folder: Path) -> list[object]:
    """Every method of an engine once, and what comes out."""
    numbers = pa.table({"n": pa.array([1, 2, 3], pa.int64())})
    engine.register("number", numbers)
    engine.create("odd", "select n from number where n % 2 = 1")
    engine.create_view("seen", "select n from odd union all select n from number")
    engine.stream("twice", "select n from seen", doubled, numbers.schema)
    engine.create("doubled", "select n from twice")
    engine.write_parquet("select n from doubled order by n", folder / "doubled.parquet")
    engine.create_from_parquet("again", [folder / "doubled.parquet"], numbers.schema)
    engine.create_from_parquet("nothing", [], numbers.schema)
    found = [engine.count("odd"), engine.count("nothing"), pq.read_table(folder / "doubled.parquet")["n"].to_pylist()]
    found.append(engine.query("select n, count(*) as rows from again group by n order by n").to_pylist())
    engine.create("odd", "select n from number where n > 2")
    found.append(engine.query("select n from odd")["n"].to_pylist())
    engine.drop("odd", "seen")
    return found


def test_both_engines_do_alike(tmp_path: Path) -> None:
    found = []
    for name in ("duckdb", "spark"):
        (tmp_path / name).mkdir()
        with open_engine(name, "1GB", 2, tmp_path / name) as engine:
            found.append(walk(engine, tmp_path / name))
    assert found[0] == found[1]
    assert found[0][2] == [2, 2, 4, 6, 6]


def test_both_engines_give_the_same_links_and_the_same_model(tmp_path: Path) -> None:
    make(Order(PEOPLE, seed=3), tmp_path)
    linked = {}
    for name in ("duckdb", "spark"):
        out, model = tmp_path / f"{name}.parquet", tmp_path / f"{name}.toml"
        totals = link_files(
            tmp_path / "register.parquet",
            tmp_path / "records.parquet",
            out,
            memory="2GB",
            threads=2,
            progress=lambda _: None,
            save_model=model,
            engine_name=name,
        )
        assert totals["match"] > PEOPLE
        linked[name] = pq.read_table(out).sort_by("record_id").to_pylist(), model.read_bytes()
    assert linked["spark"][1] == linked["duckdb"][1]
    assert linked["spark"][0] == linked["duckdb"][0]
