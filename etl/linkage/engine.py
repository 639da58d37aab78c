"""Who is who: records and register in, one decision a record out."""

import pyarrow as pa

from etl.engines.local import LocalEngine
from etl.linkage import candidates, compare, decide, deterministic, keys, weigh
from etl.linkage.model import Model, load_model


def link_records(engine: LocalEngine, model: Model | None = None) -> pa.Table:
    """Decide for every row of `records` who of `people` it names; both are tables of the engine, standardised.

    Gives `record_id, person_id, decision (match|review|none), score (log2), runner_up_person_id, runner_up_score,
    rule, model_version`, ordered by record; keeps `decision`, `scored` and `record_key` in the engine.
    """
    model = model or load_model()
    keys.prepare(engine)
    deterministic.link_surely(engine)
    candidates.find_candidates(engine)
    compare.compare(engine)
    weigh.weigh(engine, model)
    decide.decide(engine, model)
    return engine.query(f"select {decide.DECISION_COLUMNS} from decision order by record_id")
