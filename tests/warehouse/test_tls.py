"""libpq and a server that shows a self-signed certificate: what is trusted, what is refused, what the wire shows.

The embedded server is built without TLS, so a proxy ends it in front of it, as it would at a site whose server cannot:
the client's half (request, handshake, checks of the certificate) is libpq's own.
"""

import datetime
import ipaddress
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.engine import make_url

from etl.errors import DependencyError
from etl.warehouse.connect import connect

SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
MARK = "dau-hieu-tren-duong-truyen"


def write_certificate(folder: Path, name: str, address: str) -> tuple[Path, Path]:
    """A certificate signed by its own key, for a name and an address, and that key."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address(address))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / f"{name}.pem", folder / f"{name}.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


class TlsServer:
    """Accepts PostgreSQL's connections, encrypts them, and keeps what went over the wire."""

    def __init__(self, behind: tuple[str, int], certificate: Path, key: Path) -> None:
        self.behind = behind
        self.wire = b""
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            if client.recv(8) != SSL_REQUEST:
                return
            client.sendall(b"S")
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            session = self.context.wrap_bio(incoming, outgoing, server_side=True)
            with socket.create_connection(self.behind) as server:
                try:
                    self._shuttle(client, server, session, incoming, outgoing)
                except (ssl.SSLError, OSError):
                    return  # the client hung up, as it does where it does not trust the certificate

    def _shuttle(
        self,
        client: socket.socket,
        server: socket.socket,
        session: ssl.SSLObject,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
    ) -> None:
        while True:
            ready, _, _ = select.select([client, server], [], [], 30)
            if client in ready:
                data = client.recv(65536)
                if not data:
                    return
                self.wire += data
                incoming.write(data)
                while True:
                    try:
                        plain = session.read(65536)
                    except ssl.SSLWantReadError:
                        break
                    if not plain:
                        return
                    server.sendall(plain)
            if server in ready:
                data = server.recv(65536)
                if not data:
                    return
                session.write(data)
            sent = outgoing.read()
            self.wire += sent
            if sent:
                client.sendall(sent)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    folder = tmp_path_factory.mktemp("certificates")
    return {
        "right": write_certificate(folder, "localhost", "127.0.0.1"),
        "elsewhere": write_certificate(folder, "elsewhere.example.org", "10.0.0.7"),
    }


@pytest.fixture(params=["right", "elsewhere"])
def server(
    request: pytest.FixtureRequest, server_url: str, certificates: dict[str, tuple[Path, Path]]
) -> Iterator[tuple[str, TlsServer]]:
    url = make_url(server_url)
    proxy = TlsServer((url.host or "", url.port or 0), *certificates[request.param])
    yield request.param, proxy
    proxy.listener.close()


def address(server_url: str, port: int, **asked: str) -> str:
    return make_url(server_url).set(port=port, query=asked).render_as_string(hide_password=False)


def is_encrypted(url: str) -> bool:
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("select %s", (MARK,))
        return bool(connection.info.ssl_in_use)


def test_each_mode_trusts_what_it_says(
    server: tuple[str, TlsServer], server_url: str, certificates: dict[str, tuple[Path, Path]], tmp_path: Path
) -> None:
    shown, proxy = server
    own, other = certificates[shown][0], certificates["elsewhere" if shown == "right" else "right"][0]
    assert is_encrypted(address(server_url, proxy.port, sslmode="require", sslrootcert=str(tmp_path / "none")))
    assert is_encrypted(address(server_url, proxy.port, sslmode="verify-ca", sslrootcert=str(own)))
    refused = [
        {"sslmode": "verify-ca", "sslrootcert": str(other)},
        {"sslmode": "verify-full", "sslrootcert": str(other)},
        {"sslmode": "verify-full", "sslrootcert": "system"},
        {"sslmode": "verify-full", "sslrootcert": str(tmp_path / "none")},
    ]
    by_name = {"sslmode": "verify-full", "sslrootcert": str(own)}
    if shown == "right":
        assert is_encrypted(address(server_url, proxy.port, **by_name))
    else:
        refused.append(by_name)
    for asked in refused:
        with pytest.raises(DependencyError, match="no certificate that can be trusted"):
            is_encrypted(address(server_url, proxy.port, **asked))


def test_the_wire_shows_nothing(
    server: tuple[str, TlsServer], server_url: str, certificates: dict[str, tuple[Path, Path]]
) -> None:
    shown, proxy = server
    assert is_encrypted(address(server_url, proxy.port, sslmode="verify-ca", sslrootcert=str(certificates[shown][0])))
    assert len(proxy.wire) > 1000
    assert MARK.encode() not in proxy.wire
    assert b"healthbook" not in proxy.wire, "not even who logs in"


def test_a_server_without_tls_is_refused_where_it_is_required(server_url: str) -> None:
    """The embedded server is one: its package is built without, and it listens on loopback alone."""
    url = make_url(server_url).set(query={"sslmode": "require"}).render_as_string(hide_password=False)
    with pytest.raises(DependencyError, match="offers no encryption"):
        is_encrypted(url)
