"""What a file is by its first bytes, never by its name: an XML, a workbook, a text, or something that nobody asked
for."""

import zipfile
from pathlib import Path

from etl.errors import DataError
from etl.sources.limits import Limits

XML, WORKBOOK, TEXT, ARCHIVE = "xml", "workbook", "text", "archive"
HEAD_BYTES = 4096
MAGIC = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\xd0\xcf\x11\xe0", "an old Excel (.xls), Word or password-protected Office file"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"{\\rtf", "a rich-text file"),
    (b"PAR1", "a Parquet file"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"SQLite format 3", "a SQLite database"),
)
"""First bytes of files that are often sent by mistake."""
EXPECTED = "expected an XML envelope, an .xlsx workbook or a CSV text"


def recognise_container(path: Path, limits: Limits) -> str:
    """`xml`, `workbook`, `text` or `archive` (gzip or zip, of XML files); refuses empty files, too large ones and every other kind, which it names."""
    size = path.stat().st_size
    if size > limits.max_file_bytes:
        raise DataError(
            f"file: it has {size:,} bytes; expected at most {limits.max_file_bytes:,}. Send it in several files.",
            "file_too_large",
        )
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    text = head.replace(b"\x00", b"").removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text or text in (b"\xff\xfe", b"\xfe\xff"):
        raise DataError(
            "file: it is empty; expected at least a heading and one row. Export it again and check its size.",
            "file_empty",
        )
    if head.startswith(b"PK"):
        return _recognise_zip(path)
    if head.startswith(b"\x1f\x8b"):
        return ARCHIVE
    for magic, name in MAGIC:
        if head.startswith(magic):
            raise other_kind(name)
    if text.removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").startswith(b"<"):
        return XML
    if b"\x00" in head and not _is_utf16(head):
        raise other_kind("a binary file")
    return TEXT


def other_kind(name: str) -> DataError:
    """The refusal of a file that is `name` instead of what senders send."""
    return DataError(
        f"file: it is {name}; {EXPECTED}. Export the data from the source program again and send that file.",
        "file_kind_unknown",
    )


def _recognise_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        raise other_kind("a damaged zip or workbook") from None
    if "xl/workbook.xml" in names:
        return WORKBOOK
    kinds = {
        "word/document.xml": "a Word document",
        "ppt/presentation.xml": "a PowerPoint file",
        "xl/workbook.bin": "a binary workbook (.xlsb)",
        "content.xml": "an OpenDocument file",
    }
    for part, name in kinds.items():
        if part in names:
            raise other_kind(name)
    return ARCHIVE


def _is_utf16(head: bytes) -> bool:
    """True for UTF-16 with a byte-order mark, or with a zero in most of every second byte."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return max(head[0::2].count(0), head[1::2].count(0)) * 2 > len(head) * 0.5
