"""Comparison vectors of chosen pairs, on demand: for links that were settled without weighing."""

import pyarrow as pa

from etl.engines import Engine
from etl.linkage import residue
from etl.linkage.compare import sql_for_comparison
from etl.linkage.comparing import make_comparison, make_name_scoring

PAIR = pa.schema([("record_id", pa.int64()), ("person_id", pa.int64())])


def compare_pairs(engine: Engine, pairs: pa.Table) -> dict[tuple[int, int], int]:
    """The vector of each pair (`PAIR`); those of people who are not in the index have none.

    Needs what `engine.link_keys` needs: `all_key`, the index, names of both sides and the shared numbers. Gives what the
    search would give for the pair, had it compared it.
    """
    engine.register("asked", pairs)
    engine.create("record_key", "select * from all_key where record_id in (select record_id from asked)")
    residue.make_residue(engine, "record_key")
    engine.create(
        "candidate",
        sql_for_comparison(
            "asked a join residue r on r.record_id = a.record_id join person_key p on p.person_id = a.person_id"
        ),
    )
    make_comparison(engine, make_name_scoring(engine), "asked_comparison")
    found = engine.query("select record_id, person_id, vector from asked_comparison").to_pylist()
    return {(row["record_id"], row["person_id"]): row["vector"] for row in found}
