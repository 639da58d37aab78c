"""How far a record and a person agree, field by field, as named levels."""

import pyarrow as pa
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from etl.engines.local import LocalEngine

MARKS_LOST = "lower(r.full_name) = r.name_key"

LEVELS = {
    "name": f"""case
        when r.name_key is null or p.name_key is null then 'missing'
        when lower(r.full_name) = lower(p.full_name) then 'same'
        when r.name_key = p.name_key and {MARKS_LOST} then 'no_marks'
        when r.name_key = p.name_key then 'marks_differ'
        when r.words = p.words then 'reordered'
        when r.given_key = p.given_key and r.family_key = p.family_key
            and (list_has_all(p.words, r.words) or list_has_all(r.words, p.words)) then 'words_missing'
        when s.similarity >= 0.92 and s.given_similarity >= 0.8 then 'similar'
        when s.similarity >= 0.85 and s.given_similarity >= 0.8 then 'alike'
        else 'different' end""",
    "birth": """case
        when r.birth_date is null or p.birth_date is null then 'missing'
        when r.is_birth_day_known and r.birth_date = p.birth_date then 'same'
        when r.birth_date = p.birth_date then 'same_weak'
        when r.is_birth_day_known and p.is_birth_day_known and r.birth_year = p.birth_year
            and month(r.birth_date) = day(p.birth_date) and day(r.birth_date) = month(p.birth_date) then 'swapped'
        when r.is_birth_day_known and p.is_birth_day_known
            and (r.birth_year = p.birth_year)::int + (month(r.birth_date) = month(p.birth_date))::int
                + (day(r.birth_date) = day(p.birth_date))::int = 2 then 'one_part'
        when r.birth_year = p.birth_year and not (r.is_birth_day_known and p.is_birth_day_known) then 'year_only'
        when r.birth_year = p.birth_year then 'same_year'
        else 'different' end""",
    "sex": """case when r.sex is null or p.sex is null or 'undetermined' in (r.sex, p.sex) then 'missing'
        when r.sex = p.sex then 'same' else 'different' end""",
    "national_id": """case when r.national_id is null or p.national_id is null then 'missing'
        when r.national_id = p.national_id then 'same'
        when damerau_levenshtein(r.national_id, p.national_id) = 1 then 'typo'
        when r.is_id_of_another then 'of_another' else 'different' end""",
    "old_id": """case when r.old_id is null or p.old_id is null then 'missing'
        when r.old_id = p.old_id then 'same' else 'different' end""",
    "insurance_no": """case when r.insurance_no is null or p.insurance_no is null then 'missing'
        when r.insurance_no = p.insurance_no then 'same'
        when r.is_card_of_another then 'of_another' else 'different' end""",
    "phone": """case when r.phone is null or p.phone is null then 'missing'
        when r.phone = p.phone then 'same' else 'different' end""",
    "ward": """case when r.ward_code is null or p.ward_code is null then 'missing'
        when r.ward_code = p.ward_code then 'same' else 'different' end""",
}
"""Per field, the SQL that names the level of agreement of a record `r` and a person `p`; `s` has the names' similarity."""

VETO = """case
    when r.is_newborn_name then 'newborn_name'
    when p.death_date < r.as_of_date then 'after_death'
    when s.given_similarity < 0.8 and not list_contains(r.words, p.given_key) then 'given_name_differs'
    when r.sex <> p.sex and r.birth_date <> p.birth_date and 'undetermined' not in (r.sex, p.sex) then 'sex_and_birth_differ'
    end"""
"""Why a pair may not become a match by itself, however much agrees: twins, relatives, the dead, unnamed newborns."""


def score_names(engine: LocalEngine) -> None:
    """Make `name_pair`: the similarity (0 to 1, Jaro-Winkler) of each distinct pair of toneless names, scored once."""
    pairs = engine.query("""
        select distinct r.name_key as record_name, p.name_key as person_name, r.given_key as record_given, p.given_key as person_given
        from candidate c join residue r using (record_id) join person_key p using (person_id)
        where r.name_key is not null and p.name_key is not null""")
    for column, left, right in (
        ("similarity", "record_name", "person_name"),
        ("given_similarity", "record_given", "person_given"),
    ):
        scores = process.cpdist(
            pairs[left].to_pylist(), pairs[right].to_pylist(), scorer=JaroWinkler.similarity, workers=-1
        )
        pairs = pairs.append_column(column, pa.array(scores, pa.float32()))
    engine.register("name_pair", pairs)


def sql_for_comparisons() -> str:
    """One row per candidate pair: a level for each field (`name_level` …) and `veto`."""
    levels = ",\n".join(f"{sql} as {field}_level" for field, sql in LEVELS.items())
    return f"""
    select r.record_id, p.person_id, p.name_key, {levels}, {VETO} as veto
    from candidate c join residue r using (record_id) join person_key p using (person_id)
    left join name_pair s on s.record_name = r.name_key and s.person_name = p.name_key"""


def compare(engine: LocalEngine) -> None:
    """Make `comparison` from `candidate`."""
    score_names(engine)
    engine.create("comparison", sql_for_comparisons())
