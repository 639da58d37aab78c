"""Every text of the portal is there in Vietnamese, and says the same values."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from portal.language import translations

PORTAL = Path(__file__).parents[2] / "portal"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
OPTIONS = {"templates/**.html": {"trim_blocks": "true", "encoding": "utf-8", "silent": "false"}}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "Refused": None, "say": (2,), "translatable": None}
VALUE = re.compile(r"%\((\w+)\)s")


def _texts() -> set[tuple[str, ...]]:
    found = extract_from_dir(PORTAL, METHODS, OPTIONS, KEYWORDS)
    return {(text,) if isinstance(text, str) else tuple(text) for _, _, text, *_ in found if text}


TEXTS = sorted(_texts())


def test_there_are_texts() -> None:
    assert len(TEXTS) > 150


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[0][:40])
def test_every_text_is_there_in_vietnamese(text: tuple[str, ...]) -> None:
    vietnamese = translations("vi")
    told = vietnamese.ngettext(*text, 2) if len(text) == 2 else vietnamese.gettext(text[0])
    assert told not in text, "portal/locale/vi has no translation"
    assert set(VALUE.findall(told)) == set(VALUE.findall(text[-1]))
