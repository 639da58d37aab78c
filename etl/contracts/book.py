"""The health book: what stands on a person's first page. Its other sections are the event tables."""

from dataclasses import dataclass

import pyarrow as pa

from etl.contracts import people
from etl.contracts.fields import Field, Privacy, Rows, Table
from etl.contracts.people import BATCH_ID, PERSON_ID, RECORD_ID, ROW_NO

PERSON_FIELDS = (
    people.FULL_NAME, people.BIRTH_DATE, people.BIRTH_PRECISION, people.SEX, people.NATIONAL_ID, people.OLD_ID,
    people.INSURANCE_NO, people.PASSPORT_NO, people.PHONE, people.ADDRESS, people.WARD_CODE, people.ETHNIC_CODE,
    people.NATIONALITY_CODE, people.OCCUPATION_CODE, people.BLOOD_GROUP, people.GUARDIAN_NAME, people.HOUSEHOLD_ID,
)
"""The administrative fields of a book, each with its sources in `book.field_value`."""



@dataclass(frozen=True)
class Survivorship:
    """Which of a field's values a book shows, and what the others are.

    The register's goes first where it states the field; then `RULES` in their order, and at last the smaller text.
    `kind` is `lasting` (one for life: trusted sources that disagree are a conflict), `changing` (one at a time: the
    others are former ones) or `list` (several at a time: the first is shown, all of them count).
    """

    field_name: str
    in_register: bool
    kind: str


RULES = ("verified", "newest", "most_frequent")
"""Behind the register: *verified* is a value of a record that gives the citizen ID and the full birth date which the
register has of the person to whom it is linked, so that its sender had the card, or its QR, before him; *newest* by the
day of the statement; *most frequent* by how many records state it. A newborn's provisional name, and a birth date of
which only year or month is known, come after all others."""

SURVIVORSHIP = (
    Survivorship("full_name", True, "lasting"),
    Survivorship("birth_date", True, "lasting"),
    Survivorship("sex", True, "lasting"),
    Survivorship("national_id", True, "lasting"),
    Survivorship("old_id", True, "lasting"),
    Survivorship("insurance_no", True, "list"),
    Survivorship("insurance_card", False, "list"),
    Survivorship("passport_no", False, "changing"),
    Survivorship("phone", True, "list"),
    Survivorship("address", True, "list"),
    Survivorship("ward_code", True, "changing"),
    Survivorship("ethnic_code", True, "lasting"),
    Survivorship("nationality_code", False, "changing"),
    Survivorship("occupation_code", False, "changing"),
    Survivorship("blood_group", False, "lasting"),
    Survivorship("guardian_name", False, "changing"),
    Survivorship("household_id", True, "changing"),
)
"""Every field that has values in `book.field_value`; the card as printed has no place on the page, only its number."""

HEALTH_BOOK = Table(
    "health_book", "book", "Sổ sức khỏe điện tử: mỗi người một sổ", "One health book for each person who has a record",
    (
        Field("person_id", pa.int64(), "Mã người", "The person; negative for a provisional one", references="person.person_id", is_required=True),
        *PERSON_FIELDS,
        Field("status", pa.string(), "Tình trạng cư trú", "resident, moved_away, deceased or cancelled by the register; provisional where it does not know the person", Privacy.personal),
        Field("death_date", pa.date32(), "Ngày mất", "Date of death by the register", Privacy.personal),
        Field("is_verified", pa.bool_(), "Đã đối chiếu dân cư", "The person was found in the population register", is_required=True),
        Field("record_count", pa.int32(), "Số bản ghi", "Source records in the book", is_required=True),
        Field("encounter_count", pa.int32(), "Số lượt khám", "Encounters in the book, but for those that the law restricts", is_required=True),
        Field("last_event_on", pa.date32(), "Sự kiện gần nhất", "Day of the newest record, but for visits that the law restricts", Privacy.personal),
        Field("digest", pa.string(), "Mã băm nội dung", "32 hex digits over all that the book says, whichever batch brought it", is_required=True),
        Field("lineage_digest", pa.string(), "Mã băm nguồn gốc", "32 hex digits over content and lineage: a book is rewritten when it changes", is_required=True),
        Field("built_run_id", pa.int64(), "Dựng bởi", "The build that last changed the book", references="run.run_id", is_required=True),
    ),
    ("person_id",),
    rows=Rows.ward,
)

ENCOUNTER_SOURCE = Table(
    "encounter_source", "book", "Nguồn khác của một lượt khám", "One row for each further source of an encounter that more than one told of",
    (
        PERSON_ID,
        Field("encounter_id", pa.int64(), "Mã lượt khám", "The record that the encounter stands under in `book.encounter`", references="person_record.record_id", is_required=True),
        RECORD_ID, BATCH_ID, ROW_NO,
        Field("rule", pa.string(), "Quy tắc", "same_number: facility and visit number; same_day: facility, day, and what is told of type and diagnosis", is_required=True),
        Field("field_names", pa.list_(pa.string()), "Các trường lấy từ nguồn này", "Fields of the encounter that come from this source", is_required=True),
    ),
    ("person_id", "record_id"),
    rows=Rows.person,
)

SECTIONS = ("allergy", "disease", "family", "smoking", "alcohol", "activity", "disability", "surgery", "reproductive", "vaccination")
"""Sections in which nothing may mean that there is nothing, or that nobody asked."""

SECTION = Table(
    "section", "book", "Tình trạng của từng phần", "One row for each person and section that somebody asked about; no row: not asked",
    (
        PERSON_ID,
        Field("section", pa.string(), "Phần", "allergy, vaccination, or a kind of history", Privacy.health, is_required=True),
        Field("state", pa.string(), "Tình trạng", "filled, or none_known: every source that asked found none", Privacy.health, is_required=True),
        Field("is_contradicted", pa.bool_(), "Có nguồn nói không", "It is filled, and another source found none", Privacy.health, is_required=True),
        Field("stated_on", pa.date32(), "Ngày ghi nhận", "Day of the newest statement of this state", Privacy.health),
        RECORD_ID, BATCH_ID, ROW_NO,
    ),
    ("person_id", "section"),
    rows=Rows.person,
)

FIELD_HISTORY = Table(
    "field_history", "book", "Giá trị trước đây", "What a book said before: one row for each value that a build put another in the place of; added to and never changed",
    (
        PERSON_ID,
        Field("field_name", pa.string(), "Trường", "Field of the health book; `book` where until then there was no book", is_required=True),
        Field("known_to_run_id", pa.int64(), "Được biết đến lần dựng", "The build that put another value, or none, in its place", references="run.run_id", is_required=True),
        Field("value", pa.string(), "Giá trị", "What was shown until then; empty where nothing was", Privacy.identifying, named_by="field_name"),
        Field("rule", pa.string(), "Quy tắc chọn", "By which rule it was shown"),
        Field("as_of_date", pa.date32(), "Ngày của thông tin", "From when on it was true, as its source said", Privacy.personal),
        Field("record_id", pa.int64(), "Mã bản ghi", "The record that stated it", references="person_record.record_id"),
        Field("batch_id", pa.int64(), "Lô dữ liệu", "Batch of that record", references="batch.batch_id"),
        Field("row_no", pa.int32(), "Số dòng", "Row of that record in its file"),
        Field("register_version", pa.int32(), "Phiên bản dân cư", "The register version that stated it", references="register_version.register_version"),
    ),
    ("person_id", "field_name", "known_to_run_id"),
    rows=Rows.person,
)
