"""How the links of a build differ from those of the last one: levels, scores, reviews, each as shares."""

import math
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from etl.engines import Engine
from etl.linkage.levels import BASE, FIELDS, LEVELS
from etl.linkage.weigh import levels_of

DRIFT = pa.schema([("measure", pa.string()), ("name", pa.string()), ("part", pa.string()), ("records", pa.int64())])
"""Counts: `level` of a field, `score` (whole bits of the best candidate), `decision` of a sender's records."""
NOTABLE = 0.1
"""A stability index from which on a shift is worth a look (0.25: a great one), as is usual for score cards."""


def measure_drift(engine: Engine) -> pa.Table:
    """`DRIFT` of the build at hand, from `decision` and `sender_record` (`record_id, sender_code`)."""
    rows = [*_level_counts(engine)]
    scores = engine.query(
        "select cast(floor(score) as bigint) as bits, count(*) as records from decision where score is not null"
        " group by floor(score) order by bits"
    )
    rows += [("score", "", str(row["bits"]), row["records"]) for row in scores.to_pylist()]
    senders = engine.query("""
        select s.sender_code, d.decision, count(*) as records
        from decision d join sender_record s on s.record_id = d.record_id
        group by s.sender_code, d.decision order by s.sender_code, d.decision""")
    rows += [("decision", row["sender_code"], row["decision"], row["records"]) for row in senders.to_pylist()]
    return pa.table([list(column) for column in zip(*rows, strict=True)] or [[]] * 4, schema=DRIFT)


def _level_counts(engine: Engine) -> Iterator[tuple[str, str, str, int]]:
    """Records by the level of each field of their best candidate."""
    vectors = engine.query(
        "select vector, count(*) as records from decision where vector is not null group by vector order by vector"
    )
    numbers, counts = np.asarray(vectors["vector"]), np.asarray(vectors["records"])
    for field in FIELDS:
        found = np.bincount(levels_of(numbers, field), counts, BASE).astype(np.int64)
        yield from (("level", field, name, int(found[at])) for at, name in enumerate(LEVELS[field]) if found[at])


def stability_index(now: Mapping[str, int], before: Mapping[str, int]) -> float:
    """Population stability index of two distributions over parts; 0 where they agree, half a count where one is empty."""
    parts = now.keys() | before.keys()
    totals = [sum(counts.values()) + 0.5 * len(parts) for counts in (now, before)]
    shares = [((now.get(part, 0) + 0.5) / totals[0], (before.get(part, 0) + 0.5) / totals[1]) for part in parts]
    return sum((a - b) * math.log(a / b) for a, b in shares)
