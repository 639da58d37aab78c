"""Which rows a later delivery of their sender replaces, and whose books a change of rows or links touches.

A row sent again corrected is a new row beside the old one; what tells that the two are one is what its sender calls it:

* a *visit* is known by sender, facility and the facility's number of the visit. The later delivery replaces the earlier
  one whole: its lines, and what it says of the person, even where it names another person now;
* a *row without a visit* is known by sender, the person whom it is linked to, the sender's own number of him and the day
  of the statement. What a later batch says of the person replaces what the earlier one said. Its other lines stay, since
  a list may well tell of one person in many rows: to take those back, withdraw the batch.

Rows of one batch never replace each other, but for a visit that stands in it twice. Without such a number or day there is
nothing to know a row by: then the newest statement is shown, and the others are kept behind it.
"""

from etl.engines.local import LocalEngine

KEY = "facility_code, source_encounter_id"
"""A visit whoever sent it: where books are looked for that may differ, a few too many do no harm."""
VISIT = f"sender_code, {KEY}"


def sql_for_superseded() -> str:
    """One row per record whose visit a later delivery of the same sender replaces.

    The delivery decides, not the visit's days: a correction may well shorten a stay. Links have no part in it.
    """
    return f"""
    select record_id from staged_encounter join (select record_id, sender_code from person_record) r using (record_id)
    where facility_code is not null and source_encounter_id is not null
    qualify row_number() over (partition by {VISIT} order by batch_id desc, row_no desc) > 1"""


def sql_for_replaced() -> str:
    """One row per record that no longer speaks of its person: its visit was replaced, or what it said without a visit."""
    return """
    select record_id from superseded
    union
    select record_id from person_record r join link l using (record_id) anti join staged_encounter e using (record_id)
    where source_person_id is not null and as_of_date is not null
    qualify r.batch_id < max(r.batch_id) over (partition by l.person_id, sender_code, source_person_id, as_of_date)"""


def sql_for_touched() -> str:
    """One row per person whose book may differ from the published one.

    Reads `changed_record` (records that stand by another row, and may be those that came or left), `old_link` and `link`
    (open before and now), `changed_person` (by the register), and of all rows, also of those that left, `visit_key`
    (`record_id` and the columns of `KEY`). A visit replaced by one of another person takes both along; nothing else of a
    book depends on anybody else's rows.
    """
    return f"""
    with moved as (
        select record_id from old_link o full join link l using (record_id) where o.person_id is distinct from l.person_id
        union select record_id from changed_record),
    same_visit as (
        select record_id from visit_key semi join (select {KEY} from visit_key semi join moved using (record_id)) k using ({KEY})),
    everybody as (select record_id, person_id from old_link union select record_id, person_id from link)
    select person_id from everybody where record_id in (select record_id from moved union select record_id from same_visit)
    union select person_id from changed_person"""


def find_replaced(engine: LocalEngine) -> None:
    """Make `replaced` from `superseded`, `person_record`, `link` and `staged_encounter`."""
    engine.create("replaced", sql_for_replaced())
