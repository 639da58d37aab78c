"""A mail server and a receiver of webhooks on this machine, as real ones behave; and a certificate for them."""

import datetime as dt
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass
class Mailbox:
    """What a mail server took; `answer` is its reply to a mail."""

    answer: str = "250 OK"
    mails: list[EmailMessage] = field(default_factory=list)
    is_encrypted: list[bool] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
            self.is_encrypted.append(session.ssl is not None)
        return self.answer


@contextmanager
def mail_server(
    mailbox: Mailbox,
    trust: ssl.SSLContext | None = None,
    account: tuple[str, str] | None = None,
    is_implicit: bool = False,
) -> Iterator[int]:
    """A mail server's port; with `trust` it takes no mail before STARTTLS, or speaks TLS alone (`is_implicit`).

    With an `account` it takes no mail before somebody has logged in with that name and password.
    """

    def is_known(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        return AuthResult(success=account == (given.login.decode(), given.password.decode()), handled=False)

    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    way = {"ssl_context": trust} if is_implicit else {"tls_context": trust, "require_starttls": trust is not None}
    login = {"authenticator": is_known, "auth_required": True, "auth_require_tls": not is_implicit} if account else {}
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **way, **login)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def write_certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate of 127.0.0.1 that vouches for itself: its file, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    return certificate, context


@dataclass
class Posted:
    """What a receiver of webhooks got; `status` is its answer, after `pause_seconds`."""

    status: int = 204
    pause_seconds: float = 0.0
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@contextmanager
def webhook_server(posted: Posted) -> Iterator[None]:
    """A receiver of webhooks at `posted.url`."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.requests.append((dict(self.headers), body))
            time.sleep(posted.pause_seconds)
            self.send_response(posted.status)
            if 300 <= posted.status < 400:
                self.send_header("Location", posted.url + "elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet: what a receiver logs is its own."""
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    posted.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
