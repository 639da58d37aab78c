"""The population register: a snapshot of everybody, or a delta of what changed since (docs/formats.md)."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import REGISTER_PERSON
from etl.contracts.reading import Chunk, Recognition, Sender
from etl.errors import DataError
from etl.sources import sheet
from etl.sources.grid import Grid
from etl.sources.headings import OwnHeadings, headings_of
from etl.sources.limits import Limits
from etl.standardise.column import any_of, as_array, by_distinct
from etl.standardise.dates import read_dates
from etl.standardise.text import fold

KIND, SENDER_KIND = "register", "register"
SNAPSHOT, DELTA = "snapshot", "delta"
HEADINGS = {
    **headings_of(REGISTER_PERSON),
    **{
        fold(term): name
        for term, name in (
            ("NGAY_CHOT", "as_of_date"),
            ("LOAI_BIEN_DONG", "change_kind"),
            ("NGAY_BIEN_DONG", "changed_on"),
            ("SO_DINH_DANH_CU", "previous_national_id"),
            ("MA_NGUOI_CU", "merged_person_id"),
        )
    },
}
MERGED, CANCELLED = "HOP_NHAT", "HUY"
CHANGES = {
    "SINH": "resident",
    "TU": "deceased",
    "CHUYEN_DI": "moved_away",
    "CHUYEN_DEN": "resident",
    "DINH_CHINH": "resident",
    "CAP_LAI": "resident",
    MERGED: "resident",
    "TACH": "resident",
    CANCELLED: "cancelled",
}
"""Kinds of change (LOAI_BIEN_DONG), and what somebody is after one whose row does not say it (TINH_TRANG)."""


def recognise(grids: list[Grid], own: OwnHeadings | None = None) -> Recognition | None:
    """A sheet whose people are numbered by the register (MA_NGUOI) and that says of which day it is (NGAY_CHOT)."""
    found = sheet.find_sheet(grids, HEADINGS, own)
    if found is None or not {"person_id", "full_name"} <= found[1].known:
        return None
    return sheet.describe_sheet(KIND, *found, confidence=1.0 if "as_of_date" in found[1].known else 0.6)


def read(path: Path, recognition: Recognition, sender: Sender, limits: Limits) -> Iterator[Chunk]:
    """`register_person` as text, with `as_of_date` and, of a delta, `change_kind, changed_on, previous_national_id,
    merged_person_id`."""
    for rows in sheet.read_rows(path, recognition, HEADINGS, limits):
        yield Chunk({"register_person": rows.table.drop_columns(["row_digest"])}, rows.remarks)


def describe(path: Path, limits: Limits) -> tuple[date, str]:
    """The day that a register file describes, and `snapshot` or `delta`; without reading more than its beginning."""
    found = sheet.find_sheet(sheet.open_sheets(path, limits), HEADINGS)
    if found is None or "as_of_date" not in found[1].known:
        raise DataError(
            "register: no column NGAY_CHOT; expected the day that the file describes on every row. Export "
            "the register again.",
            "header_missing",
        )
    grid, header = found
    place = header.fields.index("as_of_date")
    sent = [row[place] for row in grid.preview[header.last_row :] if len(row) > place]
    if not any(sent):
        raise DataError(
            "register: it has headings and no row with a day (NGAY_CHOT); expected at least one person. Export the "
            "register again.",
            "file_empty",
        )
    day = read_dates(pa.array(sent, pa.string())).days.drop_null()
    if not len(day):
        raise DataError(
            "register: NGAY_CHOT holds no date; expected yyyymmdd. Export the register again.", "header_missing"
        )
    return day[0].as_py(), DELTA if "change_kind" in header.known else SNAPSHOT


def settle_changes(persons: pa.Table) -> pa.Table:
    """Standardised rows with `change_kind` as one of `CHANGES`, and `status` by it where the row does not say it.

    Raises DataError `register_change` for a kind that nobody knows, and a merge without the number merged away, or
    into itself: what it means for other people would be lost.
    """
    if "change_kind" not in persons.column_names:
        return persons
    sent = as_array(persons["change_kind"], pa.string())
    (kinds,) = by_distinct(sent, _known_kinds)
    unknown = pc.sum(pc.and_(pc.is_valid(sent), pc.is_null(kinds))).as_py() or 0
    if unknown:
        raise DataError(
            f"register file, column LOAI_BIEN_DONG: {unknown} rows with a kind that nobody knows; expected one of "
            f"{', '.join(CHANGES)}. Export the register again.",
            "register_change",
        )
    persons = _replace(persons, "change_kind", kinds)
    _check_merges(persons)
    places = pc.index_in(kinds, pa.array(list(CHANGES)))
    status = pc.coalesce(persons["status"], pa.array(list(CHANGES.values())).take(places))
    return _replace(persons, "status", status)


def _known_kinds(sent: pa.Array) -> tuple[pa.Array]:
    known = {fold(kind): kind for kind in CHANGES}
    return (pa.array([known.get(fold(text)) for text in sent.to_pylist()], pa.string()),)


def _check_merges(persons: pa.Table) -> None:
    merges = persons.filter(pc.equal(persons["change_kind"], MERGED))
    away = (
        merges["merged_person_id"] if "merged_person_id" in merges.column_names else pa.nulls(len(merges), pa.int64())
    )
    is_wrong = any_of(
        as_array(pc.is_null(away)), as_array(pc.equal(away, merges["person_id"])), as_array(pc.less(away, 1))
    )
    if wrong := pc.sum(is_wrong).as_py():
        raise DataError(
            f"register file, column MA_NGUOI_CU: {wrong} merges ({MERGED}) without the number merged away; expected the "
            "number that is not used any more, beside the one that is kept. Export the register again.",
            "register_change",
        )


def _replace(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, column)
