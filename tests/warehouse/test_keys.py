"""Sealed raw files: their keys made, renewed, lost; whatever dies in between, what was sealed still opens."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import tink
from tink import aead

from etl import steps
from etl.errors import ConfigError, DependencyError
from etl.settings import Settings
from etl.warehouse import keys
from etl.warehouse.keys import KeyRing
from etl.warehouse.store import Store

SECRET = "of-a-test-alone-of-a-test-alone-of-a-test"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var_dir=tmp_path / "var")


@pytest.fixture
def store(settings: Settings) -> Store:
    return Store(settings)


def put(store: Store, content: bytes) -> str:
    source = store.root.parent / "sent"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(content)
    return store.put_raw(source)[0]


def opened(store: Store, sha256: str) -> bytes:
    with store.opened_raw(sha256) as path:
        return path.read_bytes()


def names(store: Store) -> list[str]:
    return sorted(path.name for path in (store.root / "raw").iterdir())


@pytest.mark.parametrize("size", [0, 1, 1 << 20, 3_000_001])
def test_what_is_sealed_opens_and_shows_nothing(store: Store, size: int) -> None:
    content = (b"Nguyen Van Mau," * (size // 15 + 1))[:size]
    sha256 = put(store, content)
    assert names(store) == [f"{sha256}.{store.keys.newest('raw')}"]
    assert b"Nguyen" not in (store.root / "raw" / names(store)[0]).read_bytes()
    with store.opened_raw(sha256) as path:
        assert path.read_bytes() == content
        assert (path.stat().st_mode & 0o777, path.parent.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert not path.exists()


def test_the_same_bytes_are_kept_once_whatever_key_sealed_them(store: Store) -> None:
    sha256 = put(store, b"a")
    store.keys.rotate("raw")
    assert put(store, b"a") == sha256
    assert len(names(store)) == 1


def test_a_new_key_seals_and_the_older_ones_open(settings: Settings, store: Store) -> None:
    first = put(store, b"a")
    old = store.keys.newest("raw")
    new = store.keys.rotate("raw")
    second = put(store, b"b")
    again = Store(settings)
    assert again.keys.numbers("raw") == [old, new]
    assert names(again) == sorted([f"{first}.{old}", f"{second}.{new}"])
    assert (opened(again, first), opened(again, second)) == (b"a", b"b")
    assert (again.reseal_raw(), again.reseal_raw()) == (1, 0)
    assert names(again) == sorted([f"{first}.{new}", f"{second}.{new}"])
    assert opened(again, first) == b"a"


def test_files_from_before_they_were_sealed_open_and_are_sealed(store: Store) -> None:
    sha256 = put(store, b"a")
    sealed = store.root / "raw" / names(store)[0]
    sealed.with_suffix("").write_bytes(b"a")
    sealed.unlink()
    assert opened(store, sha256) == b"a"
    assert store.reseal_raw() == 1
    assert (names(store), opened(store, sha256)) == ([sealed.name], b"a")


def test_a_lost_key_is_named_and_takes_only_its_own_files(settings: Settings, store: Store) -> None:
    lost_file = put(store, b"a")
    lost_key = store.keys.newest("raw")
    store.keys.rotate("raw")
    kept_file = put(store, b"b")
    path = settings.keys_dir / "raw.json"
    ring = store.keys
    only_newest = keys._only_newest(ring._keysets["raw"])
    keys._write(path, keys._wrapped("raw", only_newest, keys._wrapping(settings.keys_dir, None)))
    again = Store(settings)
    assert opened(again, kept_file) == b"b"
    with pytest.raises(DependencyError, match=str(lost_key)):
        opened(again, lost_file)
    with pytest.raises(DependencyError, match=str(lost_key)):
        again.reseal_raw()
    assert len(names(again)) == 2


@pytest.mark.parametrize("place", [0, 30, 60, -1])
def test_changed_bytes_do_not_open(store: Store, place: int) -> None:
    sha256 = put(store, b"a" * 1000)
    sealed = store.root / "raw" / names(store)[0]
    content = bytearray(sealed.read_bytes())
    content[place] ^= 1
    sealed.write_bytes(content)
    with pytest.raises(DependencyError):
        opened(store, sha256)


def test_a_file_cut_short_or_under_anothers_name_does_not_open(store: Store) -> None:
    first, second = put(store, b"a" * 3_000_000), put(store, b"b")
    one, other = (next((store.root / "raw").glob(f"{sha256}*")) for sha256 in (first, second))
    whole = one.read_bytes()
    one.write_bytes(whole[: 2 << 20])
    with pytest.raises(DependencyError):
        opened(store, first)
    one.write_bytes(other.read_bytes())
    with pytest.raises(DependencyError, match="other bytes"):
        opened(store, first)


@pytest.mark.parametrize("writes", range(6))
def test_whatever_cuts_off_a_new_master_key_the_keysets_open(
    settings: Settings, store: Store, writes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = put(store, b"a")
    write, left = keys._write, [writes]

    def die_after(path: Path, text: str) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        write(path, text)

    with monkeypatch.context() as patch:
        patch.setattr(keys, "_write", die_after)
        if writes < 5:
            with pytest.raises(KeyboardInterrupt):
                store.keys.rotate("master")
        else:
            store.keys.rotate("master")
    assert opened(Store(settings), sha256) == b"a"
    KeyRing(settings).rotate("master")
    assert opened(Store(settings), sha256) == b"a"
    assert len(json.loads((settings.keys_dir / "master.json").read_text())["key"]) == 1


def test_many_at_once_make_one_set_of_keys(settings: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(lambda _: KeyRing(settings), range(8)))
    assert len({ring.newest("raw") for ring in rings}) == 1
    assert sorted(path.name for path in settings.keys_dir.iterdir()) == ["lookup.json", "master.json", "names.json", "raw.json"]


def test_keys_are_made_once_and_kept_from_others(tmp_path: Path) -> None:
    strict = Settings(var_dir=tmp_path / "var", demo=False, secret_key=SECRET)
    with pytest.raises(ConfigError, match="keys create"):
        KeyRing(strict)
    KeyRing.create(strict)
    with pytest.raises(FileExistsError):
        KeyRing.create(strict)
    assert {path.stat().st_mode & 0o777 for path in strict.keys_dir.iterdir()} == {0o600}
    (strict.keys_dir / "master.json").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod"):
        KeyRing(strict)


@pytest.mark.parametrize("name", ["raw", "names", "master"])
def test_keys_that_are_damaged_or_of_another_backup_are_refused(tmp_path: Path, name: str) -> None:
    ours, others = Settings(var_dir=tmp_path / "a"), Settings(var_dir=tmp_path / "b")
    KeyRing(ours), KeyRing(others)
    path = ours.keys_dir / f"{name}.json"
    path.write_text((others.keys_dir / f"{name}.json").read_text())
    with pytest.raises(ConfigError, match="one backup"):
        KeyRing(ours)
    path.write_text("{}")
    with pytest.raises(ConfigError):
        KeyRing(ours)


class Kms(tink.KmsClient):
    """A KMS: it keeps one key, and gives nobody but its caller what that opens."""

    def __init__(self) -> None:
        self._aead = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM).primitive(aead.Aead)

    def does_support(self, key_uri: str) -> bool:
        return key_uri.startswith("test-kms://")

    def get_aead(self, key_uri: str) -> aead.Aead:
        return self._aead


def test_a_kms_may_keep_the_master_key(tmp_path: Path) -> None:
    settings = Settings(var_dir=tmp_path / "var", master_key_uri="test-kms://city/healthbook")
    with pytest.raises(DependencyError, match="KMS"):
        Store(settings).keys  # noqa: B018 - reads the keys
    tink.register_kms_client(Kms())
    store = Store(settings)
    sha256 = put(store, b"a")
    assert opened(Store(settings), sha256) == b"a"
    assert sorted(path.name for path in settings.keys_dir.iterdir()) == ["lookup.json", "names.json", "raw.json"]
    with pytest.raises(ConfigError, match="KMS"):
        store.keys.rotate("master")


def test_keys_may_not_lie_in_the_store(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="KEYS_DIR"):
        Settings(var_dir=tmp_path, keys_dir=tmp_path / "store" / "keys")


def test_what_a_dead_process_had_opened_is_removed(settings: Settings, store: Store) -> None:
    sha256 = put(store, b"a")
    left = settings.var_dir / "opened" / ".draft-x"
    left.mkdir(parents=True)
    (left / "bytes").write_bytes(b"a")
    assert opened(store, sha256) == b"a"
    assert list((settings.var_dir / "opened").iterdir()) == []


def test_each_key_is_listed_with_what_it_sealed(settings: Settings, store: Store) -> None:
    put(store, b"a")
    gone = store.keys.newest("raw")
    for name in (keys.RAW, keys.NAMES):
        store.keys.rotate(name)
    rows = [(row["keyset"], row["key"], row["seals"], row.get("raw_files")) for row in steps.list_keys(settings)]
    old, new = store.keys.numbers("names")
    assert rows == [("names", old, False, None), ("names", new, True, None),
                    ("raw", gone, False, 1), ("raw", store.keys.newest("raw"), True, 0)]  # fmt: skip
