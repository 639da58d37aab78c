"""A ward's own list: any Vietnamese headings in any order, with titles, blank rows and totals (docs/formats.md)."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import PERSON_RECORD
from etl.contracts.clinical import ALLERGY, HISTORY, IMMUNISATION
from etl.contracts.reading import Chunk, Recognition, Sender
from etl.sources import lines, sheet
from etl.sources.grid import Grid
from etl.sources.headings import NAME, Header, OwnHeadings, headings_of
from etl.sources.limits import Limits

KIND, SENDER_KIND = "ward_sheet", "ward"
HEADINGS = {
    **headings_of(HISTORY, statement="history"),
    **headings_of(ALLERGY, substance="allergy"),
    **headings_of(IMMUNISATION),
    **headings_of(PERSON_RECORD),
}
PERSON_FIELDS = tuple(field.name for field in PERSON_RECORD.sent_fields)


def recognise(grids: list[Grid], own: OwnHeadings | None = None) -> Recognition | None:
    """Any sheet with a column of names is a ward's list, unless it is surely something else."""
    found = sheet.find_sheet(grids, HEADINGS, own)
    if found is None or NAME not in found[1].known:
        return None
    return sheet.describe_sheet(KIND, *found, confidence=_confidence(found[1]))


def _confidence(header: Header) -> float:
    return min(0.7, 0.1 + 0.1 * len(header.known))


def read(path: Path, recognition: Recognition, sender: Sender, limits: Limits) -> Iterator[Chunk]:
    """Person records, and from the columns of that name history, allergy and immunisation."""
    for rows in sheet.read_rows(path, recognition, HEADINGS, limits):
        yield Chunk(
            lines.tables_with_rows(
                person_record=people_of(rows.table),
                history=history_of(rows.table),
                allergy=allergy_of(rows.table),
                immunisation=immunisation_of(rows.table),
            ),
            rows.remarks,
        )


def people_of(rows: pa.Table) -> pa.Table:
    """The columns of `person_record` among those that were sent."""
    return rows.select([name for name in rows.column_names if name in ("row_no", "row_digest", *PERSON_FIELDS)])


def history_of(rows: pa.Table, kinds: tuple[tuple[str, str], ...] = (("history", "disease"),)) -> pa.Table:
    """Statements of each kind, from the column named with it; those parted by `;` are several."""
    parts = []
    for column, kind in kinds:
        if column in rows.column_names:
            split = lines.split_values(rows, column)
            parts.append(lines.make_lines(split, column, "statement", {"kind": kind}))
    numbered = lines.number_lines(parts)
    return lines.carry(numbered, rows, stated_on="as_of_date")


def allergy_of(rows: pa.Table) -> pa.Table:
    """Substances, parted by `;` or a comma."""
    if "allergy" not in rows.column_names:
        return lines.number_lines([])
    split = lines.split_values(rows, "allergy", ";,")
    return lines.carry(
        lines.number_lines([split.rename_columns(["row_no", "substance"])]), rows, stated_on="as_of_date"
    )


def immunisation_of(rows: pa.Table) -> pa.Table:
    """Doses: vaccines and days parted by `;` belong together in their order; one day alone belongs to all."""
    if "vaccine_name" not in rows.column_names:
        return lines.number_lines([])
    doses = lines.number_lines([lines.split_values(rows, "vaccine_name")])
    for column in ("given_on", "dose_no", "vaccine_code"):
        if column in rows.column_names and doses.num_rows:
            doses = doses.append_column(column, _beside(doses, rows, column))
    return doses


def _beside(doses: pa.Table, rows: pa.Table, column: str) -> pa.Array:
    """For each dose its own of the values in `column`, or the only one that its row has."""
    place = pc.index_in(doses["row_no"].combine_chunks(), rows["row_no"].combine_chunks())
    parts = pc.split_pattern_regex(rows[column].combine_chunks(), r"\s*;\s*").take(place)
    counts = pc.list_value_length(parts)
    starts = pc.subtract(pc.cumulative_sum(pc.fill_null(counts, 0)), pc.fill_null(counts, 0))
    last = pc.subtract(counts, 1)
    wanted = pc.if_else(pc.equal(counts, 1), 0, pc.subtract(doses["line_no"].combine_chunks(), 1))
    own = pc.if_else(pc.less_equal(wanted, last), pc.add(starts, wanted), pa.scalar(None, pa.int32()))
    return pc.list_flatten(parts).take(own)
