"""The encoding of a text file, and the file as a stream of UTF-8 whatever it is."""

import codecs
import io
import unicodedata
from pathlib import Path
from typing import BinaryIO

from etl.standardise.legacy import LEGACY_ENCODINGS, decode_bytes, recognise_encoding, syllable_share

UTF8, UTF8_BOM, UTF16, LATIN = "utf-8", "utf-8-sig", "utf-16", "cp1252"
WHOLE_BYTES = 64 * 1024**2
"""A file is searched this far for bytes that are not UTF-8, so that a late one does not stop the reading."""
SAMPLE_BYTES = 64 * 1024


def recognise_file_encoding(path: Path) -> str:
    """`utf-8`, `utf-8-sig`, `utf-16` (also `-le`, `-be` without mark), one of `LEGACY_ENCODINGS`, or `cp1252`."""
    with path.open("rb") as file:
        data = file.read(WHOLE_BYTES)
    if data.startswith(codecs.BOM_UTF8):
        return UTF8_BOM
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return UTF16
    if b"\x00" in data[:SAMPLE_BYTES]:
        return "utf-16-le" if data[1:SAMPLE_BYTES:2].count(0) > data[0:SAMPLE_BYTES:2].count(0) else "utf-16-be"
    if _is_utf8(data):
        return UTF8
    sample = b"\n".join(line for line in data[: 16 * SAMPLE_BYTES].splitlines() if not line.isascii())[:SAMPLE_BYTES]
    if syllable_share(sample.decode("utf-8", "replace")) >= 0.5:
        return UTF8
    return recognise_encoding(sample) or LATIN


def _is_utf8(data: bytes) -> bool:
    """True if all is UTF-8, but for a character that the end of the search cuts in two."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(data, final=len(data) < WHOLE_BYTES)
    except UnicodeDecodeError:
        return False
    return True


def decode_head(path: Path, encoding: str, size: int) -> str:
    """The first `size` bytes as text, in NFC, without a byte-order mark."""
    with path.open("rb") as file:
        data = file.read(size)
    if encoding in LEGACY_ENCODINGS:
        return decode_bytes(data, encoding)
    return unicodedata.normalize(
        "NFC", data.decode(encoding, "ignore" if encoding == UTF16 else "replace")
    ).removeprefix("\ufeff")


def open_as_utf8(path: Path, encoding: str) -> BinaryIO:
    """The file as a stream of UTF-8 bytes without byte-order mark; bytes without meaning become U+FFFD."""
    file = path.open("rb")
    if encoding in (UTF8, UTF8_BOM) and _is_sound(path):
        if encoding == UTF8_BOM:
            file.seek(len(codecs.BOM_UTF8))
        return file
    return io.BufferedReader(_Reencoded(file, encoding), 1 << 20)


def _is_sound(path: Path) -> bool:
    with path.open("rb") as file:
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while block := file.read(16 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


class _Reencoded(io.RawIOBase):
    """Bytes of another encoding read as UTF-8, a million at a time; legacy ones are cut at line ends only."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file, self._encoding, self._rest = file, encoding, b""
        is_legacy = encoding in LEGACY_ENCODINGS
        self._decoder = None if is_legacy else codecs.getincrementaldecoder(encoding)("replace")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]  # io's own stub asks for Buffer
        while not self._rest:
            block = self._file.read(1 << 20)
            text = self._decode(block)
            if not block and not text:
                return 0
            self._rest = text.encode("utf-8", "replace")
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count

    def _decode(self, block: bytes) -> str:
        if self._decoder is not None:
            return self._decoder.decode(block, final=not block).replace("\ufeff", "")
        return decode_bytes(block + self._file.readline(1 << 20), self._encoding) if block else ""

    def close(self) -> None:
        self._file.close()
        super().close()
