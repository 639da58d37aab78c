"""The portal's connections: as the owner for steps, and as each user for whatever he reads.

What somebody reads is read on a connection of his own account, in one of his roles: row-level security decides what he
sees, whatever number a request names. Entering a role is written down first (`access.entry`); one entry serves what he
does in that role for the same reason within ten minutes.
"""

import hmac
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg2
from psycopg2.extensions import connection as Connection
from sqlalchemy.engine import make_url

from etl.errors import DependencyError
from etl.settings import Settings
from etl.warehouse import access, accounts, passwords
from etl.warehouse.connect import connection_errors, open_connection

MOST_CONNECTIONS = 64
ENTRY_SECONDS = 600
"""An entry holds for 15 minutes; a new one is made well before."""
WAIT_SECONDS = 20


class Database:
    """Lends connections; safe to be used by many threads. At most `MOST_CONNECTIONS` are open, the idle ones go first."""

    def __init__(self, settings: Settings, url: str) -> None:
        self._url, self._secret = url, passwords.read_secret(settings)
        self._idle: list[tuple[str, Connection]] = []
        self._open = 0
        self._changed = threading.Condition()
        self._entries: dict[tuple[str, str, tuple[str, ...], str], tuple[int, float]] = {}

    def server_password(self, user_name: str) -> str:
        """What the account's role of the server logs in with."""
        return passwords.server_password(self._secret, user_name)

    def token(self, *words: str) -> str:
        """A keyed digest of words, which nobody without the secret can make."""
        return hmac.new(self._secret, "\n".join(words).encode(), "sha256").hexdigest()

    @contextmanager
    def owner(self) -> Iterator[Connection]:
        """One transaction of the owner of the tables, for what the portal keeps itself: accounts, sessions, the audit."""
        with self._lent("") as connection, connection_errors(self._url, connection), connection:
            yield connection

    @contextmanager
    def acting(self, user_name: str, role: str, parts: Sequence[str], reason: str) -> Iterator[Connection]:
        """One transaction of a user in a role over parts of a scope; that he entered it, and why, is committed before."""
        with self._lent(user_name) as connection, connection_errors(self._url, connection):
            key = (user_name, role, tuple(parts), reason)
            entry, made_at = self._entries.get(key, (0, 0.0))
            if time.monotonic() - made_at > ENTRY_SECONDS:
                entry = access.enter(connection, role, parts, reason)
                self._keep_entry(key, entry)
            with access.within(connection, role, entry):
                yield connection

    def _keep_entry(self, key: tuple[str, str, tuple[str, ...], str], entry: int) -> None:
        """Those that hold no more go: each reading for a reason of its own is one."""
        now = time.monotonic()
        with self._changed:
            fresh = {known: one for known, one in self._entries.items() if now - one[1] <= ENTRY_SECONDS}
            self._entries = {**fresh, key: (entry, now)}

    def forget(self, user_name: str) -> None:
        """Close a user's idle connections and entries, as when a permission changed."""
        with self._changed:
            gone = [one for one in self._idle if one[0] == user_name]
            self._idle = [one for one in self._idle if one[0] != user_name]
            self._open -= len(gone)
            for key in [key for key in self._entries if key[0] == user_name]:
                del self._entries[key]
            self._changed.notify_all()
        for _, connection in gone:
            connection.close()

    def close(self) -> None:
        """Close what is idle."""
        for user_name in {name for name, _ in self._idle}:
            self.forget(user_name)

    @contextmanager
    def _lent(self, user_name: str) -> Iterator[Connection]:
        connection = self._take(user_name)
        try:
            yield connection
        finally:
            self._give_back(user_name, connection)

    def _take(self, user_name: str) -> Connection:
        until = time.monotonic() + WAIT_SECONDS
        closing: Connection | None = None
        with self._changed:
            while True:
                for place in range(len(self._idle) - 1, -1, -1):
                    if self._idle[place][0] == user_name:
                        return self._idle.pop(place)[1]
                if self._open < MOST_CONNECTIONS:
                    self._open += 1
                    break
                if self._idle:
                    closing = self._idle.pop(0)[1]
                    break
                if not self._changed.wait(until - time.monotonic()):
                    raise DependencyError("portal: all connections are in use; expected a free one. Try again.")
        if closing is not None:
            closing.close()
        try:
            return self._connect(user_name)
        except BaseException:
            with self._changed:
                self._open -= 1
                self._changed.notify()
            raise

    def _connect(self, user_name: str) -> Connection:
        if not user_name:
            return open_connection(self._url)
        try:
            return open_connection(self._url_of(user_name))
        except DependencyError:
            # The server was restored from another installation's backup, or the secret is new: only we know it, so we set it.
            with self.owner() as connection:
                accounts.set_server_password(connection, user_name, self.server_password(user_name))
            return open_connection(self._url_of(user_name))

    def _url_of(self, user_name: str) -> str:
        url = make_url(self._url).set(username=user_name, password=self.server_password(user_name))
        return url.render_as_string(hide_password=False)

    def _give_back(self, user_name: str, connection: Connection) -> None:
        is_usable = not connection.closed
        if is_usable:
            try:
                connection.rollback()
            except psycopg2.Error:
                is_usable = False
        with self._changed:
            if is_usable:
                self._idle.append((user_name, connection))
            else:
                self._open -= 1
            self._changed.notify()
        if not is_usable:
            connection.close()
