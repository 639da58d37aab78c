"""What stands in several columns of a list: a name in two or three, a birth date in three, a year under Nam or Nữ.

Headings such as "Tên", "Ngày" or "Nam" mean something only beside each other; here are these words, and what they say
together.
"""

import unicodedata
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from etl.sources.heading_terms import fold_heading
from etl.standardise.column import all_of, any_of, join_filled, matches

NAME, BIRTH, SEX = "full_name", "birth_date", "sex"
FAMILY, MIDDLE, GIVEN = "family_name", "middle_name", "given_name"
DAY, MONTH, YEAR = "birth_day", "birth_month", "birth_year"
MALE, FEMALE = "is_male", "is_female"
NAME_PARTS, BIRTH_PARTS, SEX_PARTS = (FAMILY, MIDDLE, GIVEN), (DAY, MONTH, YEAR), (MALE, FEMALE)
PARTS = frozenset((*NAME_PARTS, *BIRTH_PARTS, *SEX_PARTS))
"""Fields that no contract has: they are put together before anything else sees them."""
FAMILY_WORDS = frozenset(
    (
        "ho",
        "ho dem",
        "ho va dem",
        "ho va ten dem",
        "ho ten dem",
        "ho va chu dem",
        "ho chu dem",
        "ho lot",
        "ho va ten lot",
        "ho va lot",
    )
)
MIDDLE_WORDS, GIVEN_WORDS = frozenset(("dem", "ten dem", "chu dem", "ten lot", "lot")), frozenset(("ten", "ten goi"))
DAY_WORDS, MONTH_WORDS = frozenset(("ngay", "ngay sinh")), frozenset(("thang", "thang sinh"))
YEAR_WORDS = frozenset(("nam", "nam sinh"))


def find_parts(texts: Sequence[str], groups: Sequence[str]) -> dict[int, str]:
    """Place → part of a name, birth date or sex, for headings that stand beside each other as such parts do.

    `texts` are the lowest headings as written, `groups` those above them (empty where there is none).
    """
    folded = [fold_heading(text) for text in texts]
    found: dict[int, str] = {}
    for place, word in enumerate(folded):
        behind, two_behind = (folded[at] if at < len(folded) else "" for at in (place + 1, place + 2))
        if word in FAMILY_WORDS and behind in GIVEN_WORDS:
            found |= {place: FAMILY, place + 1: GIVEN}
        elif word in FAMILY_WORDS and behind in MIDDLE_WORDS and two_behind in GIVEN_WORDS:
            found |= {place: FAMILY, place + 1: MIDDLE, place + 2: GIVEN}
        elif word in DAY_WORDS and behind in MONTH_WORDS and two_behind in YEAR_WORDS:
            if "sinh" in " ".join((groups[place], word, behind, two_behind)):
                found |= {place: DAY, place + 1: MONTH, place + 2: YEAR}
        elif _is_male(texts[place]) and behind == "nu" and place not in found:
            found |= {place: MALE, place + 1: FEMALE}
    return found


def _is_male(text: str) -> bool:
    """Nam, which without its mark could be Năm."""
    return fold_heading(text) == "nam" and "ă" not in unicodedata.normalize("NFC", text).lower()


def compose(fields: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """The fields with names, birth dates and sexes put together from their parts; nothing that was sent is dropped."""
    if not PARTS.intersection(fields):
        return fields
    whole = {name: column for name, column in fields.items() if name not in PARTS}
    if FAMILY in fields:
        _fill(whole, NAME, join_filled([fields[name] for name in NAME_PARTS if name in fields], " "))
    if YEAR in fields:
        _fill(whole, BIRTH, _birth_date(fields))
    if MALE in fields and FEMALE in fields:
        for name, column in _under_sexes(fields[MALE], fields[FEMALE]).items():
            _fill(whole, name, column)
    return whole


def _fill(fields: dict[str, pa.Array], name: str, column: pa.Array) -> None:
    fields[name] = pc.coalesce(fields[name], column) if name in fields else column


def _birth_date(fields: dict[str, pa.Array]) -> pa.Array:
    """dd/mm/yyyy of the three columns, as much as was filled; what is no number stays as it was sent."""
    day, month, year = (fields.get(name, pa.nulls(len(fields[YEAR]), pa.string())) for name in BIRTH_PARTS)
    is_dated = all_of(pc.is_valid(day), pc.is_null(month))  # a day without a month, or a whole date in its column
    parts = [_padded(day), _padded(month), year]
    return pc.if_else(is_dated, join_filled([day, year], " "), join_filled(parts, "/"))


def _padded(column: pa.Array) -> pa.Array:
    """Numbers of one digit with a zero before them."""
    return pc.if_else(matches(column, r"^\d$"), pc.binary_join_element_wise("0", column, ""), column)


def _under_sexes(male: pa.Array, female: pa.Array) -> dict[str, pa.Array]:
    """Sex by which of the two columns is filled, and the birth year or date where that is what fills it.

    Where both are filled the sex is told as "Nam, Nữ", which nobody can read and which its check will name.
    """
    is_no = r"(?i)^(0|-|không|khong|k)$"
    is_male, is_female = (pc.and_not(pc.is_valid(one), matches(one, is_no)) for one in (male, female))
    sex = pc.case_when(
        pc.make_struct(all_of(is_male, is_female), is_male, is_female),
        pa.scalar("Nam, Nữ"), pa.scalar("Nam"), pa.scalar("Nữ"),
    )  # fmt: skip
    born = pc.coalesce(
        *(pc.if_else(matches(one, r"\d{2}"), one, pa.scalar(None, pa.string())) for one in (male, female))
    )
    told: dict[str, pa.Array] = {SEX: sex}
    if pc.any(any_of(pc.is_valid(born))).as_py():
        told[BIRTH] = born
    return told
