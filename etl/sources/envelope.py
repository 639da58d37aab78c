"""The outer XML of a delivery as a stream of visits, in bounded memory; nothing foreign is ever resolved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lxml import etree

from etl.errors import DataError
from etl.sources.limits import Limits
from etl.sources.parts import MAX_MARKS, SAFE, Part, decode_part, element_bytes, plain_tag, too_many_elements, unsafe

BLOCK_BYTES = 1 << 18
MAX_VISIT_BYTES = 64 * 1024**2
ROOT, VISIT, PART, PART_KIND, PART_CONTENT = "GIAMDINHHS", "HOSO", "FILEHOSO", "LOAIHOSO", "NOIDUNGFILE"
FACILITY, COUNT, SIGNATURE = "MACSKCB", "SOLUONGHOSO", "CHUKYDONVI"
CHECK_IN_ROOT, CHECK_IN = "CHI_TIEU_TRANG_THAI_KCB", "TRANG_THAI_KCB"
CHECK_IN_PART = "CHECKIN"
"""The kind that a check-in message's only part is given here; it has no LOAIHOSO of its own."""
ROOTS = (ROOT, VISIT, CHECK_IN_ROOT)
_TOLD = tuple(
    f"{{*}}{spelling}"
    for name in (VISIT, CHECK_IN, FACILITY, COUNT, SIGNATURE)
    for spelling in (name, name.lower(), name.capitalize())
)
ENTITY, HUGE = 26, 114
"""libxml2's numbers of an entity that nobody declared, and of a text of more than 10 MB."""


class Stream(Protocol):
    """What is read of a document: its bytes from the start, more than once."""

    def read(self, size: int = -1, /) -> bytes: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def tell(self) -> int: ...


@dataclass
class Visit:
    """One HOSO (or check-in): its ordinal from 1, and its parts in the order in which they were sent."""

    row_no: int
    parts: list[Part] = field(default_factory=list)


@dataclass
class Envelope:
    """What the envelope says of itself; `stated_count` is SOLUONGHOSO, `visit_count` the HOSO found so far."""

    root: str
    facility_code: str | None = None
    stated_count: str | None = None
    visit_count: int = 0
    is_signed: bool = False


def read_root(file: Stream) -> str:
    """The name of the root element, in capitals and without its namespace; the stream is put back to its start.

    Raises DataError `xml_unsafe` for a document type, `xml_truncated` where the XML breaks off before any element.
    """
    parser = etree.XMLParser(target=_RootTarget(), **SAFE)  # type: ignore[arg-type]  # the stub does not take mixed options
    try:
        while block := file.read(BLOCK_BYTES):
            parser.feed(block)
            if file.tell() > MAX_VISIT_BYTES:
                raise _visit_too_long(0)
        parser.close()
    except _RootFound as found:
        file.seek(0)
        return found.tag
    except (etree.XMLSyntaxError, LookupError):
        pass
    raise broken(parser.feed_error_log)


def read_envelope(file: Stream, limits: Limits) -> Iterator[tuple[Envelope, list[Visit]]]:
    """The visits, as many at a time as a block of the file completes, with what the envelope has said so far.

    Raises DataError `xml_unsafe` for a document type, `xml_truncated` where the XML breaks off or is malformed,
    `cell_too_long` for a visit of more than 64 MB.
    """
    envelope = Envelope(read_root(file))
    parser = etree.XMLPullParser(events=("end",), tag=_TOLD, remove_comments=True, remove_pis=True, **SAFE)  # type: ignore[arg-type]
    waiting = marks = 0
    try:
        while block := file.read(BLOCK_BYTES):
            parser.feed(block)
            visits = [visit for _, element in parser.read_events() if (visit := _take(element, envelope)) is not None]
            waiting, marks = (0, 0) if visits else (waiting + len(block), marks + block.count(b"<"))
            if marks > MAX_MARKS:
                raise too_many_elements()
            if waiting > MAX_VISIT_BYTES:
                raise _visit_too_long(envelope.visit_count + 1)
            yield envelope, visits
        parser.close()
    except (etree.XMLSyntaxError, LookupError):
        raise broken(parser.feed_error_log) from None


def _take(element: object, envelope: Envelope) -> Visit | None:
    """What an element that has ended says; a visit is cut off the tree, with all that stands before it."""
    assert isinstance(element, etree._Element)
    name = plain_tag(element.tag)
    if name not in (VISIT, CHECK_IN):
        _note(name, element, envelope)
        return None
    envelope.visit_count += 1
    visit = Visit(envelope.visit_count, _parts_of(element) if name == VISIT else [_check_in_of(element)])
    element.clear()
    for place in (element, *element.iterancestors()):
        parent = place.getparent()
        while parent is not None and place.getprevious() is not None:
            del parent[0]
    return visit


def _note(name: str, element: etree._Element, envelope: Envelope) -> None:
    if any(plain_tag(above.tag) == VISIT for above in element.iterancestors()):
        return
    text = (element.text or "").strip()
    if name == FACILITY:
        envelope.facility_code = text
    elif name == COUNT:
        envelope.stated_count = text
    elif name == SIGNATURE:
        envelope.is_signed = bool(text) or len(element) > 0


def _parts_of(visit: etree._Element) -> list[Part]:
    parts = []
    for file in visit:
        if file.tag != PART and plain_tag(file.tag) != PART:
            continue
        kind, content = "", None
        for child in file:
            tag = child.tag if child.tag in (PART_KIND, PART_CONTENT) else plain_tag(child.tag)
            if tag == PART_KIND:
                kind = (child.text or "").strip().upper()
            elif tag == PART_CONTENT:
                content = child
        parts.append(decode_part(kind, content))
    return parts


def _check_in_of(element: etree._Element) -> Part:
    return Part(CHECK_IN_PART, element_bytes(element))


def broken(log: Sequence[etree._LogEntry]) -> DataError:
    """The refusal of an XML that its parser could not read to the end; of the parser's log only the line is told."""
    errors = {entry.type for entry in log}
    if ENTITY in errors:
        return unsafe()
    if HUGE in errors:
        return _visit_too_long(0)
    line = log[-1].line if len(log) else 1
    return DataError(
        f"xml, line {line}: it breaks off or is malformed; expected a whole envelope up to </{ROOT}>. "
        "Export and send the file again.",
        "xml_truncated",
    )


def _visit_too_long(row_no: int) -> DataError:
    return DataError(
        f"{f'HOSO {row_no}' if row_no else 'xml'}: it holds more than {MAX_VISIT_BYTES:,} bytes, or one text of more "
        "than 10 MB; expected one visit. Send pictures apart from data.",
        "cell_too_long",
    )


class _RootFound(Exception):  # noqa: N818 - not an error: it ends a search
    def __init__(self, tag: str) -> None:
        super().__init__()
        self.tag = tag


class _RootTarget:
    """What the parser calls: ends at the first element."""

    def doctype(self, name: str, public_id: str | None, system: str | None) -> None:
        raise unsafe()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        raise _RootFound(plain_tag(tag))

    def close(self) -> None:
        """Nothing is built."""
