"""What is signed when a month is signed off: the figures of one ward or the city, taken from a day's report."""

import json
from hashlib import sha256
from typing import Any

from etl.reports.data import ReportData
from etl.reports.wording import DIMENSIONS

ROWS = ("files", "rows_in", "accepted", "quarantined", "duplicate", "withdrawn")
CITY = ("city", "HN")
SCORES = (*DIMENSIONS, "total")
MEASURES = (*SCORES, *ROWS, "tasks_open", "tasks_overdue")
"""What of the figures is compared: numbers, in the order in which people read them."""


class Signable:
    """The figures of a report that can be signed, scope by scope."""

    def __init__(self, data: ReportData) -> None:
        self._data = data
        self._scores: dict[tuple[str, str], dict[str, float | None]] = {}
        for one in data.scope_scores:
            if one.level != "rule":
                self._scores.setdefault((one.scope_kind, one.scope_code), {})[one.name] = one.score
        self._scores[CITY] = {one.name: one.score for one in data.scores}

    def of(self, scope_kind: str, scope_code: str) -> dict[str, Any]:
        """Scores (0 to 100, two decimals), rows by outcome, tasks open and overdue, as the report has them.

        A ward's rows are those of all files of its station; its tasks its own and the station's. `rows` is None where
        the report does not count them by sender.
        """
        known = self._scores.get((scope_kind, scope_code), {})
        return {
            "reported_on": self._data.today.isoformat(),
            "scope": f"{scope_kind} {scope_code}",
            "scores": {name: None if (score := known.get(name)) is None else round(score, 2) for name in SCORES},
            "rows": self._rows(scope_kind, scope_code),
            **self._tasks(scope_kind, scope_code),
        }

    def _rows(self, scope_kind: str, scope_code: str) -> dict[str, int] | None:
        if scope_kind == "city":
            return {name: sum(getattr(kind, name) for kind in self._data.kinds) for name in ROWS}
        if self._data.sender_rows is None:
            return None
        own = [line for line in self._data.sender_rows if line.sender_code == station_of(scope_code)]
        return {name: sum(getattr(line, name) for line in own) for name in ROWS}

    def _tasks(self, scope_kind: str, scope_code: str) -> dict[str, int]:
        scopes, data = {("ward", scope_code), ("sender", station_of(scope_code))}, self._data
        own = [task for task in data.open_tasks if scope_kind == "city" or (task.scope_kind, task.scope_code) in scopes]
        return {"tasks_open": len(own), "tasks_overdue": sum(task.due_on < data.today for task in own)}


def canonical(figures: dict[str, Any]) -> str:
    """The figures as the one text that is signed: keys in order, no spaces."""
    return json.dumps(figures, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(figures: str) -> str:
    """SHA-256 of what was signed, 64 hex digits."""
    return sha256(figures.encode()).hexdigest()


def measure(figures: dict[str, Any], name: str) -> float | int | None:
    """One number of the figures, by its name in `MEASURES`."""
    if name in SCORES:
        score: float | None = figures["scores"].get(name)
        return score
    if name in ROWS:
        return None if figures["rows"] is None else int(figures["rows"][name])
    return int(figures[name])


def differences(signed: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Names of the numbers that are not what was signed."""
    return [name for name in MEASURES if measure(signed, name) != measure(now, name)]


def station_of(ward_code: str) -> str:
    """The sender of a ward's health station."""
    return f"PX{ward_code}"
