"""E-mail over SMTP: encrypted where the settings say so, with an identity that lets a doubled message be known as one."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate

from etl.notify.message import Message
from etl.settings import Settings

PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Email:
    """Mail by the server of the settings; its certificate must be one that the system believes (or SSL_CERT_FILE)."""

    settings: Settings
    patience_seconds: float = PATIENCE_SECONDS

    def send(self, addresses: tuple[str, ...], message: Message) -> None:
        """Hand one mail over for all addresses. Raises what smtplib, ssl and sockets raise.

        Where the server takes it for some addresses alone it is delivered: to repeat it would double it for those.
        """
        with self._connected() as server:
            if self.settings.smtp_user is not None and self.settings.smtp_password is not None:
                server.login(self.settings.smtp_user, self.settings.smtp_password.get_secret_value())
            server.send_message(self._written(addresses, message))

    def _connected(self) -> smtplib.SMTP:
        host, port = self.settings.smtp_host or "", self.settings.smtp_port
        trust = ssl.create_default_context()
        if self.settings.smtp_security == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=self.patience_seconds, context=trust)
        server = smtplib.SMTP(host, port, timeout=self.patience_seconds)
        if self.settings.smtp_security == "starttls":
            try:
                server.starttls(context=trust)
            except Exception:
                server.close()
                raise
        return server

    def _written(self, addresses: tuple[str, ...], message: Message) -> EmailMessage:
        sender = self.settings.mail_from or ""
        mail = EmailMessage()
        mail["From"], mail["To"] = sender, ", ".join(addresses)
        mail["Subject"], mail["Date"] = message.subject, formatdate()
        mail["Message-ID"] = f"<{message.key}@{sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        return mail
