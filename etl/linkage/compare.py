"""How far a record and a person agree: whole numbers compared in SQL, spelling scored once for each pair of names."""

from collections.abc import Callable
from functools import partial

from etl.linkage.levels import LEVELS, level, place

POWERS = range(12, 0, -1)
"""Of ten, up to the length of a citizen ID; the largest first, for that is where most differences end."""


def sql_for_typo(left: str, right: str) -> str:
    """Whether two numbers differ by one digit, or by two neighbouring digits exchanged.

    The difference is then d·10ᵏ or 9·d·10ᵏ with a digit d: told by its leading power of ten alone.
    """
    difference = f"abs({left} - {right})"
    leading = " ".join(f"when {difference} >= {10**power} then {10**power}" for power in POWERS)
    power = f"case {leading} else 1 end"
    swapped = f"{difference} % 9 = 0 and {difference} * 10 % ({power}) = 0 and {difference} * 10 < 99 * ({power})"
    return f"({difference} % ({power}) = 0 or ({swapped}))"


def _number_levels(field: str, column: str, owned: str | None) -> str:
    """A number: the same, nearly the same, somebody else's, or another."""
    name = level_of(field)
    another = f"when r.{owned} then {name('of_another')}" if owned else ""
    doubtful = (
        f"when r.{column} = p.{column} and r.is_id_doubtful then {name('doubtful')}" if field == "national_id" else ""
    )
    return f"""case when r.{column} is null or p.{column} is null then 0 {doubtful}
        when r.{column} = p.{column} then {name("same")}
        when {sql_for_typo(f"r.{column}", f"p.{column}")} then {name("typo")} {another} else {name("different")} end"""


def level_of(field: str) -> Callable[[str], int]:
    """The numbers of a field's levels by name."""
    return partial(level, field)


def _plain_levels(field: str, column: str) -> str:
    name = level_of(field)
    return f"""case when r.{column} is null or p.{column} is null then 0
        when r.{column} = p.{column} then {name("same")} else {name("different")} end"""


def _birth_levels() -> str:
    name = level_of("birth")
    return f"""case
        when r.birth is null or p.birth is null then 0
        when r.is_weak_birth or p.is_weak_birth then case
            when r.birth_year = p.birth_year then {name("weak_same")}
            when abs(r.birth_year - p.birth_year) <= 2 then {name("near_year")}
            when abs(r.birth_year - p.birth_year) >= 14 then {name("generation")} else {name("different")} end
        when r.birth = p.birth then {name("same")}
        when r.birth_year = p.birth_year and r.birth_month = p.birth_day and r.birth_day = p.birth_month then {name("swapped")}
        when r.birth_year = p.birth_year and r.birth_month = p.birth_month then {name("day_differs")}
        when r.birth_year = p.birth_year and r.birth_day = p.birth_day then {name("month_differs")}
        when r.birth_month = p.birth_month and r.birth_day = p.birth_day and abs(r.birth_year - p.birth_year) < 14 then {name("year_differs")}
        when r.birth_year = p.birth_year then {name("same_year")}
        when abs(r.birth_year - p.birth_year) = 1 then {name("near_year")}
        when abs(r.birth_year - p.birth_year) >= 14 then {name("generation")} else {name("different")} end"""


def _address_levels() -> str:
    name = level_of("address")
    return f"""case when r.address_id is null or p.address_id is null then 0
        when r.address_id = p.address_id and (r.street_id is null or r.address_id <> r.street_id) then {name("same")}
        when r.street_id = p.street_id then {name("same_street")} else {name("different")} end"""


def _name_levels() -> str:
    """What whole numbers tell of two names; null where their spelling must be scored."""
    name = level_of("name")
    return f"""case when r.key_id is null or p.key_id is null then 0
        when r.toned_id = p.toned_id then {name("same")}
        when r.key_id = p.key_id and (r.toned_id = r.key_id or p.toned_id = p.key_id) then {name("no_marks")}
        when r.key_id = p.key_id then {name("marks_differ")} end"""


LEVEL_SQL = {
    "birth": _birth_levels(),
    "sex": _plain_levels("sex", "sex"),
    "national_id": _number_levels("national_id", "national_id", "is_id_owned"),
    "old_id": _number_levels("old_id", "old_id", None),
    "insurance_no": _number_levels("insurance_no", "insurance_no", "is_card_owned"),
    "phone": _plain_levels("phone", "phone"),
    "ward": _plain_levels("ward", "ward"),
    "address": _address_levels(),
    "rarity": "r.rarity",
    "state": f"""case when r.is_newborn then {level("state", "newborn_name")}
        when p.day_limit < r.day_limit then {level("state", "after_death")} else 0 end""",
}
"""The level of each field of a record `r` and a person `p`, as SQL."""
NAME_SQL = _name_levels()


def sql_for_vector() -> str:
    """All levels but the name's, packed; the name's is added once its spelling is scored."""
    assert set(LEVEL_SQL) == set(LEVELS) - {"name"}
    return " + ".join(f"cast({sql} as bigint) * {place(field)}" for field, sql in LEVEL_SQL.items())
