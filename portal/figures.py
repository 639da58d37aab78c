"""Numbers of the reports in one language, as `etl.reports.wording` says them: small counts hidden, scores cut, never rounded up."""

import re
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup

from etl.reports import trend, wording

FUNCTIONS: tuple[Callable[..., Any], ...] = (*wording.FIGURES, trend.change)
TAG = re.compile(r'(<span lang="(?:vi|en)">|</span>)')


@cache
def figures(language: str) -> SimpleNamespace:
    """What templates say numbers with; `grade` and `is_telling` are the same in both languages."""
    told = {function.__name__: _in_one(function, language) for function in FUNCTIONS}
    return SimpleNamespace(**told, grade=wording.grade, is_telling=wording.is_telling, grades=wording.GRADES)


def _in_one(function: Callable[..., Any], language: str) -> Callable[..., Markup]:
    return lambda *given, **named: told_in(function(*given, **named), language)


def told_in(text: Markup, language: str) -> Markup:
    """Of a text that holds both languages, in spans within spans, what is said in this one."""
    kept: list[str] = []
    within: list[str] = []
    for piece in TAG.split(str(text)):
        if piece.startswith("<span lang"):
            within.append(piece[12:14])
        elif piece == "</span>" and within:
            within.pop()
        elif all(one == language for one in within):
            kept.append(piece)
    return Markup("".join(kept))  # noqa: S704 - it was markup before
