"""Broken copies of good files: bytes, text, archives and what base64 hides are each changed where they lie."""

import base64
import io
import random
import re
import zipfile
from pathlib import Path

from etl.settings import PROJECT_DIR

LARGEST = 200_000
CANARY = "ZXCANARYQX"
"""Stands for a patient's name: it must come out in no message."""
TOKENS = [
    *(
        token.encode()
        for token in ('"', '""', "\n", "\r", "\r\n", ",", ";", "\t", "|", "sep=;\n", "'", "=1+1", "@SUM(A1)", CANARY)
    ),
    *(
        token.encode()
        for token in (
            "\u202e",
            "\u200f",
            "\ufeff",
            "\u2028",
            "\u0301" * 40,
            "Ð",
            "99999999999999999999",
            "1.23457E+11",
            "31/02/1980",
        )
    ),
    b"\x00",
    b"\x00" * 64,
    b"\xed\xa0\x80",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\x80\x81",
    b"\x1f",
    b"\x1e",
    b"\x1a",
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
    b"&a;",
    b"&#0;",
    b"<![CDATA[",
    b"]]>",
    b"<?xml version='1.0' encoding='utf-16'?>",
    b"<HOSO>",
    b"</HOSO>",
    b"<FILEHOSO>",
    b"</GIAMDINHHS>",
    b"<row r='1048576'>",
    b"<c r='XFD1' t='s'><v>9999999</v></c>",
    b"<f>1/0</f>",
    b"number-rows-repeated='1048576'",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"A" * 40_000,
    b"<x>" * 3_000,
]
"""What hostile files and bad programs put between good bytes."""
PART = re.compile(rb"(<NOIDUNGFILE>)([A-Za-z0-9+/=\s]+)(</NOIDUNGFILE>)")


def corpus() -> list[bytes]:
    """The sample files that are small enough to be broken in their thousands."""
    found = sorted(path for path in (PROJECT_DIR / "data_samples").rglob("*") if path.is_file())
    return [path.read_bytes() for path in found if path.stat().st_size <= LARGEST and path.suffix != ".md"]


def mutate(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """A broken copy: an archive's member or an inner part is broken as often as the whole."""
    if content[:2] == b"PK" and rng.random() < 0.8:
        return _mutate_member(content, other, rng)
    if b"<NOIDUNGFILE>" in content and rng.random() < 0.6:
        return _mutate_part(content, rng)
    if rng.random() < 0.05:
        cut = rng.randrange(len(other) + 1)
        return content[: rng.randrange(len(content) + 1)] + other[cut:]
    return _mutate_bytes(content, rng)


def _mutate_bytes(content: bytes, rng: random.Random) -> bytes:
    broken = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        at = rng.randrange(len(broken) + 1)
        length = min(rng.choice((1, 1, 4, 30, 400)), len(broken) - at)
        how = rng.randrange(6)
        if how == 0:
            broken[at : at + length] = rng.choice(TOKENS)
        elif how == 1:
            broken[at:at] = rng.choice(TOKENS)
        elif how == 2:
            del broken[at : at + length]
        elif how == 3:
            broken[at:at] = broken[at : at + length] * rng.choice((1, 2, 50))
        elif how == 4 and length:
            broken[at : at + length] = rng.randbytes(length)
        elif how == 5 and rng.random() < 0.3:
            del broken[at:]
    return bytes(broken)


def _mutate_member(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """The same archive with one member broken, renamed, doubled or left out."""
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
            members = archive.infolist()
            chosen = rng.choice(
                [
                    *members,
                    *(member for member in members if "sheet" in member.filename or "content" in member.filename),
                ]
            )
            for member in members:
                part, name = archive.read(member), member.filename
                if member is chosen:
                    how = rng.randrange(10)
                    if how == 0:
                        continue
                    name = rng.choice(("../../etc/passwd", "/tmp/x", "a\\..\\b", CANARY, name)) if how == 1 else name
                    part = bytes(2_000_000) if how == 2 else other if how == 3 else _mutate_bytes(part, rng)
                made.writestr(name, part)
    except (zipfile.BadZipFile, ValueError, OSError):
        return _mutate_bytes(content, rng)
    return out.getvalue()


def _mutate_part(content: bytes, rng: random.Random) -> bytes:
    """One inner document broken, and put back as base64."""
    parts = list(PART.finditer(content))
    if not parts:
        return _mutate_bytes(content, rng)
    chosen = rng.choice(parts)
    try:
        inner = base64.b64decode(chosen[2])
    except ValueError:
        return _mutate_bytes(content, rng)
    broken = base64.b64encode(_mutate_bytes(inner, rng))
    return content[: chosen.start(2)] + broken + content[chosen.end(2) :]


def write(path: Path, content: bytes) -> None:
    """Put an input where it will be read; it stays there if reading kills its process."""
    path.write_bytes(content)
