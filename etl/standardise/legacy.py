"""Text of the time before Unicode: TCVN3, VNI, VISCII and Windows-1258 as bytes, and as letters of the wrong font.

The tables are those of viparse. A decoding is believed only when it turns words into Vietnamese syllables.
TCVN3 has no capital letters with marks: their case is lost.
"""

import codecs
import re
import unicodedata
from functools import lru_cache

from viparse.normalize.tables import Charmap, convert
from viparse.normalize.tcvn3 import TCVN3
from viparse.normalize.viscii import VISCII
from viparse.normalize.vni import VNI

from etl.standardise.syllables import is_syllable

FONTS: dict[str, Charmap] = {"tcvn3": TCVN3, "vni": VNI}
"""Fonts whose letters turn up inside Unicode text, when an old document was pasted or saved as such."""
LEGACY_ENCODINGS = ("tcvn3", "cp1258", "viscii", "vni")
"""Encodings of a whole file, in order of preference."""
_WORDS = re.compile(r"[^\s\d.,;:/()\"'!?|\t+-]+")


@lru_cache
def decoding_table(encoding: str) -> str:
    """256 characters, one for each byte, of a single-byte encoding (tcvn3, viscii or a codec of Python)."""
    if encoding not in ("tcvn3", "viscii"):
        return codecs.decode(bytes(range(256)), encoding, "replace")
    letters = [codecs.decode(bytes([byte]), "latin-1") for byte in range(256)]
    pairs = TCVN3.pairs if encoding == "tcvn3" else VISCII.pairs
    for sent, letter in pairs:
        if len(sent) == 1 and ord(sent) < 256:
            letters[ord(sent)] = letter
    if encoding == "viscii":  # six capitals lie on control codes; those of tab and line end are never letters
        letters[9], letters[10], letters[13] = "\t", "\n", "\r"
    return "".join(letters)


def decode_bytes(data: bytes, encoding: str) -> str:
    """The bytes as NFC text, from one of `LEGACY_ENCODINGS`; bytes without meaning become U+FFFD."""
    if encoding == "vni":
        return str(convert(data.decode("cp1252", "replace"), VNI))
    return unicodedata.normalize("NFC", codecs.charmap_decode(data, "replace", decoding_table(encoding))[0])


def recognise_encoding(data: bytes) -> str | None:
    """The legacy encoding in which most words with marks are Vietnamese syllables, or None if in none they are."""
    shares = {encoding: syllable_share(decode_bytes(data, encoding)) for encoding in LEGACY_ENCODINGS}
    best = max(LEGACY_ENCODINGS, key=lambda encoding: shares[encoding])
    return best if shares[best] >= 0.5 else None


def syllable_share(text: str) -> float:
    """Of the words that hold a letter beyond ASCII, the share that are Vietnamese syllables; 0 if there are none."""
    words = [word for word in _WORDS.findall(text) if not word.isascii()]
    return sum(map(is_syllable, words)) / len(words) if words else 0.0


def decode_font(text: str) -> str:
    """The text in Unicode if it was written in a legacy font or is UTF-8 read as Latin-1; else the text itself."""
    if _is_sound(text):
        return text
    forms = dict.fromkeys((text, text.replace("\xad", "")))  # a soft hyphen is ư in TCVN3, or nothing
    candidates = [convert(form, charmap) for form in forms for charmap in FONTS.values()] + _remade(text)
    return next((candidate for candidate in candidates if candidate != text and _is_sound(candidate)), text)


def _remade(text: str) -> list[str]:
    """The text as it would be if its UTF-8 bytes had been read as Windows-1252."""
    try:
        return [unicodedata.normalize("NFC", text.encode("cp1252").decode("utf-8"))]
    except UnicodeError:
        return []


def _is_sound(text: str) -> bool:
    """True if every word with a letter beyond ASCII is a Vietnamese syllable, with capitals first or throughout."""
    words = [word for word in _WORDS.findall(unicodedata.normalize("NFC", text)) if not word.isascii()]
    return all(is_syllable(word) and (word.isupper() or word[1:].islower() or not word[1:]) for word in words)
