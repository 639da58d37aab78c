"""Text of the time before Unicode: TCVN3, VNI, VISCII, VPS, VIQR and Windows-1258 as bytes, and as letters of the wrong
font.

The tables are those of viparse; VIQR is that of RFC 1456. A decoding is believed only when it turns words into Vietnamese syllables.
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
from viparse.normalize.vps import VPS

from etl.standardise.syllables import is_syllable

FONTS: dict[str, Charmap] = {"tcvn3": TCVN3, "vni": VNI}
"""Fonts whose letters turn up inside Unicode text, when an old document was pasted or saved as such."""
VIQR = "viqr"
LEGACY_ENCODINGS = ("tcvn3", "cp1258", "viscii", "vni", "vps", VIQR)
"""Encodings of a whole file, in order of preference."""
SINGLE_BYTE: dict[str, Charmap] = {"tcvn3": TCVN3, "viscii": VISCII, "vps": VPS}
CONTROLS = "\t\n\x0b\x0c\r\x1a"
"""Of the control codes that VISCII and VPS use for capitals, those that part cells and lines are never letters."""
_WORDS = re.compile(r"[^\s\d.,;:/()\"'!?|\t+-]+")


@lru_cache
def decoding_table(encoding: str) -> str:
    """256 characters, one for each byte, of a single-byte encoding (of `SINGLE_BYTE`, or a codec of Python)."""
    if encoding not in SINGLE_BYTE:
        return codecs.decode(bytes(range(256)), encoding, "replace")
    letters = [codecs.decode(bytes([byte]), "latin-1") for byte in range(256)]
    for sent, letter in SINGLE_BYTE[encoding].pairs:
        if len(sent) == 1 and ord(sent) < 256 and sent not in CONTROLS:
            letters[ord(sent)] = letter
    return "".join(letters)


def decode_bytes(data: bytes, encoding: str) -> str:
    """The bytes as NFC text, from one of `LEGACY_ENCODINGS`; bytes without meaning become U+FFFD."""
    if encoding == "vni":
        return str(convert(data.decode("cp1252", "replace"), VNI))
    if encoding == VIQR:
        return read_viqr(data.decode("ascii", "replace"))
    return unicodedata.normalize("NFC", codecs.charmap_decode(data, "replace", decoding_table(encoding))[0])


def recognise_encoding(data: bytes) -> str | None:
    """The legacy encoding in which most words with marks are Vietnamese syllables, or None if in none they are."""
    shares = {one: syllable_share(decode_bytes(data, one)) for one in LEGACY_ENCODINGS if one != VIQR}
    best = max(shares, key=lambda encoding: shares[encoding])
    return best if shares[best] >= 0.5 else None


def syllable_share(text: str) -> float:
    """Of the words that hold a letter beyond ASCII, the share that are Vietnamese syllables; 0 if there are none."""
    words = [word for word in _WORDS.findall(text) if not word.isascii()]
    return sum(map(is_syllable, words)) / len(words) if words else 0.0


_VIQR = re.compile(r"\\([\\'`?~.^(+])|([AaEeIiOoUuYy])([\^(+]?)(['`?~.]?)|([Dd])[Dd]")
_VIQR_WORD = re.compile(r"[A-Za-z'`?~.^(+]+")
_VIQR_SIGN = re.compile(r"[AaEeOo]\^|[Aa]\(|[OoUu]\+|[Dd][Dd]")
"""Apart from the word, for one pattern of both takes the square of a long word's length."""
_VIQR_MARKS = {
    "^": "\u0302",
    "(": "\u0306",
    "+": "\u031b",
    "'": "\u0301",
    "`": "\u0300",
    "?": "\u0309",
    "~": "\u0303",
    ".": "\u0323",
    "": "",
}
_VIQR_VOWELS = {"^": "aeo", "(": "a", "+": "ou", "": "aeiouy"}


def read_viqr(text: str) -> str:
    """Text of VIQR (RFC 1456) in Unicode: marks are ASCII signs behind their vowels, dd is đ, a backslash takes a sign
    as it is."""
    return unicodedata.normalize("NFC", _VIQR.sub(_read_viqr_letter, text))


def _read_viqr_letter(found: re.Match[str]) -> str:
    literal, vowel, mark, tone, stroked = found.groups()
    if literal:
        return str(literal)
    if stroked:
        return "Đ" if stroked == "D" else "đ"
    if vowel.lower() not in _VIQR_VOWELS[mark]:
        return str(found.group(0))
    return str(vowel + _VIQR_MARKS[mark] + _VIQR_MARKS[tone])


def is_viqr(text: str) -> bool:
    """True if an ASCII text holds several words with the signs of VIQR, most of which are Vietnamese once read."""
    words = [word for word in _VIQR_WORD.findall(text) if _VIQR_SIGN.search(word)]
    marked = [word for word in words if "^" in word or "(" in word or "+" in word]
    return len(marked) >= 3 and syllable_share(read_viqr(" ".join(words))) >= 0.5


_WINDOWS = {
    ord(letter): byte for byte in range(128, 160) if (letter := codecs.decode(bytes([byte]), "cp1252", "ignore"))
}


def remake_utf8(text: str) -> str:
    """The text as it would be if its UTF-8 bytes had been read as Windows-1252 (or Latin-1, for what that lacks)."""
    sent = text.translate(_WINDOWS).encode("latin-1", "replace")
    return unicodedata.normalize("NFC", sent.decode("utf-8", "replace"))


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
