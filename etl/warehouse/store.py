"""The store: raw bytes and columnar stages as files, each complete or not there at all.

`raw/<sha256>.<key>` holds what senders sent, byte for byte, sealed by the key of that number (`etl/warehouse/keys.py`);
other folders (`staged/<batch_id>` …) are written under a temporary name, synced, and renamed. A local folder for now:
renaming it is what makes a write atomic.
"""

import ctypes
import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from etl.errors import ConfigError, DependencyError
from etl.settings import Settings

if TYPE_CHECKING:
    from etl.warehouse.keys import KeyRing
    from etl.warehouse.sealing import Seals

PIECE_BYTES = 1024 * 1024
RAW = "raw"
"""The keyset that seals raw files."""
MANIFEST = "manifest.json"
DRAFT = ".draft-"
"""Begins the name of what is still being written; whoever writes it holds a lock on it."""
RENAME_EXCHANGE = 2


class Store:
    """Files under the folder of the setting `store_url`. Full disks and lost folders raise `DependencyError`."""

    def __init__(self, settings: Settings) -> None:
        self.root, self._settings = Path(settings.store_url), settings

    @cached_property
    def keys(self) -> "KeyRing":
        """The keys that raw files are sealed with, read when first needed."""
        from etl.warehouse.keys import KeyRing  # Tink takes 0.4 s to import

        return KeyRing(self._settings)

    @cached_property
    def seals(self) -> "Seals":
        """What seals and opens the fields that name a person, in the warehouse."""
        from etl.warehouse.sealing import Seals

        return Seals(self.keys)

    def put_raw(self, path: Path) -> tuple[str, int]:
        """Keep a file's bytes, sealed; gives their SHA-256 (64 hex digits) and size. The same bytes are kept once."""
        try:
            source = path.open("rb")
        except OSError as error:
            raise ConfigError(
                f"file: it cannot be opened ({error.strerror}); expected a file that we may read. "
                "Check its path and permissions."
            ) from None
        with source:
            return self._seal(source)

    def raw_hashes(self) -> set[str]:
        """What raw files are named by; what follows a dot tells the key."""
        return {path.name.partition(".")[0] for path in self._raw.glob("*") if path.is_file()}

    def raw_keys(self) -> list[int | None]:
        """The number of the key that sealed it, for each raw file; None for one from before files were sealed."""
        suffixes = [path.suffix.removeprefix(".") for path in self._raw.glob("[!.]*")]
        return [int(number) if number else None for number in suffixes]

    @contextmanager
    def opened_raw(self, sha256: str) -> Iterator[Path]:
        """A file of the bytes of a hash, in clear, for as long as the block lasts.

        It lies in a folder of its own under the setting `var_dir`, for this user alone; where a process dies, the next
        one to open a file removes it. `DependencyError` where the store lost the bytes, changed them or lacks the key.
        """
        folder = self._settings.var_dir / "opened"
        with ExitStack() as held:
            with _told_as_dependency(folder):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                path = held.enter_context(_draft(folder, "")) / "bytes"
                with self.raw(sha256) as stream:
                    digest, _ = _copy(stream, path)
            if digest != sha256:
                raise _changed(sha256)
            yield path

    @contextmanager
    def raw(self, sha256: str) -> Iterator[BinaryIO]:
        """A stream of the bytes of a hash, in clear; whether they are the same is for who reads them all."""
        sealed = next(iter(sorted(self._raw.glob(f"{sha256}*"))), None)
        if sealed is None:
            raise DependencyError(
                f"store: raw file {sha256} is not there; expected the bytes of a file that was received. "
                "Mount or restore the store, then run the same command again."
            )
        with sealed.open("rb") as file:
            number = sealed.suffix.removeprefix(".")
            if not number:  # kept before raw files were sealed
                yield file
            else:
                with self.keys.opening(file, int(number)) as stream:
                    yield stream

    def reseal_raw(self) -> int:
        """Seal with the newest key what older ones sealed, or none; gives how many files that were."""
        newest, count = f".{self.keys.newest(RAW)}", 0
        with _told_as_dependency(self.root):
            for path in sorted(self._raw.glob("[!.]*")):
                if path.suffix != newest:
                    sha256 = path.name.partition(".")[0]
                    with self.raw(sha256) as stream:
                        self._seal(stream, sha256)
                    path.unlink()
                    count += 1
            _sync_folder(self._raw)
        return count

    @property
    def _raw(self) -> Path:
        return self.root / "raw"

    def _seal(self, source: BinaryIO, expected: str | None = None) -> tuple[str, int]:
        """Keep what a stream gives; with `expected` only where its hash is that one."""
        with _told_as_dependency(self.root):
            self._raw.mkdir(parents=True, exist_ok=True)
            with _draft(self._raw, "") as draft:
                with (draft / "bytes").open("wb") as target:
                    with self.keys.sealing(target) as stream:
                        digest, size = _pour(source, stream)
                    os.fsync(target.fileno())
                if expected not in (None, digest):
                    raise _changed(expected or "")
                kept = [] if expected else list(self._raw.glob(f"{digest}*"))
                if not kept:
                    (draft / "bytes").replace(self._raw / f"{digest}.{self.keys.newest(RAW)}")
                for path in kept:
                    os.utime(path)  # it came again, and what came lately is not removed with what is old
            _sync_folder(self._raw)
        return digest, size

    @contextmanager
    def writing(self, relative_folder: str) -> Iterator[Path]:
        """A new folder to write files in, which takes its place, replacing an older one, when the block ends well.

        A reader sees the old folder or the new one. Drafts that a crash left beside it are removed first.
        """
        target = self._folder(relative_folder)
        with _told_as_dependency(self.root):
            target.parent.mkdir(parents=True, exist_ok=True)
            with _draft(target.parent, target.name) as draft:
                yield draft
                _write_manifest(draft)
                _put_in_place(draft, target)

    def complete(self, relative_folder: str) -> bool:
        """Whether the folder was written to its end, and every file that its manifest names is there at its size."""
        folder = self._folder(relative_folder)
        try:
            listed = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
            return all((folder / entry["name"]).stat().st_size == entry["bytes"] for entry in listed)
        except (OSError, ValueError, KeyError):
            return False

    def path(self, relative_folder: str) -> Path:
        """A complete folder's path; `DependencyError` where it is not there."""
        if not self.complete(relative_folder):
            raise DependencyError(
                f"store: {relative_folder} is not there or not whole; expected what an earlier step "
                "wrote. Run that step again."
            )
        return self._folder(relative_folder)

    def files(self, relative_folder: str, name: str) -> list[Path]:
        """The files of that name in the complete folders of a folder, in order."""
        found = sorted((self._folder(relative_folder)).glob(f"[!.]*/{name}"))
        return [path for path in found if self.complete(f"{relative_folder}/{path.parent.name}")]

    def table_path(self, relative_folder: str, table_name: str) -> Path:
        """The Parquet file of a table in a complete folder."""
        return self.path(relative_folder) / f"{table_name}.parquet"

    def read_table(self, relative_folder: str, table_name: str) -> pa.Table:
        """A table of a complete folder."""
        with _told_as_dependency(self.root):
            return pq.read_table(self.table_path(relative_folder, table_name))

    def remove(self, relative_folder: str) -> None:
        """Remove a folder, complete or not, or a raw file; nothing where there is none."""
        path = self._folder(relative_folder)
        with _told_as_dependency(self.root), suppress(FileNotFoundError):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    def _folder(self, relative_folder: str) -> Path:
        folder = self.root / relative_folder
        assert folder != self.root
        assert ".." not in folder.parts
        assert not Path(relative_folder).is_absolute()
        return folder


@contextmanager
def _told_as_dependency(root: Path) -> Iterator[None]:
    """Disk errors as errors of the store, by their kind; the path of a file being received may name a person."""
    try:
        yield
    except OSError as error:
        told = error.strerror or type(error).__name__
        raise DependencyError(
            f"store {root}: {told}; expected a folder that can be read and written, with free space. "
            "Free space or mend its permissions, then run the same command again."
        ) from None


@contextmanager
def _draft(parent: Path, name: str) -> Iterator[Path]:
    """A folder to write in, held by a lock until it is renamed away or removed."""
    with ExitStack() as locks:
        with _locked(parent):
            _remove_dead_drafts(parent)
            draft = Path(mkdtemp(dir=parent, prefix=f"{DRAFT}{name}-"))
            locks.enter_context(_locked(draft))
        try:
            yield draft
        finally:
            # After an exchange the draft's name holds the older folder; after a failure, what is half written.
            shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def _locked(folder: Path, flags: int = fcntl.LOCK_EX) -> Iterator[None]:
    """Hold a folder; the lock ends with its holder, however that ends."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, flags)
        yield
    finally:
        os.close(descriptor)


def _remove_dead_drafts(parent: Path) -> None:
    """Remove drafts that nobody holds any more: their writers died."""
    for draft in parent.glob(f"{DRAFT}*"):
        with suppress(OSError), _locked(draft, fcntl.LOCK_EX | fcntl.LOCK_NB):
            shutil.rmtree(draft)


def _copy(source: BinaryIO, target: Path) -> tuple[str, int]:
    """Write a file for this user alone; gives the SHA-256 and number of its bytes."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as copy:
        return _pour(source, copy)


def _pour(source: BinaryIO, target: BinaryIO) -> tuple[str, int]:
    """Write all that a stream gives, piece by piece; gives the SHA-256 and number of its bytes."""
    digest, size = hashlib.sha256(), 0
    while piece := source.read(PIECE_BYTES):
        digest.update(piece)
        size += target.write(piece)
    return digest.hexdigest(), size


def _changed(sha256: str) -> DependencyError:
    return DependencyError(
        f"store: raw file {sha256} holds other bytes than were received; expected those of its hash. "
        "Restore it from a backup."
    )


def _write_manifest(folder: Path) -> None:
    """List the files with their sizes, hashes and, for Parquet, rows; then make all of it safe on disk."""
    listed = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        rows = pq.read_metadata(path).num_rows if path.suffix == ".parquet" else None
        name = path.relative_to(folder).as_posix()
        listed.append({"name": name, "bytes": path.stat().st_size, "rows": rows, "sha256": sha256})
    with (folder / MANIFEST).open("w", encoding="utf-8") as manifest:
        json.dump({"files": listed}, manifest, indent=1)
        manifest.flush()
        os.fsync(manifest.fileno())
    _sync_folder(folder)


def _put_in_place(draft: Path, target: Path) -> None:
    """Give a draft its name; where an older folder has it, the two change names in one step."""
    try:
        draft.rename(target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        _exchange(draft, target)
    _sync_folder(target.parent)


def _exchange(one: Path, other: Path) -> None:
    """Let two folders change names at once (Linux); elsewhere, one after the other."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    at_cwd = -100
    if rename is not None and rename(at_cwd, bytes(one), at_cwd, bytes(other), RENAME_EXCHANGE) == 0:
        return
    aside = one.with_name(f"{one.name}-old")
    other.rename(aside)
    one.rename(other)
    aside.rename(one)


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder safe on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
