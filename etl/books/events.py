"""The events of each person's book: an encounter sent again replaces the one sent before, with all its lines."""

from etl.contracts import EVENT_TABLES, Table
from etl.engines.local import LocalEngine


def sql_for_superseded() -> str:
    """One row per record whose encounter a later delivery of the same facility and number replaces.

    The delivery decides, not the visit's days: a correction may well shorten a stay.
    """
    return """
    select record_id from staged_encounter semi join link using (record_id)
    where facility_code is not null and source_encounter_id is not null
    qualify row_number() over (partition by facility_code, source_encounter_id order by batch_id desc, row_no desc) > 1"""


def sql_for_events(table: Table) -> str:
    """One row per event of a linked record, with its person; superseded encounters and their lines left out."""
    columns = ", ".join(f"l.{field.name}" if field.name == "person_id" else f"e.{field.name}" for field in table)
    return f"select {columns} from staged_{table.name} e join link l using (record_id) anti join superseded using (record_id)"


def gather_events(engine: LocalEngine) -> None:
    """Make each event table from its `staged_…` table and `link`."""
    engine.create("superseded", sql_for_superseded())
    for table in EVENT_TABLES:
        engine.create(table.name, sql_for_events(table))
