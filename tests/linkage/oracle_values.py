"""What a row says, standardised plainly: the rules of `etl.standardise` for its values, and Python for the rest.

Where linkage compares numbers made of text, the text itself stands here.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from etl.linkage.value_forms import BEYOND_THE_STREET, KINDS_OF_WAY
from etl.standardise.codes import standardise_sex, standardise_status
from etl.standardise.column import nulls
from etl.standardise.dates import read_dates
from etl.standardise.identifiers import standardise_identities, standardise_insurance
from etl.standardise.names import is_newborn_name, standardise_names
from etl.standardise.phones import standardise_phones
from etl.standardise.places import standardise_wards
from etl.standardise.text import fold

Said = dict[str, Any]
"""A row as sent: text by column, the row's own number as `record_id` or `person_id`."""


@dataclass(frozen=True)
class Row:
    """A record or person, with the columns of `KEY_SCHEMA`. `birth` is (year, month, day); `address_id` are words."""

    number: int
    toned_id: str | None
    key_id: str | None
    is_newborn: bool
    birth: tuple[int, int, int] | None
    is_weak_birth: bool
    day_limit: tuple[int, int, int] | None
    sex: str | None
    ward: str | None
    national_id: str | None
    old_id: str | None
    insurance_no: str | None
    phone: str | None
    is_id_doubtful: bool
    address_id: tuple[str, ...] | None
    street_id: tuple[str, ...] | None

    @property
    def given_id(self) -> str | None:
        """The last word of the name."""
        return self.key_id.split(" ")[-1] if self.key_id else None

    @property
    def family_id(self) -> str | None:
        """The first word of the name."""
        return self.key_id.split(" ")[0] if self.key_id else None

    @property
    def birth_year(self) -> int | None:
        """The year of birth."""
        return self.birth[0] if self.birth else None

    @property
    def birth_month(self) -> int | None:
        """The month of birth."""
        return self.birth[1] if self.birth else None

    @property
    def birth_day(self) -> int | None:
        """The day of birth."""
        return self.birth[2] if self.birth else None


def standardise(said: Sequence[Said], key: str, is_generic: bool = False) -> list[Row]:
    """The rows that were said (of both kinds of side; `key` names their number), without cancelled entries."""
    columns = {name: pa.array([row.get(name) for row in said], pa.string()) for name in _columns(said)}
    columns.update(_read_people(columns, len(said)))
    numbers = _generic_numbers(columns) if is_generic else _read_numbers(columns)
    names = read_generic_names(columns["full_name"]) if is_generic else read_names(columns["full_name"])
    rows = []
    for at, row in enumerate(said):
        if columns["status"][at].as_py() == "cancelled":
            continue
        address = None if row.get("address") is None else words_of_address(row["address"], is_generic)
        newborn = row.get("is_newborn_name")
        birth, precision = _parts(columns["birth_date"][at].as_py()), columns["precision"][at].as_py()
        number = {name: values[at] for name, values in numbers.items()}
        sex = columns["sex"][at].as_py()
        rows.append(
            Row(
                number=row[key],
                toned_id=names[at][0],
                key_id=names[at][1],
                is_newborn=names[at][2] if newborn is None else newborn,
                birth=birth,
                is_weak_birth=birth is None or precision != "day" or birth[1:] == (1, 1),
                day_limit=_parts(columns["limit"][at].as_py()),
                sex=None if sex == "undetermined" else sex,
                ward=read_generic(row.get("ward_code")) if is_generic else columns["ward"][at].as_py(),
                is_id_doubtful=not is_generic and is_doubtful(number["national_id"], sex, birth),
                address_id=tuple(sorted(address)) or None if address else None,
                street_id=_street_of(address) if address else None,
                **number,
            )
        )
    return rows


def _columns(said: Sequence[Said]) -> list[str]:
    known = ["full_name", "birth_date", "sex", "national_id", "old_id", "insurance_no", "phone", "ward_code", "address"]
    return [*known, "status", "as_of_date", "death_date"]


def _read_people(columns: dict[str, pa.Array], count: int) -> dict[str, pa.Array]:
    """Birth and its precision, sex, ward, status, and the day of the statement or of death."""
    born = read_dates(columns["birth_date"])
    died, stated = (columns[name].to_pylist() for name in ("death_date", "as_of_date"))
    limits = [death or day for death, day in zip(died, stated, strict=True)]
    return {
        "birth_date": born.days,
        "precision": born.precisions,
        "sex": standardise_sex(columns["sex"]).values,
        "status": standardise_status(columns["status"]).values,
        "ward": standardise_wards(columns["ward_code"], nulls(count, pa.date32())).values,
        "limit": read_dates(pa.array(limits, pa.string())).days,
    }


def read_names(column: pa.Array) -> list[tuple[str | None, str | None, bool]]:
    """Toned and toneless name in lower case, and whether it is a newborn's placeholder."""
    mended = standardise_names(column).values
    newborn = is_newborn_name(mended).to_pylist()
    return [
        (None, None, False) if name is None else (name.lower(), fold(name) or None, bool(is_newborn))
        for name, is_newborn in zip(mended.to_pylist(), newborn, strict=True)
    ]


def read_generic_names(column: pa.Array) -> list[tuple[str | None, str | None, bool]]:
    return [(read_generic(name), read_generic(name), False) for name in column.to_pylist()]


def read_generic(text: str | None) -> str | None:
    return None if text is None else fold(text) or None


def _read_numbers(columns: dict[str, pa.Array]) -> dict[str, list[str | None]]:
    years = [day and day.year for day in columns["birth_date"].to_pylist()]
    found = standardise_identities(
        columns["national_id"],
        columns["old_id"],
        nulls(len(years)),
        columns["sex"],
        pa.array(years, pa.int64()),
    )
    return {
        "national_id": found.national_id.values.to_pylist(),
        "old_id": found.old_id.values.to_pylist(),
        "insurance_no": standardise_insurance(columns["insurance_no"])[0].values.to_pylist(),
        "phone": standardise_phones(columns["phone"]).values.to_pylist(),
    }


def _generic_numbers(columns: dict[str, pa.Array]) -> dict[str, list[str | None]]:
    return {
        name: [read_generic_number(text) for text in columns[name].to_pylist()]
        for name in ("national_id", "old_id", "insurance_no", "phone")
    }


def read_generic_number(text: str | None) -> str | None:
    """Its letters and digits; up to twelve digits without leading zeros."""
    bare = (read_generic(text) or "").replace(" ", "")
    return str(int(bare)) if bare.isascii() and bare.isdecimal() and len(bare) <= 12 else bare or None


def is_doubtful(national_id: str | None, sex: str | None, birth: tuple[int, int, int] | None) -> bool:
    """Whether the digits of a citizen ID say another sex or year of birth: century and sex, then the year in it."""
    if national_id is None:
        return False
    century, is_female = divmod(int(national_id[3]), 2)
    year = 1900 + 100 * century + int(national_id[4:6])
    says_other_sex = sex in ("male", "female") and (sex == "female") != bool(is_female)
    return says_other_sex or (birth is not None and birth[0] != year)


def _parts(day: Any) -> tuple[int, int, int] | None:
    return day and (day.year, day.month, day.day)


def words_of_address(text: str, is_generic: bool = False) -> list[str]:
    """The words that tell a home: up to the street, without kinds of way; in any country, all words."""
    if is_generic:
        return re.findall("[a-z0-9]+", fold(text))
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", text) if unicodedata.category(letter) != "Mn")
    plain = re.sub("[^a-z0-9,]", " ", re.sub("[đðɖ]", "d", bare.lower()))
    near = re.sub(BEYOND_THE_STREET, "", plain)
    return [word for word in re.findall("[a-z0-9]+", near) if word not in KINDS_OF_WAY]


def _street_of(words: list[str]) -> tuple[str, ...] | None:
    """Its words without a digit."""
    return tuple(sorted(word for word in words if not any(map(str.isdigit, word)))) or None
