"""The store: raw bytes and columnar stages as files, each complete or not there at all.

`raw/<sha256>` holds what senders sent, byte for byte; other folders (`staged/<batch_id>` …) are written under a
temporary name, synced, and renamed. A local folder for now: renaming it is what makes a write atomic.
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
from pathlib import Path
from tempfile import mkdtemp
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from etl.errors import ConfigError, DependencyError
from etl.settings import Settings

PIECE_BYTES = 1024 * 1024
MANIFEST = "manifest.json"
DRAFT = ".draft-"
"""Begins the name of what is still being written; whoever writes it holds a lock on it."""
RENAME_EXCHANGE = 2


class Store:
    """Files under the folder of the setting `store_url`. Full disks and lost folders raise `DependencyError`."""

    def __init__(self, settings: Settings) -> None:
        self.root = Path(settings.store_url)

    def put_raw(self, path: Path) -> tuple[str, int]:
        """Keep a file's bytes; gives their SHA-256 (64 hex digits) and size. The same bytes are kept once."""
        try:
            source = path.open("rb")
        except OSError as error:
            raise ConfigError(
                f"file: it cannot be opened ({error.strerror}); expected a file that we may read. "
                "Check its path and permissions."
            ) from None
        folder = self.root / "raw"
        with source, _told_as_dependency(self.root):
            folder.mkdir(parents=True, exist_ok=True)
            with _draft(folder, "") as draft:
                digest, size = _copy(source, draft / "bytes")
                (draft / "bytes").replace(folder / digest)
            _sync_folder(folder)
        return digest, size

    def raw_path(self, sha256: str) -> Path:
        """Where the bytes of a hash lie; `DependencyError` where the store lost them."""
        path = self.root / "raw" / sha256
        if not path.is_file():
            raise DependencyError(
                f"store: {path} is not there; expected the bytes of a file that was received. "
                "Mount or restore the store, then run the same command again."
            )
        return path

    @contextmanager
    def raw(self, sha256: str) -> Iterator[BinaryIO]:
        """A stream of the bytes of a hash; whether they are the same is for who reads them all."""
        with self.raw_path(sha256).open("rb") as stream:
            yield stream

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
    """Copy bytes piece by piece and make them safe on disk; gives their SHA-256 and number."""
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as copy:
        while piece := source.read(PIECE_BYTES):
            digest.update(piece)
            size += copy.write(piece)
        copy.flush()
        os.fsync(copy.fileno())
    return digest.hexdigest(), size


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
