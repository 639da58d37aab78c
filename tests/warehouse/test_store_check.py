"""The store against its hashes: each kind of damage is found by name, and no name that is not ours is told."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.settings import Settings
from etl.warehouse.store import Store
from etl.warehouse.store_check import check_store, describe_store, differs_from


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(Settings(var_dir=tmp_path / "var"))
    (tmp_path / "one.csv").write_text("a,b\n1,2\n")
    store.put_raw(tmp_path / "one.csv")
    with store.writing("staged/1") as folder:
        pq.write_table(pa.table({"a": [1, 2]}), folder / "t.parquet")
    return store


def raw_of(store: Store) -> Path:
    [path] = (store.root / "raw").iterdir()
    return path


def expected(store: Store) -> set[str]:
    return {f"raw/{raw_of(store).stem}", "staged/1"}


def test_a_whole_store_is_sound(store: Store) -> None:
    found = check_store(store, expected(store), expected(store))
    sizes = (store.root.parent.parent / "one.csv").stat().st_size + (store.root / "staged/1/t.parquet").stat().st_size
    assert (found.raw_files, found.stages, found.bytes_read) == (1, 1, sizes)
    assert found.is_sound
    assert found.extra == []


@pytest.mark.parametrize("target", ["raw", "stage"])
def test_one_changed_bit_is_found_by_name(store: Store, target: str) -> None:
    path = raw_of(store) if target == "raw" else store.root / "staged/1/t.parquet"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    found = check_store(store, expected(store), expected(store))
    assert found.damaged == [path.relative_to(store.root).as_posix().partition(".")[0] if target == "raw" else "staged/1/t.parquet"]
    assert not found.is_sound


def test_what_is_missing_is_found(store: Store) -> None:
    wanted = expected(store) | {"raw/" + "0" * 64, "staged/2"}
    assert check_store(store, wanted, wanted).missing == ["raw/" + "0" * 64, "staged/2"]
    (store.root / "staged/1/t.parquet").unlink()
    assert check_store(store, expected(store), expected(store)).missing == ["staged/1/t.parquet"]


def test_a_stage_without_its_manifest_is_incomplete(store: Store) -> None:
    (store.root / "staged/1/manifest.json").unlink()
    assert check_store(store, expected(store), expected(store)).incomplete == ["staged/1"]


def test_what_nobody_knows_is_extra_and_its_name_is_not_told(store: Store, tmp_path: Path) -> None:
    known = expected(store)
    (tmp_path / "two.csv").write_text("other")
    unknown, _ = store.put_raw(tmp_path / "two.csv")
    (store.root / "raw" / "Nguyễn Văn Mẫu.csv").write_text("x")
    (store.root / "staged/1/Nguyễn Văn Mẫu.csv").write_text("x")
    (store.root / "staged" / "Nguyễn Văn Mẫu").mkdir()
    found = check_store(store, known, known)
    assert set(found.extra) == {
        f"raw/{unknown}",
        "raw/(no hash)",
        "staged/1/(a file that its manifest does not name)",
    }
    assert found.incomplete == ["staged/(not ours)"]
    assert "Mẫu" not in repr(found)


def test_what_is_being_written_is_left_alone(store: Store) -> None:
    with store.writing("staged/2"):
        found = check_store(store, expected(store), expected(store))
    assert (found.is_sound, found.stages) == (True, 1)


def test_a_description_tells_what_changed_since_but_for_what_was_removed(store: Store, tmp_path: Path) -> None:
    with store.writing("index/3-2") as folder:
        (folder / "a").write_text("a")
    before = describe_store(store)
    (tmp_path / "two.csv").write_text("a later file is no difference")
    store.put_raw(tmp_path / "two.csv")
    assert differs_from(store, before, set()) == []
    with store.writing("staged/1") as folder:
        pq.write_table(pa.table({"a": [3]}), folder / "t.parquet")
    store.remove("index/3-2")
    assert differs_from(store, before, set()) == ["index/3-2", "staged/1"]
    assert differs_from(store, before, {"index/3", "staged/1"}) == []
