"""Sure links: a trusted number, the same name and a birth date that does not contradict. A number alone never links."""

from etl.engines.local import LocalEngine

AGREES = """
    r.name_key = p.name_key
    and not r.is_newborn_name
    and r.birth_year = p.birth_year
    and (r.birth_date = p.birth_date or not r.is_birth_day_known or not p.is_birth_day_known)
    and (r.sex = p.sex or r.sex is null or p.sex is null or 'undetermined' in (r.sex, p.sex))
    and (p.death_date is null or r.as_of_date is null or r.as_of_date <= p.death_date)"""
"""The same toneless name and birth (the year, where one side knows no more), sex not contradicting, not after death."""

RULES = {
    "id_name_birth": "r.national_id = p.national_id",
    "old_id_name_birth": "r.old_id = p.old_id",
    "insurance_name_birth": "r.insurance_no = p.insurance_no",
}
"""Rules by rank: the first that finds exactly one person decides."""


def sql_for_sure_links() -> str:
    """One row per record that exactly one person answers to, by the first rule that says so."""
    found = " union all ".join(
        f"select r.record_id, p.person_id, {rank} as rank, '{rule}' as rule from record_key r join person_key p on {condition} where {AGREES}"
        for rank, (rule, condition) in enumerate(RULES.items())
    )
    return f"""
    select record_id, min(person_id) as person_id, arg_min(rule, rank) as rule
    from ({found}) group by record_id having count(distinct person_id) = 1"""


def link_surely(engine: LocalEngine) -> None:
    """Make `sure_link`, and `residue`: the records that it leaves."""
    engine.create("sure_link", sql_for_sure_links())
    engine.create("residue", "select r.* from record_key r anti join sure_link s using (record_id)")
