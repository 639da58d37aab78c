"""Encounters that more than one source told of become one, with all its sources; lines are not doubled.

A *source* is a sender, and of one sender visits with a number apart from rows without: two visits that one source tells
of are two, whatever else agrees. Two encounters of one person at one facility are one event where

* both have the facility's number of the visit, and it is the same; or
* one has no number, they start on one day, main diagnoses are of one category (three characters) and both are stays or
  neither is, where both say so; and either the categories or the kinds of visit (`VISIT_KINDS`) do agree.

That must be so of exactly one encounter of either source, and where there are more than two sources, of each pair of
them: whatever could be meant in two ways stays apart. What the law restricts is never joined with what it does not.
Nothing depends on anybody else's rows, or on the order in which they came.
"""

from etl.contracts import EVENT_TABLES, Table
from etl.contracts.clinical import DIAGNOSIS, ENCOUNTER, LAB_RESULT, MEDICATION, SERVICE, VITAL_SIGN
from etl.engines.local import LocalEngine

VISIT_KINDS = {
    "stay": ("03", "04", "06", "09"),
    "check": ("KSK", "15", "16"),
}
"""Codes of visits (QĐ 4750) that are one kind; any other is a visit to a clinic."""

SAME_LINE = {
    DIAGNOSIS.name: "icd10_code",
    MEDICATION.name: "lower(drug_name), lower(strength), quantity",
    SERVICE.name: "lower(service_name), quantity",
    LAB_RESULT.name: "lower(test_name), coalesce(value_number::varchar, value_text), lower(unit)",
    VITAL_SIGN.name: "sign, value_number",
}
"""What makes a line of one source that of another; told n times by the one and m times by the other it stands max(n, m) times."""

LINEAGE = ("person_id", "record_id", "batch_id", "row_no")
FILLED = tuple(field.name for field in ENCOUNTER if field.name not in (*LINEAGE, "is_restricted"))
"""Fields that a further source fills where the first left them empty."""


def columns_of(table: Table) -> str:
    """A table's columns as a SELECT over its staged rows `e` and links `l` names them."""
    return ", ".join(f"l.{field.name}" if field.name == "person_id" else f"e.{field.name}" for field in table)


def sql_for_visits() -> str:
    """One row per encounter that stands, with its source and what it is compared by."""
    kinds = " ".join(
        f"when visit_type_code in ({', '.join(map(repr, codes))}) then '{kind}'" for kind, codes in VISIT_KINDS.items()
    )
    given = " + ".join(f"({name} is not null)::int" for name in FILLED)
    return f"""
    select {columns_of(ENCOUNTER)}, r.sender_code || case when source_encounter_id is null then '' else '#' end as source,
        started_at::date as day, left(main_icd10_code, 3) as category, coalesce(is_restricted, false) as is_hidden,
        case when visit_type_code is null then null {kinds} else 'clinic' end as visit_kind, {given} as filled
    from staged_encounter e join link l using (record_id)
        join (select record_id, sender_code from person_record) r using (record_id) anti join superseded using (record_id)"""


def sql_for_pairs() -> str:
    """One row per two encounters, in either order, that are one event if nothing else could be meant."""
    return """
    with told as (
        select person_id, facility_code, record_id, source, source_encounter_id as number, day, category, is_hidden, visit_kind
        from visit where facility_code is not null
        qualify min(source) over (partition by person_id, facility_code) <> max(source) over (partition by person_id, facility_code)),
    alike as (
        select a.record_id, a.source, b.record_id as other_id, b.source as other_source, a.number = b.number as is_numbered
        from told a join told b using (person_id, facility_code)
        where a.source <> b.source and a.is_hidden = b.is_hidden
            and case when a.number is not null and b.number is not null then a.number = b.number
            else a.day = b.day
                and coalesce(a.category = b.category, true)
                and coalesce((a.visit_kind = 'stay') = (b.visit_kind = 'stay'), true)
                and (coalesce(a.category = b.category, false) or coalesce(a.visit_kind = b.visit_kind, false)) end)
    select record_id, other_id, coalesce(is_numbered, false) as is_numbered from alike
    qualify count(*) over (partition by record_id, other_source) = 1 and count(*) over (partition by other_id, source) = 1"""


def sql_for_members() -> str:
    """One row per encounter that is one event with others: the event's record, and its own place among the sources.

    Whoever is paired with an encounter must be paired with just the same others. The one with a visit number comes
    first, then the one that says most.
    """
    return """
    with near as (
        select record_id, list_sort(list_append(list(other_id), record_id)) as event, bool_or(is_numbered) as is_numbered
        from pair group by record_id),
    torn as (
        select p.record_id from pair p join near n on n.record_id = p.record_id join near o on o.record_id = p.other_id
        where n.event <> o.event),
    placed as (
        select n.record_id, n.event, n.is_numbered, row_number() over (
            partition by n.event order by v.source_encounter_id is null, v.filled desc, n.record_id) as place
        from near n join visit v using (record_id) anti join torn using (record_id))
    select record_id, place, is_numbered, first_value(record_id) over (partition by event order by place) as encounter_id
    from placed"""


def sql_for_joined() -> str:
    """One row per event of more than one source: each field from the first source that has it, and which that is."""
    fields = ", ".join(
        f"first(v.{name} order by place) filter (where v.{name} is not null) as {name},"
        f" first(record_id order by place) filter (where v.{name} is not null) as from_{name}"
        for name in FILLED
    )
    return f"""
    select m.encounter_id, {fields}, bool_or(is_restricted) as is_restricted
    from member m join visit v using (record_id) group by m.encounter_id"""


def sql_for_encounters() -> str:
    """One row per event."""
    names = [field.name for field in ENCOUNTER]
    joined = ", ".join(f"v.{name}" if name in LINEAGE else f"j.{name}" for name in names)
    return f"""
    select {", ".join(names)} from visit anti join member using (record_id)
    union all select {joined} from joined j join visit v on v.record_id = j.encounter_id"""


def sql_for_sources() -> str:
    """One row per further source of an event."""
    fields = ", ".join(f"case when from_{name} = m.record_id then '{name}' end" for name in FILLED)
    return f"""
    select v.person_id, m.encounter_id, m.record_id, v.batch_id, v.row_no,
        case when m.is_numbered then 'same_number' else 'same_day' end as rule,
        list_filter([{fields}], lambda name: name is not null) as field_names
    from member m join visit v using (record_id) join joined j on j.encounter_id = m.encounter_id
    where m.record_id <> m.encounter_id"""


def sql_for_lines(table: Table) -> str:
    """One row per line of the events of linked records, that of a replaced visit or of a second source left out."""
    lines = f"""select {columns_of(table)} from staged_{table.name} e join link l using (record_id) anti join superseded using (record_id)"""
    key = SAME_LINE.get(table.name)
    if key is None:
        return lines
    names = [field.name for field in table]
    shown = [
        "is_main and place = min(place) filter (where is_main) over (partition by encounter_id) as is_main"
        if name == "is_main"
        else name
        for name in names
    ]
    hidden = "coalesce(is_restricted, false)" if "is_restricted" in names else "false"
    return f"""
    with line as ({lines}),
    counted as (
        select line.*, encounter_id, place,
            row_number() over (partition by record_id, {hidden}, {key} order by line_no) as repeat
        from line join member using (record_id)),
    chosen as (
        select {", ".join(shown)} from counted
        qualify row_number() over (partition by encounter_id, {hidden}, {key}, repeat order by place) = 1)
    select {", ".join(names)} from line anti join member using (record_id) union all select {", ".join(names)} from chosen"""


def gather_events(engine: LocalEngine) -> None:
    """Make each event table, and `encounter_source`, from the `staged_…` tables, `link` and `superseded`."""
    engine.create("visit", sql_for_visits())
    engine.create("pair", sql_for_pairs())
    engine.create("member", sql_for_members())
    engine.create("joined", sql_for_joined())
    engine.create(ENCOUNTER.name, sql_for_encounters())
    engine.create("encounter_source", sql_for_sources())
    for table in EVENT_TABLES:
        if table is not ENCOUNTER:
            engine.create(table.name, sql_for_lines(table))
