"""Text written in the encodings of the time before Unicode, by the same tables that read it."""

import codecs
import unicodedata

from viparse.normalize.tables import Charmap
from viparse.normalize.viscii import VISCII
from viparse.normalize.vni import VNI
from viparse.normalize.vps import VPS

from etl.sample import tcvn3

CHARMAPS: dict[str, Charmap] = {"viscii": VISCII, "vps": VPS, "vni": VNI}
_TONES = {"\u0301": "'", "\u0300": "`", "\u0309": "?", "\u0303": "~", "\u0323": "."}
_MARKS = {"\u0302": "^", "\u0306": "(", "\u031b": "+"}


def encode(text: str, encoding: str) -> bytes:
    """The bytes of a text in TCVN3, VISCII, VPS, VNI, VIQR, Windows-1258, or as UTF-8 that was encoded twice."""
    composed = unicodedata.normalize("NFC", text)
    if encoding == "tcvn3":
        return tcvn3.encode(composed)
    if encoding == "viqr":
        return _viqr(composed).encode("ascii")
    if encoding == "cp1258":
        return _cp1258(composed)
    if encoding == "utf-8-twice":
        read = "".join(_as_windows(byte) for byte in composed.encode("utf-8"))
        return read.encode("utf-8")
    inverse: dict[str, str] = {}
    for sent, letter in CHARMAPS[encoding].pairs:
        inverse.setdefault(unicodedata.normalize("NFC", letter), sent)
    sent_text = "".join(inverse.get(letter, letter) for letter in composed)
    return sent_text.encode("cp1252" if encoding == "vni" else "latin-1")


def _as_windows(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


def _cp1258(text: str) -> bytes:
    """Windows-1258 has marked vowels, and tones that follow them."""
    sent = b""
    for letter in text:
        try:
            sent += letter.encode("cp1258")
        except UnicodeEncodeError:
            apart = unicodedata.normalize("NFD", letter)
            tone = next(mark for mark in apart if mark in _TONES)
            base = unicodedata.normalize("NFC", apart.replace(tone, ""))
            sent += codecs.encode(base + tone, "cp1258")
    return sent


def _viqr(text: str) -> str:
    said = []
    for letter in text:
        apart = unicodedata.normalize("NFD", letter)
        if letter in "đĐ":
            said.append("dd" if letter == "đ" else "DD")
        elif len(apart) > 1:
            marks = sorted(apart[1:], key=lambda mark: mark in _TONES)
            said.append(apart[0] + "".join(_MARKS.get(mark) or _TONES[mark] for mark in marks))
        else:
            said.append(f"\\{letter}" if letter in "'`?~.^(+\\" and said and said[-1][-1:].isalpha() else letter)
    return "".join(said)
