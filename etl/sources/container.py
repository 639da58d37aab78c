"""What a file is by its first bytes, never by its name: an XML, a workbook, a text, or something that nobody asked
for."""

import zipfile
from pathlib import Path

from etl.errors import DataError
from etl.sources.limits import Limits

XML, WORKBOOK, TEXT, ARCHIVE = "xml", "workbook", "text", "archive"
OLD_WORKBOOK, ODS, MARKUP = "xls", "ods", "markup"
"""An Excel file of before 2007, an OpenDocument sheet, and a web page or XML with a table, often named .xls."""
HEAD_BYTES = 4096
FEW_ZEROS = 50
"""A text may hold a zero in so many bytes: some programs leave them between cells."""
OLE_BYTES = 4 << 20
"""Of an old Office file, how much of its beginning and of its end is searched for its directory."""
MAGIC = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
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
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""First bytes of the files of old Office programs, and of new ones with a password."""
EXPECTED = "expected an XML envelope, a workbook (.xlsx, .xls, .ods) or a CSV text"


def recognise_container(path: Path, limits: Limits) -> str:
    """`xml`, `workbook` (.xlsx, .xlsm), `xls`, `ods`, `markup`, `text` or `archive` (gzip or zip, of XML files); refuses
    empty files, too large ones and every other kind, which it names."""
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
    if head.startswith(OLE):
        return _recognise_ole(path)
    for magic, name in MAGIC:
        if head.startswith(magic):
            raise other_kind(name)
    if text.removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").startswith(b"<"):
        return MARKUP if _is_page(text) else XML
    if head.count(0) * FEW_ZEROS > len(head) and not _is_utf16(head):
        raise other_kind("a binary file")
    return TEXT


def other_kind(name: str) -> DataError:
    """The refusal of a file that is `name` instead of what senders send."""
    return DataError(
        f"file: it is {name}; {EXPECTED}. Export the data from the source program again and send that file.",
        "file_kind_unknown",
    )


def locked() -> DataError:
    """The refusal of a workbook that nobody can open without its password."""
    return DataError(
        "workbook: it is protected by a password; expected one that opens without. Save it without a password and "
        "send it again.",
        "file_locked",
    )


def _recognise_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            is_sheet = "content.xml" in names and b".spreadsheet" in archive.read("mimetype")[:100]
    except KeyError:
        is_sheet = False
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        raise other_kind("a damaged zip or workbook") from None
    if "xl/workbook.xml" in names:
        return WORKBOOK
    if is_sheet:
        return ODS
    kinds = {
        "word/document.xml": "a Word document",
        "ppt/presentation.xml": "a PowerPoint file",
        "xl/workbook.bin": "a binary workbook (.xlsb)",
        "content.xml": "an OpenDocument file that is no sheet",
    }
    for part, name in kinds.items():
        if part in names:
            raise other_kind(name)
    return ARCHIVE


def _recognise_ole(path: Path) -> str:
    """What an old Office file holds, by the names of its streams, which stand in its directory as UTF-16."""
    with path.open("rb") as file:
        content = file.read(OLE_BYTES)
        file.seek(max(0, path.stat().st_size - OLE_BYTES))
        content += file.read(OLE_BYTES)

    def holds(name: str) -> bool:
        return name.encode("utf-16-le") in content

    if holds("EncryptedPackage") or holds("EncryptionInfo"):
        raise locked()
    if holds("Workbook") or holds("Book"):
        return OLD_WORKBOOK
    raise other_kind("a Word document" if holds("WordDocument") else "an old Office file that is no workbook")


def _is_page(text: bytes) -> bool:
    """True for a web page, or a workbook as one XML, in its first bytes; tables without a page around them as well."""
    head = text[:HEAD_BYTES].lower()
    return b"schemas-microsoft-com:office:spreadsheet" in head or any(
        mark in head for mark in (b"<html", b"<table", b"<!doctype html", b"<meta ")
    )


def _is_utf16(head: bytes) -> bool:
    """True for UTF-16 with a byte-order mark, or with a zero in most of every second byte."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return max(head[0::2].count(0), head[1::2].count(0)) * 2 > len(head) * 0.5
