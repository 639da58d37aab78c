"""What a channel carries, and what a channel is."""

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Message:
    """A message in both languages; `key` is the same however often it is sent, 32 hex digits.

    `content` is the same as a program reads it.
    """

    key: str
    subject: str
    text: str
    content: dict[str, Any]


class Channel(Protocol):
    """A way to people; it either delivers, or raises."""

    def send(self, addresses: tuple[str, ...], message: Message) -> None:
        """Deliver a message to addresses of this channel's kind; any exception means that it may not have left."""
