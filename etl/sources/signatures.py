"""The signature of an envelope (CHUKYDONVI): its state, and the bytes that it stands for.

What was verified is what is read: of a valid file only the canonical bytes that the signature covers go on.
"""

from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from etl.contracts.reading import Remark, Sender
from etl.errors import ConfigError, DataError
from etl.sources.envelope import ROOTS
from etl.sources.parts import MAX_MARKS, SAFE, plain_tag

ABSENT, UNVERIFIED, VALID, UNREADABLE = (
    "signature_absent",
    "signature_unverified",
    "signature_valid",
    "signature_unreadable",
)
"""States, as rules of the catalogue; a wrong signature refuses the file (`signature_invalid`)."""
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"


@dataclass(frozen=True)
class Verified:
    """The state of a document, and the bytes to read it from."""

    state: str
    content: bytes


def remark_on(state: str) -> Remark:
    """The state as a remark on the whole file."""
    return Remark(state, "person_record", "CHUKYDONVI")


def find_certificate(folder: Path | None, sender: Sender) -> str | None:
    """The PEM certificate of a sender: `<facility code>.pem` or `<sender code>.pem`; None where none is known.

    Raises ConfigError where the folder that was set is not there.
    """
    if folder is None:
        return None
    if not folder.is_dir():
        raise ConfigError("certificates_dir: it is no folder; expected one of PEM files. Make it, or unset it.")
    paths = (folder / f"{code}.pem" for code in (sender.facility_code, sender.sender_code) if code)
    return next((path.read_text(encoding="ascii") for path in paths if path.is_file()), None)


def verify(content: bytes, certificate: str) -> Verified:
    """The document's state by the sender's certificate, which must have signed the whole of it (XML-DSig, enveloped).

    Raises DataError `signature_invalid` where the content or the key is another than what was signed. A file that does
    not parse, a signature of another form and one over a part alone are left `signature_unreadable`, and read as sent.
    """
    from signxml.exceptions import InvalidDigest, InvalidSignature, SignXMLException
    from signxml.verifier import SignatureConfiguration, XMLVerifier

    if content.count(b"<") > MAX_MARKS:
        return Verified(UNVERIFIED, content)
    try:
        root = etree.fromstring(content, etree.XMLParser(**{**SAFE, "huge_tree": True}))  # type: ignore[arg-type]
    except etree.XMLSyntaxError:
        return Verified(UNREADABLE, content)
    if not any(True for _ in root.iter(SIGNATURE)):
        is_filled = any(
            plain_tag(one.tag) == "CHUKYDONVI" and (len(one) or (one.text or "").strip()) for one in root.iter()
        )
        return Verified(UNREADABLE if is_filled else ABSENT, content)
    try:
        found = XMLVerifier().verify(root, x509_cert=certificate, expect_config=SignatureConfiguration(location=".//"))
    except (InvalidDigest, InvalidSignature):
        raise invalid() from None
    except (SignXMLException, etree.LxmlError, ValueError, KeyError, NotImplementedError):
        return Verified(UNREADABLE, content)
    result = found[0] if isinstance(found, list) else found
    if result.signed_xml is None or plain_tag(result.signed_xml.tag) not in ROOTS:
        return Verified(UNREADABLE, content)
    return Verified(VALID, result.signed_data)


def invalid() -> DataError:
    """The refusal of a file that is not what its sender signed."""
    return DataError(
        "xml: its signature does not fit its content or its sender's certificate; expected the file as it was "
        "signed. Export, sign and send it again, or tell the city of a new certificate.",
        "signature_invalid",
    )
