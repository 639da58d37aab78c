"""People hidden from the register for a test: whoever is hidden cannot be found, so whatever is linked to others is false."""

from collections.abc import Mapping, Sequence

from etl.engines import Engine
from etl.linkage.agreement import Share, false_among_absent
from etl.linkage.engine import Clock, link_keys
from etl.linkage.model import Model

DECISIONS = ("match", "review", "none")


def link_without_hidden(engine: Engine, model: Model, without: Sequence[str] = ()) -> dict[str, int]:
    """Link the records of hidden people again, as if they had not been in the register; how many of each decision.

    Needs `hidden` (`person_id`), `matched` (`record_id, person_id`), `every_person` (the keys of the whole register),
    `all_key`, names and shared numbers. `without` are numbers that the records are made to lack.
    """
    engine.create_view("person_key", "select * from every_person where person_id not in (select person_id from hidden)")
    engine.create("record_key", sql_for_hidden_records(engine, without))
    link_keys(engine, Clock(), model)
    counts = engine.query("select decision, count(*) as records from decision group by decision").to_pylist()
    found = {row["decision"]: int(row["records"]) for row in counts}
    return {decision: found.get(decision, 0) for decision in DECISIONS}


def sql_for_hidden_records(engine: Engine, without: Sequence[str]) -> str:
    """One row per record that is linked to a hidden person, without some of its numbers."""
    names = engine.query("select * from all_key limit 0").column_names
    columns = ", ".join(f"cast(null as bigint) as {name}" if name in without else name for name in names)
    return f"""
    select {columns} from all_key where record_id in (
        select record_id from matched where person_id in (select person_id from hidden))"""


def scale_hidden(absent: Share, found: Mapping[str, int], counts: Mapping[str, int]) -> dict[str, float | None]:
    """From the records of hidden people that went to others to the share of all matches that are false for that reason.

    How many records have an absent person nobody knows, but of the hidden people's the share `found['none']` was said to
    be new: if that holds of all absent people, their share is the part of all records that is said to be new, divided
    by it. Missed links of people who are there make it too large.
    """
    records, hidden = sum(counts.values()), sum(found.values())
    if not records or not hidden or not found["none"]:
        return {"share": None, "low": None, "high": None}
    unmatched = min(counts["none"] / records / (found["none"] / hidden), 1.0)
    return false_among_absent(absent, counts["match"] / records, 1 - unmatched)
