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
"""Rules by rank: the first that finds exactly one person decides."""
TRUSTED = {"national_id": "not r.is_id_doubtful"}


def sql_for_sure_links(number: str, waiting: str) -> str:
    """One row per waiting record that exactly one person answers to by this number."""
    trusted = TRUSTED.get(number, "true")
    return f"""
    select r.record_id, min(p.person_id) as person_id
    from {waiting} r join person_key p on r.{number} = p.{number}
    where {trusted} and {AGREES}
        and not exists (select 1 from shared_{number} s where s.number = r.{number})
        and not exists (select 1 from ruling d where d.record_id = r.record_id and d.person_id = p.person_id)
    group by r.record_id having min(p.person_id) = max(p.person_id)"""


def link_surely(engine: Engine) -> str:
    """Make `sure_link` (`record_id, person_id, rule`); gives the name of the table of the records that it leaves.

    What a reviewer ruled to be the same is a link; what he ruled to be different is none (`ruling`).
    """
    engine.create("sure_ruled", "select record_id, person_id from ruling where verdict = 'same'")
    engine.create_view(
        "waiting_ruled",
        "select * from record_key where record_id not in (select record_id from sure_ruled)",
    )
    waiting = "waiting_ruled"
    for number in NUMBERS:
        engine.create(f"sure_{number}", sql_for_sure_links(number, waiting))
        engine.create(
            f"waiting_{number}",
            f"select r.* from {waiting} r where not exists (select 1 from sure_{number} s where s.record_id = r.record_id)",
        )
        if waiting != "waiting_ruled":
            engine.drop(waiting)
        waiting = f"waiting_{number}"
    parts = [f"select record_id, person_id, '{RULES[number]}' as rule from sure_{number}" for number in NUMBERS]
    parts.append("select record_id, person_id, 'reviewer' as rule from sure_ruled")
    engine.create("sure_link", " union all ".join(parts))
    engine.drop(*(f"sure_{number}" for number in NUMBERS))
    return waiting
