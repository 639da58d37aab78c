"""The parts of some visits, gathered by kind, and the contract tables that they make."""

from collections import defaultdict
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts.clinical import LAB_RESULT, MEDICATION, SERVICE
from etl.contracts.reading import Chunk, Remark, Sender
from etl.sources import lines, papers
from etl.sources.envelope import CHECK_IN_PART, Visit
from etl.sources.grid import cell_too_long
from etl.sources.layouts import Layouts
from etl.sources.limits import Limits
from etl.sources.parts import Part, Tags, digest_parts, read_lines
from etl.sources.tags import (
    CARD_TAGS,
    DRUG_TAGS,
    GUARDIAN_TAGS,
    KNOWN_TAGS,
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
PART_TABLES = {"XML2": MEDICATION.name, "XML3": SERVICE.name, "XML4": LAB_RESULT.name}
READ_PARTS = frozenset((*PEOPLE, *PART_TABLES, *papers.READ_PARTS))
UNREADABLE, UNKNOWN, CARDS_DIFFER = "part_unreadable", "header_unknown", "card_counts_differ"
RESTRICTABLE = ("encounter", "diagnosis", "medication", "service", "lab_result", "history")
STAY_EXTRAS = ("icd10_codes", "weight", "stated_on")


@dataclass
class Rows:
    """What has been read of some visits: row numbers and digests, each part's lines, and what was noticed."""

    limits: Limits
    layouts: Layouts
    row_nos: list[int] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    parts: dict[str, list[tuple[int, Tags]]] = field(default_factory=lambda: defaultdict(list))
    noticed: dict[tuple[str, str, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    size: int = 0

    def add(self, row_no: int, visit: Visit) -> None:
        """Read the parts of one visit; a part that cannot be read is noticed, and the others go on."""
        named = failed = False
        for part in visit.parts:
            found = self._read(part)
            self.size += len(part.content)
            if found is None:
                failed = failed or part.kind == SUMMARY
                self._notice(UNREADABLE, part.kind, told_kind(part.kind), row_no)
                continue
            if part.kind not in KNOWN_TAGS:
                self._notice(UNKNOWN, part.kind, told_kind(part.kind), row_no)
            named = named or (part.kind in PEOPLE and bool(found))
            self._keep(row_no, part, found)
        if not named and not failed:
            self._notice(UNREADABLE, SUMMARY, SUMMARY, row_no)
        self.row_nos.append(row_no)
        self.digests.append(digest_parts(visit.parts))

    def _read(self, part: Part) -> list[Tags] | None:
        if not part.is_decoded:
            return None
        return read_lines(part, self.layouts) if part.kind in READ_PARTS else []

    def _keep(self, row_no: int, part: Part, found: list[Tags]) -> None:
        known, kept = KNOWN_TAGS.get(part.kind), self.parts[part.kind]
        is_short = len(part.content) <= self.limits.max_cell_chars
        for tags in found:
            kept.append((row_no, tags))
            if not is_short and max(map(len, tags.values()), default=0) > self.limits.max_cell_chars:
                raise cell_too_long(f"HOSO {row_no}, {told_kind(part.kind)}", self.limits)
            if known is not None and not known.issuperset(tags):
                for tag in tags.keys() - known:
                    self._notice(UNKNOWN, part.kind, safe_tag(tag), row_no)
        if part.kind in STAYS and any(counts_differ(tags) for tags in found):
            self.noticed[CARDS_DIFFER, "person_record", "insurance_no"].add(row_no)

    def _notice(self, rule: str, kind: str, column: str, row_no: int) -> None:
        table = PART_TABLES.get(kind) or ("person_record" if kind in PEOPLE else "encounter")
        self.noticed[rule, table, column].add(row_no)

    def to_chunk(self, sender: Sender, remarks: tuple[Remark, ...] = ()) -> Chunk:
        """The contract's tables, and what was noticed, with further remarks."""
        told = (Remark(*key, tuple(sorted(row_nos))) for key, row_nos in self.noticed.items())
        return Chunk(_tables(self, sender), (*told, *remarks))


def told_kind(kind: str) -> str:
    """A part's kind as findings name it; that of the HIV paper would tell of the person."""
    return kind if kind in KNOWN_TAGS and kind != papers.RESTRICTED_PART else "a part"


def safe_tag(tag: str) -> str:
    """An unknown tag's name, if it looks like one of the standard's and not like a value."""
    return tag if len(tag) <= 30 and tag.isascii() and tag.isupper() and not any(map(str.isdigit, tag)) else "a tag"


def counts_differ(tags: Tags) -> bool:
    """True where several cards do not each have their place of registration and their first and last day."""
    counts = {tags[name].strip(" ;").count(";") for name in CARD_TAGS if name in tags}
    return len(counts) > 1


def _tables(rows: Rows, sender: Sender) -> dict[str, pa.Table]:
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


def _first(rows: Rows, kinds: tuple[str, ...]) -> dict[int, Tags]:
    """Row number → the first line of the first of these parts that the visit has."""
    first: dict[int, Tags] = {}
    for kind in kinds:
        for row_no, tags in rows.parts.get(kind, ()):
            first.setdefault(row_no, tags)
    return first


def _people(rows: Rows) -> pa.Table:
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


def _stays(rows: Rows, sender: Sender) -> pa.Table:
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


def _from_papers(rows: Rows, row_nos: list[int]) -> dict[str, pa.Array]:
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


def _notes(rows: Rows) -> dict[int, str]:
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


def _merged(rows: Rows, part: str, terms: Terms, others: list[papers.Line] | None = None) -> pa.Table:
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
