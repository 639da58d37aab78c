"""How a record and a person agree and what that is worth, one pair at a time, in plain Python."""

import math
from collections.abc import Mapping, Set
from dataclasses import dataclass

from rapidfuzz.distance import OSA, JaroWinkler

from etl.linkage.levels import FIELDS, LEVELS
from etl.linkage.model import Model
from tests.linkage.oracle_values import Row


@dataclass(frozen=True)
class Known:
    """What a record's comparison needs to know of the register: how rare its name is, whose its numbers are."""

    rarity: int
    is_id_owned: bool
    is_card_owned: bool


def levels_of_pair(
    record: Row, person: Row, known: Known, words: Set[str], is_generic: bool = False
) -> dict[str, str | int]:
    """The level of each field by name, and the rarity of the record's name in bits."""
    return {
        "name": name_level(record, person, words, is_generic),
        "birth": birth_level(record, person),
        "sex": plain_level(record.sex, person.sex),
        "national_id": number_level(
            record.national_id, person.national_id, known.is_id_owned, record.is_id_doubtful, is_generic
        ),
        "old_id": number_level(record.old_id, person.old_id, is_generic=is_generic),
        "insurance_no": number_level(record.insurance_no, person.insurance_no, known.is_card_owned, False, is_generic),
        "phone": plain_level(record.phone, person.phone),
        "ward": plain_level(record.ward, person.ward),
        "address": address_level(record, person),
        "rarity": known.rarity,
        "state": state_of_pair(record, person),
    }


def plain_level(one: str | None, other: str | None) -> str:
    """Missing where a side says nothing, else the same or different."""
    if one is None or other is None:
        return "missing"
    return "same" if one == other else "different"


def name_level(record: Row, person: Row, words: Set[str], is_generic: bool = False) -> str:
    """Marks first; where the toneless names differ, their spelling."""
    if record.key_id is None or person.key_id is None:
        return "missing"
    if record.toned_id == person.toned_id:
        return "same"
    if record.key_id == person.key_id:
        has_lost_marks = record.toned_id == record.key_id or person.toned_id == person.key_id
        return "no_marks" if has_lost_marks else "marks_differ"
    return (
        generic_spelling_level(record.key_id, person.key_id)
        if is_generic
        else spelling_level(record.key_id, person.key_id, words)
    )


def spelling_level(one: str, other: str, words: Set[str]) -> str:
    """What two toneless names that differ have in common; `words` are those that names consist of."""
    left, right = one.split(), other.split()
    edits = OSA.distance(one, other)
    family_same, given_same = left[0] == right[0], left[-1] == right[-1]
    short, long = sorted((left, right), key=len)
    if sorted(left) == sorted(right):
        return "reordered"
    if family_same and given_same and len(short) < len(long) and set(short) <= set(long):
        return "words_missing"
    if len(left) == len(right) and is_abbreviated(left, right):
        return "initials"
    if edits <= 2 and is_typo(left, right, edits, words):
        return "typo"
    if edits <= 2 and len(left) == len(right) and not given_same and not is_of_another_initial(left, right):
        return "near_given"
    if family_same and given_same:
        return "middle_differs"
    return "given_same" if given_same else "family_same" if family_same else "different"


def is_abbreviated(left: list[str], right: list[str]) -> bool:
    """Whether words of the one stand as first letters in the other, and all others agree."""
    pairs = list(zip(left, right, strict=True))
    return any(1 in (len(a), len(b)) for a, b in pairs) and all(
        a == b or (1 in (len(a), len(b)) and a[0] == b[0]) for a, b in pairs
    )


def is_typo(left: list[str], right: list[str], edits: int, words: Set[str]) -> bool:
    """Whether what differs is a slip: of a space, or in a word that is no name (nor the initial of another)."""
    if "".join(left) == "".join(right):
        return True
    if len(left) != len(right):
        return edits == 1
    if is_of_another_initial(left, right):
        return False
    return any(a != b and not {a, b} <= words for a, b in zip(left, right, strict=True))


def is_of_another_initial(left: list[str], right: list[str]) -> bool:
    """Whether a word of one letter stands where the other name has a word that begins otherwise."""
    return any(1 in (len(a), len(b)) and a[0] != b[0] for a, b in zip(left, right, strict=True))


def generic_spelling_level(one: str, other: str) -> str:
    """By similarity, in either order of the words."""
    ahead, turned = (round(JaroWinkler.similarity(way, other), 6) for way in (one, " ".join(reversed(one.split()))))
    best = max(ahead, turned)
    if turned >= 0.999:
        return "reordered"
    for least, level in ((0.94, "typo"), (0.88, "words_missing"), (0.8, "middle_differs")):
        if best >= least:
            return level
    return "given_same" if set(one.split()) & set(other.split()) else "different"


def birth_level(record: Row, person: Row) -> str:
    """How far two birth dates agree; where one knows the year alone, the years."""
    if record.birth is None or person.birth is None:
        return "missing"
    apart = abs(record.birth[0] - person.birth[0])
    far = "generation" if apart >= 14 else "different"
    if record.is_weak_birth or person.is_weak_birth:
        return "weak_same" if apart == 0 else "near_year" if apart <= 2 else far
    (_, month, day), (_, other_month, other_day) = record.birth, person.birth
    if apart == 0:
        return birth_level_in_year(month, day, other_month, other_day)
    if (month, day) == (other_month, other_day) and apart < 14:
        return "year_differs"
    return "near_year" if apart == 1 else far


def birth_level_in_year(month: int, day: int, other_month: int, other_day: int) -> str:
    """The same for two days of one year."""
    if (month, day) == (other_month, other_day):
        return "same"
    if (month, day) == (other_day, other_month):
        return "swapped"
    if month == other_month:
        return "day_differs"
    return "month_differs" if day == other_day else "same_year"


def number_level(
    one: str | None, other: str | None, is_owned: bool = False, is_doubtful: bool = False, is_generic: bool = False
) -> str:
    """The same, nearly so, somebody else's or another; a citizen ID at odds with its bearer agrees doubtfully."""
    if one is None or other is None:
        return "missing"
    if one == other:
        return "doubtful" if is_doubtful else "same"
    if (not is_generic or (is_short(one) and is_short(other))) and is_slip(int(one), int(other)):
        return "typo"
    return "of_another" if is_owned else "different"


def is_short(number: str) -> bool:
    """Whether a number of any kind is digits that are compared as such."""
    return number.isascii() and number.isdecimal() and len(number) <= 12


def is_slip(one: int, other: int) -> bool:
    """Whether one digit is another, or two neighbours are exchanged."""
    left, right = str(one).zfill(13), str(other).zfill(13)
    at = [place for place in range(13) if left[place] != right[place]]
    if len(at) == 2 and at[1] == at[0] + 1:
        return left[at[0]] == right[at[1]] and left[at[1]] == right[at[0]]
    return len(at) == 1


def address_level(record: Row, person: Row) -> str:
    """The same house (words with a number among them), the same street, or another."""
    if record.address_id is None or person.address_id is None:
        return "missing"
    if record.address_id == person.address_id and record.address_id != record.street_id:
        return "same"
    is_street = record.street_id is not None and record.street_id == person.street_id
    return "same_street" if is_street else "different"


def state_of_pair(record: Row, person: Row) -> str:
    """What else may forbid a match."""
    if record.is_newborn:
        return "newborn_name"
    is_late = bool(person.day_limit and record.day_limit and person.day_limit < record.day_limit)
    return "after_death" if is_late else "living"


def pack(levels: Mapping[str, str | int]) -> int:
    """Levels as one number of base 32, the first field in the lowest place."""
    number = 0
    for field in reversed(LEVELS):
        level = levels[field]
        number = number * 32 + (level if isinstance(level, int) else LEVELS[field].index(level))
    return number


def score(model: Model, levels: Mapping[str, str | int]) -> float:
    """Bits for all that agrees, what a family shares capped, and the odds before anything was compared."""
    bits = {field: weight(model, field, levels) for field in FIELDS}
    household = bits["phone"] + bits["ward"] + bits["address"]
    personal = sum(bits[field] for field in FIELDS if field not in ("phone", "ward", "address"))
    odds = math.log2(model.in_register / (1 - model.in_register) / max(model.register_size, 1))
    return round((personal + min(household, model.household_cap) + odds) * 1000) / 1000


def weight(model: Model, field: str, levels: Mapping[str, str | int]) -> float:
    """log2 of how much more often true pairs have the level than chance pairs; a whole name counts by its rarity."""
    level = levels[field]
    if level == "missing":
        return 0.0
    bits = math.log2(model.m[field][level] / model.u[field][level])
    bits = max(bits, 0.0) if level == "same" else min(bits, 0.0) if level == "different" else bits
    if field == "name" and level in ("same", "no_marks", "marks_differ"):
        bits += min(levels["rarity"], model.rarity_cap)
    return bits


def veto(levels: Mapping[str, str | int], rules: str = "vietnam") -> str:
    """Why the pair may not become a match by itself; empty where it may. By generic rules only the dead may not."""
    if rules == "generic":
        return "after_death" if levels["state"] == "after_death" else ""
    if levels["state"] != "living":
        return str(levels["state"])
    if levels["name"] in ("near_given", "family_same", "different"):
        return "given_name_differs"
    if levels["birth"] in ("different", "generation"):
        return "birth_differs"
    if levels["sex"] == "different" and levels["birth"] not in ("same", "weak_same", "missing"):
        return "sex_and_birth_differ"
    if levels["national_id"] == "different" and levels["insurance_no"] != "same":
        return "two_ids"
    has_number = "same" in (levels["national_id"], levels["old_id"], levels["insurance_no"])
    return "no_name" if levels["name"] == "missing" and not has_number else ""
