"""The store: complete or not there, whatever dies in between."""

import errno
import hashlib
import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.errors import ConfigError, DependencyError
from etl.settings import Settings
from etl.warehouse.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(Settings(var_dir=tmp_path / "var"))


def write_table(folder: Path, values: list[int]) -> None:
    pq.write_table(pa.table({"a": values}), folder / "t.parquet")


def drafts(store: Store) -> list[Path]:
    return list(store.root.rglob(".draft-*"))


def test_raw_bytes_are_kept_once_under_their_hash(store: Store, tmp_path: Path) -> None:
    source = tmp_path / "tệp.csv"
    source.write_bytes(b"x" * 3_000_001)
    sha256, size = store.put_raw(source)
    assert (sha256, size) == (hashlib.sha256(source.read_bytes()).hexdigest(), 3_000_001)
    assert store.put_raw(source) == (sha256, size)
    with store.opened_raw(sha256) as path:
        assert path.read_bytes() == source.read_bytes()
    assert [path.stem for path in (store.root / "raw").iterdir()] == [sha256]


def test_a_missing_source_or_hash_is_told(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        store.put_raw(tmp_path / "Nguyen Van A.csv")
    with pytest.raises(DependencyError), store.opened_raw("0" * 64):
        pass


def test_a_folder_appears_whole_with_a_manifest(store: Store) -> None:
    with store.writing("staged/1") as folder:
        write_table(folder, [1, 2])
        assert not store.complete("staged/1")
    assert store.complete("staged/1")
    (entry,) = json.loads((store.path("staged/1") / "manifest.json").read_text())["files"]
    assert (entry["name"], entry["rows"]) == ("t.parquet", 2)
    assert entry["sha256"] == hashlib.sha256(store.table_path("staged/1", "t").read_bytes()).hexdigest()
    assert store.read_table("staged/1", "t")["a"].to_pylist() == [1, 2]


def test_a_newer_folder_replaces_the_older(store: Store) -> None:
    for values in ([1], [2]):
        with store.writing("staged/1") as folder:
            write_table(folder, values)
    assert store.read_table("staged/1", "t")["a"].to_pylist() == [2]
    assert drafts(store) == []


def test_a_failure_leaves_the_older_folder(store: Store) -> None:
    with store.writing("staged/1") as folder:
        write_table(folder, [1])

    def fail() -> None:
        with store.writing("staged/1") as folder:
            write_table(folder, [2])
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    assert store.read_table("staged/1", "t")["a"].to_pylist() == [1]
    assert drafts(store) == []


def test_drafts_of_dead_writers_go_and_those_of_live_ones_stay(store: Store) -> None:
    dead = store.root / "staged" / ".draft-7-dead"
    dead.mkdir(parents=True)
    with store.writing("staged/1") as first:
        with store.writing("staged/2"):
            assert first.is_dir()
        assert not dead.exists()
    assert store.complete("staged/1")


def test_a_lost_or_shortened_file_is_not_complete(store: Store) -> None:
    with store.writing("staged/1") as folder:
        write_table(folder, [1])
    with (store.root / "staged/1/t.parquet").open("r+b") as file:
        file.truncate(3)
    assert not store.complete("staged/1")
    with pytest.raises(DependencyError):
        store.path("staged/1")
    store.remove("staged/1")
    store.remove("staged/1")
    assert not (store.root / "staged/1").exists()


def test_a_full_disk_is_a_dependency_error(store: Store) -> None:
    with pytest.raises(DependencyError, match="No space left"), store.writing("staged/1"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_store_that_is_no_folder_is_a_dependency_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = Store(Settings(var_dir=tmp_path, store_url=str(tmp_path / "file")))
    with pytest.raises(DependencyError), store.writing("staged/1"):
        pass
