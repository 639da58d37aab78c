"""The population register: a snapshot of everybody, or a delta of what changed since (docs/formats.md)."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa

from etl.contracts import REGISTER_PERSON
from etl.contracts.reading import Chunk, Recognition, Sender
from etl.errors import DataError
from etl.sources import sheet
from etl.sources.grid import Grid
from etl.sources.headings import OwnHeadings, headings_of
from etl.sources.limits import Limits
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
        )
    },
}


def recognise(grids: list[Grid], own: OwnHeadings | None = None) -> Recognition | None:
    """A sheet whose people are numbered by the register (MA_NGUOI) and that says of which day it is (NGAY_CHOT)."""
    found = sheet.find_sheet(grids, HEADINGS, own)
    if found is None or not {"person_id", "full_name"} <= found[1].known:
        return None
    return sheet.describe_sheet(KIND, *found, confidence=1.0 if "as_of_date" in found[1].known else 0.6)


def read(path: Path, recognition: Recognition, sender: Sender, limits: Limits) -> Iterator[Chunk]:
    """`register_person` as text, with `as_of_date` and, of a delta, `change_kind, changed_on, previous_national_id`."""
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
    day = read_dates(pa.array(sent, pa.string())).days.drop_null()
    if not len(day):
        raise DataError(
            "register: NGAY_CHOT holds no date; expected yyyymmdd. Export the register again.", "header_missing"
        )
    return day[0].as_py(), DELTA if "change_kind" in header.known else SNAPSHOT
