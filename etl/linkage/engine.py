"""Who is who: records and register in, one decision a record out."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pyarrow as pa

from etl.engines import BatchFunction, Engine
from etl.linkage import candidates, decide, deterministic, index, keys, residue, trust
from etl.linkage.comparing import make_comparison, make_name_scoring
from etl.linkage.learning import train_model
from etl.linkage.model import Model
from etl.linkage.weigh import weigh

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
    with clock.stage("sure links"):
        deterministic.link_surely(engine)
    if model is None:
        with clock.stage("train"):
            model = train_model(engine, score_names, is_generic)
    model = replace(model, register_size=round_size(engine.count("person_key")))
    with clock.stage("residue"):
        engine.create_view(
            "waiting",
            "select k.* from record_key k where not exists (select 1 from sure_link s where s.record_id = k.record_id)",
        )
        residue.make_residue(engine, "waiting")
    search(engine, clock, model, score_names)
    return model


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
    tiers = candidates.tiers_of(model.rules == "generic")
    for tier in tiers:
        with clock.stage(f"candidates {tier}"):
            flagged, comparison = f"residue_{tier}", f"comparison_{tier}"
            candidates.flag_large_blocks(engine, waiting, tier, flagged)
            candidates.make_candidates(engine, flagged, tier)
        with clock.stage(f"names {tier}"):
            make_comparison(engine, score_names, comparison)
            comparisons.append(comparison)
        with clock.stage(f"decide {tier}"):
            weigh_vectors(engine, model, comparisons)
            engine.create(f"scored_{tier}", decide.sql_for_scored(model, comparisons, flagged))
            engine.create(f"decision_{tier}", decide.sql_for_decisions(model, f"scored_{tier}", flagged))
            is_last = tier == tiers[-1]
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


def weigh_vectors(engine: Engine, model: Model, comparisons: Sequence[str]) -> None:
    """Make `vector_weight` from the vectors that occur."""
    parts = " union ".join(f"select distinct vector from {comparison}" for comparison in comparisons)
    counts = engine.query(f"select vector from ({parts}) t order by vector")
    engine.register("vector_weight", weigh(model, counts["vector"].combine_chunks()))
