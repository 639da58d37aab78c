"""The outer XML of an envelope as a stream of visits (HOSO), in bounded memory; nothing foreign is ever resolved."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from etl.errors import DataError
from etl.sources.limits import Limits

BLOCK_BYTES = 1 << 18
MAX_VISIT_CHARS = 64 * 1024**2
SAFE = {
    "resolve_entities": False,
    "no_network": True,
    "huge_tree": False,
    "load_dtd": False,
    "dtd_validation": False,
    "recover": False,
}
"""Options of every XML parser here."""
ROOT, VISIT, PART, PART_KIND, PART_CONTENT, FACILITY = (
    "GIAMDINHHS",
    "HOSO",
    "FILEHOSO",
    "LOAIHOSO",
    "NOIDUNGFILE",
    "MACSKCB",
)


@dataclass
class Visit:
    """One HOSO: its ordinal from 1, and its parts as (kind, base64 text)."""

    row_no: int
    parts: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Envelope:
    """What the envelope says of itself: its root, and the facility that made it."""

    root: str | None = None
    facility_code: str | None = None


def read_envelope(path: Path, limits: Limits) -> Iterator[tuple[Envelope, list[Visit]]]:
    """The visits, as many at a time as a block of the file completes, with what the envelope has said so far.

    Raises DataError `xml_unsafe` for a document type, `xml_truncated` where the XML breaks off or is malformed.
    """
    target = _EnvelopeTarget()
    parser = etree.XMLParser(target=target, **SAFE)  # type: ignore[arg-type]  # the stub does not take mixed options
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                parser.feed(block)
                yield target.envelope, target.take()
        parser.close()
    except etree.XMLSyntaxError as error:
        raise _broken(error) from None


def unsafe() -> DataError:
    """The refusal of any document type: it can name outside files, or grow without end."""
    return DataError(
        "xml: it declares a document type or entities; expected plain elements. Export the file again "
        "without a DOCTYPE.",
        "xml_unsafe",
    )


def is_unsafe(content: bytes) -> bool:
    """True if the bytes of an inner XML declare a document type, in UTF-8 or UTF-16."""
    return b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"<!DOCTYPE" in content.replace(b"\x00", b"")


def _broken(error: etree.XMLSyntaxError) -> DataError:
    line = error.lineno or 1
    if error.msg and "ntity" in error.msg and "not defined" in error.msg:
        return unsafe()
    return DataError(
        f"xml, line {line}: it breaks off or is malformed; expected a whole envelope up to </{ROOT}>. "
        "Export and send the file again.",
        "xml_truncated",
    )


class _EnvelopeTarget:
    """What the parser calls: keeps the visit being read, and those that are complete."""

    def __init__(self) -> None:
        self.envelope = Envelope()
        self._visits: list[Visit] = []
        self._visit: Visit | None = None
        self._count, self._chars = 0, 0
        self._text: list[str] | None = None
        self._kind, self._content = "", ""

    def take(self) -> list[Visit]:
        """The visits completed since the last call."""
        taken, self._visits = self._visits, []
        return taken

    def doctype(self, name: str, public_id: str | None, system: str | None) -> None:
        raise unsafe()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self.envelope.root is None:
            self.envelope.root = tag
        if tag == VISIT:
            self._count, self._chars = self._count + 1, 0
            self._visit = Visit(self._count)
        self._text = [] if tag in (PART_KIND, PART_CONTENT, FACILITY) else None

    def data(self, text: str) -> None:
        if self._text is not None:
            self._chars += len(text)
            if self._chars > MAX_VISIT_CHARS:
                raise DataError(
                    f"HOSO {self._count}: it holds more than {MAX_VISIT_CHARS:,} characters; expected one "
                    "visit. Send pictures apart from data.",
                    "cell_too_long",
                )
            self._text.append(text)

    def end(self, tag: str) -> None:
        text, self._text = "".join(self._text or ()).strip(), None
        if tag == PART_KIND:
            self._kind = text
        elif tag == PART_CONTENT:
            self._content = text
        elif tag == FACILITY and self._visit is None:
            self.envelope.facility_code = text
        elif tag == PART and self._visit is not None:
            self._visit.parts.append((self._kind, self._content))
            self._kind, self._content = "", ""
        elif tag == VISIT and self._visit is not None:
            self._visits.append(self._visit)
            self._visit = None

    def close(self) -> None:
        """Nothing is built."""
