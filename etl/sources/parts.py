"""The inner XML files of a visit (XML1 … XML15): decoded, and read by tag name into lines."""

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import md5

from lxml import etree

from etl.errors import DataError
from etl.sources.layouts import Layouts
from etl.sources.tags import LINE_TAGS, PASSED_TAGS

Tags = dict[str, str]
SAFE = {
    "resolve_entities": False,
    "no_network": True,
    "huge_tree": False,
    "load_dtd": False,
    "dtd_validation": False,
    "recover": False,
}
"""Options of every XML parser here."""
MAX_MARKS = 1_000_000
"""Beginnings and ends of elements in one visit: a tree takes far more memory than its text."""
COUNTER = re.compile(rb"<STT>\s*\d*\s*</STT>")
"""XML1 counts the visits of a sending: the same visit in another sending has another number there."""
COUNTED = ("XML1", "CHECKIN")
PROLOG = re.compile(r"^\ufeff?\s*<\?xml[^>]*\?>")
SAYS_UTF16 = re.compile(rb"^\s*<\?xml[^>]*encoding=['\"]utf-?16['\"]", re.IGNORECASE)
_PARSER = etree.XMLParser(**SAFE, remove_comments=True, remove_pis=True)  # type: ignore[arg-type]  # the stub does not take mixed options
_UTF8_PARSER = etree.XMLParser(**SAFE, remove_comments=True, remove_pis=True, encoding="utf-8")  # type: ignore[arg-type]


@dataclass(slots=True)
class Part:
    """One inner file: its kind, and its bytes; those that were sent where they could not be decoded."""

    kind: str
    content: bytes
    is_decoded: bool = True


def plain_tag(tag: object) -> str:
    """A tag in capitals and without its namespace; empty for a comment."""
    if not isinstance(tag, str):
        return ""
    return tag if tag.isupper() and tag[0] != "{" else tag.rpartition("}")[2].upper()


def unsafe() -> DataError:
    """The refusal of any document type: it can name outside files, or grow without end."""
    return DataError(
        "xml: it declares a document type or entities; expected plain elements. Export the file again "
        "without a DOCTYPE.",
        "xml_unsafe",
    )


def too_many_elements() -> DataError:
    """The refusal of a visit that would use up memory."""
    return DataError(
        f"xml: a visit has more than {MAX_MARKS // 2:,} elements; expected one visit. Export it again.", "cell_too_long"
    )


def is_unsafe(content: bytes) -> bool:
    """True if the bytes of an inner XML declare a document type, in UTF-8 or UTF-16."""
    return b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"<!DOCTYPE" in content.replace(b"\x00", b"")


def element_bytes(element: etree._Element) -> bytes:
    """An element as a document of its own, in UTF-8."""
    return etree.tostring(element, encoding="utf-8", with_tail=False)


def decode_part(kind: str, content: etree._Element | None) -> Part:
    """The part that NOIDUNGFILE holds: base64, also in lines; or the XML itself, as elements or as text (CDATA)."""
    if content is None:
        return Part(kind, b"", is_decoded=False)
    if len(content):
        return Part(kind, element_bytes(content[0] if len(content) == 1 else content))
    text = (content.text or "").strip()
    if text.startswith(("<", "\ufeff<")):
        return Part(kind, PROLOG.sub("", text, count=1).encode())
    try:
        return Part(kind, binascii.a2b_base64(text, strict_mode=True))
    except (binascii.Error, ValueError):
        return _decode_lenient(kind, text)


def _decode_lenient(kind: str, text: str) -> Part:
    try:
        return Part(kind, base64.b64decode("".join(text.split()), validate=True))
    except (binascii.Error, ValueError):
        return Part(kind, text.encode(errors="surrogatepass"), is_decoded=False)


def read_lines(part: Part, layouts: Layouts) -> list[Tags] | None:
    """Tag → text of each line of a part, or None if it is no XML; empty tags, and known ones that nobody reads, are
    left out.

    `layouts` remembers how this file's documents look, so that most need no tree. Raises DataError `xml_unsafe`
    where the part declares a document type.
    """
    if part.content.count(b"<") > MAX_MARKS:
        raise too_many_elements()
    found = layouts.read(part.kind, part.content)
    if found is not None:
        return found
    root = parse_part(part.content)
    if root is None:
        return None
    layouts.learn(part.kind, part.content, plain_tag(root.tag))
    passed = PASSED_TAGS[part.kind]
    return [_tags(line, passed) for line in _line_elements(part.kind, root)]


def _line_elements(kind: str, root: etree._Element) -> list[etree._Element]:
    """The elements that are lines: by their name, else the root itself in parts that are one line."""
    names = LINE_TAGS.get(kind)
    if names is None:
        return [root]
    found = [element for element in root.iter() if plain_tag(element.tag) in names]
    return found or ([root] if kind in ONE_LINE else [])


ONE_LINE = ("XML1", "XML6", "XML7", "XML8", "XML9", "XML10", "XML11", "XML12", "XML13", "XML14", "XML15", "CHECKIN")
"""Parts that may be one line without an element of their own around it."""


def parse_part(content: bytes) -> etree._Element | None:
    """The root of an inner XML, or None if it is none; raises DataError `xml_unsafe` for a document type."""
    if (b"<!" in content or b"\x00" in content) and is_unsafe(content):
        raise unsafe()
    try:
        return etree.fromstring(content, _UTF8_PARSER if _is_mislabelled(content) else _PARSER)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        return None


def _is_mislabelled(content: bytes) -> bool:
    """Programs that build their XML in memory call it UTF-16, and then write it as UTF-8."""
    return SAYS_UTF16.match(content) is not None and b"\x00" not in content[:64]


def _tags(element: etree._Element, passed: frozenset[str]) -> Tags:
    return {tag: child.text for child in element if child.text and (tag := plain_tag(child.tag)) and tag not in passed}


def digest_parts(parts: list[Part]) -> str:
    """MD5 over a visit's parts in the order of their kinds, without the count of visits; 32 hex digits."""
    pieces = []
    for part in sorted(parts, key=lambda part: part.kind):
        content = COUNTER.sub(b"", part.content, count=1) if part.kind in COUNTED else part.content
        pieces += [part.kind.encode(), b"\x1f", content, b"\x1e"]
    return md5(b"".join(pieces), usedforsecurity=False).hexdigest()
