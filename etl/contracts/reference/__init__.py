"""Code lists that every part shares: wards of three periods, districts, facilities, senders, provinces.

The CSV files beside this module are compact: what follows from another column is not written down.
Sources: the 579, 526 and 126 ward lists of Hanoi and the maps between them; the merger of 63 provinces into 34.
Which part of a split ward is the default one is a guess, and 8 of the 579 codes were matched by name alone.
Facilities 01006, 01283 and 01929 are real; those named "Bệnh viện mẫu" are invented.
"""

import csv
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from etl.contracts.operations import FACILITY, OLD_WARD, SENDER, WARD

FOLDER = Path(__file__).parent
VALID_TO_2024 = date(2024, 12, 31)
"""Last day of the 579 wards."""
VALID_TO_2025 = date(2025, 6, 30)
"""Last day of the 526 wards, and of the districts."""
CITY_PROVINCE_CODE = "01"
CITY_REGISTER = {"code": CITY_PROVINCE_CODE, "name": "Cơ sở dữ liệu dân cư thành phố Hà Nội"}

Row = dict[str, str]


@lru_cache
def wards() -> pa.Table:
    """The 126 wards of today, as `reference.ward`."""
    rows = [{**row, "kind": row["name"].split(" ")[0]} for row in _read("wards")]
    return pa.Table.from_pylist(rows, schema=WARD.arrow_schema)


@lru_cache
def ward_positions() -> pa.Table:
    """Where each ward of today lies: `ward_code`, `latitude`, `longitude` (degrees, WGS 84), `area_km2`.

    Source: the package vietnamadminunits 1.0.4 (MIT), its table `admin_units`.
    """
    rows = [
        {"ward_code": row.pop("ward_code"), **{name: float(text) for name, text in row.items()}}
        for row in _read("ward_positions")
    ]
    return pa.Table.from_pylist(rows)


@lru_cache
def districts() -> pa.Table:
    """The 30 districts that ended on 2025-06-30: `district_code` (three digits), `name`."""
    return pa.Table.from_pylist(_read("districts"))


@lru_cache
def old_wards() -> pa.Table:
    """Old wards of both earlier periods with each ward of today that holds a part, as `reference.old_ward`."""
    return old_ward_parts().select(OLD_WARD.arrow_schema.names)


@lru_cache
def old_ward_parts() -> pa.Table:
    """`old_wards` with two more columns: `district_code`, and `is_inferred` where a 579 code was matched by name."""
    fields = [*OLD_WARD.arrow_schema, pa.field("district_code", pa.string()), pa.field("is_inferred", pa.bool_())]
    return pa.Table.from_pylist(list(_part_rows()), schema=pa.schema(fields))


@lru_cache
def facilities() -> pa.Table:
    """Health facilities, as `reference.facility`."""
    return pa.Table.from_pylist(_read("facilities"), schema=FACILITY.arrow_schema)


@lru_cache
def senders() -> pa.Table:
    """Everyone who sends files, as `reference.sender`: CS + facility, PX + ward, QH + old district, DC01."""
    return pa.Table.from_pylist(list(_sender_rows()), schema=SENDER.arrow_schema)


@lru_cache
def provinces() -> pa.Table:
    """The 63 provinces of before 2025-07-01, all text: `old_code, old_name, id_prefix, new_code, new_name`.

    `id_prefix` is how a citizen ID given there begins (three digits); it did not change with the merger.
    """
    return pa.Table.from_pylist(_read("provinces"))


@lru_cache
def family_names() -> pa.Table:
    """Family names, all text: `name`, `people` (whose it mostly is), `place` (where it stands: first or last)."""
    return pa.Table.from_pylist(_read("family_names"))


@lru_cache
def icd10_lists() -> pa.Table:
    """The country's ICD-10 lists in their order, all text: `version`, `valid_from` (ISO, empty for the first), `decision`."""
    return pa.Table.from_pylist(_read("icd10_lists"))


@lru_cache
def icd10_changes() -> pa.Table:
    """Codes and categories that not all lists have, all text: `code`, `first_version`, `last_version` (empty: no end).

    Unverified: known from use; the lists themselves are not published as data.
    """
    return pa.Table.from_pylist(_read("icd10_changes"))


@lru_cache
def icd10_limits() -> pa.Table:
    """Ranges of codes, all text: `first`, `last`, and to whom they are limited, each of the rest empty where to nobody.

    `sex`: WHO, ICD-10 volume 2, the lists of categories limited to one sex. `youngest` and `oldest` (whole years): ours, from
    what the categories say, wide enough for every true case. `is_main` (`no`): the 83 asterisk categories, external causes,
    and those that are "not to be used in primary coding".
    """
    return pa.Table.from_pylist(_read("icd10_limits"))


def _read(stem: str) -> list[Row]:
    """The rows of a CSV file, every value as text, so that no code loses its leading zeros."""
    with (FOLDER / f"{stem}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _part_rows() -> Iterator[dict[str, object]]:
    """Each old ward beside each ward of today that holds a part of it; the first one listed is the default."""
    district_names = {row["district_code"]: row["name"] for row in _read("districts")}
    later = _read("old_wards_2025")
    held_by = {row["old_ward_code"]: row["ward_codes"].split(" ") for row in later}
    periods = (
        (later, "old_ward_code", VALID_TO_2025),
        (_read("old_wards_2024"), "ward_code_2025", VALID_TO_2024),
    )
    for rows, code_2025, valid_to in periods:
        for row in rows:
            ward_codes = held_by[row[code_2025]]
            for place, ward_code in enumerate(ward_codes):
                yield {
                    "old_ward_code": row["old_ward_code"],
                    "ward_code": ward_code,
                    "name": row["name"],
                    "district_name": district_names[row["district_code"]],
                    "valid_to": valid_to,
                    "is_split": len(ward_codes) > 1,
                    "is_default": place == 0,
                    "district_code": row["district_code"],
                    "is_inferred": row.get("is_inferred") == "1",
                }


def _sender_rows() -> Iterator[dict[str, object]]:
    """One row for each sender, from the codes and names of whom it speaks for."""
    listed = {
        "hospital": [{"code": row["facility_code"], "name": row["name"]} for row in _read("facilities")],
        "ward": [{"code": row["ward_code"], "name": row["name"]} for row in _read("wards")],
        "district": [{"code": row["district_code"], "name": row["name"]} for row in _read("districts")],
        "register": [CITY_REGISTER],
    }
    for kind in _read("sender_kinds"):
        for row in listed[kind["kind"]]:
            yield {
                "sender_code": kind["prefix"] + row["code"],
                "kind": kind["kind"],
                "name": kind["name_prefix"] + row["name"],
                "facility_code": row["code"] if kind["kind"] == "hospital" else None,
                "ward_code": row["code"] if kind["kind"] == "ward" else None,
                "rhythm_days": int(kind["rhythm_days"]),
            }
