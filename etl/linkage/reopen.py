"""Which settled records must be looked at again, because what they were decided on has changed.

Everything else would be decided as before: a decision follows from the record, the people whom the blocking passes bring
to it, how rare its name is, which numbers are shared, the rulings and the model.
"""

from etl.engines import Engine
from etl.linkage.candidates import PASSES
from etl.linkage.trust import SHARED_BY

REASONS = ("waiting", "person_changed", "new_candidate", "name_rarity", "shared_number", "ruled", "number_of_withdrawn")
"""Why a record is looked at: it has no match; its person changed; somebody who changed may be meant; its name became
rarer or more common; it bears a number that too many bear; a reviewer ruled on it, and may have taken a ruling back; it
bears a number of a record that was withdrawn, which too many may have borne before."""


def sql_for_new_candidates() -> str:
    """One row per record and changed person whom a blocking pass would bring to it."""
    return " union ".join(
        f"select r.record_id from all_key r join changed_key p on {one.agreement} where {one.strength}"
        for one in PASSES
    )


def sql_for_reopened() -> str:
    """One row per record to look at, with the first reason that holds.

    Reads `all_key` (every record), `open_link` (`record_id, person_id, decision`), `changed_person` (`person_id`),
    `changed_key` (the changed people as they are now, and as they were), `old_rarity` and `name_count`, the shared numbers, `ruled_record` (`record_id`)
    and `departed_key` (what was withdrawn).
    """
    borne = " or ".join(f"k.{column} in (select {column} from departed_key)" for column in SHARED_BY)
    shared = " or ".join(f"k.{column} in (select number from shared_{column})" for column in SHARED_BY)
    return f"""
    with waiting as (
        select k.record_id from all_key k
        where k.record_id not in (select record_id from open_link where decision = 'match')),
    moved as (select record_id from open_link where person_id in (select person_id from changed_person)),
    renamed as (
        select k.record_id from all_key k join name_count n on n.key_id = k.key_id
        left join old_rarity o on o.key_id = k.key_id
        where o.rarity is null or o.rarity <> n.rarity),
    sharing as (select k.record_id from all_key k where {shared}),
    found as (
        select record_id, 0 as reason from waiting
        union all select record_id, 1 from moved
        union all select record_id, 2 from ({sql_for_new_candidates()}) c
        union all select record_id, 3 from renamed
        union all select record_id, 4 from sharing
        union all select k.record_id, 5 from all_key k where k.record_id in (select record_id from ruled_record)
        union all select k.record_id, 6 from all_key k where {borne})
    select record_id, min(reason) as reason from found group by record_id"""


def reopen(engine: Engine) -> dict[str, int]:
    """Make `reopened` (`record_id, reason`); gives how many records each reason brings."""
    engine.create("reopened", sql_for_reopened())
    counts = engine.query("select reason, count(*) as records from reopened group by reason").to_pylist()
    return {REASONS[int(row["reason"])]: int(row["records"]) for row in counts}
