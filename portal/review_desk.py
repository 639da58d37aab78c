"""The run of records that each reviewer works through: ranked once, kept as numbers alone, and renewed before it ends.

Ranking looks at the whole queue; one record is read when it is shown. Two reviewers are not led to the same record.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

RUN_LENGTH = 60
"""Records that are ranked at a time: a reviewer decides as many in about twelve minutes."""
LOW = 10
"""Fewer left than these, and the next run is ranked while he reads."""
RUN_SECONDS = 900.0
"""After so long the order is another: others decided, or a build came."""
HELD_SECONDS = 300.0
"""For so long a record that somebody looks at is kept from others."""
Rank = Callable[[int], tuple[int, list[int]]]
"""How many wait, and the first ones in their order."""


@dataclass
class Run:
    """What one reviewer works through."""

    waiting: int
    record_ids: list[int]
    made_at: float
    decided: set[int] = field(default_factory=set)
    is_whole: bool = False
    """It holds all that wait: ranking again brings nothing."""


class Desk:
    """Of every reviewer his run; safe to be used by many threads. Nothing of it outlasts the process, or needs to."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}
        self._held: dict[int, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def next_of(self, user_name: str, after: int | None, rank: Rank) -> int | None:
        """The record to look at after another one, or at the beginning; None where no more wait for him."""
        run = self._runs.get(user_name)
        if run is None or after is None or time.monotonic() - run.made_at > RUN_SECONDS:
            self._runs[user_name] = run = self._ranked(rank)
        found = self._find(user_name, run, after)
        if found is not None or after is None:
            return found
        if not run.is_whole:
            self._runs[user_name] = run = self._ranked(rank)
        return self._find(user_name, run, after, from_start=True)

    def previous_of(self, user_name: str, before: int) -> int | None:
        """The record before another one in his run, decided or not."""
        run = self._runs.get(user_name)
        if run is None or before not in run.record_ids:
            return None
        place = run.record_ids.index(before)
        return run.record_ids[place - 1] if place else None

    def waiting(self, user_name: str) -> int | None:
        """How many wait, as far as he knows."""
        run = self._runs.get(user_name)
        return None if run is None else max(run.waiting, 0)

    def hold(self, user_name: str, record_id: int) -> None:
        """He looks at it now."""
        now = time.monotonic()
        with self._lock:
            self._held = {one: kept for one, kept in self._held.items() if kept[1] > now and kept[0] != user_name}
            self._held.setdefault(record_id, (user_name, now + HELD_SECONDS))

    def decide(self, record_id: int, *, is_settled: bool) -> None:
        """Somebody decided it: nobody is led to it by a run that was ranked before. Where he could not tell, it waits on."""
        for run in list(self._runs.values()):
            if record_id in run.record_ids:
                run.decided.add(record_id)
                run.waiting -= is_settled

    def give_back(self, record_id: int) -> None:
        """A decision was taken back: it waits again."""
        for run in list(self._runs.values()):
            if record_id in run.decided:
                run.decided.discard(record_id)
                run.waiting += 1

    def look_ahead(self, user_name: str, record_id: int, rank: Rank) -> None:
        """Rank the next run where little is left of this one; what is on its way stays."""
        run = self._runs.get(user_name)
        if run is None or run.is_whole:
            return
        place = run.record_ids.index(record_id) if record_id in run.record_ids else 0
        left = [one for one in run.record_ids[place:] if one not in run.decided]
        if len(left) < LOW:
            new, known = self._ranked(rank), set(run.record_ids)
            new.record_ids = run.record_ids + [one for one in new.record_ids if one not in known]
            new.decided |= run.decided  # and what was decided while it was ranked
            self._runs[user_name] = new

    @staticmethod
    def _ranked(rank: Rank) -> Run:
        waiting, record_ids = rank(RUN_LENGTH)
        return Run(waiting, record_ids, time.monotonic(), is_whole=waiting <= len(record_ids))

    def _find(self, user_name: str, run: Run, after: int | None, *, from_start: bool = False) -> int | None:
        place = run.record_ids.index(after) + 1 if after in run.record_ids and not from_start else 0
        now = time.monotonic()
        for one in run.record_ids[place:]:
            holder, until = self._held.get(one, (user_name, now))
            if one not in run.decided and one != after and (holder == user_name or until < now):
                return one
        return None
