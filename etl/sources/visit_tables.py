"""The contract tables that the parts of some visits make."""

from collections import defaultdict
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts.reading import Sender
from etl.sources import lines, papers
from etl.sources.envelope import CHECK_IN_PART
from etl.sources.parts import Tags
from etl.sources.tags import (
    DRUG_TAGS,
    GUARDIAN_TAGS,
    OTHER_DIAGNOSES,
    PERSON_TAGS,
    RESULT_TAGS,
    SERVICE_TAGS,
    STAY_TAGS,
    Terms,
)

SUMMARY = "XML1"
PEOPLE = (SUMMARY, CHECK_IN_PART, "XML12", "XML13", "XML14", "XML15")
"""Parts that name the person, the fullest first."""
STAYS = (SUMMARY, CHECK_IN_PART)
"""Parts that are a visit. A referral or an appointment alone is none: it would take the place of the visit itself."""
RESTRICTABLE = ("encounter", "diagnosis", "medication", "service", "lab_result", "history")
STAY_EXTRAS = ("icd10_codes", "weight", "stated_on")


@dataclass
class Gathered:
    """What was read of some visits: their row numbers and digests, and the lines of each part with their row."""

    row_nos: list[int] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    parts: dict[str, list[tuple[int, Tags]]] = field(default_factory=lambda: defaultdict(list))


def tables_of(rows: Gathered, sender: Sender) -> dict[str, pa.Table]:
    """The contract's tables of these visits, those that are empty left out but for person records."""
    stays = _stays(rows, sender)
    tables = {
        "person_record": _people(rows),
        "encounter": stays.drop_columns(list(STAY_EXTRAS)),
        "diagnosis": _diagnoses(stays),
        "medication": _merged(rows, "XML2", DRUG_TAGS, papers.drug_lines(rows.parts)),
        "service": _merged(rows, "XML3", SERVICE_TAGS),
        "lab_result": _merged(rows, "XML4", RESULT_TAGS, papers.result_lines(rows.parts)),
        "vital_sign": _weights(stays),
        "history": lines.number_lines([_line_table(papers.history_lines(rows.parts))]),
    }
    return lines.tables_with_rows(**_restrict(tables, papers.restricted_rows(rows.parts)))


def _first(rows: Gathered, kinds: tuple[str, ...]) -> dict[int, Tags]:
    """Row number → the first line of the first of these parts that the visit has."""
    first: dict[int, Tags] = {}
    for kind in kinds:
        for row_no, tags in rows.parts.get(kind, ()):
            first.setdefault(row_no, tags)
    return first


def _people(rows: Gathered) -> pa.Table:
    """One row for each visit, in their order; all null where nobody is named."""
    first = _first(rows, PEOPLE)
    people = [first.get(row_no, {}) for row_no in rows.row_nos]
    guardians = papers.values_of(rows.parts, *((part, GUARDIAN_TAGS) for part in (SUMMARY, "XML7", "XML8", "XML11")))
    columns = text_columns(people, PERSON_TAGS)
    columns["guardian_name"] = pa.array([guardians.get(row_no) for row_no in rows.row_nos], pa.string())
    columns["as_of_date"] = _stated_on(people)
    return pa.table(
        {"row_no": pa.array(rows.row_nos, pa.int32()), "row_digest": pa.array(rows.digests, pa.string()), **columns}
    )


def _stays(rows: Gathered, sender: Sender) -> pa.Table:
    """One encounter for each summary or check-in, with what diagnoses and weight are made from."""
    first = _first(rows, STAYS)
    row_nos = sorted(first)
    stays = [first[row_no] for row_no in row_nos]
    columns = text_columns(stays, STAY_TAGS)
    columns["facility_code"] = pc.coalesce(columns["facility_code"], pa.scalar(sender.facility_code, pa.string()))
    codes = [
        ";".join(
            filter(None, (tags.get("MA_BENH_CHINH") or tags.get("MA_BENH"), papers.first_of(tags, OTHER_DIAGNOSES)))
        )
        for tags in stays
    ]
    return pa.table(
        {
            "row_no": pa.array(row_nos, pa.int32()),
            "line_no": pa.array([1] * len(stays), pa.int32()),
            **columns,
            **_from_papers(rows, row_nos),
            "icd10_codes": pa.array([code or None for code in codes], pa.string()),
            "weight": pa.array([tags.get("CAN_NANG") for tags in stays], pa.string()),
            "stated_on": _stated_on(stays),
        }
    )


def _from_papers(rows: Gathered, row_nos: list[int]) -> dict[str, pa.Array]:
    """The encounter's columns that other papers fill."""
    parts = rows.parts
    found = {
        "discharge_note": _notes(rows),
        "clinical_course": papers.courses(parts),
        "referred_to_code": papers.values_of(
            parts, (SUMMARY, ("MA_NOI_DEN", "MA_NOI_CHUYEN")), ("XML13", ("MA_NOI_DEN",))
        ),
        "follow_up_on": papers.values_of(parts, ("XML14", ("NGAY_HEN_KL",)), (SUMMARY, ("NGAY_TAI_KHAM",))),
    }
    return {name: pa.array([values.get(row_no) for row_no in row_nos], pa.string()) for name, values in found.items()}


def _notes(rows: Gathered) -> dict[int, str]:
    return {row_no: tags["GHI_CHU"] for row_no, tags in rows.parts.get("XML7", ()) if "GHI_CHU" in tags}


def _stated_on(stays: list[Tags]) -> pa.Array:
    """The day of discharge, else of admission, else of the paper."""
    days = ("NGAY_RA", "NGAY_VAO", "NGAY_HOP", "NGAY_CT", "NGAYBD_DTRI_LAO")
    return pa.array([papers.first_of(tags, days) for tags in stays], pa.string())


def _diagnoses(stays: pa.Table) -> pa.Table:
    """The main diagnosis first, then the others."""
    numbered = lines.number_lines(
        [lines.split_values(stays, "icd10_codes", ";,").rename_columns(["row_no", "icd10_code"])]
    )
    carried = lines.carry(numbered, stays, diagnosed_on="stated_on", main="main_icd10_code")
    is_main = pc.and_(pc.equal(carried["line_no"], 1), pc.is_valid(carried["main"]))
    return carried.drop_columns(["main"]).append_column("is_main", pc.cast(is_main, pa.string()))


def _weights(stays: pa.Table) -> pa.Table:
    """CAN_NANG, in kg; 0 stands for not weighed."""
    weighed = stays.filter(
        pc.invert(pc.match_substring_regex(pc.fill_null(stays["weight"], "0"), r"^\s*0*([.,]0*)?\s*$"))
    )
    lines_of_weight = lines.make_lines(weighed, "weight", "value_number", {"sign": "weight", "unit": "kg"})
    return lines.carry(lines.number_lines([lines_of_weight]), stays, measured_on="stated_on")


def _merged(rows: Gathered, part: str, terms: Terms, others: list[papers.Line] | None = None) -> pa.Table:
    """The lines of a part, those of the check-in that it also has, and lines made from other papers."""
    found = rows.parts.get(part, []) + [
        (row_no, tags)
        for row_no, tags in rows.parts.get(CHECK_IN_PART, ())
        if part != "XML4" and papers.first_of(tags, tuple(tag for name in list(terms)[:2] for tag in terms[name]))
    ]
    made = (
        [
            pa.table(
                {"row_no": pa.array([at for at, _ in found], pa.int32()), **text_columns([t for _, t in found], terms)}
            )
        ]
        if found
        else []
    )
    return lines.number_lines([*made, _line_table(others or [])])


def _line_table(found: list[papers.Line]) -> pa.Table:
    names = {name: None for line in found for name in line if name != "row_no"}
    return pa.table(
        {"row_no": pa.array([line["row_no"] for line in found], pa.int32())}
        | {name: pa.array([line.get(name) for line in found], pa.string()) for name in names}
    )


def _restrict(tables: dict[str, pa.Table], row_nos: set[int]) -> dict[str, pa.Table]:
    """Events of visits that the law restricts, flagged as such."""
    if not row_nos:
        return tables
    hidden = pa.array(sorted(row_nos), pa.int32())
    return {
        name: table.append_column("is_restricted", pc.if_else(pc.is_in(table["row_no"], hidden), "true", None))
        if name in RESTRICTABLE and table.num_rows
        else table
        for name, table in tables.items()
    }


def text_columns(found: list[Tags], terms: Terms) -> dict[str, pa.Array]:
    """A column for each field, from the first of its tags that a line holds."""
    columns = {}
    for name, tags in terms.items():
        column = pa.array([line.get(tags[0]) for line in found], pa.string())
        for tag in tags[1:]:
            if column.null_count:
                column = pc.coalesce(column, pa.array([line.get(tag) for line in found], pa.string()))
        columns[name] = column
    return columns
