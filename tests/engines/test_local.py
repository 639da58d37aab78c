"""The local engine: named steps, Arrow in and out, nothing left behind."""

from pathlib import Path

import pyarrow as pa

from etl.engines.local import LocalEngine


def test_steps_are_named_and_come_out_as_arrow(tmp_path: Path) -> None:
    with LocalEngine(threads=1, spill_dir=tmp_path) as engine:
        engine.register("number", pa.table({"n": [1, 2, 3]}))
        engine.create("doubled", "select n * 2 as n from number where n > ?", [1])
        assert engine.query("select n from doubled order by n")["n"].to_pylist() == [4, 6]
        assert engine.count("doubled") == 2
        engine.write_parquet("select * from doubled", tmp_path / "it's.parquet")
        engine.create_from_parquet("again", [tmp_path / "it's.parquet"], pa.schema([("n", pa.int64())]))
        engine.create_from_parquet("nothing", [], pa.schema([("n", pa.int64())]))
        assert (engine.count("again"), engine.count("nothing")) == (2, 0)
    assert [path.name for path in tmp_path.iterdir()] == ["it's.parquet"]
