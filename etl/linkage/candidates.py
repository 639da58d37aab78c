"""Who may be meant: several narrow blocking passes over the records that nothing settled for sure.

A pass joins on whole numbers that a record and a person share. Where such a block holds more people than `BLOCK_CAP`,
the pass asks for one thing more there (`refine`), so that common names never make pairs by the million. The passes come
in tiers, narrow ones first: what they settle is not looked for in wider ones. A pair is found by its first pass only:
later ones leave it out, so nothing has to be made distinct.
"""

from dataclasses import dataclass

from etl.engines import Engine
from etl.linkage.compare import sql_for_comparison

BLOCK_CAP = 100
"""People in a block above which the pass is refined there."""


@dataclass(frozen=True)
class BlockingPass:
    """Columns that must agree, and what more is asked for in a block that is too large.

    `strong_birth`: only where both sides know the day of birth. `tier`: a record that a tier settles is not looked for
    in the next.
    """

    name: str
    tier: int
    columns: tuple[str, ...]
    refine: str
    strong_birth: bool = False

    @property
    def agreement(self) -> str:
        """The join condition."""
        return " and ".join(f"r.{column} = p.{column}" for column in self.columns)

    @property
    def strength(self) -> str:
        """The condition on the birth dates of both sides."""
        return "not r.is_weak_birth and not p.is_weak_birth" if self.strong_birth else "true"


PASSES = (
    BlockingPass("name_birth", 0, ("key_id", "birth"), "r.sex = p.sex"),
    BlockingPass("national_id", 0, ("national_id",), "r.key_id = p.key_id"),
    BlockingPass("old_id", 0, ("old_id",), "r.key_id = p.key_id"),
    BlockingPass("insurance_no", 0, ("insurance_no",), "r.key_id = p.key_id"),
    BlockingPass("birth_given", 1, ("birth", "given_id"), "r.family_id = p.family_id", strong_birth=True),
    BlockingPass("phone_given", 1, ("phone", "given_id"), "r.birth_year = p.birth_year"),
    BlockingPass("name_year", 1, ("key_id", "birth_year"), "r.ward = p.ward"),
    BlockingPass("birth_ward", 2, ("birth", "ward"), "r.family_id = p.family_id and r.sex = p.sex", strong_birth=True),
    BlockingPass("phone_year", 2, ("phone", "birth_year"), "r.family_id = p.family_id"),
    BlockingPass("name_day", 2, ("key_id", "birth_month", "birth_day"), "r.ward = p.ward", strong_birth=True),
    BlockingPass("name_ward", 2, ("key_id", "ward"), "r.street_id = p.street_id"),
)
"""In the order in which a pair is looked for; the narrow ones first."""
BROAD_PASSES = (
    BlockingPass("birth", 3, ("birth",), "r.given_id = p.given_id", strong_birth=True),
    BlockingPass("ward_given", 3, ("ward", "given_id"), "r.birth_year = p.birth_year"),
    BlockingPass("ward_family", 3, ("ward", "family_id"), "r.birth_year = p.birth_year"),
    BlockingPass("name", 3, ("key_id",), "r.ward = p.ward"),
)
"""For generic data, where nobody knows which fields tell people apart: a last tier that asks for little."""
ALL_PASSES = PASSES + BROAD_PASSES


def tiers_of(is_generic: bool) -> tuple[int, ...]:
    """The tiers that are searched, in their order."""
    return tuple(sorted({one.tier for one in (ALL_PASSES if is_generic else PASSES)}))


def sql_for_large_blocks(one: BlockingPass, residue: str) -> str:
    """One row per block of the register that a record of the residue needs and that holds too many people."""
    columns = ", ".join(one.columns)
    known = " and ".join(f"k.{column} is not null" for column in one.columns)
    weak = " and not k.is_weak_birth" if one.strong_birth else ""
    same = " and ".join(f"k.{column} = n.{column}" for column in one.columns)
    named = ", ".join(f"k.{column}" for column in one.columns)
    return f"""
    with needed as (select distinct {columns} from {residue} k where {known}{weak})
    select {named} from person_key k join needed n on {same}
    where {known}{weak} group by {named} having count(*) > {BLOCK_CAP}"""


def flag_large_blocks(engine: Engine, residue: str, tier: int, flagged: str, condition: str = "true") -> None:
    """Make `flagged` from the residue: with `is_large_<pass>` for each pass of the tier, measured on the register."""
    passes = [one for one in ALL_PASSES if one.tier == tier]
    for one in passes:
        engine.create(f"large_{one.name}", sql_for_large_blocks(one, residue))
    flags = ", ".join(f"l_{one.name}.{one.columns[0]} is not null as is_large_{one.name}" for one in passes)
    joins = " ".join(
        f"left join large_{one.name} l_{one.name} on "
        + " and ".join(f"l_{one.name}.{column} = k.{column}" for column in one.columns)
        for one in passes
    )
    engine.create(flagged, f"select k.*, {flags} from {residue} k {joins} where {condition}")
    engine.drop(*(f"large_{one.name}" for one in passes))


def _found_by(one: BlockingPass) -> str:
    """Whether a pass finds the pair of `r` and `p`, never null."""
    return f"coalesce({one.agreement} and {one.strength} and (not r.is_large_{one.name} or {one.refine}), false)"


def make_candidates(engine: Engine, residue: str, tier: int) -> None:
    """Make `candidate` (see `sql_for_comparison`): pairs of a record of the residue and a person in one of its blocks.

    First pairs by the few columns of each pass, then how they compare; without a vector where an earlier pass has the pair.
    """
    passes = [(at, one) for at, one in enumerate(ALL_PASSES) if one.tier == tier]
    engine.create("pair", " union all ".join(_sql_for_pairs(at, one, residue) for at, one in passes))
    is_first = " and ".join(
        f"(f.pass <= {at} or not {_found_by(one)})" for at, one in enumerate(ALL_PASSES[: passes[-1][0]])
    )
    pairs = f"pair f join {residue} r on r.record_id = f.record_id join person_key p on p.person_id = f.person_id"
    engine.create("candidate", sql_for_comparison(pairs, is_first))
    engine.drop("pair")


def _sql_for_pairs(at: int, one: BlockingPass, residue: str) -> str:
    """One row per pair that one pass finds."""
    return f"""
    select r.record_id, p.person_id, {at} as pass
    from {residue} r join person_key p on {one.agreement}
    where {one.strength} and (not r.is_large_{one.name} or {one.refine})"""
