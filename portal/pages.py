"""Pages from templates, in the visitor's language."""

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from etl.settings import HANOI
from portal.guard import anonymous_token
from portal.language import LANGUAGES, chosen, translations
from portal.visitor import Visitor

HERE = Path(__file__).parent
SEXES = {"male": ("Nam", "Male"), "female": ("Nữ", "Female"), "undetermined": ("Chưa xác định", "Undetermined")}


@cache
def environment(language: str) -> Environment:
    """Everything is escaped, and what is not given is a fault."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]  # the extension's
    made.globals |= {
        "language": language,
        "both": lambda pair: chosen(pair, language),
        "count": lambda number: count(number, language),
        "moment": lambda at: moment(at),
        "day": lambda on: f"{on:%d/%m/%Y}" if on else "–",
        "plain": lambda value: plain(value, language),
        "size": lambda number: size(number, language),
    }
    return made


def language_of(request: Request) -> str:
    """What the visitor chose, else what his browser remembers, else Vietnamese."""
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    wanted = visitor.language if visitor else request.cookies.get("language", "")
    return wanted if wanted in LANGUAGES else LANGUAGES[0]


def render(request: Request, name: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page; `visitor`, the `token` of forms, `path` and what was just `done` are known to every template."""
    template = environment(language_of(request)).get_template(name)
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    told = {
        "visitor": visitor,
        "token": visitor.token if visitor else anonymous_token(request),
        "path": request.url.path,
        "done": request.query_params.get("done", ""),
        **context,
    }
    return HTMLResponse(template.render(demo=request.app.state.settings.demo, **told), status)


def say(request: Request, text: str, **values: object) -> str:
    """A text of the catalogues in the visitor's language."""
    told = translations(language_of(request)).gettext(text)
    return told % values if values else told


def own_address(request: Request) -> str:
    """Where the portal is found: as the setting says, else as it was asked."""
    return (request.app.state.settings.portal_url or str(request.base_url)).rstrip("/")


def go(path: str) -> RedirectResponse:
    """On to another page after something was done: loading that one again does not do it twice."""
    return RedirectResponse(path, 303)


def count(number: float | None, language: str) -> str:
    """1.234 in Vietnamese, 1,234 in English."""
    if number is None:
        return "–"
    told = f"{number:,}"
    return told.replace(",", ".") if language == "vi" else told


def size(number: int, language: str) -> str:
    """Bytes as people say them."""
    for unit, limit in (("B", 1024), ("KB", 1024**2), ("MB", 1024**3)):
        if number < limit:
            value = number / (limit / 1024)
            told = f"{value:.0f}" if unit == "B" or value >= 10 else f"{value:.1f}"
            return f"{told.replace('.', ',') if language == 'vi' else told} {unit}"
    return f"{number / 1024**3:.1f} GB"


def moment(at: datetime | date | None) -> str:
    """Hanoi's day and time."""
    if at is None:
        return "–"
    if isinstance(at, datetime):
        return f"{(at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(HANOI):%d/%m/%Y %H:%M}"
    return f"{at:%d/%m/%Y}"


def plain(value: object, language: str) -> str:
    """A stored value as people write it: days as 31/12/2026, codes of sex in words."""
    told = "" if value is None else str(value)
    if told in SEXES:
        return chosen(SEXES[told], language)
    parts = told.split("-")
    is_day = len(told) == 10 and [len(part) for part in parts] == [4, 2, 2] and told.replace("-", "").isdigit()
    return "/".join(reversed(parts)) if is_day else told
