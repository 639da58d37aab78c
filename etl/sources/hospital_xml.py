"""A hospital's envelope of visits by QĐ 4750 (docs/formats.md): read by tag name, never by position."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import PERSON_RECORD, Table
from etl.contracts.clinical import ENCOUNTER, LAB_RESULT, MEDICATION, SERVICE
from etl.contracts.reading import Chunk, Recognition, Remark, Sender
from etl.errors import DataError
from etl.sources import lines
from etl.sources.container import other_kind
from etl.sources.envelope import ROOT, Envelope, Visit, read_envelope
from etl.sources.grid import cell_too_long
from etl.sources.limits import Limits
from etl.sources.parts import Tags, decode_part, digest_visit, read_lines
from etl.sources.tags import KNOWN_TAGS, tags_of

KIND, SENDER_KIND = "hospital_xml", "hospital"
PERSON, STAY, ADVICE = "XML1", "XML1", "XML7"
PERSON_TAGS = tags_of(PERSON_RECORD)
ENCOUNTER_TAGS = {name: tags for name, tags in tags_of(ENCOUNTER).items() if name != "discharge_note"}
PART_TABLES: dict[str, Table] = {"XML2": MEDICATION, "XML3": SERVICE, "XML4": LAB_RESULT}
READ_PARTS = ("XML1", "XML7", *PART_TABLES)
UNREADABLE, UNKNOWN = "part_unreadable", "header_unknown"


@dataclass
class _Rows:
    """What has been read of some visits: row numbers and digests, each part's lines, and what was noticed."""

    row_nos: list[int] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    parts: dict[str, list[tuple[int, Tags]]] = field(default_factory=lambda: defaultdict(list))
    noticed: dict[tuple[str, str, str], list[int]] = field(default_factory=lambda: defaultdict(list))


def recognise(path: Path, limits: Limits) -> Recognition:
    """An envelope by its root element; raises DataError for any other XML, and for an unsafe or broken beginning."""
    for envelope, _ in read_envelope(path, limits):
        if envelope.root is not None:
            if envelope.root != ROOT:
                raise other_kind("an XML or HTML of another kind")
            return Recognition(KIND, 1.0, encoding="utf-8")
    raise DataError(
        "xml: it breaks off before its first element; expected a whole envelope. Export and send the file again.",
        "xml_truncated",
    )


def read(path: Path, recognition: Recognition, sender: Sender, limits: Limits) -> Iterator[Chunk]:
    """Chunks of visits; raises DataError `sender_mismatch` if the envelope was made by another facility."""
    waiting: list[Visit] = []
    for envelope, visits in read_envelope(path, limits):
        _check_sender(envelope, sender)
        waiting += visits
        while len(waiting) >= limits.visits_per_chunk:
            yield _read_visits(waiting[: limits.visits_per_chunk], sender, limits)
            del waiting[: limits.visits_per_chunk]
    if waiting:
        yield _read_visits(waiting, sender, limits)


def _check_sender(envelope: Envelope, sender: Sender) -> None:
    if envelope.facility_code and envelope.facility_code != sender.facility_code:
        raise DataError(
            "xml: MACSKCB is not the facility of its sender; expected the sender's own code. Send it under "
            "the right sender, or correct MACSKCB.",
            "sender_mismatch",
        )


def _read_visits(visits: list[Visit], sender: Sender, limits: Limits) -> Chunk:
    rows = _Rows()
    for visit in visits:
        _read_visit(visit, rows)
    _check_lengths(rows, limits)
    people = _people(rows)
    stays = _stays(rows, sender)
    advice = {row_no: tags["GHI_CHU"] for row_no, tags in rows.parts[ADVICE] if "GHI_CHU" in tags}
    notes = pa.array([advice.get(row_no) for row_no in stays["row_no"].to_pylist()], pa.string())
    tables = {
        "person_record": people,
        "encounter": stays.drop_columns(["icd10_codes", "weight", "stated_on"]).append_column("discharge_note", notes),
        "diagnosis": _diagnoses(stays),
        "vital_sign": _weights(stays),
        **{table.name: _part_lines(rows.parts[part], table) for part, table in PART_TABLES.items()},
    }
    remarks = tuple(
        Remark(rule, table, column, tuple(sorted(set(row_nos))))
        for (rule, table, column), row_nos in rows.noticed.items()
    )
    return Chunk(lines.tables_with_rows(**tables), remarks)


def _read_visit(visit: Visit, rows: _Rows) -> None:
    """Read the parts of one visit; a part that cannot be read is noticed, and the others go on."""
    contents = []
    read_parts = set()
    for part, sent in visit.parts:
        content = decode_part(sent)
        contents.append(sent.encode() if content is None else content)
        found = (
            read_lines(part, content)
            if content is not None and part in READ_PARTS
            else ([] if content is not None else None)
        )
        if found is None:
            rows.noticed[UNREADABLE, _table_of(part), part].append(visit.row_no)
            continue
        read_parts.add(part)
        for tags in found:
            rows.parts[part].append((visit.row_no, tags))
            for tag in tags.keys() - KNOWN_TAGS[part]:
                rows.noticed[UNKNOWN, _table_of(part), _safe_tag(tag)].append(visit.row_no)
    if PERSON not in read_parts:
        rows.noticed[UNREADABLE, "person_record", PERSON].append(visit.row_no)
    rows.row_nos.append(visit.row_no)
    rows.digests.append(digest_visit(visit, contents))


def _table_of(part: str) -> str:
    """The table that a part fills; the person's record for parts that fill none."""
    return PART_TABLES[part].name if part in PART_TABLES else "encounter" if part == ADVICE else "person_record"


def _safe_tag(tag: str) -> str:
    """An unknown tag's name, if it looks like one of the standard's and not like a value."""
    return tag if len(tag) <= 30 and tag.isascii() and tag.isupper() and not any(map(str.isdigit, tag)) else "a tag"


def _people(rows: _Rows) -> pa.Table:
    """One row for each visit, in their order; all null where XML1 could not be read."""
    first = dict(reversed(rows.parts[PERSON]))
    people = [first.get(row_no, {}) for row_no in rows.row_nos]
    columns = _text_columns(people, PERSON_TAGS)
    columns["as_of_date"] = _stated_on(people)
    return pa.table(
        {"row_no": pa.array(rows.row_nos, pa.int32()), "row_digest": pa.array(rows.digests, pa.string()), **columns}
    )


def _stays(rows: _Rows, sender: Sender) -> pa.Table:
    """One encounter for each XML1, with what diagnoses and weight are made from."""
    first = dict(reversed(rows.parts[STAY]))
    row_nos = sorted(first)
    stays = [first[row_no] for row_no in row_nos]
    columns = _text_columns(stays, ENCOUNTER_TAGS)
    columns["facility_code"] = pc.coalesce(columns["facility_code"], pa.scalar(sender.facility_code, pa.string()))
    codes = [";".join(filter(None, (tags.get("MA_BENH_CHINH"), tags.get("MA_BENH_KT")))) or None for tags in stays]
    return pa.table(
        {
            "row_no": pa.array(row_nos, pa.int32()),
            "line_no": pa.array([1] * len(stays), pa.int32()),
            **columns,
            "icd10_codes": pa.array(codes, pa.string()),
            "weight": pa.array([tags.get("CAN_NANG") for tags in stays], pa.string()),
            "stated_on": _stated_on(stays),
        }
    )


def _stated_on(stays: list[Tags]) -> pa.Array:
    """The day of discharge, else of admission."""
    return pa.array([tags.get("NGAY_RA") or tags.get("NGAY_VAO") for tags in stays], pa.string())


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


def _part_lines(found: list[tuple[int, Tags]], table: Table) -> pa.Table:
    columns = _text_columns([tags for _, tags in found], tags_of(table))
    if not found:
        return lines.number_lines([])
    return lines.number_lines([pa.table({"row_no": pa.array([row_no for row_no, _ in found], pa.int32()), **columns})])


def _text_columns(found: list[Tags], names: dict[str, tuple[str, ...]]) -> dict[str, pa.Array]:
    """A column for each field, from the first of its tags that a line holds."""
    columns = {}
    for name, tags in names.items():
        column = pa.array([line.get(tags[0]) for line in found], pa.string())
        for tag in tags[1:]:
            column = pc.coalesce(column, pa.array([line.get(tag) for line in found], pa.string()))
        columns[name] = column
    return columns


def _check_lengths(rows: _Rows, limits: Limits) -> None:
    for part, found in rows.parts.items():
        for row_no, tags in found:
            if max(map(len, tags.values()), default=0) > limits.max_cell_chars:
                raise cell_too_long(f"HOSO {row_no}, {part}", limits)
