"""Lines over the days gone by: as a small drawing, and in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from etl.reports import wording
from etl.reports.data import TrendPoint

WIDTH, HEIGHT = 120, 30


@dataclass(frozen=True)
class Trend:
    """A score day by day, oldest first."""

    days: tuple[tuple[date, float], ...]

    @property
    def latest(self) -> float | None:
        """The newest score."""
        return self.days[-1][1] if self.days else None

    def change(self, days: int) -> float | None:
        """How many points it rose since that many days before the newest day; None where nothing is known from then."""
        if not self.days:
            return None
        since = self.days[-1][0] - timedelta(days=days)
        before = [score for day, score in self.days[:-1] if day <= since]
        return self.days[-1][1] - before[-1] if before else None

    def line(self) -> Markup:
        """A small drawing whose words tell its ends; nothing where a single day is known."""
        if len(self.days) < 2:
            return Markup("")
        scores = [score for _, score in self.days]
        low, high = min(scores), max(scores)
        span, reach = max(high - low, 2.0), (self.days[-1][0] - self.days[0][0]).days
        points = " ".join(
            f"{(day - self.days[0][0]).days / reach * (WIDTH - 6) + 3:.1f},{HEIGHT - 4 - (score - low) / span * (HEIGHT - 8):.1f}"
            for day, score in self.days
        )
        told = f"{self.days[0][0]:%d/%m/%Y}: {wording.cut(scores[0], 1)} → {self.days[-1][0]:%d/%m/%Y}: {wording.cut(scores[-1], 1)}"
        return Markup(
            '<svg class="spark" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>'
            '<polyline points="{}" fill="none" stroke="#0b5563" stroke-width="2"/><circle cx="{}" cy="{}" r="3" fill="#0b5563"/></svg>'
        ).format(WIDTH, HEIGHT, told, told, points, *points.split(" ")[-1].split(","))


def trends(points: Sequence[TrendPoint]) -> dict[tuple[str, str, str], Trend]:
    """Every line by kind and code of its scope and by name."""
    days: dict[tuple[str, str, str], list[tuple[date, float]]] = {}
    for point in points:
        days.setdefault((point.scope_kind, point.scope_code, point.name), []).append((point.scored_on, point.score))
    return {key: Trend(tuple(sorted(told))) for key, told in days.items()}


def change(points: float | None) -> Markup:
    """A rise or fall in points, with its sign in words and as an arrow."""
    if points is None:
        return Markup("")
    if abs(points) < 0.05:
        return wording.both("→ không đổi trong 7 ngày", "→ unchanged in 7 days")
    sign, vi, en = ("▲", "tăng", "up") if points > 0 else ("▼", "giảm", "down")
    english = f"{abs(points):.1f}"
    return wording.both(f"{sign} {vi} {english.replace('.', ',')} trong 7 ngày", f"{sign} {en} {english} in 7 days")
