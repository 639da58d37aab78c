"""Spark runs the same SQL and the same Arrow functions as DuckDB, and gives the same links and the same model."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.engines import Engine, opening
from etl.engines.opening import open_engine
from etl.errors import ConfigError, DataError
from etl.linkage.link_files import link_files
from etl.linkage.link_urls import link_urls
from tests.bench.linkage.make import Order, make

PEOPLE = 2_000
OWN_JAVA = Path(sys.prefix) / "java"
"""Where `.ci/java` puts one when the system has none."""
if shutil.which("java") is None and "JAVA_HOME" not in os.environ and (OWN_JAVA / "bin" / "java").exists():
    os.environ["JAVA_HOME"] = str(OWN_JAVA)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("pyspark") is None, reason="requirements-spark.txt is not installed"),
    pytest.mark.skipif(
        shutil.which("java") is None and "JAVA_HOME" not in os.environ, reason="Java is not here: see .ci/java"
    ),
]


@pytest.fixture(scope="module", autouse=True)
def quick_java() -> Iterator[None]:
    """Most of the time of small data is Java's compiling: its first stage is enough."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        yield


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


def kinds(engine: Engine) -> list[object]:
    """Values of every kind that tables of linkage hold, there and back; and what SQL makes of them."""
    table = pa.table(
        {
            "id": pa.array([1, 2, 3], pa.int64()),
            "text": ["Nguyễn", "", None],
            "day": [date(1990, 5, 17), None, date(2026, 1, 1)],
            "small": pa.array([-7, None, 127], pa.int8()),
            "is_so": [True, None, False],
            "score": [1.5, None, -0.25],
        }
    )
    engine.register("kind", table)
    engine.create("kept", "select * from kind")
    found: list[object] = engine.query("select * from kept order by id").to_pylist()
    found += engine.query(
        """select id, cast(day as string) as day, cast(small as bigint) * 1125899906842624 as large, small % 4 as rest,
        abs(small) as size, not is_so or score > 1 as either, coalesce(score, 0) as score,
        row_number() over (partition by is_so order by id) as place from kept order by id"""
    ).to_pylist()
    return found


def test_both_engines_mean_the_same_by_a_value(tmp_path: Path) -> None:
    found = []
    for name in ("duckdb", "spark"):
        with open_engine(name, "1GB", 2, tmp_path) as engine:
            found.append(kinds(engine))
    assert found[0] == found[1]
    assert list(tmp_path.iterdir()) == []


def test_a_file_keeps_the_order_of_its_select(tmp_path: Path) -> None:
    with open_engine("spark", "1GB", 2, tmp_path) as engine:
        engine.register("number", pa.table({"n": pa.array(range(100_000), pa.int64())}))
        engine.write_parquet("select n % 7 as rest, n from number order by n % 7, n desc", tmp_path / "sorted.parquet")
    written = pq.read_table(tmp_path / "sorted.parquet")
    assert written.equals(written.sort_by([("rest", "ascending"), ("n", "descending")]))
    assert [path.name for path in tmp_path.iterdir()] == ["sorted.parquet"]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small city, linked by DuckDB: `links.parquet`, by the model in `model.toml`."""
    folder = tmp_path_factory.mktemp("city")
    make(Order(PEOPLE, seed=3), folder)
    assert link("duckdb", folder, "links.parquet", save_model=folder / "model.toml")["match"] > PEOPLE
    return folder


def link(engine: str, folder: Path, out: str, **more: Path) -> dict[str, Any]:
    register, records, links = (folder / name for name in ("register.parquet", "records.parquet", out))
    fixed: dict[str, Any] = {"memory": "2GB", "threads": 2, "progress": lambda _: None, "engine_name": engine}
    return link_files(register, records, links, **fixed, **more)


def test_both_engines_give_the_same_links_and_the_same_model(city: Path, tmp_path: Path) -> None:
    link("spark", city, "spark.parquet", save_model=tmp_path / "model.toml")
    assert (tmp_path / "model.toml").read_bytes() == (city / "model.toml").read_bytes()
    links, ours = (pq.read_table(city / name).sort_by("record_id") for name in ("spark.parquet", "links.parquet"))
    assert links.schema.types == ours.schema.types
    assert links.to_pylist() == ours.to_pylist()


def test_files_at_urls_are_linked_alike(city: Path) -> None:
    urls = [(city / name).as_uri() for name in ("register.parquet", "records.parquet", "by_url")]
    model = city / "model.toml"
    totals = link_urls(*urls, memory="2GB", threads=2, progress=lambda _: None, model=model, engine_name="spark")
    by_url = pq.read_table(list((city / "by_url").glob("*.parquet"))).sort_by("record_id")
    assert by_url.to_pylist() == pq.read_table(city / "links.parquet").sort_by("record_id").to_pylist()
    assert totals["records"] == by_url.num_rows
    assert not list(city.glob(".work-*"))


def test_records_at_a_url_need_numbers_that_differ(tmp_path: Path) -> None:
    places = {}
    for name, ids in (("good", [1, 2]), ("twice", [7, 7]), ("text", ["a", "b"])):
        rows = pa.table({"record_id": ids, "person_id": ids, "full_name": ["Nguyễn Văn Mẫu", "Trần Thị Thử"]})
        pq.write_table(rows, tmp_path / f"{name}.parquet")
        places[name] = (tmp_path / f"{name}.parquet").as_uri()
    out = (tmp_path / "out").as_uri()
    for register, records, wrong in (
        ("good", "twice", DataError),
        ("twice", "good", DataError),
        ("good", "text", ConfigError),
        ("good", "not there", ConfigError),
    ):
        with pytest.raises(wrong):
            link_urls(
                places[register],
                places.get(records, out),
                out,
                memory="1GB",
                threads=2,
                progress=lambda _: None,
                engine_name="spark",
            )


FAILING = """
import sys
from pathlib import Path
import pyarrow as pa
from etl.engines.opening import open_engine
def fail(batch):
    raise ValueError(batch["name"][0].as_py())
with open_engine("spark", "1GB", 2, Path(sys.argv[1])) as engine:
    engine.register("sent", pa.table({"name": ["Bùi Thị Bí Mật"]}))
    engine.stream("failing", "select name from sent", fail, pa.schema([("name", pa.string())]))
    for name, sql in (("read", "select * from failing"), ("number", "select cast(name as bigint) as n from sent")):
        try:
            engine.create(name, sql)
        except Exception as error:
            print(type(error).__name__)
"""


def test_no_value_gets_into_a_log(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", FAILING, tmp_path], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["PythonException", "NumberFormatException"]
    assert "Bí Mật" not in ended.stderr


def test_what_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match="extra spark"):
        open_engine("spark", "1GB", 2, tmp_path)
    with pytest.raises(ConfigError, match="duckdb or spark"):
        open_engine("sparql", "1GB", 2, tmp_path)
    with pytest.raises(ConfigError, match="this machine alone"):
        open_engine("duckdb", "1GB", 2, tmp_path, "spark://host:7077")
