"""Whom a diagnosis can concern, and whether it may stand as the main one: `reference.icd10_limits`, code by code."""

from functools import lru_cache

from etl.contracts import reference

SEXES = ("female", "male")


@lru_cache(maxsize=100_000)
def limits_of(code: str) -> tuple[dict[str, str], ...]:
    """The limits whose range a code (upper case, with its point) lies in."""
    return tuple(
        limit
        for limit in reference.icd10_limits().to_pylist()
        if limit["first"] <= code and code[: len(limit["last"])] <= limit["last"]
    )


def suits_sex(code: str, sex: str) -> bool:
    """Whether somebody of that sex can have the diagnosis; who is neither female nor male can have all."""
    return sex not in SEXES or all(limit["sex"] in ("", sex) for limit in limits_of(code))


def suits_age(code: str, age_years: float) -> bool:
    """Whether somebody of that age (whole years on the day of the diagnosis) can have it."""
    return all(
        float(limit["youngest"] or 0) <= age_years <= float(limit["oldest"] or age_years) for limit in limits_of(code)
    )


def may_be_main(code: str) -> bool:
    """Whether a code may stand as the main diagnosis: not an asterisk code, nor an external cause."""
    return all(limit["is_main"] != "no" for limit in limits_of(code))
