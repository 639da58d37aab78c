"""Sure links: a trusted number, the same name and a birth date that does not contradict. A number alone never links."""

from etl.engines import Engine

AGREES = """
    r.key_id = p.key_id
    and not r.is_newborn
    and r.birth_year = p.birth_year
    and (r.birth = p.birth or r.is_weak_birth or p.is_weak_birth)
    and (r.sex = p.sex or r.sex is null or p.sex is null)
    and (p.day_limit is null or r.day_limit is null or r.day_limit <= p.day_limit)"""
"""The same toneless name and birth (the year, where one side knows no more), sex not contradicting, not after death."""
NUMBERS = ("national_id", "old_id", "insurance_no")
RULES = {number: f"{number}_name_birth" for number in NUMBERS}
"""Rules by rank: the first names the link. Where two rules find two people, none of them is sure."""
TRUSTED = {"national_id": " and not r.is_id_doubtful"}


def sql_for_agreements(number: str, rank: int) -> str:
    """One row per record and person who agree in this number, name and birth."""
    return f"""
    select r.record_id, p.person_id, {rank} as rank
    from record_key r join person_key p on r.{number} = p.{number}
    where {AGREES}{TRUSTED.get(number, "")}
        and not exists (select 1 from shared_{number} s where s.number = r.{number})
        and not exists (select 1 from ruling d where d.record_id = r.record_id and d.person_id = p.person_id)"""


def sql_for_sure_links() -> str:
    """One row per record whose numbers all lead to one person, or that a reviewer ruled to be his."""
    found = " union all ".join(sql_for_agreements(number, rank) for rank, number in enumerate(NUMBERS))
    names = " ".join(f"when {rank} then '{RULES[number]}'" for rank, number in enumerate(NUMBERS))
    return f"""
    select record_id, min(person_id) as person_id, case min(rank) {names} end as rule
    from ({found}) t
    where record_id not in (select record_id from ruling where verdict = 'same')
    group by record_id having min(person_id) = max(person_id)
    union all select record_id, person_id, 'reviewer' from ruling where verdict = 'same'"""


def link_surely(engine: Engine) -> None:
    """Make `sure_link` (`record_id, person_id, rule`).

    What a reviewer ruled to be the same is a link; what he ruled to be different is none (`ruling`).
    """
    engine.create("sure_link", sql_for_sure_links())
