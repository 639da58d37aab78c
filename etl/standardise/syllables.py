"""The shape of a Vietnamese syllable: is a word one, and where does its tone mark belong.

A syllable is an onset, a rhyme and at most one tone. The rule for the tone's place is the traditional one (hòa, thúy,
khỏe): on ê or ơ where there is one, else on another marked vowel, else on the second of two vowels before a
consonant and of three vowels, else on the first. It works on syllables, never on pairs of letters, because
"hoá" is "hóa" but "thoái" stays.
"""

import re
import unicodedata
from functools import lru_cache

TONES = "\u0300\u0301\u0303\u0309\u0323"
"""Grave, acute, tilde, hook above, dot below: the five tone marks (the other marks change the vowel)."""
ONSETS = frozenset(
    [
        "b",
        "c",
        "ch",
        "d",
        "đ",
        "g",
        "gh",
        "gi",
        "h",
        "k",
        "kh",
        "l",
        "m",
        "n",
        "ng",
        "ngh",
        "nh",
        "p",
        "ph",
        "q",
        "qu",
        "r",
        "s",
        "t",
        "th",
        "tr",
        "v",
        "x",
    ]
) | {""}
RHYMES = frozenset(
    [
        "a",
        "ac",
        "ach",
        "ai",
        "am",
        "an",
        "ang",
        "anh",
        "ao",
        "ap",
        "at",
        "au",
        "ay",
        "ă",
        "ăc",
        "ăm",
        "ăn",
        "ăng",
        "ăp",
        "ăt",
        "â",
        "âc",
        "âm",
        "ân",
        "âng",
        "âp",
        "ât",
        "âu",
        "ây",
        "e",
        "ec",
        "em",
        "en",
        "eng",
        "eo",
        "ep",
        "et",
        "ê",
        "êch",
        "êm",
        "ên",
        "ênh",
        "êp",
        "êt",
        "êu",
        "i",
        "ia",
        "ic",
        "ich",
        "im",
        "in",
        "inh",
        "ip",
        "it",
        "iu",
        "iêc",
        "iêm",
        "iên",
        "iêng",
        "iêp",
        "iêt",
        "iêu",
        "o",
        "oa",
        "oac",
        "oach",
        "oai",
        "oam",
        "oan",
        "oang",
        "oanh",
        "oao",
        "oap",
        "oat",
        "oay",
        "oă",
        "oăc",
        "oăm",
        "oăn",
        "oăng",
        "oăt",
        "oc",
        "oe",
        "oen",
        "oeo",
        "oet",
        "oi",
        "om",
        "on",
        "ong",
        "ooc",
        "oong",
        "op",
        "ot",
        "ô",
        "ôc",
        "ôi",
        "ôm",
        "ôn",
        "ông",
        "ôp",
        "ôt",
        "ơ",
        "ơi",
        "ơm",
        "ơn",
        "ơp",
        "ơt",
        "ơng",
        "ơc",
        "u",
        "ua",
        "uc",
        "ui",
        "um",
        "un",
        "ung",
        "up",
        "ut",
        "uâ",
        "uân",
        "uâng",
        "uât",
        "uây",
        "uê",
        "uên",
        "uênh",
        "uêch",
        "uơ",
        "uôc",
        "uôi",
        "uôm",
        "uôn",
        "uông",
        "uôt",
        "uôp",
        "uy",
        "uya",
        "uych",
        "uynh",
        "uyt",
        "uyu",
        "uyn",
        "uyp",
        "uyên",
        "uyêt",
        "uyê",
        "ư",
        "ưa",
        "ưc",
        "ưi",
        "ưng",
        "ưt",
        "ưu",
        "ưm",
        "ưn",
        "ươ",
        "ươc",
        "ươi",
        "ươm",
        "ươn",
        "ương",
        "ươp",
        "ươt",
        "ươu",
        "y",
        "yêm",
        "yên",
        "yêng",
        "yêt",
        "yêu",
        "ynh",
        "ych",
        "yt",
        "yn",
    ]
)
VOWELS = frozenset("aăâeêioôơuưy")
_QUALITY = {"\u0302": {"a": "â", "e": "ê", "o": "ô"}, "\u0306": {"a": "ă"}, "\u031b": {"o": "ơ", "u": "ư"}}
MOVABLE_TONE = (
    r"(?i)o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ]|[òóỏõọ][ae]|[ùúủũụ]y|[iìíỉĩịuùúủũụ][aàáảãạeèéẻẽẹêềếểễệơờớởỡợôồốổỗộ]|[ừứửữự][aơ]"
)
"""A pair of vowels on which a tone may stand in two places."""
_MOVABLE, _WORD = re.compile(MOVABLE_TONE), re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=100_000)
def place_tone(word: str) -> str:
    """The word with its tone mark where the rule puts it; any word that is no syllable with one tone stays as it is."""
    letters, tone = _split_tone(word)
    if not tone or not is_syllable(word):
        return word
    place = _tone_place("".join(letters).lower())
    letters[place] = unicodedata.normalize("NFC", letters[place] + tone)
    return "".join(letters)


def place_tones(text: str) -> str:
    """`place_tone` for each word of an NFC text in which a tone may stand in two places."""
    return _WORD.sub(lambda found: place_tone(found.group()) if _MOVABLE.search(found.group()) else found.group(), text)


@lru_cache(maxsize=100_000)
def is_syllable(word: str) -> bool:
    """True if the NFC word has a Vietnamese onset and rhyme and at most one tone; case does not matter."""
    letters, tone = _split_tone(word.lower())
    if tone is None:
        return False
    onset, rhyme = split_syllable("".join(letters))
    is_merged = onset == "gi" and f"i{rhyme}" in RHYMES  # giếng: the i is written once
    return onset in ONSETS and (rhyme in RHYMES or is_merged)


def split_syllable(word: str) -> tuple[str, str]:
    """Onset and rhyme of a lower-case word without tone; `qu` and, before a vowel, `gi` are onsets."""
    if word.startswith("qu") and len(word) > 2 and word[2] in VOWELS:
        return "qu", word[2:]
    if word.startswith("gi") and len(word) > 2 and word[2] in VOWELS:
        return "gi", word[2:]
    start = next((place for place, letter in enumerate(word) if letter in VOWELS), len(word))
    return word[:start], word[start:]


def _split_tone(word: str) -> tuple[list[str], str | None]:
    """The letters without tone, and the tone: "" for none, None for more than one."""
    letters, tones = [], []
    for letter in word:
        parts = unicodedata.normalize("NFD", letter)
        tones += [mark for mark in parts if mark in TONES]
        letters.append(unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in TONES)))
    return letters, "".join(tones) if len(tones) < 2 else None


def _tone_place(word: str) -> int:
    """Index of the letter that bears the tone in a lower-case syllable without tone."""
    onset, rhyme = split_syllable(word)
    start = len(onset)
    cluster = len(rhyme) - len(rhyme.lstrip("".join(VOWELS)))
    for marked in ("êơ", "ăâôư"):
        places = [place for place in range(cluster) if rhyme[place] in marked]
        if places:
            return start + places[-1]
    is_second = cluster == 3 or (cluster == 2 and len(rhyme) > 2)
    return start + (1 if is_second else 0)
