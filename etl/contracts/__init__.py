"""Every table and field once: type, meaning, privacy class, the senders' terms.

Everything else that needs a column's name, type, comment or heading takes it from here.
"""

from etl.contracts.access import ENTRY, PERMISSION
from etl.contracts.book import HEALTH_BOOK
from etl.contracts.clinical import EVENT_TABLES
from etl.contracts.fields import SQL_TYPES, Field, Privacy, Rows, Table
from etl.contracts.operations import (
    AUDIT_EVENT,
    BATCH,
    DIFFERENCE,
    DRIFT,
    FACILITY,
    FIELD_VALUE,
    FINDING,
    HELD_ROW,
    LINK,
    LINKAGE_MODEL,
    OLD_WARD,
    PERSON,
    REGISTER_IDENTIFIER,
    REGISTER_MERGE,
    REGISTER_STANDING,
    REGISTER_VERSION,
    REVIEW_SAMPLE,
    RULING,
    RUN,
    RUN_REASON,
    SCORE,
    SENDER,
    TASK,
    WARD,
)
from etl.contracts.people import PERSON_RECORD, REGISTER_PERSON

SOURCE_TABLES = (PERSON_RECORD, *EVENT_TABLES)
"""What a source file may fill."""

WAREHOUSE_TABLES = (
    WARD, OLD_WARD, FACILITY, SENDER, BATCH, HELD_ROW, PERSON_RECORD,
    PERSON, REGISTER_VERSION, REGISTER_PERSON, REGISTER_IDENTIFIER, REGISTER_STANDING, REGISTER_MERGE, LINKAGE_MODEL, RUN, RUN_REASON, DIFFERENCE, DRIFT, REVIEW_SAMPLE, RULING, LINK,
    HEALTH_BOOK, FIELD_VALUE, *EVENT_TABLES, FINDING, TASK, SCORE, AUDIT_EVENT,
    PERMISSION, ENTRY,
)
"""Every table of the warehouse, in an order in which foreign keys point backwards."""

TABLES = {table.name: table for table in WAREHOUSE_TABLES}
SENT = "sent_"
"""Staged tables hold, beside `birth_date`, `sent_birth_date`: the text as sent, for checks and for tracing."""
NOTE = "note_"
"""… and `note_birth_date`: what standardising changed or refused, a code of `etl.standardise.notes`; null when nothing."""

__all__ = [
    "AUDIT_EVENT",
    "BATCH",
    "DIFFERENCE",
    "DRIFT",
    "ENTRY",
    "EVENT_TABLES",
    "FACILITY",
    "FIELD_VALUE",
    "FINDING",
    "HEALTH_BOOK",
    "HELD_ROW",
    "LINK",
    "LINKAGE_MODEL",
    "NOTE",
    "OLD_WARD",
    "PERMISSION",
    "PERSON",
    "PERSON_RECORD",
    "REGISTER_IDENTIFIER",
    "REGISTER_MERGE",
    "REGISTER_PERSON",
    "REGISTER_STANDING",
    "REGISTER_VERSION",
    "REVIEW_SAMPLE",
    "RULING",
    "RUN",
    "RUN_REASON",
    "SCORE",
    "SENDER",
    "SENT",
    "SOURCE_TABLES",
    "SQL_TYPES",
    "TABLES",
    "TASK",
    "WARD",
    "WAREHOUSE_TABLES",
    "Field",
    "Privacy",
    "Rows",
    "Table",
]
