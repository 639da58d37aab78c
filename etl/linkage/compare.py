"""How far a record and a person agree: whole numbers compared in SQL, spelling scored once for each pair of names."""

from collections.abc import Callable
from functools import partial

from etl.linkage.levels import LEVELS, level, place

POWERS = range(12, 0, -1)
"""Of ten, up to the length of a citizen ID; the largest first, for that is where most differences end."""


def sql_for_leading(apart: str) -> str:
    """The leading power of ten of a whole number, 1 for 0."""
    return f"case {' '.join(f'when {apart} >= {10**power} then {10**power}' for power in POWERS)} else 1 end"


def sql_for_typo(smaller: str, apart: str, power: str) -> str:
    """Whether two numbers differ by one digit, or by two neighbouring digits exchanged.

    Given are the smaller one, how far they are apart and the leading power of ten of that. The distance is d·10ᵏ or
    9·d·10ᵏ with a digit d; a carry makes such a distance as well (…39 and …41), so the digits are looked at. All numbers
    are below 2⁵⁹, so that nothing here overflows.
    """
    is_digit = f"{apart} % {power} = 0 and {smaller} % (10 * {power}) + {apart} < 10 * {power}"
    swaps = " or ".join(_sql_for_swap(smaller, apart, power, scale) for scale in (1, 10))
    return f"({apart} > 0 and (({is_digit}) or {swaps}))"


def _sql_for_swap(smaller: str, apart: str, power: str, scale: int) -> str:
    """Whether exchanging two neighbouring digits, the lower one at `power` / `scale`, makes up the distance."""
    number = f"({smaller} * {scale})"
    lower = f"({number} % (10 * {power}) - {number} % {power})"
    upper = f"({number} % (100 * {power}) - {number} % (10 * {power}))"
    return f"9 * (10 * {lower} - {upper}) = {10 * scale} * least({apart}, 10 * {power})"


def _number_levels(field: str, owned: str | None) -> str:
    """A number: the same, somebody else's, or another; whether it is nearly the same is looked at later."""
    name = level_of(field)
    another = f"when r.{owned} then {name('of_another')}" if owned else ""
    doubtful = (
        f"when r.{field} = p.{field} and r.is_id_doubtful then {name('doubtful')}" if field == "national_id" else ""
    )
    return f"""case when r.{field} is null or p.{field} is null then 0 {doubtful}
        when r.{field} = p.{field} then {name("same")} {another} else {name("different")} end"""


def level_of(field: str) -> Callable[[str], int]:
    """The numbers of a field's levels by name."""
    return partial(level, field)


def _plain_levels(field: str) -> str:
    name = level_of(field)
    return f"""case when r.{field} is null or p.{field} is null then 0
        when r.{field} = p.{field} then {name("same")} else {name("different")} end"""


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


NUMBER_SQL = {
    "national_id": _number_levels("national_id", "is_id_owned"),
    "old_id": _number_levels("old_id", None),
    "insurance_no": _number_levels("insurance_no", "is_card_owned"),
}
LEVEL_SQL = {
    "birth": _birth_levels(),
    "sex": _plain_levels("sex"),
    "phone": _plain_levels("phone"),
    "ward": _plain_levels("ward"),
    "address": _address_levels(),
    "rarity": "r.rarity",
    "state": f"""case when r.is_newborn then {level("state", "newborn_name")}
        when p.day_limit < r.day_limit then {level("state", "after_death")} else 0 end""",
}
"""The level of each field of a record `r` and a person `p`, as SQL; of numbers, where they are not nearly the same."""


def sql_for_comparison(pairs: str, is_wanted: str = "true") -> str:
    """One row per pair of `pairs`, a join of records `r` with people `p`, by all that is told without spelling.

    `name_level` is null where the spelling must be scored; `vector` has all other levels, and is null where a pair is not wanted.
    In three steps, since SQL that says a thing often is planned longer than it runs.
    """
    assert {*LEVEL_SQL, *NUMBER_SQL} == set(LEVELS) - {"name"}
    plain = " + ".join(f"cast({sql} as bigint) * {place(field)}" for field, sql in LEVEL_SQL.items())
    numbers = ", ".join(
        f"{sql} as {field}, abs(r.{field} - p.{field}) as {field}_apart, least(r.{field}, p.{field}) as {field}_smaller"
        for field, sql in NUMBER_SQL.items()
    )
    leading = ", ".join(f"{sql_for_leading(f'{field}_apart')} as {field}_power" for field in NUMBER_SQL)
    levels = " + ".join(
        f"""cast(case when {sql_for_typo(f"{field}_smaller", f"{field}_apart", f"{field}_power")}
            then {level(field, "typo")} else {field} end as bigint) * {place(field)}"""
        for field in NUMBER_SQL
    )
    return f"""
    select record_id, person_id, record_key_id, person_key_id, name_level,
        case when is_wanted then plain + {levels} end as vector
    from (
        select *, {leading} from (
            select r.record_id, p.person_id, r.key_id as record_key_id, p.key_id as person_key_id,
                {_name_levels()} as name_level, {plain} as plain, {is_wanted} as is_wanted, {numbers}
            from {pairs}) apart) compared"""
