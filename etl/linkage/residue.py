"""The records that nothing settled for sure, with what their comparison needs to know of the register."""

from etl.engines import Engine
from etl.linkage.trust import SHARED_BY

KEPT = (
    "record_id",
    "toned_id",
    "key_id",
    "given_id",
    "family_id",
    "birth",
    "birth_year",
    "birth_month",
    "birth_day",
    "sex",
    "ward",
    "is_weak_birth",
    "day_limit",
    "address_id",
    "street_id",
    "is_id_doubtful",
    "is_newborn",
)


def sql_for_rarity(register_size: int) -> str:
    """One row per toneless name of the register: its share of the register in bits, rounded down."""
    bits = " + ".join(f"(case when people * {2**power} <= {register_size} then 1 else 0 end)" for power in range(1, 32))
    return f"""
    select key_id, people, {bits} as rarity
    from (select key_id, count(*) as people from person_key where key_id is not null group by key_id) counted"""


def sql_for_residue(waiting: str) -> str:
    """One row per waiting record: shared numbers count for nothing; whose numbers somebody in the register has."""
    numbers = ", ".join(f"case when s_{column}.number is null then k.{column} end as {column}" for column in SHARED_BY)
    shared = " ".join(f"left join shared_{column} s_{column} on s_{column}.number = k.{column}" for column in SHARED_BY)
    kept = ", ".join(f"k.{column}" for column in KEPT)
    return f"""
    select {kept}, {numbers}, coalesce(c.rarity, 31) as rarity,
        i.number is not null as is_id_owned, o.number is not null as is_card_owned
    from {waiting} k
    left join name_count c on c.key_id = k.key_id
    left join owned_national_id i on i.number = k.national_id
    left join owned_insurance_no o on o.number = k.insurance_no
    {shared}"""


def sql_for_owned(column: str, waiting: str) -> str:
    """One row per number of a waiting record that somebody in the register has."""
    return f"""
    select distinct p.{column} as number from person_key p
    where p.{column} in (select {column} from {waiting} where {column} is not null)"""


def make_residue(engine: Engine, waiting: str) -> None:
    """Make `residue` from the waiting records."""
    for column in ("national_id", "insurance_no"):
        engine.create(f"owned_{column}", sql_for_owned(column, waiting))
    engine.create("residue", sql_for_residue(waiting))
