"""A pair as the page of the review shows it: values in words, differences marked, weights beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from portal.differences import Piece, pieces
from portal.language import chosen
from portal.visitor import Visitor
from portal.wording import field_texts

SEXES = {"male": ("Nam", "Male"), "female": ("Nữ", "Female"), "undetermined": ("Chưa xác định", "Undetermined")}
STATUSES = {
    "resident": ("Đang cư trú", "Resident"),
    "moved_away": ("Đã chuyển đi", "Moved away"),
    "deceased": ("Đã mất", "Deceased"),
    "cancelled": ("Đã hủy", "Cancelled"),
}
DECISIONS = {
    "match": ("Đã liên kết", "Linked"),
    "review": ("Chờ xem xét", "Waits for review"),
    "none": ("Chưa có trong dân cư", "Not in the register"),
}
SIGNS = {
    "same": ("=", ("giống nhau", "the same")),
    "near": ("≈", ("gần giống", "nearly the same")),
    "different": ("≠", ("khác nhau", "different")),
    "missing": ("–", ("một bên không ghi", "missing on one side")),
}
ASIDE = ("sender_code", "as_of_date")
"""Of the record alone, and told above the table."""
FURTHEST = frozenset({"different", "of_another", "generation", "family_same"})
"""Levels of agreement that speak of two people."""


@dataclass
class Side:
    """One person's value beside the record's."""

    pieces: list[Piece]
    sign: str
    words: tuple[str, str] | None = None
    bits: float | None = None


@dataclass
class Row:
    """One field: what the record states, and what each person does."""

    name: str
    heading: tuple[str, str]
    record: list[Piece]
    sides: list[Side] = field(default_factory=list)


def rows_of(
    pairs: Sequence[Mapping[str, Any]], words: Mapping[str, tuple[str, str]], wards: Mapping[str, str], language: str
) -> list[Row]:
    """The fields that any side states, the compared ones first."""
    rows: dict[str, Row] = {}
    for place, pair in enumerate(pairs):
        for one in pair["fields"]:
            name = one["field"]
            if name in ASIDE:
                continue
            record = told(name, one["record"], one.get("record_precision"), wards, language)
            person = told(name, one["person"], one.get("person_precision"), wards, language)
            left, right = pieces(record, person)
            heading = words.get(name) or field_texts().get(name, (name, name))
            row = rows.setdefault(name, Row(name, heading, left))
            if not place:
                row.record = left
            said = (one["level_vi"], one["level_en"]) if "level_vi" in one else None
            row.sides += [Side([], "missing")] * (place - len(row.sides))
            row.sides.append(Side(right, _sign(one.get("level"), record, person), said, one.get("bits")))
    for row in rows.values():
        row.sides += [Side([], "missing")] * (len(pairs) - len(row.sides))
    return [row for row in rows.values() if row.record or any(side.pieces for side in row.sides)]


def _sign(level: str | None, record: str | None, person: str | None) -> str:
    if not record or not person:
        return "missing"
    if level is None:
        return "same" if record == person else "different"
    return "same" if level == "same" else "different" if level in FURTHEST else "near"


def told(name: str, value: Any, precision: str | None, wards: Mapping[str, str], language: str) -> str | None:
    """A value in words."""
    if value is None:
        return None
    if isinstance(value, date):
        shown = {"year": "%Y", "month": "%m/%Y"}.get(precision or "", "%d/%m/%Y")
        return value.strftime(shown)
    if name in ("sex", "status"):
        known = {**SEXES, **STATUSES}.get(str(value))
        return chosen(known, language) if known else str(value)
    return wards.get(str(value), str(value)) if name == "ward_code" else str(value)


def stated_of(pairs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Who sent the record, and on which day it stated this."""
    fields = pairs[0]["fields"] if pairs else []
    said = {one["field"]: one["record"] for one in fields}
    return {name: said.get(name) for name in ASIDE} if fields else {}


def wards_of(visitor: Visitor) -> dict[str, str]:
    """The names of the wards of today, by code."""
    found = visitor.rows("steward", "select ward_code, name from reference.ward")
    return {row["ward_code"]: row["name"] for row in found}


def senders_of(visitor: Visitor, codes: set[str]) -> dict[str, str]:
    """The names of senders, by code."""
    query = "select sender_code, name from reference.sender where sender_code = any(%s)"
    return {row["sender_code"]: row["name"] for row in visitor.rows("steward", query, (sorted(codes),))}
