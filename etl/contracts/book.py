"""The health book: what stands on a person's first page. Its other sections are the event tables."""

import pyarrow as pa

from etl.contracts import people
from etl.contracts.fields import Field, Privacy, Rows, Table

PERSON_FIELDS = (
    people.FULL_NAME, people.BIRTH_DATE, people.BIRTH_PRECISION, people.SEX, people.NATIONAL_ID, people.OLD_ID,
    people.INSURANCE_NO, people.PASSPORT_NO, people.PHONE, people.ADDRESS, people.WARD_CODE, people.ETHNIC_CODE,
    people.NATIONALITY_CODE, people.OCCUPATION_CODE, people.BLOOD_GROUP, people.GUARDIAN_NAME, people.HOUSEHOLD_ID,
)
"""The administrative fields of a book, each with its sources in `book.field_value`."""

HEALTH_BOOK = Table(
    "health_book", "book", "Sổ sức khỏe điện tử: mỗi người một sổ", "One health book for each person who has a record",
    (
        Field("person_id", pa.int64(), "Mã người", "The person; negative for a provisional one", references="person.person_id", is_required=True),
        *PERSON_FIELDS,
        Field("status", pa.string(), "Tình trạng cư trú", "resident, moved_away, deceased or cancelled by the register; provisional where it does not know the person", Privacy.personal),
        Field("death_date", pa.date32(), "Ngày mất", "Date of death by the register", Privacy.personal),
        Field("is_verified", pa.bool_(), "Đã đối chiếu dân cư", "The person was found in the population register", is_required=True),
        Field("record_count", pa.int32(), "Số bản ghi", "Source records in the book", is_required=True),
        Field("encounter_count", pa.int32(), "Số lượt khám", "Encounters in the book", is_required=True),
        Field("last_event_on", pa.date32(), "Sự kiện gần nhất", "Day of the newest record", Privacy.personal),
        Field("digest", pa.string(), "Mã băm nội dung", "32 hex digits over all that the book says, whichever batch brought it", is_required=True),
        Field("lineage_digest", pa.string(), "Mã băm nguồn gốc", "32 hex digits over content and lineage: a book is rewritten when it changes", is_required=True),
        Field("built_run_id", pa.int64(), "Dựng bởi", "The build that last changed the book", references="run.run_id", is_required=True),
    ),
    ("person_id",),
    rows=Rows.ward,
)
