"""When coverage will be whole, if it goes on as it does: told from the days so far, or honestly not told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from math import ceil
from statistics import quantiles

WHOLE, FEWEST_DAYS, LONGEST_DAYS = 100.0, 7, 28
FURTHEST = timedelta(days=20 * 365)


@dataclass(frozen=True)
class Forecast:
    """The day on which the share reaches 100; the range holds the middle half of the slopes. `latest` None: perhaps never.

    `points_per_week`: how fast it rises, in points of a hundred.
    """

    on: date
    earliest: date
    latest: date | None
    points_per_week: float


def forecast(days: Sequence[tuple[date, float]]) -> Forecast | None:
    """From (day, share of 100) of at most the last 28 days: the line through them by Theil and Sen, whom single days do not sway.

    None where fewer than seven days are known, where the share does not rise, or where it would take twenty years.
    """
    if not days:
        return None
    newest = max(day for day, _ in days)
    known = sorted((day, share) for day, share in days if newest - day < timedelta(days=LONGEST_DAYS))
    if len(known) < FEWEST_DAYS:
        return None
    slopes = sorted((b[1] - a[1]) / (b[0] - a[0]).days for a, b in combinations(known, 2) if b[0] != a[0])
    low, middle, high = quantiles(slopes, n=4)
    share = known[-1][1]
    on, earliest = _reaches(newest, share, middle), _reaches(newest, share, high)
    if on is None or earliest is None:
        return None
    return Forecast(on, earliest, _reaches(newest, share, low), 7 * middle)


def _reaches(day: date, share: float, slope: float) -> date | None:
    """The day on which a share that rises so much a day is whole; None where it is beyond what anybody can tell."""
    if share >= WHOLE:
        return day
    if slope <= 0 or (WHOLE - share) / slope > FURTHEST.days:
        return None
    return day + timedelta(days=ceil((WHOLE - share) / slope - 1e-9))
