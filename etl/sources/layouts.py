"""How the inner documents of a sender look: learned from one, and then read off the next that look the same.

A hospital's software writes every document of a kind with the same elements in the same order. A layout is that order
as one pattern. What it matches whole is well-formed by construction (no markup but the learned tags, no character that
XML forbids), so no tree is built; whatever differs in the least is left to the XML parser.
"""

import re
from dataclasses import dataclass

from etl.sources.tags import LINE_TAGS, PASSED_TAGS

NAME = r"[A-Z_][A-Z0-9_]*"
SPACE = r"[ \t\n]*+"
TEXT = r"[^<>&\x00-\x08\x0b-\x1f]*+"
"""A text without markup, references, and what XML forbids or changes …"""
FORBIDDEN = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
"""… but for two characters that are looked for in the bytes: in a pattern they cost far more."""
HEAD = re.compile(
    rf"(?:<\?xml version=(['\"])1\.0\1(?: encoding=(['\"])utf-8\2)?(?: standalone=(['\"])(?:yes|no)\3)?\s*\?>)?"
    rf"{SPACE}(?:<(?-i:{NAME})>{SPACE})*",
    re.IGNORECASE,
)
TAIL = re.compile(rf"(?:{SPACE}</{NAME}>)*{SPACE}")
FIELD = re.compile(rf"({SPACE})<({NAME})(?:/>|>{TEXT}</\2>)")
MAX_LAYOUTS, MAX_LEARNED = 6, 200
"""Layouts kept of each kind, and how many are tried before it is clear that no two documents are alike."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """A document is `head`, lines that each match `line`, and `tail`; the groups of `line` are the texts of `tags`."""

    head: str
    line: re.Pattern[str]
    tags: tuple[str, ...]
    tail: str

    def read(self, text: str) -> list[dict[str, str]] | None:
        """Tag → text of each line, or None where the document looks otherwise."""
        if not (text.startswith(self.head) and text.endswith(self.tail)):
            return None
        match, tags = self.line.match, self.tags
        place, end, lines = len(self.head), len(text) - len(self.tail), []
        while place < end and (found := match(text, place, end)):
            lines.append({tag: value for tag, value in zip(tags, found.groups(), strict=True) if value})
            place = found.end()
        return lines if place == end and lines else None


class Layouts:
    """The layouts of one file's documents, by kind, the last used first."""

    def __init__(self) -> None:
        self._known: dict[str, list[_Layout]] = {}
        self._learned: dict[str, int] = {}

    def read(self, kind: str, content: bytes) -> list[dict[str, str]] | None:
        """The lines of a document that looks as one before, else None."""
        known = self._known.get(kind)
        if not known:
            return None
        text = _decode(content)
        if text is None:
            return None
        for place, layout in enumerate(known):
            lines = layout.read(text)
            if lines is not None:
                if place:
                    known.insert(0, known.pop(place))
                return lines
        return None

    def learn(self, kind: str, content: bytes, root: str) -> None:
        """Remember how a document looks that the XML parser has read; `root` is its root's name in capitals."""
        tried = self._learned.get(kind, 0)
        if tried >= MAX_LEARNED:
            return
        self._learned[kind] = tried + 1
        layout = _learn(kind, content, root)
        if layout is not None:
            self._known[kind] = [layout, *self._known.get(kind, [])[: MAX_LAYOUTS - 1]]


def _decode(content: bytes) -> str | None:
    if FORBIDDEN[0] in content or FORBIDDEN[1] in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _learn(kind: str, content: bytes, root: str) -> _Layout | None:
    text = _decode(content)
    if text is None:
        return None
    names = LINE_TAGS.get(kind, frozenset((root,)))
    name = next((name for name in sorted(names) if f"<{name}>" in text), None)
    if name is None:
        return None
    head, _, rest = text.partition(f"<{name}>")
    first, _, _ = rest.partition(f"</{name}>")
    tail = text.rpartition(f"</{name}>")[2]
    if not (HEAD.fullmatch(head) and TAIL.fullmatch(tail)):
        return None
    made = _line_pattern(kind, name, first)
    return _Layout(head, made[0], made[1], tail) if made else None


def _line_pattern(kind: str, name: str, inner: str) -> tuple[re.Pattern[str], tuple[str, ...]] | None:
    """The pattern of a line that looks like this one, capturing what is read or unknown, and the captured tags."""
    pieces, captured, place = [], [], 0
    while found := FIELD.match(inner, place):
        space, tag = found.groups()
        is_read = tag not in PASSED_TAGS[kind]
        if is_read:
            captured.append(tag)
        gap = SPACE if space else ""
        text = f"({TEXT})" if is_read else TEXT
        pieces.append(f"{gap}<{tag}(?:>{text}</{tag}>|/>)")
        place = found.end()
    if not pieces or inner[place:].strip(" \t\n"):
        return None
    return re.compile(rf"{SPACE}<{name}>{''.join(pieces)}{SPACE}</{name}>"), tuple(captured)
