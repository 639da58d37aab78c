"""Kinds of sources whose records are mixed: what each leaves out, how careless it is, and how it writes."""

from dataclasses import dataclass, field

import numpy as np

from etl.contracts import reference
from etl.sample.planting import NOTHING, Column
from etl.sample.rows import Rows, print_compact, print_slashed

WHOLE = 1.0
"""The column is not in the source's files at all."""
CHILD_DAYS = 14 * 365
CHILDREN_WITHOUT_ID = 0.5
"""Of the children in sources that state citizen IDs, the share whose ID is left empty: few carry a card."""


@dataclass(frozen=True)
class Source:
    """One kind of source. `share` is of all records; `blanks` are shares left empty by column, 1 for a column not there."""

    name: str
    share: float
    care: float
    """Its rates of error are the usual ones times this."""
    blanks: dict[str, float] = field(default_factory=dict)
    card: str = "insurance_card"
    ward: str = "code"
    """`code`, `old_code` or `name`."""
    is_compact: bool = False
    """Writes yyyymmdd0000 and sex 1 or 2, as hospitals do."""
    numeric_sex: bool = False
    kin: float = 0.0
    """Share of rows that bear a relative's number in place of the person's, of each kind of number."""
    year_only: float = 0.0
    """Share of rows of which the source knows the year of birth alone."""
    year_as_january: bool = False
    """Writes 01/01 where it knows the year alone."""


SOURCES = (
    Source(
        "hospital",
        0.20,
        0.6,
        {"national_id": 0.08, "insurance_no": 0.12, "phone": 0.10, "address": 0.02, "ward_code": 0.04},
        is_compact=True,
    ),
    Source(
        "small_hospital",
        0.06,
        1.3,
        {"national_id": 0.14, "insurance_no": 0.20, "phone": 0.35, "address": 0.10, "ward_code": 0.10},
        is_compact=True,
    ),
    Source("ward_full", 0.12, 1.0, {"national_id": 0.10, "insurance_no": 0.12, "phone": 0.25}, year_only=0.01),
    Source(
        "ward_by_household",
        0.06,
        1.0,
        {"national_id": 0.10, "insurance_no": 0.12, "phone": 0.10},
        kin=0.05,
        year_only=0.02,
    ),
    Source(
        "ward_without_card", 0.12, 0.8, {"national_id": 0.12, "insurance_no": WHOLE, "phone": 0.30, "address": 0.10}
    ),
    Source(
        "ward_without_phone",
        0.08,
        1.3,
        {"national_id": 0.12, "insurance_no": 0.20, "phone": WHOLE},
        card="insurance_no",
        ward="name",
    ),
    Source(
        "ward_names_only",
        0.12,
        0.8,
        {"national_id": WHOLE, "insurance_no": WHOLE, "phone": 0.40, "address": 0.15, "ward_code": 0.03},
        ward="name",
        year_only=0.08,
    ),
    Source(
        "elderly_list",
        0.02,
        1.0,
        {"national_id": 0.60, "insurance_no": WHOLE, "phone": 0.60, "address": 0.10},
        year_only=0.95,
        year_as_january=True,
    ),
    Source("ward_names_and_ids", 0.05, 1.0, {"national_id": 0.12, "insurance_no": WHOLE, "phone": WHOLE}),
    Source(
        "district_export",
        0.13,
        1.3,
        {"national_id": 0.15, "insurance_no": 0.25, "phone": 0.20, "address": 0.05},
        ward="old_code",
        numeric_sex=True,
    ),
    Source(
        "health_check",
        0.08,
        0.6,
        {"national_id": 0.05, "insurance_no": 0.10, "phone": 0.05, "ward_code": 0.15},
        card="insurance_no",
    ),
)
SEX_CODES = {"Nam": "1", "Nữ": "2"}
KIND_WORDS = {"Phường": "P.", "Xã": "X."}
RECORD_COLUMNS = ("full_name", "birth_date", "sex", "national_id", "insurance_no", "phone", "ward_code", "address")


def leave_empty(rows: Rows, source: Source) -> None:
    """Empty what this source does not know of its persons; what is not stated counts as no error, a vague birth does."""
    rng, count = rows.planting.rng, len(rows.who)
    for column, share in source.blanks.items():
        name = source.card if column == "insurance_no" else column
        rows.text[name][rng.random(count) < share] = None
    knows_year = (rng.random(count) < source.year_only) & (rows.day > 0)
    rows.day[knows_year] = rows.month[knows_year] = 1 if source.year_as_january else 0
    rows.planting.record(
        "birth_date", "first_of_january" if source.year_as_january else "year_only", np.flatnonzero(knows_year)
    )
    is_child = rows.age_days < CHILD_DAYS
    rows.text["national_id"][is_child & (rng.random(count) < CHILDREN_WITHOUT_ID)] = None


def write_rows(rows: Rows, source: Source) -> dict[str, Column]:
    """The columns of records as this source writes them."""
    text = rows.text
    if source.is_compact:
        birth = [day + "0000" for day in print_compact(rows.day, rows.month, rows.year)]
        no_id = np.equal(text["national_id"], NOTHING)
        text["national_id"] = np.where(no_id, text["passport_no"], text["national_id"])
    else:
        birth = print_slashed(rows.day, rows.month, rows.year)
    if source.is_compact or source.numeric_sex:
        text["sex"] = np.array([SEX_CODES.get(value) for value in text["sex"]], dtype=object)
    return {
        **{name: text[name] for name in ("full_name", "sex", "national_id", "phone", "address")},
        "birth_date": np.array(birth, dtype=object),
        "insurance_no": text[source.card],
        "ward_code": _write_wards(rows, source),
    }


def _write_wards(rows: Rows, source: Source) -> Column:
    """Codes of today, codes of the districts' time, or names."""
    codes = rows.text["ward_code"]
    if source.ward == "old_code":
        return rows.text["old_ward_code"]
    if source.ward == "code":
        return codes
    names = dict(zip(*(reference.wards()[name].to_pylist() for name in ("ward_code", "name")), strict=True))
    manner = rows.planting.rng.integers(0, 4, len(codes)).tolist()
    return np.array(
        [_say_ward(names.get(code, code), how) for code, how in zip(codes, manner, strict=True)], dtype=object
    )


def _say_ward(name: str | None, how: int) -> str | None:
    """Phường Ba Đình, P. Ba Đình, PHƯỜNG BA ĐÌNH or Ba Đình."""
    if name is None or " " not in name or how == 0:
        return name
    kind, rest = name.split(" ", 1)
    return (f"{KIND_WORDS.get(kind, kind)} {rest}", name.upper(), rest)[how - 1]
