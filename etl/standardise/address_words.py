"""The words that an address is made of: kinds (ngõ, phường, quận …) and the names of wards, districts and provinces.

Every distinct word is looked at once and becomes three numbers; phrases are then found by arithmetic on these.
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from etl.contracts import reference
from etl.standardise.text import toneless


class Part(IntEnum):
    """What a word of an address belongs to."""

    rest = 0
    """Not understood."""
    house = 1
    lane = 2
    street = 3
    hamlet = 4
    building = 5
    ward = 6
    district = 7
    province = 8
    free = 9
    """Not yet decided."""
    kind = 10
    """A word such as "số nhà" that only says what follows, or a separator: it is in no part."""


class Needs(IntEnum):
    """What must follow a kind word for it to be one, and not part of a name ("Đội Cấn", "Tô Hiệu")."""

    nothing = 0
    number = 1
    ward = 2
    town = 3
    district = 4
    province = 5
    no_name = 6
    """Anything but what makes a name of both together, such as Dương Nội or Phương Mai without marks."""


class Kind(NamedTuple):
    """A kind word: as it is rightly written, the part it begins, how it is said, and what must follow."""

    words: str
    part: Part
    said: str
    needs: Needs = Needs.nothing
    bare_needs: Needs | None = None
    """What must follow where it is written without marks; None where it cannot be told then."""


def _kind(words: str, part: Part, said: str | None = None, needs: int = 0, bare: int | None = -1) -> Kind:
    """A kind; without marks it needs what it needs with them unless `bare` says otherwise."""
    return Kind(
        words,
        part,
        words if said is None else said,
        Needs(needs),
        None if bare is None else Needs(needs if bare < 0 else bare),
    )


KINDS = (
    *(_kind(words, Part.house, "", Needs.number) for words in ("số nhà", "nhà số", "số", "sn", "nhà")),
    _kind("ngõ", Part.lane, bare=Needs.number),
    *(_kind(words, Part.lane, "ngõ", Needs.number) for words in ("ng", "ngo")),
    *(_kind(words, Part.lane) for words in ("ngách", "hẻm")),
    _kind("kiệt", Part.lane, needs=Needs.number),
    _kind("ngh", Part.lane, "ngách", Needs.number),
    _kind("đường", Part.street, bare=Needs.no_name),
    *(_kind(words, Part.street, "đường") for words in ("đ", "đg")),
    *(_kind(words, Part.street) for words in ("phố", "quốc lộ", "tỉnh lộ", "đại lộ")),
    *(
        _kind(bare, Part.street, said)
        for bare, said in (("quoc lo", "quốc lộ"), ("tinh lo", "tỉnh lộ"), ("dai lo", "đại lộ"))
    ),
    _kind("ql", Part.street, "quốc lộ"),
    _kind("km", Part.street, "km", Needs.number),
    *(
        _kind(words, Part.hamlet)
        for words in ("thôn", "xóm", "tổ dân phố", "khu phố", "khu dân cư", "cụm dân cư", "khu")
    ),
    *(_kind(words, Part.hamlet, bare=None) for words in ("ấp", "bản", "làng")),
    *(_kind(words, Part.hamlet, "tổ dân phố") for words in ("tdp", "tổ dân cư")),
    *(_kind(words, Part.hamlet, needs=Needs.number) for words in ("tổ", "đội", "cụm")),
    _kind("doi", Part.hamlet, "đội", Needs.number),
    _kind("kp", Part.hamlet, "khu phố"),
    _kind("kdc", Part.hamlet, "khu dân cư"),
    *(
        _kind(words, Part.building)
        for words in ("chung cư", "tòa nhà", "tòa", "căn hộ", "khu đô thị", "khu tập thể", "tập thể")
    ),
    _kind("cc", Part.building, "chung cư"),
    *(_kind(words, Part.building, "khu đô thị") for words in ("kđt", "kdt")),
    _kind("ktt", Part.building, "khu tập thể"),
    *(_kind(words, Part.building, needs=Needs.number) for words in ("căn", "tầng", "phòng", "lô", "block", "dãy")),
    _kind("lo", Part.building, "lô", Needs.number),
    _kind("phường", Part.ward, bare=Needs.no_name),
    _kind("xã", Part.ward, needs=Needs.no_name),
    _kind("thị trấn", Part.ward),
    *(_kind(words, Part.ward, "phường", Needs.ward) for words in ("ph", "f")),
    _kind("p", Part.building, "phòng", Needs.number),
    _kind("p", Part.ward, "phường"),
    _kind("x", Part.ward, "xã", Needs.ward),
    _kind("tt", Part.ward, "thị trấn", Needs.town),
    _kind("tt", Part.building, "tập thể"),
    _kind("quận", Part.district, bare=Needs.district),
    _kind("huyện", Part.district, bare=Needs.district),
    _kind("thị xã", Part.district),
    _kind("tx", Part.district, "thị xã"),
    _kind("q", Part.district, "quận"),
    _kind("h", Part.district, "huyện", Needs.district),
    _kind("tỉnh", Part.province, bare=Needs.province),
    _kind("thành phố", Part.province),
    _kind("tp", Part.province, "thành phố"),
    *(_kind(words, Part.province, "tỉnh", Needs.province) for words in ("t", "tinh")),
    _kind("gần", Part.rest),
    *(_kind(words, Part.rest, bare=None) for words in ("đối diện", "cách", "cạnh", "sau", "trước")),
)
"""Of two kinds with the same words the first whose need is met counts: P. 302 is a room, P. Ngọc Hà a ward."""
OTHER_PROVINCES = {"hn": "Hà Nội", "hanoi": "Hà Nội", "hcm": "Hồ Chí Minh", "sai gon": "Hồ Chí Minh"}
NOT_A_KIND = [
    "duong quang",
    "duong van",
    "duong dinh",
    "duong khue",
    "duong lam",
    "duong noi",
    "duong ha",
    "duong xa",
    "duong lieu",
    "duong te",
    "duong duc",
    "xa la",
    "xa dan",
    "phuong mai",
    "phuong liet",
    "phuong lien",
    "phuong canh",
    "phuong dinh",
    "phuong trung",
    "phuong duc",
    "phuong tu",
    "phuong cach",
]
"""Beginnings of names that look like a kind word where the marks are lost."""
NAME_BITS = {"province": 1, "district": 2, "ward": 4, "town": 8, "no_kind": 16, "today": 32}
BUILDING_CODE = re.compile(r"^[a-z]{2,4}\d+[a-z]?\d?$")
"""CT2B, HH3, TT6: a block of a housing estate."""
LONGEST = 5
"""Words in the longest name (Văn Miếu Quốc Tử Giám)."""


@dataclass(frozen=True)
class Words:
    """Of each distinct word of addresses: number as a part of names and of kinds (0: none), and what it is."""

    name_numbers: np.ndarray
    kind_numbers: np.ndarray
    is_bare: np.ndarray
    is_number: np.ndarray
    is_building: np.ndarray
    is_separator: np.ndarray


def look_at_words(distinct: pa.Array) -> Words:
    """Each distinct word in numbers; its case does not count."""
    words = [str(word).lower() for word in distinct.to_pylist()]
    folded = [str(word or "") for word in toneless(pa.array(words, pa.string())).to_pylist()]
    names, kinds = name_vocabulary(), kind_vocabulary()
    is_bare = np.array([word == bare for word, bare in zip(words, folded, strict=True)], bool)
    number = [kinds.get(word, 0) for word in words]
    plain = [kinds.get(f"~{bare}", 0) if is_plain else 0 for bare, is_plain in zip(folded, is_bare, strict=True)]
    return Words(
        np.array([names.get(bare, 0) for bare in folded], np.int64),
        np.array([one or other for one, other in zip(number, plain, strict=True)], np.int64),
        is_bare & (np.array(number, np.int64) == 0),
        np.array([_is_number(word) for word in words], bool),
        np.array([BUILDING_CODE.match(word) is not None for word in words], bool),
        np.array([word == "," for word in words], bool),
    )


def _is_number(word: str) -> bool:
    """12, 12A, 12/34/5, 12-14, CT2B, A12, and a letter alone such as tòa B (but none that is short for a kind)."""
    head = word.split("/")[0].split("-")[0]
    if any(letter.isdigit() for letter in head):
        return head.isalnum() and sum(map(str.isalpha, head)) <= 4
    return len(word) == 1 and word in "abcdegikmnlorsuvyz"


@lru_cache
def kind_vocabulary() -> dict[str, int]:
    """Numbers of the words of kinds: as rightly written, and (`~` before) without marks."""
    words = sorted({word for kind in KINDS for word in kind.words.split(" ")})
    found = {word: number for number, word in enumerate(words, 1)}
    for word, bare in zip(words, toneless(pa.array(words)).to_pylist(), strict=True):
        found.setdefault(f"~{bare}", found[word])
    return found


def kind_key(kind: Kind) -> tuple[int, int]:
    """How many words the kind has, and the key of its phrase."""
    numbers = kind_vocabulary()
    words = kind.words.split(" ")
    return len(words), phrase_key([numbers[word] for word in words])


def phrase_key(numbers: list[int]) -> int:
    """One number for a run of word numbers below 4096."""
    key = 0
    for number in numbers:
        key = key * 4096 + number
    return key


@lru_cache
def name_vocabulary() -> dict[str, int]:
    """Numbers of the toneless words of which names are made."""
    words = sorted({word for name in _names() for word in name.split(" ")})
    return {word: number for number, word in enumerate(words, 1)}


@lru_cache
def name_phrases() -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """By the number of words: sorted keys of the names, and the `NAME_BITS` of each."""
    numbers, found = name_vocabulary(), {}
    for count in range(1, LONGEST + 1):
        keyed = {
            phrase_key([numbers[word] for word in name.split(" ")]): bits
            for name, bits in _names().items()
            if name.count(" ") == count - 1
        }
        keys = sorted(keyed)
        found[count] = np.array(keys, np.int64), np.array([keyed[key] for key in keys], np.int64)
    return found


@lru_cache
def _names() -> dict[str, int]:
    """Toneless name without its kind → what it may be the name of."""
    towns: list[str] = []
    wards: list[str] = []
    for name in (*reference.old_wards()["name"].to_pylist(), *reference.wards()["name"].to_pylist()):
        (towns if name.startswith("Thị trấn") else wards).append(name)
    provinces = [name for column in ("old_name", "new_name") for name in reference.provinces()[column].to_pylist()]
    found: dict[str, int] = {}
    for bit, names in (
        ("province", [*provinces, *OTHER_PROVINCES, *OTHER_PROVINCES.values()]),
        ("district", reference.districts()["name"].to_pylist()),
        ("ward", [*towns, *wards]),
        ("town", towns),
        ("today", reference.wards()["name"].to_pylist()),
    ):
        for name in without_kind(pa.array(names, pa.string())).to_pylist():
            found[name] = found.get(name, 0) | NAME_BITS[bit]
    for bit, names in (("no_kind", NOT_A_KIND), ("ward", ward_codes())):
        for name in names:
            found[name] = found.get(name, 0) | NAME_BITS[bit]
    return found


def ward_codes() -> list[str]:
    """Codes of the wards of all three periods, each once."""
    return sorted({*reference.wards()["ward_code"].to_pylist(), *reference.old_wards()["old_ward_code"].to_pylist()})


def without_kind(names: pa.Array) -> pa.Array:
    """Toneless names of wards, districts and provinces without what says their kind."""
    kinds = ("phuong ", "xa ", "thi tran ", "quan ", "huyen ", "thi xa ", "thanh pho ", "tinh ", "tp ")
    bare = [str(name or "") for name in toneless(names).to_pylist()]
    return pa.array(
        [
            next((name.removeprefix(kind) for kind in kinds if name.startswith(kind) and name != "xa la"), name)
            for name in bare
        ],
        pa.string(),
    )
