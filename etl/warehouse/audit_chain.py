"""Whether the audit's chain holds: read once from end to end, hashed anew here, and compared with anchors kept elsewhere.

Found without an anchor: an entry or event removed, changed, swapped, moved or put in, by whoever it was and with whatever
triggers off, as long as he did not hash anew all entries after it. Found by an anchor alone: that the last entries are gone
together, or that everything after some entry was hashed anew. Never found: what was done with the triggers off and left no
event at all, and false entries added at the end by the owner of the tables, for that is what writing to an audit is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from psycopg2.extensions import connection as Connection

BEFORE_FIRST = "0" * 64
ROWS_AT_ONCE = 20_000
MOST_TOLD = 100
"""Findings that are told one by one; the rest are counted."""
GUARDS = {("event", "chained"), ("event", "append_only"), ("chain", "append_only")}
ENTRIES = """
    select c.entry_no, c.entry_hash,
        case when isfinite(c.chained_at) then (extract(epoch from c.chained_at) * 1000000)::bigint end,
        c.event_id, e.event_id is not null,
        case when isfinite(e.happened_at) then (extract(epoch from e.happened_at) * 1000000)::bigint end,
        e.actor, e.action, e.subject, e.detail
    from audit.chain c left join audit.event e using (event_id) where c.entry_no >= %s order by c.entry_no"""
UNCHAINED = """
    select event_id from audit.event e where not exists (select from audit.chain c where c.event_id = e.event_id and c.entry_no > 0)
    order by event_id"""
TRIGGERS = """
    select relname, tgname from pg_trigger join pg_class c on c.oid = tgrelid
    where relnamespace = 'audit'::regnamespace and tgenabled = 'A'"""


@dataclass(frozen=True)
class Head:
    """The end of the chain at some moment: what an anchor keeps."""

    entry_no: int
    entry_hash: str


@dataclass(frozen=True)
class Break:
    """One place at which the chain does not hold.

    `kind`: `removed` (entries `entry_no` to `last_no` are not there), `event_removed`, `changed` (the entry is not the one
    that was chained after the entry before it: its content, its clock or its place differs), `repeated` (a number that stands
    twice), `unchained` (an event without an entry), `anchor_differs`, `tail_removed`, `guard_off` (a trigger is missing or off).
    """

    kind: str
    entry_no: int | None = None
    last_no: int | None = None
    event_id: int | None = None
    guard: str | None = None


@dataclass
class Verified:
    """What one reading of the chain found; `breaks` are the first `MOST_TOLD` of `break_count`."""

    entries: int = 0
    head: Head = field(default_factory=lambda: Head(0, BEFORE_FIRST))
    anchors_met: int = 0
    anchored_to: int = 0
    """The newest entry that an anchor vouches for; that later ones were cut off cannot be seen."""
    breaks: list[Break] = field(default_factory=list)
    break_count: int = 0
    clock_set_back: int = 0
    """Entries whose clock is before that of the entry ahead of them: the server's clock was set back, which is no tampering."""

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return self.break_count == 0

    def tell(self, found: Break) -> None:
        """Count a break, and keep it where there are not too many."""
        self.break_count += 1
        if len(self.breaks) < MOST_TOLD:
            self.breaks.append(found)


def verify(connection: Connection, anchors: Iterable[Head] = (), first_no: int = 1) -> Verified:
    """Read the chain from `first_no` on, in one snapshot, in memory that does not grow with it.

    The connection must not have begun a transaction. From an entry after the first the hash of the one before it is not
    taken on trust: that entry is compared with the anchors alone.
    """
    connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
    walk = _Walk(first_no, [anchor for anchor in anchors if anchor.entry_no >= first_no])
    for row in _stream(connection, ENTRIES, (first_no,)):
        walk.step(*row)
    walk.end()
    for (event_id,) in _stream(connection, UNCHAINED, ()):
        walk.found.tell(Break("unchained", event_id=event_id))
    standing = set(_stream(connection, TRIGGERS, ()))
    for table, name in sorted(GUARDS - standing):
        walk.found.tell(Break("guard_off", guard=f"audit.{table}.{name}"))
    return walk.found


def _stream(connection: Connection, query: str, values: tuple[object, ...]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor("audit_chain") as cursor:
        cursor.itersize = ROWS_AT_ONCE
        cursor.execute(query, values)
        yield from cursor


class _Walk:
    """Steps along the chain; what came before the next entry is all that it keeps."""

    def __init__(self, first_no: int, anchors: list[Head]) -> None:
        self.found = Verified()
        self._next_no = first_no
        self._before: str | None = BEFORE_FIRST if first_no == 1 else None
        """The hash of the entry before; None where that is not there, so that the next one cannot be hashed."""
        self._clock: int | None = None
        self._anchors: dict[int, set[str]] = {}
        for anchor in anchors:
            self._anchors.setdefault(anchor.entry_no, set()).add(anchor.entry_hash)

    def step(
        self,
        entry_no: int,
        entry_hash: str,
        clock: int | None,
        event_id: int,
        is_there: bool,
        *event: int | str | None,
    ) -> None:
        self.found.entries += 1
        if entry_no < self._next_no:
            self.found.tell(Break("repeated", entry_no, event_id=event_id))
            return
        if entry_no > self._next_no:
            self._gap(entry_no - 1)
        if not is_there:
            self.found.tell(Break("event_removed", entry_no, event_id=event_id))
        elif self._before is not None and entry_hash != hash_entry(self._before, entry_no, clock, event_id, *event):
            self.found.tell(Break("changed", entry_no, event_id=event_id))
        wanted = self._anchors.pop(entry_no, set())
        if entry_hash in wanted:
            self.found.anchors_met += 1
            self.found.anchored_to = entry_no
        if wanted - {entry_hash}:
            self.found.tell(Break("anchor_differs", entry_no, event_id=event_id))
        self.found.clock_set_back += self._clock is not None and clock is not None and clock < self._clock
        self.found.head = Head(entry_no, entry_hash)
        self._next_no, self._before, self._clock = entry_no + 1, entry_hash, clock

    def _gap(self, last_no: int) -> None:
        self.found.tell(Break("removed", self._next_no, last_no))
        self._before = None

    def end(self) -> None:
        """What the anchors tell of entries that are not there any more."""
        last_no = max(self._anchors, default=0)
        if last_no >= self._next_no:
            self.found.tell(Break("tail_removed", self._next_no, last_no))
        for entry_no in sorted(entry_no for entry_no in self._anchors if 0 < entry_no < self._next_no):
            self.found.tell(Break("anchor_differs", entry_no))


def hash_entry(before: str, entry_no: int, clock: int | None, event_id: int, *event: int | str | None) -> str:
    """The hash of an entry, as `etl.warehouse.audit` states it; clocks in microseconds since 1970."""
    parts = []
    for value in (before, entry_no, clock, event_id, *event):
        if value is None:
            parts.append(b"-,")
        else:
            content = str(value).encode()
            parts.append(b"%d:%b," % (len(content), content))
    return sha256(b"".join(parts)).hexdigest()


def read_clock(connection: Connection) -> datetime:
    """The moment at which the transaction began, by the server's clock."""
    with connection.cursor() as cursor:
        cursor.execute("select now()")
        (now,) = cursor.fetchone() or (None,)
    assert isinstance(now, datetime)
    return now
