"""An invented hospital's key and certificate, always the same, and envelopes signed with it (XML-DSig, enveloped)."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree
from signxml.signer import XMLSigner

P = int(
    "fc199a513868864c2f257dc87327a242ff869cc9839def9fd2da12cf3c1935b968f400754917ad57d137a882a777837317db"
    "ed79e070d1309b7a1e095a475b9595f0ed76fec3c29576431dc652612d4e8813efb3b9413603edb6515f695e5cd703647179"
    "91fcbd27daa3af0c8cae1fc48de6d17e014d03df63fe8538563effe7",
    16,
)
Q = int(
    "da2ba027274abb2a084d8a9ce3676e0628d657f84b41311f32a43b880ced0476d922ab2bc2923c1c5e7f5626121234a6ca15"
    "e28658a8d6bd7b5e9e7ffe73f5d0cbef54209b7f5bbda9ab567c642b8c39a5ed9de3179d05997c646cc495456247a07f055d"
    "f9560d0c38bb262a50b11aeced695d1928205f9064ddfbdd7c501203",
    16,
)
"""Two primes that open nothing: the key signs samples, and nobody trusts it."""
EXPONENT = 65_537
FROM, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)


def make_key() -> rsa.RSAPrivateKey:
    """The invented key."""
    secret = pow(EXPONENT, -1, (P - 1) * (Q - 1))
    return rsa.RSAPrivateNumbers(
        P, Q, secret, secret % (P - 1), secret % (Q - 1), pow(Q, -1, P), rsa.RSAPublicNumbers(EXPONENT, P * Q)
    ).private_key()


def make_certificate(key: rsa.RSAPrivateKey) -> bytes:
    """A certificate that the key signed for itself, as PEM."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Invented hospital 01929")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1_929)
        .not_valid_before(FROM)
        .not_valid_after(UNTIL)
        .sign(key, SHA256())
    )
    return made.public_bytes(Encoding.PEM)


def sign_envelope(envelope: bytes, key: rsa.RSAPrivateKey, certificate: bytes) -> bytes:
    """The envelope with a signature over the whole of it in its CHUKYDONVI."""
    root = etree.fromstring(envelope)
    place = root.find("CHUKYDONVI")
    assert place is not None
    etree.SubElement(place, "{http://www.w3.org/2000/09/xmldsig#}Signature", Id="placeholder")
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    signed = XMLSigner(c14n_algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315").sign(
        root, key=secret, cert=certificate.decode()
    )
    return etree.tostring(signed, encoding="utf-8", xml_declaration=True)
