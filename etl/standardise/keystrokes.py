"""What is left in a text when the keyboard's Vietnamese was off: Telex ("Nguyeenx Vawn") and VNI ("Nguye6n4 Va8n").

A text is repaired only where that is sure: every one of its words is a Vietnamese syllable, as typed or decoded, and
the keys bear each other out (two keys in one word, or keys in two words). "Hans" and "Lee" stay.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.column import by_distinct, matches
from etl.standardise.syllables import is_syllable, place_tone

KEYS = (
    r"(?i)(?:aa|ee|oo|dd|[aou]w|w[a-z]|(?:^| )[a-z]*[aeiouyăâêôơư][a-z]*[sfrxj](?:[a-z]{0,2})(?: |$)"
    r"|\p{L}[1-9]|[aeo]\^|[aou]\+)"
)
"""Text that may hold keys: nothing else is looked at. No Vietnamese word holds w, or s, f, r, x, j after a vowel."""
TELEX_TONES = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
VNI_TONES = {"1": "\u0301", "2": "\u0300", "3": "\u0309", "4": "\u0303", "5": "\u0323"}
TELEX_VOWELS = (("uow", "ươ"), ("uwow", "ươ"), ("uwo", "ươ"), ("aa", "â"), ("ee", "ê"), ("oo", "ô"), ("aw", "ă"), ("ow", "ơ"),
                ("uw", "ư"), ("dd", "đ"))  # fmt: skip
VNI_VOWELS = {"6": {"a": "â", "e": "ê", "o": "ô"}, "7": {"o": "ơ", "u": "ư"}, "8": {"a": "ă"}, "9": {"d": "đ"}}
PLAIN_KEY = re.compile(r"(?i)[fjw\d]|dd")
"""Keys that end no word of other languages that would become a syllable (Max, Hans, Luis, Lee do)."""
_VOWEL = re.compile("[aeiouyăâêôơư]")


class Decoded(NamedTuple):
    """A word with its marks, and how many keys told of them (0: it is as it was)."""

    word: str
    keys: int


def decode_keystrokes(texts: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Texts with marks in the place of keys where that is sure; where they were repaired; where keys are suspected."""
    return by_distinct(texts, _decode)


def _decode(texts: pa.Array) -> tuple[pa.Array, ...]:
    is_looked_at = matches(texts, KEYS)
    made = [_decode_text(str(text)) for text in texts.filter(is_looked_at).to_pylist()]
    is_repaired = pc.replace_with_mask(
        pa.array([False] * len(texts), pa.bool_()), is_looked_at, pa.array([sure for _, sure, _ in made], pa.bool_())
    )
    is_suspect = pc.replace_with_mask(
        pa.array([False] * len(texts), pa.bool_()), is_looked_at, pa.array([odd for _, _, odd in made], pa.bool_())
    )
    repaired = pc.replace_with_mask(texts, is_looked_at, pa.array([text for text, _, _ in made], pa.string()))
    return repaired, is_repaired, is_suspect


def _decode_text(text: str) -> tuple[str, bool, bool]:
    """The text, repaired or not; whether it was; whether it may hold keys all the same."""
    words = text.split(" ")
    decoded = [decode_word(word) for word in words]
    keys = [found.keys for found in decoded]
    is_whole = all(is_syllable(found.word) for found in decoded)
    has_plain_key = any(count and PLAIN_KEY.search(word) for word, count in zip(words, keys, strict=True))
    if is_whole and (max(keys) > 1 or (sum(count > 0 for count in keys) > 1 and has_plain_key)):
        return " ".join(found.word for found in decoded), True, False
    return text, False, (is_whole and max(keys) > 0) or max(keys) > 1


@lru_cache(maxsize=100_000)
def decode_word(word: str) -> Decoded:
    """The syllable that the keys of a word mean; the word itself where it is a syllable already, or becomes none."""
    if is_syllable(word):
        return Decoded(word, 0)
    lower = unicodedata.normalize("NFC", word.lower())
    made = _vni(lower) if any(letter.isdigit() for letter in lower) else _telex(lower)
    if made is None or not is_syllable(made.word):
        return Decoded(word, 0)
    placed = place_tone(made.word)
    if word.isupper():
        placed = placed.upper()
    elif word[:1].isupper():
        placed = placed[:1].upper() + placed[1:]
    return Decoded(placed, made.keys)


def _telex(word: str) -> Decoded | None:
    """Tone keys s f r x j after a vowel, doubled vowels, w and dd."""
    first = _VOWEL.search(word)
    if first is None and "w" not in word:
        return None
    start = first.start() if first else word.index("w")
    tones = [place for place, letter in enumerate(word) if place > start and letter in TELEX_TONES]
    if len(tones) > 1:
        return None
    tone = TELEX_TONES[word[tones[0]]] if tones else ""
    bare = "".join(letter for place, letter in enumerate(word) if place not in tones)
    marked, keys = bare, 0
    for typed, meant in TELEX_VOWELS:
        if typed in marked:
            marked, keys = marked.replace(typed, meant, 1), keys + (2 if typed in ("dd", "uwow") else 1)
    if "w" in marked:
        marked, keys = marked.replace("w", "ư", 1), keys + 1
    return Decoded(_with_tone(marked, tone), keys + bool(tone)) if keys or tone else None


def _vni(word: str) -> Decoded | None:
    """Digits after their letters: 1–5 tones, 6 circumflex, 7 horn, 8 breve, 9 đ."""
    letters: list[str] = []
    tone, keys = "", 0
    for letter in word:
        if letter in VNI_TONES and not tone:
            tone = VNI_TONES[letter]
        elif letter in VNI_VOWELS:
            place = next(
                (place for place in reversed(range(len(letters))) if letters[place] in VNI_VOWELS[letter]), None
            )
            if place is None:
                return None
            letters[place] = VNI_VOWELS[letter][letters[place]]
            if letter == "7" and letters[place] == "ơ" and place and letters[place - 1] == "u":
                letters[place - 1] = "ư"
        elif letter.isdigit():
            return None
        else:
            letters.append(letter)
            continue
        keys += 1
    return Decoded(_with_tone("".join(letters), tone), keys) if letters else None


def _with_tone(word: str, tone: str) -> str:
    """The tone put on some vowel: `place_tone` moves it to the right one."""
    if not tone:
        return word
    places = [found.start() for found in _VOWEL.finditer(word)]
    if not places:
        return word
    place = next((place for place in reversed(places) if word[place] in "êơăâôư"), places[0])
    return unicodedata.normalize("NFC", word[: place + 1] + tone + word[place + 1 :])
