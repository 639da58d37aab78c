"""What the page of one ward or one sender shows, gathered from the report's data."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from etl.reports.data import BatchLine, OpenTask, ReportData, ScopeScore, SenderLine, WardLine
from etl.reports.trend import Trend, trends

WORST = 12


@dataclass(frozen=True)
class ScopePage:
    """One ward or sender. `rank` of `ranked`: its place by total, the best first; `middle`: the median total of its kind."""

    kind: str
    code: str
    name: str
    scores: dict[str, ScopeScore]
    faults: tuple[ScopeScore, ...]
    trend: Trend
    tasks: tuple[OpenTask, ...]
    batches: tuple[BatchLine, ...]
    rank: int | None
    ranked: int
    middle: float | None
    ward: WardLine | None = None
    sender: SenderLine | None = None
    station: SenderLine | None = None

    @property
    def file_name(self) -> str:
        """Of its page."""
        return f"{self.kind}-{self.code}.html"


def scopes(data: ReportData) -> Iterator[ScopePage]:
    """Every ward of today, and every expected sender."""
    scores: dict[tuple[str, str], list[ScopeScore]] = defaultdict(list)
    tasks: dict[tuple[str, str], list[OpenTask]] = defaultdict(list)
    batches: dict[str, list[BatchLine]] = defaultdict(list)
    for score in data.scope_scores:
        scores[score.scope_kind, score.scope_code].append(score)
    for task in data.open_tasks:
        tasks[task.scope_kind, task.scope_code].append(task)
    for batch in data.batches:
        batches[batch.sender_code].append(batch)
    lines, totals = trends(data.trend), _totals(data)
    stations = {sender.sender_code: sender for sender in data.senders}
    names = scope_names(data)
    found = [("ward", ward.ward_code) for ward in data.wards] + [("sender", one.sender_code) for one in data.senders]
    wards = {ward.ward_code: ward for ward in data.wards}
    for kind, code in found:
        own, of_kind = scores[kind, code], totals[kind]
        by_name = {score.name: score for score in own}
        total = by_name["total"].score if "total" in by_name else None
        station = stations.get(f"PX{code}") if kind == "ward" else None
        yield ScopePage(
            kind=kind, code=code, name=names[kind, code], scores=by_name, faults=_faults(data, own),
            trend=lines.get((kind, code, "total"), Trend(())),
            tasks=tuple(tasks[kind, code] + (tasks["sender", station.sender_code] if station else [])),
            batches=tuple(batches[station.sender_code if station else code]),
            rank=None if total is None else 1 + sum(other > total for other in of_kind), ranked=len(of_kind),
            middle=median(of_kind) if of_kind else None,
            ward=wards.get(code) if kind == "ward" else None, sender=stations.get(code) if kind == "sender" else None,
            station=station,
        )  # fmt: skip


def scope_names(data: ReportData) -> dict[tuple[str, str], str]:
    """How wards, senders and the city are called."""
    names = {("ward", ward.ward_code): ward.ward_name for ward in data.wards}
    names |= {("sender", sender.sender_code): sender.name for sender in data.senders}
    return names | {("city", "HN"): "Thành phố"}


def _totals(data: ReportData) -> dict[str, list[float]]:
    totals: dict[str, list[float]] = {"ward": [], "sender": []}
    for score in data.scope_scores:
        if score.level == "total" and score.score is not None:
            totals[score.scope_kind].append(score.score)
    return totals


def _faults(data: ReportData, scores: list[ScopeScore]) -> tuple[ScopeScore, ...]:
    """Rules that some row fails, worst first, of those that the catalogue of the day knows."""
    failing = [
        one for one in scores if one.level == "rule" and one.satisfied < one.applicable and one.name in data.wording
    ]
    return tuple(sorted(failing, key=lambda one: (one.score or 0.0, -one.applicable, one.name))[:WORST])
