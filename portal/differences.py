"""Where two values differ, word by word and letter by letter; and where the bars of a waterfall begin and end. Both for the eye alone."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

LEAST_ALIKE = 0.6
"""Less alike than this, two words are marked whole: single letters that agree by chance tell nothing."""
Piece = tuple[str, bool]
"""A part of a value, and whether it differs from the other's."""
BAR_WIDTH = 240.0


def pieces(one: str | None, other: str | None) -> tuple[list[Piece], list[Piece]]:
    """Both values in parts; where either side states nothing, nothing differs."""
    if not one or not other or one == other:
        return ([(one, False)] if one else []), ([(other, False)] if other else [])
    mine, theirs = _words(one), _words(other)
    left: list[Piece] = []
    right: list[Piece] = []
    for kind, start, end, other_start, other_end in SequenceMatcher(None, mine, theirs, False).get_opcodes():
        ours, others = mine[start:end], theirs[other_start:other_end]
        if kind == "replace" and len(ours) == len(others):
            for word, counterpart in zip(ours, others, strict=True):
                _add_letters(left, right, word, counterpart)
        else:
            _add(left, "".join(ours), kind != "equal")
            _add(right, "".join(others), kind != "equal")
    return left, right


def _words(text: str) -> list[str]:
    """Words and what stands between them, so that together they are the text."""
    return [part for part in re.split(r"(\s+|[/,.-])", text) if part]


def _add_letters(left: list[Piece], right: list[Piece], one: str, other: str) -> None:
    matcher = SequenceMatcher(None, one, other, False)
    if matcher.ratio() < LEAST_ALIKE:
        _add(left, one, True)
        _add(right, other, True)
        return
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        _add(left, one[start:end], kind != "equal")
        _add(right, other[other_start:other_end], kind != "equal")


def _add(side: list[Piece], text: str, is_other: bool) -> None:
    """What is marked like the part before it goes on with it."""
    if text and side and side[-1][1] == is_other:
        side[-1] = (side[-1][0] + text, is_other)
    elif text:
        side.append((text, is_other))


@dataclass(frozen=True)
class Bar:
    """One step of a waterfall, on a line of `BAR_WIDTH`."""

    said: tuple[str, str]
    bits: float
    kind: str
    """`total`, `for` or `against`."""
    start: float
    width: float


@dataclass(frozen=True)
class Scale:
    """What all bars of a page are drawn on, so that they can be compared."""

    least: float
    most: float

    def place(self, bits: float) -> float:
        """Where a number of bits lies on the line."""
        return round((bits - self.least) / (self.most - self.least) * BAR_WIDTH, 2)


def scale_of(pairs: Sequence[Mapping[str, Any]], thresholds: Mapping[str, float]) -> Scale:
    """From the lowest to the highest that any bar or threshold reaches."""
    ends = [0.0, thresholds["match"], thresholds["review"]]
    for pair in pairs:
        level = 0.0
        for step in pair.get("waterfall", ()):
            level = step["bits"] if step["kind"] in ("prior", "score") else level + step["bits"]
            ends.append(level)
    return Scale(min(ends) - 1, max(ends) + 1)


def bars(steps: Sequence[Mapping[str, Any]], scale: Scale) -> list[Bar]:
    """Fields follow upon each other; the prior and the score stand on zero."""
    drawn, level = [], 0.0
    for step in steps:
        is_total = step["kind"] in ("prior", "score")
        start, end = (0.0, step["bits"]) if is_total else (level, level + step["bits"])
        level = end
        kind = "total" if is_total else "for" if step["bits"] >= 0 else "against"
        left, right = scale.place(min(start, end)), scale.place(max(start, end))
        drawn.append(Bar((step["vi"], step["en"]), step["bits"], kind, left, max(right - left, 1.0)))
    return drawn
