"""A hospital's visits in XML by QĐ 4750, 130, 3176 or 4210, or its check-in messages (docs/formats.md)."""

import io
from collections.abc import Iterator
from pathlib import Path

from etl.contracts.reading import Chunk, Recognition, Remark, Sender
from etl.errors import DataError
from etl.sources.archives import Unpacked, open_documents
from etl.sources.container import other_kind
from etl.sources.dialects import dialect_of
from etl.sources.envelope import ROOTS, Envelope, Stream, Visit, read_envelope, read_root
from etl.sources.layouts import Layouts
from etl.sources.limits import Limits
from etl.sources.signatures import ABSENT, UNVERIFIED, find_certificate, remark_on, verify
from etl.sources.visit_tables import STAYS
from etl.sources.visits import Rows

KIND, SENDER_KIND = "hospital_xml", "hospital"
COUNT_DIFFERS = "record_count_differs"
CHUNK_BYTES = 64 * 1024**2
"""Bytes of parts after which a chunk ends, however few its visits."""


def recognise(path: Path, limits: Limits) -> Recognition:
    """An envelope by its root element, and its dialect by the tags of its first visit.

    Raises DataError for any other XML, and for an unsafe or broken beginning.
    """
    with open_documents(path, limits) as documents:
        for document in documents:
            if read_root(document) not in ROOTS:
                raise other_kind("an XML or HTML of another kind")
            for envelope, visits in read_envelope(document, limits):
                if visits:
                    return Recognition(KIND, 1.0, encoding="utf-8", dialect=dialect_of(envelope.root, visits))
    return Recognition(KIND, 1.0, encoding="utf-8")


def read(path: Path, recognition: Recognition, sender: Sender, limits: Limits) -> Iterator[Chunk]:
    """Chunks of visits; a visit's row number counts on over the documents of an archive, in the order of their names.

    Raises DataError `sender_mismatch` if a document was made by another facility, `signature_invalid` if it is not what
    its sender signed.
    """
    certificate = find_certificate(limits.certificates_dir, sender)
    rows, told, before = Rows(limits=limits, layouts=Layouts()), dict[str, Remark](), 0
    with open_documents(path, limits) as documents:
        for document in documents:
            if read_root(document) not in ROOTS:
                raise other_kind("an XML or HTML of another kind")
            content, state = _verify(document, certificate, limits)
            envelope = None
            for envelope, visits in read_envelope(content, limits):
                for visit in visits:
                    if len(rows.row_nos) >= limits.visits_per_chunk or rows.size > CHUNK_BYTES:
                        yield rows.to_chunk(sender)
                        rows = Rows(limits=limits, layouts=rows.layouts)
                    rows.add(before + visit.row_no, visit)
                _check_sender(envelope, visits, rows, sender)
            if envelope is not None:
                before += envelope.visit_count
                for remark in _remarks_on(envelope, state):
                    told[remark.rule_id] = remark
    if rows.row_nos:
        yield rows.to_chunk(sender, tuple(told.values()))


def _verify(document: Unpacked, certificate: str | None, limits: Limits) -> tuple[Stream, str | None]:
    """The stream to read, and the signature's state where it could be verified."""
    if certificate is None:
        return document, None
    content = document.read(limits.max_signed_bytes + 1)
    if len(content) > limits.max_signed_bytes:
        document.seek(0)
        return document, None
    verified = verify(content, certificate)
    return io.BytesIO(verified.content), verified.state


def _check_sender(envelope: Envelope, visits: list[Visit], rows: Rows, sender: Sender) -> None:
    """The envelope's own code decides; without one, that of each visit."""
    codes = {envelope.facility_code} - {None, ""}
    if not codes and visits:
        codes = {tags["MA_CSKCB"] for kind in STAYS for _, tags in rows.parts.get(kind, ()) if "MA_CSKCB" in tags}
    if codes - {sender.facility_code}:
        raise DataError(
            "xml: MACSKCB is not the facility of its sender; expected the sender's own code. Send it under "
            "the right sender, or correct MACSKCB.",
            "sender_mismatch",
        )


def _remarks_on(envelope: Envelope, state: str | None) -> Iterator[Remark]:
    """What is told of a whole document: its signature, and a count that is not that of its visits."""
    yield remark_on(state or (UNVERIFIED if envelope.is_signed else ABSENT))
    stated = envelope.stated_count
    if stated and stated.lstrip("0") != str(envelope.visit_count):
        yield Remark(COUNT_DIFFERS, "person_record", "SOLUONGHOSO")
