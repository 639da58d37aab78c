"""What rulings teach, and whether estimates without labels are true: on invented data whose truth is known.

    python -m tests.bench.review [PEOPLE] [MAKER] [ERRORS]        (default: 200000 city 1)

A reviewer who knows the truth rules on the first of the queue; the rest of the queue, which taught nothing, is the check.
People are hidden by lot, and what the test says of false matches is held against those that are false.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from etl.engines.local import LocalEngine
from etl.linkage import calibrate, files, index, keys, trust
from etl.linkage.absent import link_without_hidden, scale_hidden
from etl.linkage.agreement import share_of
from etl.linkage.chance import draw
from etl.linkage.deterministic import NUMBERS, RULES
from etl.linkage.engine import Clock, link_records, round_size
from etl.linkage.model import Model, load_model
from etl.linkage.review import rank
from tests.bench.linkage.compare import BENCH_DIR
from tests.bench.linkage.make import RECORDS, REGISTER, TRUTH, Order, ensure

QUEUE = """
    select d.record_id, d.rule, d.vector, d.runner_up_vector, cast(1 as bigint) as records, cast(0 as bigint) as events,
        false as is_passed, false as is_contested, case when d.person_id = t.person_id then 'same' else 'different' end as verdict
    from decision d join truth t on t.record_id = d.record_id where d.decision = 'review' order by d.record_id"""
JUDGED = """
    select count(*) filter (where d.decision = 'match') as matches,
        count(*) filter (where d.decision = 'match' and d.person_id is distinct from t.person_id) as false_matches,
        count(*) filter (where d.decision = 'match' and not t.is_registered) as strangers,
        count(*) filter (where d.decision = 'review') as reviews, count(*) filter (where d.decision = 'none') as none
    from decision d join truth t on t.record_id = d.record_id"""


def link_all(engine: LocalEngine, order: Order, model: Model | None) -> Model:
    """Link the order's records to its register; gives the model that decided, as it weighed."""
    data = ensure(order, BENCH_DIR / f"review-{order.maker}-{order.people}-{order.errors:g}")
    people, (waiting, ids) = files.open_register(data / REGISTER), files.open_records(data / RECORDS)
    people.load(engine, "people")
    index.build_index(engine, keys.VIETNAM, people.columns)
    places = files.number_records(engine, waiting, ids)
    assert places is None, "records have numbers of their own"
    used = link_records(engine, Clock(), keys.VIETNAM, waiting.columns, model, "person_key_name")
    engine.register("truth", pq.read_table(data / TRUTH))
    return replace(used, register_size=round_size(engine.count("person_key")))


def teach(console: Console, model: Model, queue: pa.Table, matches: int, sizes: Sequence[int]) -> None:
    """Rulings on the first of the queue, or by lot, and how well the rest of it is foretold before and after."""
    ranked = rank(queue, model, {})
    by_lot = queue.take(pa.array(np.argsort(draw(np.asarray(queue["record_id"]), 1))))
    for name, ordered in (("first of the queue", ranked), ("by lot", by_lot)):
        _teach(console, f"{model.version}, {name}", model, ordered, matches, sizes)


def _teach(console: Console, title: str, model: Model, ranked: pa.Table, matches: int, sizes: Sequence[int]) -> None:
    table = Table("rulings", "slope", "offset", "match threshold", "log loss", "Brier", "better", title=title)
    for size in sizes:
        first, rest = (_examples(part) for part in (ranked.slice(0, size), ranked.slice(size)))
        if not rest.is_free.any():
            continue
        taught = calibrate.learn(model, first, matches) if size else model
        before, after = calibrate.check(model, rest), calibrate.check(taught, rest)
        slope, offset = calibrate.calibration_of(taught)
        table.add_row(
            f"{size:,}",
            f"{slope:.2f}",
            f"{offset:+.2f}",
            f"{taught.match_threshold:.2f}",
            f"{before['log_loss']:.4f} > {after['log_loss']:.4f}",
            f"{before['brier']:.4f} > {after['brier']:.4f}",
            str(calibrate.is_better(before, after, calibrate.gain(model, taught, rest))),
        )
    console.print(table)


def _examples(queue: pa.Table) -> calibrate.Examples:
    return calibrate.examples_of(
        queue.select(["record_id", "vector", "runner_up_vector", "verdict"]).rename_columns(
            ["record_id", "vector", "rival_vector", "verdict"]
        )
    )


def hide(console: Console, engine: LocalEngine, model: Model, counts: dict[str, int], shares: Sequence[float]) -> None:
    """Hide people, scale what goes to others, and show what is true beside it."""
    engine.create("matched", "select record_id, person_id from decision where decision = 'match'")
    engine.create("sure", f"select distinct person_id from decision where rule in {tuple(RULES.values())}")
    engine.create("all_key", "select * from record_key")
    engine.create("every_person", "select * from person_key")
    engine.drop("person_key", "record_key")
    trust.find_shared(engine, "all_key")
    table = Table(
        "hidden", "records", "numbers", "linked to others", "false matches, scaled (95 %)", title="Hidden people"
    )
    for share in shares:
        sure = engine.query("select person_id from sure")
        engine.register("hidden", sure.filter(pa.array(draw(np.asarray(sure["person_id"]), 1) < share)))
        for name, without in (("as sent", ()), ("without", NUMBERS)):
            found = link_without_hidden(engine, model, without)
            engine.drop("record_key")
            absent = share_of(found["match"], sum(found.values()))
            scaled = scale_hidden(absent, found, counts)
            said = " ".join(f"{value:.6f}" for value in scaled.values() if value is not None)
            table.add_row(f"{share:.0%}", f"{absent.of:,}", name, f"{absent.found}", said)
    console.print(table)


def main(people: int = 200_000, maker: str = "city", errors: int = 1) -> None:
    """Link, rule, hide, print."""
    console = Console(width=130)
    for model in (load_model(), None):
        with LocalEngine("6GB", 2) as engine:
            used = link_all(engine, Order(people, maker=maker, errors=float(errors)), model)
            [judged] = engine.query(JUDGED).to_pylist()
            console.print({"people": people, "model": used.version, **judged})
            queue = engine.query(QUEUE)
            teach(console, used, queue, judged["matches"], (0, 50, 100, 200, 500, 1_000, 2_000))
            if model is None:
                true_share = judged["strangers"] / judged["matches"]
                console.print(f"true share of matches whose person is absent: {true_share:.6f}")
                counts = {"match": judged["matches"], "review": judged["reviews"], "none": judged["none"]}
                hide(console, engine, used, counts, (0.01, 0.1))


if __name__ == "__main__":
    main(*(int(word) if word.isdigit() else word for word in sys.argv[1:]))
