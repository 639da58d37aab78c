"""The comparison vector: how a record and a person agree, field by field, packed into one whole number.

Everything that is decided about a pair follows from its vector and the model: weights, caps, vetoes. The number is
`level(name) + 32 * level(birth) + 32² * level(sex) + …`, in the order of `LEVELS`; level 0 is always "missing".
"""

from collections.abc import Mapping

LEVELS: dict[str, tuple[str, ...]] = {
    "name": (
        "missing",
        "same",  # all marks agree
        "no_marks",  # one side lost its marks, the rest agrees
        "marks_differ",  # both bear marks, and they differ
        "reordered",
        "words_missing",  # family and given name agree, a middle word is left out
        "initials",  # what is not abbreviated agrees
        "typo",  # a letter or two off, and what was typed is no name
        "middle_differs",  # family and given name agree, the middle is another
        "given_same",  # the given name alone agrees
        "near_given",  # the given name is another one, a letter or two away: Minh and Mạnh
        "family_same",  # another given name
        "different",
    ),
    "birth": (
        "missing",
        "same",
        "weak_same",  # the same year, and one side knows or says no more
        "swapped",  # day and month exchanged
        "day_differs",
        "month_differs",
        "year_differs",
        "same_year",
        "near_year",  # one year off, or weak and up to two
        "different",
        "generation",  # fourteen years or more
    ),
    "sex": ("missing", "same", "different"),
    "national_id": ("missing", "same", "doubtful", "typo", "of_another", "different"),
    "old_id": ("missing", "same", "typo", "different"),
    "insurance_no": ("missing", "same", "typo", "of_another", "different"),
    "phone": ("missing", "same", "different"),
    "ward": ("missing", "same", "different"),
    "address": ("missing", "same", "same_street", "different"),
    "rarity": tuple(f"1 in {2**bits}" for bits in range(32)),  # share of the register that bears the record's name
    "state": ("living", "newborn_name", "after_death"),
}
FIELDS = tuple(field for field in LEVELS if field not in ("rarity", "state"))
"""What is compared. `rarity` is how rare the record's name is, `state` what else may forbid a match."""
BASE = 32


def place(field: str) -> int:
    """What the level of a field is multiplied with."""
    return int(BASE ** list(LEVELS).index(field))


def level(field: str, name: str) -> int:
    """The number of a level."""
    return LEVELS[field].index(name)


def pack(levels: Mapping[str, str]) -> int:
    """The vector of named levels; fields that are not named are missing."""
    return sum(level(field, name) * place(field) for field, name in levels.items())


def unpack(vector: int) -> dict[str, str]:
    """The name of each field's level."""
    return {field: LEVELS[field][vector // place(field) % BASE] for field in LEVELS}
