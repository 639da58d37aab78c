"""The XML files that a delivery holds: itself, what its gzip packs, or the members of its zip; each as a stream."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from etl.errors import DataError
from etl.sources.container import other_kind
from etl.sources.limits import Limits

GZIP, ZIP = b"\x1f\x8b", b"PK"
ARCHIVES = (GZIP, ZIP, b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")
FREE_BYTES = 1 << 20
"""Below this much unpacked, how tightly it was packed does not matter."""
ENCRYPTED = 0x1
DAMAGED = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError)


class Unpacked(io.RawIOBase):
    """A stream that refuses to give more than its file may unpack to; DataError `zip_bomb`."""

    def __init__(self, stream: BinaryIO, packed_bytes: int | None, limits: Limits) -> None:
        self._stream, self._given, self._packed, self._limits = stream, 0, packed_bytes, limits

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes; raises DataError also where the archive is damaged."""
        try:
            block = self._stream.read(size if size >= 0 else self._limits.max_unpacked_bytes + 1)
        except DAMAGED:
            raise unreadable("the archive is damaged") from None
        self._given += len(block)
        if self._packed is not None:
            check_unpacked(self._given, self._packed, self._limits)
        return block

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Back to the start, which is the only place to go to."""
        assert (offset, whence) == (0, 0)
        self._given = 0
        return self._stream.seek(0)

    def tell(self) -> int:
        """How much was given since the start."""
        return self._given


def check_unpacked(unpacked: int, packed: int, limits: Limits) -> None:
    """Raises DataError `zip_bomb` where an archive grows beyond what data does."""
    if unpacked > limits.max_unpacked_bytes or (unpacked > FREE_BYTES and unpacked > packed * limits.max_packing):
        raise DataError(
            f"archive: it unpacks to more than {limits.max_unpacked_bytes:,} bytes, or to more than "
            f"{limits.max_packing} times its size; expected data. Send it in several files.",
            "zip_bomb",
        )


def unreadable(what: str) -> DataError:
    """The refusal of an archive that cannot be opened; `what` is wrong with it."""
    return DataError(
        f"archive: {what}; expected a gzip or zip of XML files, without a password or folders above its own. "
        "Pack the files again and send that.",
        "file_unreadable",
    )


@contextmanager
def open_documents(path: Path, limits: Limits) -> Iterator[Iterator[Unpacked]]:
    """The XML documents of a file one after another, in the order of their names in a zip; read each before the next.

    Raises DataError `zip_bomb` for too many members or too much unpacked, `file_unreadable` for a damaged or encrypted
    archive or one whose names lead out of it, `file_kind_unknown` where a member is no XML, such as another archive.
    No member's name is ever told: it may be a person's.
    """
    with path.open("rb") as file:
        head = file.read(2)
        file.seek(0)
        if head == ZIP:
            with _open_zip(file) as archive:
                yield _open_members(archive, limits)
        elif head == GZIP:
            with gzip.GzipFile(fileobj=file) as stream:
                yield iter([_checked(Unpacked(stream, path.stat().st_size, limits))])  # type: ignore[arg-type]
        else:
            yield iter([Unpacked(file, None, limits)])


def _open_zip(file: BinaryIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except DAMAGED:
        raise unreadable("the archive is damaged") from None


def _open_members(archive: zipfile.ZipFile, limits: Limits) -> Iterator[Unpacked]:
    members = sorted(
        (one for one in archive.infolist() if not one.filename.endswith("/")), key=lambda one: one.filename
    )
    _check_members(members, limits)
    for member in members:
        try:
            stream = archive.open(member)
        except DAMAGED:
            raise unreadable("the archive is damaged") from None
        with stream:
            yield _checked(Unpacked(stream, max(member.compress_size, 1), limits))  # type: ignore[arg-type]


def _check_members(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(members) > limits.max_members:
        raise DataError(
            f"archive: it holds {len(members):,} files; expected at most {limits.max_members:,}. Send several archives.",
            "zip_bomb",
        )
    if any(member.flag_bits & ENCRYPTED for member in members):
        raise unreadable("it is encrypted")
    if not all(member.filename for member in members):
        raise unreadable("a file in it has no name")
    names = [PurePosixPath(member.filename.replace("\\", "/")) for member in members]
    if any(name.is_absolute() or ".." in name.parts or ":" in name.parts[0] for name in names if name.parts):
        raise unreadable("a name in it leads out of the archive")
    check_unpacked(
        sum(member.file_size for member in members), sum(max(member.compress_size, 1) for member in members), limits
    )


def _checked(stream: Unpacked) -> Unpacked:
    """The stream, if what it holds begins like an XML."""
    head = stream.read(64)
    stream.seek(0)
    if head.startswith(ARCHIVES):
        raise other_kind("an archive within an archive")
    bare = head.replace(b"\x00", b"").removeprefix(b"\xef\xbb\xbf").lstrip(b"\xff\xfe \t\r\n")
    if not bare.startswith(b"<"):
        raise other_kind("an archive that holds something else than XML")
    return stream
