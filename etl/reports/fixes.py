"""Which faults, once mended everywhere, would raise the city's score most."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from etl.reports.wording import DIMENSIONS


@dataclass(frozen=True)
class RuleScore:
    """A rule over the city: rows that satisfy it and rows that it applies to, its dimension, and its weight in the score."""

    rule_id: str
    dimension: str
    weight: float
    satisfied: int
    applicable: int


@dataclass(frozen=True)
class Fix:
    """A rule, by how many points the city's total would rise if nothing failed it, and how many rows that takes."""

    rule_id: str
    gain: float
    rows: int


def best_fixes(scores: Iterable[RuleScore], count: int = 5) -> tuple[Fix, ...]:
    """The fixes with the greatest gain, greatest first. The four words count alike; of each, its rules by weight."""
    heard = [one for one in scores if one.weight > 0 and one.applicable > 0 and one.dimension in DIMENSIONS]
    weights: Mapping[str, float] = {
        dimension: sum(one.weight for one in heard if one.dimension == dimension) for dimension in DIMENSIONS
    }
    told = sum(weight > 0 for weight in weights.values())
    fixes = [
        Fix(
            one.rule_id,
            100 * (1 - one.satisfied / one.applicable) * one.weight / weights[one.dimension] / told,
            one.applicable - one.satisfied,
        )
        for one in heard
    ]
    return tuple(sorted((fix for fix in fixes if fix.rows), key=lambda fix: (-fix.gain, fix.rule_id))[:count])
