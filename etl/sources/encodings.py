"""The encoding of a text file, and the file as a stream of UTF-8 whatever it is."""

import codecs
import io
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from etl.standardise.legacy import (
    LEGACY_ENCODINGS,
    VIQR,
    decode_bytes,
    is_viqr,
    recognise_encoding,
    remake_utf8,
    syllable_share,
)

UTF8, UTF8_BOM, UTF16, LATIN = "utf-8", "utf-8-sig", "utf-16", "cp1252"
UTF8_TWICE = "utf-8-twice"
"""UTF-8 whose bytes were taken for Windows-1252 and written as UTF-8 again ("Nguyá»…n")."""
WHOLE_BYTES = 64 * 1024**2
"""So much beyond the first byte that is not ASCII is searched for bytes that are not UTF-8."""
SAMPLE_BYTES = 64 * 1024
BLOCK_BYTES = 8 << 20
TWICE_MARKS = ("Ã", "á»", "áº", "Ä‘", "Æ°", "Ä\x90")
"""What UTF-8 that was written twice looks like."""


def recognise_file_encoding(path: Path) -> str:
    """`utf-8`, `utf-8-sig`, `utf-16` (also `-le`, `-be` without mark), `utf-8-twice`, one of `LEGACY_ENCODINGS`, or
    `cp1252`."""
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return UTF16
        if (wide := _without_mark(head)) is not None:
            return wide
        has_mark = head.startswith(codecs.BOM_UTF8)
        file.seek(len(codecs.BOM_UTF8) if has_mark else 0)
        sample, is_utf8 = _sample(file)
    if not sample:
        return VIQR if is_viqr(head.decode("ascii", "replace")) and not has_mark else (UTF8_BOM if has_mark else UTF8)
    text = sample.decode("utf-8", "replace")
    if is_utf8 and any(mark in text for mark in TWICE_MARKS) and _is_twice(text):
        return UTF8_TWICE
    if has_mark:
        return UTF8_BOM
    return UTF8 if is_utf8 or syllable_share(text) >= 0.5 else recognise_encoding(sample) or LATIN


def _without_mark(head: bytes) -> str | None:
    """UTF-16 without a byte-order mark: a zero in most of every second byte, and hardly any in the others."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 4 < len(head) or max(even, odd) < 4 * min(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _sample(file: BinaryIO) -> tuple[bytes, bool]:
    """Lines that are not ASCII, from wherever the first of them stands, and whether all that was seen is UTF-8."""
    decoder, lines, seen, sampled, is_utf8 = codecs.getincrementaldecoder("utf-8")(), [], 0, 0, True
    while (block := file.read(BLOCK_BYTES)) and (is_utf8 or sampled < SAMPLE_BYTES) and seen < WHOLE_BYTES:
        if block.isascii() and not seen:
            continue
        seen += len(block)
        if sampled < SAMPLE_BYTES:
            found = b"\n".join(line for line in block.splitlines() if not line.isascii())[:SAMPLE_BYTES]
            lines.append(found)
            sampled += len(found)
        try:
            decoder.decode(block)
        except UnicodeDecodeError:
            is_utf8 = False
    if not block:
        is_utf8 = is_utf8 and _ends(decoder)
    return b"\n".join(lines), is_utf8


def _ends(decoder: codecs.IncrementalDecoder) -> bool:
    """True if no character was cut off by the file's end."""
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_twice(text: str) -> bool:
    """True if the text is Vietnamese once the second encoding is undone, and is not before."""
    return syllable_share(text) < 0.2 and syllable_share(remake_utf8(text)) >= 0.5


def decode_head(path: Path, encoding: str, size: int) -> str:
    """The first `size` bytes as text, in NFC, without a byte-order mark and without zeros."""
    with path.open("rb") as file:
        data = file.read(size)
    if encoding in LEGACY_ENCODINGS:
        return decode_bytes(data, encoding).replace("\x00", "")
    if encoding == UTF8_TWICE:
        text = remake_utf8(data.decode("utf-8", "replace"))
    else:
        text = data.decode(encoding, "ignore" if encoding == UTF16 else "replace")
    return unicodedata.normalize("NFC", text).removeprefix("\ufeff").replace("\x00", "")


def open_as_utf8(path: Path, encoding: str, skipped_lines: int = 0) -> BinaryIO:
    """The file as a stream of UTF-8 bytes without byte-order mark, zeros and its first `skipped_lines`; bytes without
    meaning become U+FFFD."""
    file = path.open("rb")
    blocks = _utf8_blocks(file, encoding)
    return cast(BinaryIO, _Stream(file, _without_lines(blocks, skipped_lines) if skipped_lines else blocks))


def _utf8_blocks(file: BinaryIO, encoding: str) -> Iterator[bytes]:
    if encoding in (UTF8, UTF8_BOM):
        blocks = _sound_blocks(file)
    elif encoding in LEGACY_ENCODINGS or encoding == UTF8_TWICE:
        blocks = _legacy_blocks(file, encoding)
    else:
        blocks = _decoded_blocks(file, encoding)
    for block in blocks:
        yield block.replace(b"\x00", b"") if b"\x00" in block else block


def _sound_blocks(file: BinaryIO) -> Iterator[bytes]:
    """The file's own bytes, looked at once; only a block that is not UTF-8 throughout is written anew."""
    rest = b""
    if (first := file.read(3)) != codecs.BOM_UTF8:
        rest = first
    while block := file.read(BLOCK_BYTES):
        data = rest + block if rest else block
        if data.isascii():
            rest = b""
            yield data
            continue
        try:
            _, used = codecs.utf_8_decode(data, "strict", False)
            sound = data
        except UnicodeDecodeError:
            text, used = codecs.utf_8_decode(data, "replace", False)
            sound = b""
            yield text.encode("utf-8")
        if sound:
            yield sound[:used]
        rest = data[used:]
    if rest:
        yield rest.decode("utf-8", "replace").encode("utf-8")


def _decoded_blocks(file: BinaryIO, encoding: str) -> Iterator[bytes]:
    decoder, is_first = codecs.getincrementaldecoder(encoding)("replace"), True
    while True:
        block = file.read(BLOCK_BYTES)
        text = decoder.decode(block, final=not block)
        if is_first and text:
            text, is_first = text.removeprefix("\ufeff"), False
        yield text.encode("utf-8", "replace")
        if not block:
            return


def _legacy_blocks(file: BinaryIO, encoding: str) -> Iterator[bytes]:
    """Text of an encoding whose letters take several bytes, cut at line ends only."""
    while block := file.read(BLOCK_BYTES):
        block += file.readline(BLOCK_BYTES)
        if block.isascii() and encoding != VIQR:
            yield block
            continue
        if encoding == UTF8_TWICE:
            text = remake_utf8(block.decode("utf-8", "replace")).removeprefix("\ufeff")
        else:
            text = decode_bytes(block, encoding)
        yield text.encode("utf-8", "replace")


def _without_lines(blocks: Iterator[bytes], count: int) -> Iterator[bytes]:
    data = b""
    for block in blocks:
        data += block
        while count and (end := _line_end(data)) is not None:
            data, count = data[end:], count - 1
        if not count:
            yield data
            yield from blocks
            return


def _line_end(data: bytes) -> int | None:
    """Where the second line begins; a CR at the very end may have its LF still to come."""
    ends = [place for place in (data.find(b"\n"), data.find(b"\r")) if place >= 0]
    if not ends:
        return None
    end = min(ends)
    return end + 2 if data[end : end + 2] == b"\r\n" else end + 1


class _Stream(io.RawIOBase):
    """Blocks of bytes as a file that is read once."""

    def __init__(self, file: BinaryIO, blocks: Iterator[bytes]) -> None:
        self._file, self._blocks, self._rest = file, blocks, memoryview(b"")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """`size` bytes, fewer at the end alone; all that is left where none is given.

        Short reads would make short blocks, of which the CSV reader says that a row straddles two of them.
        """
        if size is None or size < 0:
            return bytes(self._rest) + b"".join(self._blocks)
        parts, missing = [], size
        while missing:
            if not len(self._rest):
                block = next(self._blocks, None)
                if block is None:
                    break
                self._rest = memoryview(block)
            taken, self._rest = self._rest[:missing], self._rest[missing:]
            parts.append(taken)
            missing -= len(taken)
        return b"".join(parts)

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]  # io's own stub asks for Buffer
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()
