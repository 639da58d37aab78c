"""What linkage looks at: the same narrow columns of both sides, once."""

from etl.engines.local import LocalEngine

RECORD_COLUMNS = (
    "record_id",
    "full_name",
    "full_name_toneless",
    "birth_date",
    "birth_precision",
    "sex",
    "national_id",
    "old_id",
    "insurance_no",
    "phone",
    "ward_code",
    "is_newborn_name",
    "as_of_date",
)
"""What a record may bring, standardised; `records` of the engine must have them all."""

PERSON_COLUMNS = (
    "person_id",
    "full_name",
    "full_name_toneless",
    "birth_date",
    "birth_precision",
    "sex",
    "national_id",
    "old_id",
    "insurance_no",
    "phone",
    "ward_code",
    "status",
    "death_date",
)
"""What the register gives of a person; `people` of the engine must have them all."""

SHARED = """
    full_name, full_name_toneless as name_key,
    regexp_extract(full_name_toneless, '\\S+$') as given_key,
    regexp_extract(full_name_toneless, '^\\S+') as family_key,
    list_sort(string_split(full_name_toneless, ' ')) as words,
    birth_date, year(birth_date) as birth_year,
    coalesce(birth_precision = 'day', false) and not (month(birth_date) = 1 and day(birth_date) = 1) as is_birth_day_known,
    sex, national_id, old_id, insurance_no, phone, ward_code"""


def sql_for_person_keys() -> str:
    """One row per person whom a record may be: cancelled entries are nobody."""
    return f"select person_id, death_date, {SHARED} from people where status is distinct from 'cancelled'"


def sql_for_record_keys() -> str:
    """One row per record; says whether its numbers belong to somebody in the register who is plainly another person."""
    return f"""
    select r.record_id, r.as_of_date, coalesce(r.is_newborn_name, false) as is_newborn_name, {SHARED},
        exists (select 1 from person_key p where p.national_id = r.national_id
                and p.name_key is distinct from r.full_name_toneless
                and p.birth_date is distinct from r.birth_date) as is_id_of_another,
        exists (select 1 from person_key p where p.insurance_no = r.insurance_no
                and p.name_key is distinct from r.full_name_toneless
                and p.birth_date is distinct from r.birth_date) as is_card_of_another
    from records r"""


def prepare(engine: LocalEngine) -> None:
    """Make `person_key`, `record_key` and `name_count` (people per toneless name) from `people` and `records`."""
    engine.create("person_key", sql_for_person_keys())
    engine.create("record_key", sql_for_record_keys())
    engine.create("name_count", "select name_key, count(*) as people from person_key group by name_key")
