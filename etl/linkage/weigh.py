"""What the agreement is worth: bits per field, capped for what a family shares, less the odds against a chance hit."""

from etl.engines.local import LocalEngine
from etl.linkage.model import FIELDS, Model

SURPRISE_LEVELS = ("same", "no_marks", "reordered", "words_missing", "marks_differ")
"""Levels of the name whose worth is the surprise of the name itself, less what the level takes off."""


def sql_for_weight(model: Model, field: str) -> str:
    """A CASE that turns one field's level into bits."""
    branches = " ".join(
        f"when '{level}' then {bits}" for level, bits in model.weights[field].items() if not level.endswith("_floor")
    )
    return f"case {field}_level {branches} else 0 end"


def sql_for_name_weight(model: Model) -> str:
    """Bits of the name: `-log2` of its share in the register, at most the cap, less what its level takes off."""
    surprise = f"least({model.name_cap}, log2(n.register_size / n.people))"
    levels = ", ".join(f"'{level}'" for level in SURPRISE_LEVELS)
    return f"""case when name_level in ({levels}) then {surprise} + {sql_for_weight(model, "name")}
        when name_level = 'similar' then {model.weight("name", "similar_floor")}
        when name_level = 'alike' then {model.weight("name", "alike_floor")}
        else {sql_for_weight(model, "name")} end"""


def sql_for_scores(model: Model) -> str:
    """One row per candidate pair with `score`: posterior bits that the record is the person's.

    Rounded, so that neither the order of adding nor a machine's logarithm can decide a tie or a threshold.
    """
    weights = [f"{sql_for_name_weight(model)} as name_weight"]
    weights += [f"{sql_for_weight(model, field)} as {field}_weight" for field in FIELDS if field != "name"]
    personal = " + ".join(f"{field}_weight" for field in FIELDS if field not in ("phone", "ward"))
    return f"""
    with register as (select count(*)::double as register_size from person_key),
    named as (select c.*, coalesce(k.people, 1) as people, register_size from comparison c cross join register left join name_count k using (name_key)),
    weighed as (select n.*, {", ".join(weights)} from named n)
    select * exclude (people, name_key),
        round({personal} + least({model.household_cap}, phone_weight + ward_weight) - log2(register_size), 6) as score
    from weighed"""


def weigh(engine: LocalEngine, model: Model) -> None:
    """Make `scored` from `comparison`."""
    engine.create("scored", sql_for_scores(model))
