"""The inner XML files of a visit (XML1 … XML15): decoded, read by tag name, and unknown tags counted."""

import base64
import binascii
import re
from hashlib import md5

from lxml import etree

from etl.sources.envelope import SAFE, Visit, is_unsafe, unsafe

Tags = dict[str, str]
LINE_TAGS = {"XML2": "CHI_TIET_THUOC", "XML3": "CHI_TIET_DVKT", "XML4": "CHI_TIET_CLS"}
"""Element of each line, in the parts that hold lines; the others are one line themselves."""
COUNTER = re.compile(rb"<STT>\s*\d*\s*</STT>")
"""XML1 counts the visits of a sending: the same visit in another sending has another number there."""
_PARSER = etree.XMLParser(**SAFE, remove_comments=True, remove_pis=True)  # type: ignore[arg-type]  # as in etl.sources.envelope


def decode_part(content: str) -> bytes | None:
    """The bytes of a part, or None if it is not base64."""
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def read_lines(kind: str, content: bytes) -> list[Tags] | None:
    """Tag → text of each line of a part, or None if it is no XML; an empty tag is left out.

    Raises DataError `xml_unsafe` where it declares a document type.
    """
    if is_unsafe(content):
        raise unsafe()
    try:
        root = etree.fromstring(content, _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if kind in LINE_TAGS:
        return [_tags(line) for line in root.iter(LINE_TAGS[kind])]
    return [_tags(root)]


def _tags(element: etree._Element) -> Tags:
    return {child.tag: child.text for child in element if child.text and isinstance(child.tag, str)}


def digest_visit(visit: Visit, contents: list[bytes]) -> str:
    """MD5 over the visit's parts in the order of their kinds, without XML1's count of visits; 32 hex digits."""
    digest = md5(usedforsecurity=False)
    for (kind, _), content in sorted(zip(visit.parts, contents, strict=True), key=lambda pair: pair[0][0]):
        digest.update(kind.encode() + b"\x1f")
        digest.update(COUNTER.sub(b"", content, count=1) if kind == "XML1" else content)
        digest.update(b"\x1e")
    return digest.hexdigest()
