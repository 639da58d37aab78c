"""Every table and field once: type, meaning, privacy class, the senders' terms.

Everything else that needs a column's name, type, comment or heading takes it from here.
"""

from etl.contracts.access import ACCOUNT, ENTRY, PERMISSION, SESSION
from etl.contracts.audit import AUDIT_CHAIN, AUDIT_EVENT, SUBJECT_ANSWER, SUBJECT_REQUEST
from etl.contracts.book import ENCOUNTER_SOURCE, FIELD_HISTORY, HEALTH_BOOK, SECTION
from etl.contracts.clinical import EVENT_TABLES
from etl.contracts.fields import SQL_TYPES, Field, Privacy, Rows, Table, hash_name
from etl.contracts.operations import (
    BATCH,
    DIFFERENCE,
    DRIFT,
    FACILITY,
    FIELD_VALUE,
    HELD_ROW,
    LINK,
    LINKAGE_MODEL,
    MOVED_ROW,
    OLD_WARD,
    PERSON,
    REGISTER_IDENTIFIER,
    REGISTER_MERGE,
    REGISTER_STANDING,
    REGISTER_VERSION,
    REMOVAL,
    REVIEW_SAMPLE,
    RULING,
    RUN,
    RUN_REASON,
    SENDER,
    UPLOAD,
    WARD,
    WITHDRAWAL,
)
from etl.contracts.people import PERSON_RECORD, REGISTER_PERSON
from etl.contracts.quality import FINDING, NOTICE, REPORT_DAY, SCORE, SIGNATURE, STANDING, TASK, TASK_EVENT

SOURCE_TABLES = (PERSON_RECORD, *EVENT_TABLES)
"""What a source file may fill."""

BOOK_PARTS = (FIELD_VALUE, SECTION, *EVENT_TABLES, ENCOUNTER_SOURCE)
"""What a book holds beside its first page; a build makes all of it anew, person by person."""

WAREHOUSE_TABLES = (
    WARD, OLD_WARD, FACILITY, SENDER, BATCH, UPLOAD, WITHDRAWAL, HELD_ROW, REMOVAL, PERSON_RECORD, MOVED_ROW,
    PERSON, REGISTER_VERSION, REGISTER_PERSON, REGISTER_IDENTIFIER, REGISTER_STANDING, REGISTER_MERGE, LINKAGE_MODEL, RUN, RUN_REASON, DIFFERENCE, DRIFT, REVIEW_SAMPLE, RULING, LINK,
    HEALTH_BOOK, *BOOK_PARTS, FIELD_HISTORY, FINDING, STANDING, TASK, TASK_EVENT, NOTICE, SCORE, REPORT_DAY, SIGNATURE,
    AUDIT_EVENT, AUDIT_CHAIN, SUBJECT_REQUEST, SUBJECT_ANSWER,
    PERMISSION, ENTRY, ACCOUNT, SESSION,
)
"""Every table of the warehouse, in an order in which foreign keys point backwards."""
SCHEMAS = (*dict.fromkeys(table.schema for table in WAREHOUSE_TABLES), "report")
"""Those of our tables, and that of the views for analysts."""

TABLES = {table.name: table for table in WAREHOUSE_TABLES}
SEALED_TABLES = tuple(table for table in WAREHOUSE_TABLES if table.sealed_fields)
"""Those that hold ciphertext in the place of what names a person."""
SENT = "sent_"
"""Staged tables hold, beside `birth_date`, `sent_birth_date`: the text as sent, for checks and for tracing."""
NOTE = "note_"
"""… and `note_birth_date`: what standardising changed or refused, a code of `etl.standardise.notes`; null when nothing."""

__all__ = [
    "ACCOUNT",
    "AUDIT_CHAIN",
    "AUDIT_EVENT",
    "BATCH",
    "BOOK_PARTS",
    "DIFFERENCE",
    "DRIFT",
    "ENCOUNTER_SOURCE",
    "ENTRY",
    "EVENT_TABLES",
    "FACILITY",
    "FIELD_HISTORY",
    "FIELD_VALUE",
    "FINDING",
    "HEALTH_BOOK",
    "HELD_ROW",
    "LINK",
    "LINKAGE_MODEL",
    "MOVED_ROW",
    "NOTE",
    "NOTICE",
    "OLD_WARD",
    "PERMISSION",
    "PERSON",
    "PERSON_RECORD",
    "REGISTER_IDENTIFIER",
    "REGISTER_MERGE",
    "REGISTER_PERSON",
    "REGISTER_STANDING",
    "REGISTER_VERSION",
    "REMOVAL",
    "REPORT_DAY",
    "REVIEW_SAMPLE",
    "RULING",
    "RUN",
    "RUN_REASON",
    "SCHEMAS",
    "SCORE",
    "SEALED_TABLES",
    "SECTION",
    "SENDER",
    "SENT",
    "SESSION",
    "SIGNATURE",
    "SOURCE_TABLES",
    "SQL_TYPES",
    "STANDING",
    "SUBJECT_ANSWER",
    "SUBJECT_REQUEST",
    "TABLES",
    "TASK",
    "TASK_EVENT",
    "UPLOAD",
    "WARD",
    "WAREHOUSE_TABLES",
    "WITHDRAWAL",
    "Field",
    "Privacy",
    "Rows",
    "Table",
    "hash_name",
]
