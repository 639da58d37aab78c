"""Which value of a field a book shows: the register's, else the newest, else the one most often stated."""

from etl.contracts.book import PERSON_FIELDS
from etl.engines.local import LocalEngine

FIELD_NAMES = tuple(field.name for field in PERSON_FIELDS if field.name != "birth_precision")
"""Fields that have a value of their own; a birth date carries its precision in its length (1990, 1990-05, 1990-05-17)."""

REGISTER_FIELDS = (
    "full_name",
    "birth_date",
    "sex",
    "national_id",
    "old_id",
    "insurance_no",
    "phone",
    "address",
    "ward_code",
    "ethnic_code",
    "household_id",
)
"""What the register states of a person."""

BIRTH_TEXT = """case birth_precision when 'year' then strftime(birth_date, '%Y') when 'month' then strftime(birth_date, '%Y-%m')
    else strftime(birth_date, '%Y-%m-%d') end"""


def sql_for_texts(columns: tuple[str, ...]) -> str:
    """The fields as text, ready to be unpivoted."""
    return ", ".join(f"{BIRTH_TEXT} as birth_date" if column == "birth_date" else column for column in columns)


def sql_for_stated() -> str:
    """One row per person, field and record that states a value."""
    return f"""
    unpivot (
        select l.person_id, r.record_id, r.batch_id, r.row_no, r.as_of_date, coalesce(r.is_newborn_name, false) as is_newborn_name, {sql_for_texts(FIELD_NAMES)}
        from person_record r join link l using (record_id))
    on {", ".join(FIELD_NAMES)} into name field_name value value"""


def sql_for_register_stated() -> str:
    """One row per linked person and field that the register states."""
    return f"""
    unpivot (select person_id, {sql_for_texts(REGISTER_FIELDS)} from people semi join link using (person_id))
    on {", ".join(REGISTER_FIELDS)} into name field_name value value"""


def sql_for_field_values() -> str:
    """One row per person, field and distinct value that the register does not state itself.

    Rank 1 is the value shown where the register has none; otherwise ranks start at 2, behind the register's. A
    newborn's provisional name and a birth date of year or month alone come after fuller ones. Ties fall by value,
    never by the order of arrival.
    """
    return """
    with distinct_value as (
        select person_id, field_name, value, count(*)::integer as record_count, max(as_of_date) as as_of_date,
            (field_name = 'full_name' and bool_and(is_newborn_name)) or (field_name = 'birth_date' and length(value) < 10) as is_weak,
            first({'record_id': record_id, 'batch_id': batch_id, 'row_no': row_no} order by as_of_date desc nulls last, record_id) as source
        from stated group by person_id, field_name, value),
    news as (
        select d.*, r.value is not null as is_behind_register
        from distinct_value d left join register_stated r using (person_id, field_name) where r.value is distinct from d.value),
    ranked as (
        select *, row_number() over (
            partition by person_id, field_name order by is_weak, as_of_date desc nulls last, record_count desc, value) as place
        from news)
    select person_id, field_name, (place + is_behind_register::int)::integer as value_rank, value,
        case when as_of_date is null then 'most_frequent' else 'newest' end as rule,
        record_count, as_of_date, source.record_id as record_id, source.batch_id as batch_id, source.row_no as row_no,
        null::integer as register_version
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
    """Make `field_value` and `shown` from `person_record`, `link` (open ones) and `people`."""
    engine.create("stated", sql_for_stated())
    engine.create("register_stated", sql_for_register_stated())
    engine.create("field_value", sql_for_field_values())
    engine.create("shown", sql_for_shown())
