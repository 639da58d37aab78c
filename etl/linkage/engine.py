"""Who is who: records and register in, one decision a record out."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.engines import BatchFunction, Engine
from etl.linkage import candidates, decide, deterministic, index, keys, residue, spelling, train, trust
from etl.linkage.compare import NAME_SQL, sql_for_vector
from etl.linkage.levels import place
from etl.linkage.model import Model, load_model, settled
from etl.linkage.weigh import weigh

TRAINING_RECORDS = 25_000
CHANCE_SIDE = 500
"""Chance pairs are so many records against as many people."""
RARE_WORD = 50_000
"""A word that fewer than one in so many people bears is taken for a typing error, not for a name."""
MODULUS = 1_000_003


RULING = pa.schema([("record_id", pa.int64()), ("person_id", pa.int64()), ("verdict", pa.string())])
"""`verdict` is `same` (at most one a record) or `different`."""


@dataclass
class Clock:
    """Seconds of each stage, told as they pass."""

    say: Callable[[str], None] = lambda _: None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began
        self.say(f"{name}: {self.seconds[name]:.1f} s")


def link_records(
    engine: Engine, clock: Clock, profile: keys.Profile, has: Sequence[str], model: Model | None, known_names: str = ""
) -> Model:
    """From `records` (text) and the index of the register to `decision`; trains a model where none is given.

    The engine holds `person_key`, `person_name` and `name_count` (see `index`); `known_names` is a table of names
    (`NAME_FORM`) that were looked at before. Makes `record_key` and what `link_keys` makes. Gives the model that decided.
    """
    with clock.stage("standardise records"):
        prepare_records(engine, profile, has, known_names)
        trust.find_shared(engine)
    return link_keys(engine, clock, model, profile.is_generic)


def prepare_records(engine: Engine, profile: keys.Profile, has: Sequence[str], known_names: str = "") -> None:
    """From `records` (text) to `record_key` and `record_name` (the text of each toneless name)."""
    keys.prepare_side(engine, "records", "record_key", "record_id", profile, has, known_names)
    engine.create(
        "record_name",
        "select key_id, min(key_text) as key_text from record_key_name where key_id is not null group by key_id",
    )


def link_keys(
    engine: Engine, clock: Clock, model: Model | None, is_generic: bool = False, rulings: pa.Table | None = None
) -> Model:
    """From `record_key`, `record_name`, the index and the shared numbers to `decision`: one row a record.

    `rulings` (`RULING`) is what reviewers decided of a record and a person: it binds. Trains a model where none is
    given; gives the one that decided.
    """
    engine.register("ruling", RULING.empty_table() if rulings is None else rulings)
    score_names = make_name_scoring(engine, is_generic)
    if model is None:
        with clock.stage("train"):
            model = train_model(engine, score_names, is_generic)
    model = replace(model, register_size=round_size(_count(engine, "person_key")))
    with clock.stage("sure links"):
        deterministic.link_surely(engine)
    with clock.stage("residue"):
        engine.create_view(
            "waiting", "select * from record_key where record_id not in (select record_id from sure_link)"
        )
        residue.make_residue(engine, "waiting")
    search(engine, clock, model, score_names)
    return model


def make_name_scoring(engine: Engine, is_generic: bool = False) -> BatchFunction:
    """The function that scores pairs of names, from the names of both sides (`name_text`, which it makes)."""
    engine.create("name_text", sql_for_name_texts())
    return spelling.scoring(known_words(engine), is_generic)


def round_size(people: int) -> int:
    """The next power of two: a register that grows by a few people leaves every score as it was."""
    return 1 << max(people - 1, 0).bit_length()


def link_table(engine: Engine, model: Model, rulings: pa.Table | None = None) -> None:
    """From `people` and `pending`, both typed as in the contracts, to `decision`."""
    engine.create_view("people_text", keys.sql_for_texts("people", "person_id", "death_date"))
    engine.create_view("records", keys.sql_for_texts("pending", "record_id", "as_of_date"))
    index.build_index(engine, keys.VIETNAM, keys.PERSON_COLUMNS, "people_text")
    prepare_records(engine, keys.VIETNAM, keys.RECORD_COLUMNS, "person_key_name")
    trust.find_shared(engine)
    link_keys(engine, Clock(), model, rulings=rulings)


def search(engine: Engine, clock: Clock, model: Model, score_names: BatchFunction) -> None:
    """Make `decision`: tier by tier, candidates of the records that no narrower tier matched."""
    decided: list[tuple[str, str]] = []
    comparisons: list[str] = []
    waiting = "residue"
    for tier in candidates.TIERS:
        with clock.stage(f"candidates {tier}"):
            flagged, comparison = f"residue_{tier}", f"comparison_{tier}"
            candidates.flag_large_blocks(engine, waiting, tier, flagged)
            engine.create("candidate", candidates.sql_for_candidates(flagged, tier))
        with clock.stage(f"names {tier}"):
            make_comparison(engine, score_names, comparison)
            comparisons.append(comparison)
        with clock.stage(f"decide {tier}"):
            weigh_vectors(engine, model, comparisons)
            engine.create(f"scored_{tier}", decide.sql_for_scored(model, comparisons, flagged))
            engine.create(f"decision_{tier}", decide.sql_for_decisions(model, f"scored_{tier}", flagged))
            is_last = tier == candidates.TIERS[-1]
            decided.append((f"decision_{tier}", "true" if is_last else "decision = 'match'"))
            if not is_last:
                waiting = f"waiting_{tier}"
                engine.create(
                    waiting,
                    f"select r.* from {flagged} r where r.record_id in "
                    f"(select record_id from decision_{tier} where decision <> 'match')",
                )
    with clock.stage("decide"):
        engine.create_view("decision", decide.sql_for_all_decisions(model, decided))


def sql_for_name_texts() -> str:
    """One row per toneless name of either side."""
    return """
    select key_id, min(key_text) as key_text
    from (select key_id, key_text from person_name union all
        select key_id, key_text from record_name) t
    group by key_id"""


def known_words(engine: Engine) -> frozenset[str]:
    """The words that names of the register consist of."""
    names = engine.query("select t.key_text, c.people from name_count c join name_text t on t.key_id = c.key_id")
    words = pc.split_pattern(names["key_text"].combine_chunks(), " ")
    people = np.asarray(names["people"])[np.asarray(pc.list_parent_indices(words))]
    encoded = pc.dictionary_encode(words.flatten())
    counts = np.bincount(np.asarray(encoded.indices), people, len(encoded.dictionary))
    common = counts * RARE_WORD >= max(people.sum() / 3, 1)
    return frozenset(encoded.dictionary.filter(pa.array(common)).to_pylist())


def make_comparison(engine: Engine, score_names: BatchFunction, comparison: str) -> None:
    """Make a comparison (`record_id, person_id, vector`) from `candidate`: spellings scored once for each pair of names."""
    engine.create(
        "name_pair",
        """select distinct record_key_id, person_key_id from candidate where name_level is null""",
    )
    engine.stream(
        "name_scored",
        """select n.record_key_id, n.person_key_id, a.key_text as record_name, b.key_text as person_name
        from name_pair n join name_text a on a.key_id = n.record_key_id join name_text b on b.key_id = n.person_key_id""",
        score_names,
        spelling.SPELLING,
    )
    engine.create("name_level", "select * from name_scored")
    engine.create(
        comparison,
        f"""select c.record_id, c.person_id, c.vector + coalesce(c.name_level, s.name_level, 0) * {place("name")} as vector
        from candidate c left join name_level s
            on c.name_level is null and s.record_key_id = c.record_key_id and s.person_key_id = c.person_key_id""",
    )
    engine.drop("name_pair", "name_level", "candidate")


def weigh_vectors(engine: Engine, model: Model, comparisons: Sequence[str]) -> None:
    """Make `vector_weight` from the vectors that occur."""
    parts = " union ".join(f"select distinct vector from {comparison}" for comparison in comparisons)
    counts = engine.query(f"select vector from ({parts}) t order by vector")
    engine.register("vector_weight", weigh(model, counts["vector"].combine_chunks()))


def train_model(engine: Engine, score_names: BatchFunction, is_generic: bool = False) -> Model:
    """A model from the candidates of a sample of records, and from chance pairs. What is sampled follows from content."""
    base = replace(load_model(), rules="generic" if is_generic else "vietnam")
    records, people = _count(engine, "record_key"), _count(engine, "person_key")
    share = min(1.0, TRAINING_RECORDS / max(records, 1))
    engine.create("sampled", f"select k.* from record_key k where {_sampled('k', share)}")
    residue.make_residue(engine, "sampled")
    waiting = "residue"
    for tier in candidates.TIERS:
        candidates.flag_large_blocks(engine, waiting, tier, f"sample_{tier}")
        waiting = f"sample_{tier}"
        engine.create("candidate", candidates.sql_for_candidates(waiting, tier))
        make_comparison(engine, score_names, f"training_{tier}")
    parts = " union all ".join(f"select record_id, vector from training_{tier}" for tier in candidates.TIERS)
    pairs = engine.query(parts)
    chance = _chance_pairs(engine, score_names, records, people)
    trained = train.train(base, pairs, _count(engine, "residue"), chance, _sizes(engine, people))
    data = {"records": records, "people": people, "sampled": _count(engine, "residue"), "pairs": pairs.num_rows}
    return settled(replace(trained, data=data), "trained")


def _sampled(alias: str, share: float) -> str:
    drawn = f"abs(coalesce({alias}.toned_id, 0) % {MODULUS} + coalesce({alias}.birth, 0) * 7 + coalesce({alias}.phone, 0) % 1009) % {MODULUS}"
    return f"{drawn} < {int(share * MODULUS)}" if share < 1 else "true"


def _chance_pairs(engine: Engine, score_names: BatchFunction, records: int, people: int) -> pa.Table:
    engine.create("chance_record", f"select r.* from residue r where {_sampled('r', CHANCE_SIDE / max(records, 1))}")
    engine.create("chance_person", f"select p.* from person_key p where {_sampled('p', CHANCE_SIDE / max(people, 1))}")
    engine.create(
        "candidate",
        f"""select r.record_id, p.person_id, r.key_id as record_key_id, p.key_id as person_key_id,
        {NAME_SQL} as name_level, {sql_for_vector()} as vector from chance_record r cross join chance_person p""",
    )
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


def _count(engine: Engine, name: str) -> int:
    return int(engine.query(f"select count(*) as rows from {name}")["rows"][0].as_py())
