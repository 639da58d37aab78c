"""Who asks: the account of a session, its roles and scopes, and what it may reach."""

import hmac
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from psycopg2.extensions import connection as Connection

from etl.settings import Settings
from portal.database import Database

COOKIE = "healthbook"
AT_WORK = "portal"
"""The reason of entries that stand for a whole visit; whoever reads a person's data states one of his own."""
TOKEN_FIELD, TOKEN_HEADER = "csrf", "x-csrf-token"
NONCE_DIGITS = 32


def make_token(key: str) -> str:
    """A token of a form, another each time, so that the length of a compressed page tells nothing of it."""
    once = secrets.token_hex(NONCE_DIGITS // 2)
    return once + hmac.new(key.encode(), once.encode(), "sha256").hexdigest()


def is_token(token: str, key: str) -> bool:
    """Whether a token was made with the key, in a time that tells nothing."""
    once = token[:NONCE_DIGITS]
    wanted = once + hmac.new(key.encode(), once.encode(), "sha256").hexdigest()
    return hmac.compare_digest(token.encode(), wanted.encode())


class NotSignedIn(Exception):  # noqa: N818 - an outcome, not a fault
    """Nobody is signed in, or the session ended."""


class Forbidden(Exception):  # noqa: N818
    """He may not do this."""


class NotThere(Exception):  # noqa: N818
    """There is no such thing, or it is somebody else's, which must not be told apart."""


class Refused(Exception):  # noqa: N818
    """What was asked cannot be done; `text` says why and what to do, in English as the catalogues know it."""

    def __init__(self, text: str, status: int = 400, **values: object) -> None:
        super().__init__(text)
        self.text, self.status, self.values = text, status, values


@dataclass
class Visitor:
    """One signed-in user at one request."""

    user_name: str
    title: str
    language: str
    permissions: dict[str, list[str]]
    """Parts of the scope by role."""
    form_key: str
    """What proves that a form is of his session."""
    session_hash: str
    database: Database
    settings: Settings

    @property
    def token(self) -> str:
        """What a form of his brings along."""
        return make_token(self.form_key)

    def has(self, *roles: str) -> bool:
        """Whether he holds one of the roles."""
        return any(role in self.permissions for role in roles)

    @contextmanager
    def acting(self, role: str, reason: str = AT_WORK) -> Iterator[Connection]:
        """A transaction in one of his roles, over all that he was given of it."""
        if role not in self.permissions:
            raise Forbidden
        with self.database.acting(self.user_name, role, self.permissions[role], reason) as connection:
            yield connection

    def rows(
        self, role: str, query: str, values: Sequence[object] | dict[str, object] = (), reason: str = AT_WORK
    ) -> list[dict[str, Any]]:
        """The rows of one query in a role."""
        with self.acting(role, reason) as connection:
            return fetch(connection, query, values)

    def one(self, role: str, query: str, values: Sequence[object] | dict[str, object] = ()) -> dict[str, Any]:
        """The one row of a query; NotThere where he sees none."""
        found = self.rows(role, query, values)
        if not found:
            raise NotThere
        return found[0]


def fetch(
    connection: Connection, query: str, values: Sequence[object] | dict[str, object] = ()
) -> list[dict[str, Any]]:
    """Rows as dictionaries; for pages, whose length is bounded."""
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def signed_in(request: Request) -> Visitor:
    """The visitor of this request; NotSignedIn where there is none. `app.recognise` found him already."""
    visitor = getattr(request.state, "visitor", None)
    if visitor is None:
        raise NotSignedIn
    return visitor  # type: ignore[no-any-return]  # the state holds anything


def acting_as(*roles: str) -> Callable[[Visitor], Visitor]:
    """A dependency: the visitor, who must hold one of the roles."""

    def check(visitor: Annotated[Visitor, Depends(signed_in)]) -> Visitor:
        if not visitor.has(*roles):
            raise Forbidden
        return visitor

    return check


Anyone = Annotated[Visitor, Depends(signed_in)]
Officer = Annotated[Visitor, Depends(acting_as("officer"))]
Steward = Annotated[Visitor, Depends(acting_as("steward"))]
Manager = Annotated[Visitor, Depends(acting_as("manager"))]
Engineer = Annotated[Visitor, Depends(acting_as("engineer"))]
Reader = Annotated[Visitor, Depends(acting_as("reader", "hiv"))]
