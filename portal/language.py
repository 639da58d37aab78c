"""Texts in Vietnamese and English: gettext catalogues, of which the text in the code is the English one."""

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("vi", "en")
LOCALE = Path(__file__).parent / "locale"


@cache
def translations(language: str) -> NullTranslations:
    """The texts of a language; every `.po` below `locale/<language>` is a part of them. English needs none."""
    if language == "en":
        return NullTranslations()
    whole = Catalog(locale=language)
    for path in sorted((LOCALE / language).glob("*.po")):
        with path.open(encoding="utf-8") as file:
            for message in read_po(file, locale=language):
                if message.id:
                    whole.add(message.id, message.string)
    compiled = io.BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return GNUTranslations(compiled)


def chosen(pair: tuple[str, str], language: str) -> str:
    """Of a text in Vietnamese and English the one in this language."""
    return pair[0] if language == "vi" else pair[1]


def translatable(text: str) -> str:
    """The text as it is: marks one that is translated where it is shown."""
    return text
