"""Which numbers can be trusted: one that many people bear says little about any of them."""

from etl.engines import Engine

SHARED_BY = {"national_id": 3, "old_id": 3, "insurance_no": 3, "phone": 8}
"""More people than this (by given name and birth year) under one number make it a shared one."""


def sql_for_shared(column: str, most: int, records: str) -> str:
    """One row per number that records give to more than `most` people."""
    return f"""
    with frequent as (select {column} from {records} where {column} is not null group by {column} having count(*) > {most}),
    bearer as (
        select distinct k.{column}, k.given_id, k.birth_year
        from {records} k join frequent f on f.{column} = k.{column})
    select {column} as number from bearer group by {column} having count(*) > {most}"""


def find_shared(engine: Engine, records: str = "record_key") -> None:
    """Make `shared_<number>` for each number that identifies, from the keys of all records."""
    for column, most in SHARED_BY.items():
        engine.create(f"shared_{column}", sql_for_shared(column, most, records))
