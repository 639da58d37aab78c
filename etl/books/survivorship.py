"""Which value of a field a book shows, and what becomes of the others: the rules stand in `etl.contracts.book`."""

from etl.contracts.book import PERSON_FIELDS, RULES, SURVIVORSHIP
from etl.engines.local import LocalEngine

FIELD_NAMES = tuple(field.name for field in PERSON_FIELDS if field.name != "birth_precision")
"""Fields that have a value of their own; a birth date carries its precision in its length (1990, 1990-05, 1990-05-17)."""

VALUE_NAMES = tuple(one.field_name for one in SURVIVORSHIP)
"""Fields of which values are kept: those of the page, and the insurance card as printed."""

REGISTER_FIELDS = tuple(one.field_name for one in SURVIVORSHIP if one.in_register)
"""What the register states of a person."""

BIRTH_TEXT = """case birth_precision when 'year' then strftime(birth_date, '%Y') when 'month' then strftime(birth_date, '%Y-%m')
    else strftime(birth_date, '%Y-%m-%d') end"""

ORDER = {
    "verified": "is_verified desc",
    "newest": "as_of_date desc nulls last",
    "most_frequent": "record_count desc",
}
"""Each rule of `RULES` as an order of values."""


def sql_for_texts(columns: tuple[str, ...]) -> str:
    """The fields as text, ready to be unpivoted."""
    return ", ".join(f"{BIRTH_TEXT} as birth_date" if column == "birth_date" else column for column in columns)


def sql_for_verified() -> str:
    """One row per record that gives the citizen ID and the full birth date which the register has of its person."""
    return """
    select record_id from person_record r join link l using (record_id) join people p on p.person_id = l.person_id
    where r.national_id = p.national_id and r.birth_date = p.birth_date
        and r.birth_precision = 'day' and p.birth_precision = 'day'"""


def sql_for_stated() -> str:
    """One row per person, field and record that states a value and still speaks of the person."""
    return f"""
    unpivot (
        select l.person_id, r.record_id, r.batch_id, r.row_no, r.sender_code, r.as_of_date, v.record_id is not null as is_verified,
            coalesce(r.is_newborn_name, false) as is_newborn_name, {sql_for_texts(VALUE_NAMES)}
        from person_record r join link l using (record_id) anti join replaced using (record_id)
            left join verified v using (record_id))
    on {", ".join(VALUE_NAMES)} into name field_name value value"""


def sql_for_register_stated() -> str:
    """One row per linked person and field that the register states."""
    return f"""
    unpivot (select person_id, {sql_for_texts(REGISTER_FIELDS)} from people semi join link using (person_id))
    on {", ".join(REGISTER_FIELDS)} into name field_name value value"""


def sql_for_field_values() -> str:
    """One row per person, field and distinct value that the register does not state itself.

    Rank 1 is the value shown where the register has none; otherwise ranks start at 2, behind the register's. Ties fall
    by value, never by the order of arrival.
    """
    lasting = ", ".join(f"'{one.field_name}'" for one in SURVIVORSHIP if one.kind == "lasting")
    return f"""
    with news as (
        select s.*, r.value is not null as is_behind_register
        from stated s left join register_stated r using (person_id, field_name) where r.value is distinct from s.value),
    distinct_value as (
        select person_id, field_name, value, count(*)::integer as record_count,
            min(as_of_date) as first_on, max(as_of_date) as as_of_date, bool_or(is_verified) as is_verified,
            (field_name = 'full_name' and bool_and(is_newborn_name)) or (field_name = 'birth_date' and length(value) < 10) as is_weak,
            any_value(is_behind_register) as is_behind_register, list_sort(list(distinct sender_code)) as sender_codes,
            first({{'record_id': record_id, 'batch_id': batch_id, 'row_no': row_no}}
                order by is_verified desc, as_of_date desc nulls last, record_id) as source
        from news group by person_id, field_name, value),
    trusted as (
        select *, is_verified and not is_weak and field_name in ({lasting}) as is_trusted from distinct_value),
    ranked as (
        select *,
            is_trusted and (is_behind_register or count(*) filter (where is_trusted) over (partition by person_id, field_name) > 1)
                as is_conflicting,
            row_number() over (
                partition by person_id, field_name order by is_weak, {", ".join(ORDER[rule] for rule in RULES)}, value) as place
        from trusted)
    select person_id, field_name, (place + is_behind_register::int)::integer as value_rank, value,
        case when is_verified then 'verified' when as_of_date is null then 'most_frequent' else 'newest' end as rule,
        record_count, as_of_date, source.record_id as record_id, source.batch_id as batch_id, source.row_no as row_no,
        null::integer as register_version, first_on, is_verified, is_conflicting, sender_codes
    from ranked"""


def sql_for_shown() -> str:
    """One row per person with a column for each field: the register's value, else the one of rank 1."""
    columns = ", ".join(f"max(value) filter (where field_name = '{name}') as {name}" for name in FIELD_NAMES)
    return f"""
    select person_id, {columns} from (
        select person_id, field_name, value from register_stated
        union all select person_id, field_name, value from field_value where value_rank = 1)
    group by person_id"""


def survive(engine: LocalEngine) -> None:
    """Make `field_value` and `shown` from `person_record`, `link` (open ones), `people` and `replaced`."""
    engine.create("verified", sql_for_verified())
    engine.create("stated", sql_for_stated())
    engine.create("register_stated", sql_for_register_stated())
    engine.create("field_value", sql_for_field_values())
    engine.drop("verified", "stated")
    engine.create("shown", sql_for_shown())
    engine.drop("register_stated")
