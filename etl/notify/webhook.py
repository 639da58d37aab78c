"""Webhook: JSON posted to an address, signed, so that the receiver knows from whom it is and when it was made.

The signature is `sha256=` and HMAC-SHA-256, in hex, under the shared secret over `<timestamp>.<body>`; the timestamp is in
seconds since 1970. A receiver refuses what is older than some minutes, and knows a repeated message by its key.
"""

import hashlib
import hmac
import json
import logging
import time
from dataclasses import dataclass

import httpx

from etl.notify.message import Message

PATIENCE_SECONDS = 20.0
logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs addresses, which may hold a secret of the receiver


@dataclass(frozen=True)
class Webhook:
    """Posts to one address at a time; `patience_seconds` bounds each part of the exchange."""

    secret: str
    patience_seconds: float = PATIENCE_SECONDS

    def send(self, addresses: tuple[str, ...], message: Message) -> None:
        """Post a message. Raises httpx.HTTPError where it does not arrive or the answer is not 2xx; a redirect is not."""
        body = json.dumps(message.content, ensure_ascii=False, sort_keys=True).encode()
        with httpx.Client(timeout=self.patience_seconds, follow_redirects=False, trust_env=False) as client:
            for address in addresses:
                made_at = str(int(time.time()))
                headers = {
                    "Content-Type": "application/json; charset=utf-8",
                    "Idempotency-Key": message.key,
                    "X-Healthbook-Timestamp": made_at,
                    "X-Healthbook-Signature": f"sha256={sign(self.secret, made_at, body)}",
                }
                client.post(address, content=body, headers=headers).raise_for_status()


def sign(secret: str, made_at: str, body: bytes) -> str:
    """The signature of a body that was made at a moment, 64 hex digits."""
    return hmac.new(secret.encode(), made_at.encode() + b"." + body, hashlib.sha256).hexdigest()
