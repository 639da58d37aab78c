"""How names go wrong: one function an error, each from a clean name to what somebody typed."""

import re
import unicodedata
from collections.abc import Callable

import numpy as np

from etl.sample.planting import NOTHING, Column, Planting

TELEX_MARKS = {"\u0300": "f", "\u0301": "s", "\u0303": "x", "\u0309": "r", "\u0323": "j"}
TELEX_LETTERS = {"ă": "aw", "â": "aa", "đ": "dd", "ê": "ee", "ô": "oo", "ơ": "ow", "ư": "uw"}
TONE_PAIRS = tuple(
    (base[0] + toned, tone_first + base[1])
    for base, toneds, tone_firsts in (("oa", "àáảãạ", "òóỏõọ"), ("oe", "èéẻẽẹ", "òóỏõọ"), ("uy", "ỳýỷỹỵ", "ùúủũụ"))
    for toned, tone_first in zip(toneds, tone_firsts, strict=True)
)
NEWBORN_DAYS = 60


def strip_marks(name: str) -> str:
    """Nguyễn → Nguyen."""
    bare = "".join(letter for letter in unicodedata.normalize("NFD", name) if not unicodedata.combining(letter))
    return bare.replace("đ", "d").replace("Đ", "D")


def place_tone_anew(name: str) -> str:
    """Hòa → Hoà (and Thủy → Thuỷ), only where the syllable ends there and "q" does not begin it."""
    for new, old in TONE_PAIRS:
        name = re.sub(rf"(?<![qQ]){old}\b", new, name)
    return name


def type_telex(name: str) -> str:
    """One word as typed with the input method off: Nguyễn → Nguyeenx."""
    words = name.split(" ")
    for place, word in enumerate(words):
        typed = _telex_word(word)
        if typed != word:
            words[place] = typed
            break
    return " ".join(words)


def _telex_word(word: str) -> str:
    """Letters of Telex for one word, the tone's letter last."""
    tone, letters = "", ""
    for letter in unicodedata.normalize("NFD", word):
        tone = TELEX_MARKS.get(letter, tone)
        letters += "" if letter in TELEX_MARKS else letter
    letters = unicodedata.normalize("NFC", letters)
    typed = "".join(
        TELEX_LETTERS.get(letter, TELEX_LETTERS.get(letter.lower(), letter).capitalize()) for letter in letters
    )
    return typed + tone


def abbreviate(name: str) -> str:
    """Nguyễn Văn An → Nguyễn V. An."""
    words = name.split(" ")
    return " ".join([words[0], *(f"{word[0]}." for word in words[1:-1]), words[-1]])


def drop_middle(name: str) -> str:
    """Nguyễn Văn An → Nguyễn An."""
    words = name.split(" ")
    return " ".join([*words[:-2], words[-1]]) if len(words) > 2 else name


def put_given_first(name: str) -> str:
    """Nguyễn Văn An → An Nguyễn Văn."""
    words = name.split(" ")
    return " ".join([words[-1], *words[:-1]])


def mistype(name: str) -> str:
    """Two neighbouring letters of the given name swapped, or its last letter doubled."""
    start, _, given = name.rpartition(" ")
    swapped = given[:-2] + given[-1] + given[-2] if len(given) > 3 else given + given[-1]
    return f"{start} {swapped}" if swapped != given else name


SPOILS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("test_name", lambda _: "TEST"),
    ("initials", abbreviate),
    ("middle_dropped", drop_middle),
    ("given_first", put_given_first),
    ("telex_residue", type_telex),
    ("letter_mistyped", mistype),
    ("eth_for_d", lambda name: name.replace("Đ", "Ð").replace("đ", "ð")),
    ("tone_placement", place_tone_anew),
    ("double_space", lambda name: name.replace(" ", "  ", 1)),
    ("decomposed", lambda name: unicodedata.normalize("NFD", name)),
    ("upper_case", str.upper),
    ("no_marks", strip_marks),
)
LOST_IN_TCVN3 = ("eth_for_d", "decomposed", "upper_case")
"""Errors that a TCVN3 file cannot hold."""


def spoil_names(planting: Planting, values: Column, age_days: np.ndarray, mothers: Column, is_tcvn3: bool) -> None:
    """Plant all errors of names; `mothers` are mothers' names, None where unknown."""
    newborn = planting.choose("full_name", "newborn_name", (age_days <= NEWBORN_DAYS) & np.not_equal(mothers, NOTHING))
    says_child = planting.rng.random(len(newborn)) < 0.7
    for place, is_marked in zip(newborn, says_child, strict=True):
        values[place] = f"Con bà {mothers[place]}" if is_marked else mothers[place]
    planting.record("full_name", "newborn_name", newborn)
    planting.change(values, "full_name", "title_prefix", lambda name: f"Cháu {name}", age_days < 10 * 365)
    for error, spoil in SPOILS:
        if not (is_tcvn3 and error in LOST_IN_TCVN3):
            planting.change(values, "full_name", error, spoil)
