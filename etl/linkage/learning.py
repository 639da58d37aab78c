"""What the model learns from: candidates of a sample of records, and chance pairs. What is sampled follows from content."""

from dataclasses import replace

import pyarrow as pa

from etl.engines import BatchFunction, Engine
from etl.linkage import candidates, residue, train
from etl.linkage.compare import sql_for_comparison
from etl.linkage.comparing import make_comparison
from etl.linkage.model import Model, load_model, settled

TRAINING_RECORDS, TRAINING_SHARE = 55_000, 1 / 60
"""A sample of so many records, or of this share of them if that is more …"""
SURE_LESS = 4
"""… but of those with a sure link, which never wait for review, one in so many, who counts as that many. The expected
length of the review queue is then sure to about four (at ten million people: two) of 10,000 records."""
CHANCE_SIDE = 500
"""Chance pairs are so many records against as many people."""
MODULUS = 1_000_003
DRAWN_BY = ("toned_id", "birth", "national_id", "old_id", "insurance_no", "phone", "address_id")


def train_model(engine: Engine, score_names: BatchFunction, is_generic: bool = False) -> Model:
    """A model from the candidates of a sample of records, and from chance pairs; `sure_link` is there already."""
    base = replace(load_model(), rules="generic" if is_generic else "vietnam")
    records, people = engine.count("record_key"), engine.count("person_key")
    share = min(1.0, max(TRAINING_RECORDS / max(records, 1), TRAINING_SHARE))
    less = SURE_LESS if share < 1 else 1
    engine.create(
        "sampled",
        f"""select k.*, s.record_id is not null as is_sure from record_key k
        left join sure_link s on s.record_id = k.record_id
        where {_sampled("k", share / less)} or (s.record_id is null and {_sampled("k", share)})""",
    )
    residue.make_residue(engine, "sampled")
    waiting = "residue"
    tiers = candidates.tiers_of(is_generic)
    for tier in tiers:
        candidates.flag_large_blocks(engine, waiting, tier, f"sample_{tier}")
        waiting = f"sample_{tier}"
        candidates.make_candidates(engine, waiting, tier)
        make_comparison(engine, score_names, f"training_{tier}")
    parts = " union all ".join(f"select record_id, vector from training_{tier}" for tier in tiers)
    pairs = engine.query(parts)
    chance = _chance_pairs(engine, score_names, records, people)
    sample = train.Sample(
        pairs, engine.count("sampled"), engine.query("select record_id from sampled where is_sure")["record_id"], less
    )
    trained = train.train(base, sample, chance, _sizes(engine, people))
    data = {"records": records, "people": people, "sampled": sample.drawn, "pairs": pairs.num_rows}
    return settled(replace(trained, data=data), "trained")


def _sampled(alias: str, share: float) -> str:
    """Whether a row is drawn: by all that it says, so that rows that lack the same fields are not drawn together."""
    said = " + ".join(f"coalesce(abs({alias}.{column} % {MODULUS}), 0)" for column in DRAWN_BY)
    return f"({said}) % {MODULUS} < {int(share * MODULUS)}" if share < 1 else "true"


def _chance_pairs(engine: Engine, score_names: BatchFunction, records: int, people: int) -> pa.Table:
    engine.create("chance_record", f"select r.* from residue r where {_sampled('r', CHANCE_SIDE / max(records, 1))}")
    engine.create("chance_person", f"select p.* from person_key p where {_sampled('p', CHANCE_SIDE / max(people, 1))}")
    engine.create("candidate", sql_for_comparison("chance_record r cross join chance_person p"))
    make_comparison(engine, score_names, "chance")
    engine.drop("chance_record", "chance_person")
    return engine.query("select vector, count(*) as pairs from chance group by vector")


def _sizes(engine: Engine, people: int) -> dict[str, float]:
    """What chance agreements follow from, measured on the whole register."""
    sizes = {"people": float(people)}
    for name, column, known in (
        ("same_birth", "birth", "not is_weak_birth"),
        ("same_ward", "ward", "ward is not null"),
    ):
        found = engine.query(f"""
            select coalesce(sum(cast(n as double) * n) / (sum(cast(n as double)) * sum(cast(n as double))), 0) as share
            from (select {column}, count(*) as n from person_key where {known} group by {column}) t""")
        sizes[name] = float(found["share"][0].as_py() or 0)
    found = engine.query("""
        with toned as (select key_id, toned_id, count(*) as n from person_key where key_id % 16 = 0 group by key_id, toned_id),
        keyed as (select key_id, sum(n) as n, sum(cast(n as double) * n) as same from toned group by key_id)
        select sum(same) / sum(cast(n as double) * n) as share from keyed""")
    sizes["same_toned"] = float(found["share"][0].as_py() or 0.75)
    return sizes
