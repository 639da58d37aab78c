"""Who may be meant: the pairs of the residue that are worth comparing."""

from etl.engines.local import LocalEngine

PASSES = {
    "birth_date": "r.birth_date = p.birth_date and r.is_birth_day_known and p.is_birth_day_known",
    "name_year_ward": "r.name_key = p.name_key and r.birth_year = p.birth_year and r.ward_code = p.ward_code",
    "national_id": "r.national_id = p.national_id",
    "insurance_no": "r.insurance_no = p.insurance_no",
}
"""Blocking passes: a pair is looked at when any of them holds."""


def sql_for_candidates() -> str:
    """One row per pair of a record of the residue and a person in one of its blocks."""
    return " union ".join(
        f"select r.record_id, p.person_id from residue r join person_key p on {condition}"
        for condition in PASSES.values()
    )


def find_candidates(engine: LocalEngine) -> None:
    """Make `candidate`."""
    engine.create("candidate", sql_for_candidates())
