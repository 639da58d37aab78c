"""Agreement: blind second reviews of a sample, what they say of reviewers and of automatic matches."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from psycopg2.extensions import connection as Connection

from etl.errors import ConfigError
from etl.linkage.agreement import VERDICTS, Stratum, count_pairs, kappa, share_of, stratified
from etl.linkage.deterministic import RULES
from etl.linkage.explain import side_by_side
from etl.linkage.review import check_actor
from etl.settings import Settings
from etl.steps.database import read_by, warehouse
from etl.steps.models import read_model
from etl.warehouse import links, queue, samples
from etl.warehouse.audit import record as note
from etl.warehouse.store import Store

AUTOMATIC = ("sure", "near_threshold", "other_match")
STRATA = (*AUTOMATIC, "reviewed")
NEAR_BITS = 3.0
"""A match that so many bits more would have kept from being one is near the threshold."""


def draw_sample(settings: Settings, count: int, seed: int, actor: str) -> dict[str, Any]:
    """Draw a stratified sample for blind review: sure links, matches near the threshold, other matches, ruled pairs.

    Strata get equal parts; what one is too small for goes to the others. The same seed over the same links draws the
    same pairs. Gives its number and counts.
    """
    check_actor(actor)
    with warehouse(settings) as connection:
        links.lock_build(connection)
        model = read_model(connection)
        near = model.match_threshold + NEAR_BITS
        first = samples.read_first(connection, list(RULES.values()), near, seed, count)
        sizes = {name: sum(row["stratum"] == name for row in first) for name in STRATA}
        if count < sum(size > 0 for size in sizes.values()):
            raise ConfigError(
                "count: some strata would get none; expected a pair of each at least. Ask for more pairs."
            )
        parts = allocate(count, sizes)
        chosen = [row for row in first if row["place"] <= parts[row["stratum"]]]
        if not chosen:
            raise ConfigError("sample: nothing was linked yet; expected matches to draw from. Run `healthbook build`.")
        sample_id = samples.write_sample(connection, chosen, seed, model.version, actor)
    return {"sample_id": sample_id, "pairs": len(chosen), "strata": dict(Counter(row["stratum"] for row in chosen))}


def allocate(count: int, sizes: dict[str, int]) -> dict[str, int]:
    """How many to draw of each stratum: equal parts, none more than it holds, `count` in all where there are so many."""
    parts = dict.fromkeys(sizes, 0)
    for _ in range(count):
        open_strata = [name for name in sizes if parts[name] < sizes[name]]
        if not open_strata:
            break
        parts[min(open_strata, key=lambda name: parts[name])] += 1
    return parts


def next_blind(
    settings: Settings, sample_id: int, actor: str, count: int = 1, reader: Connection | None = None
) -> dict[str, Any]:
    """Pairs of a sample that a reviewer has not ruled on: both sides as stated, and nothing of what was decided."""
    check_actor(actor)
    with warehouse(settings) as connection:
        reading = reader or connection
        samples.read_sample(reading, sample_id)
        seals = Store(settings).seals
        left = samples.read_unruled(reading, sample_id, actor)
        chosen = left[:count]
        records = queue.read_records(reading, seals, [row["record_id"] for row in chosen])
        persons = queue.read_persons(reading, seals, [row["person_id"] for row in chosen])
        for row in chosen:
            note(connection, actor, "review.shown", f"record {row['record_id']}", {"sample": sample_id})
    items = [
        {**row, "fields": side_by_side(records[row["record_id"]], persons.get(row["person_id"]))} for row in chosen
    ]
    return {"sample_id": sample_id, "waiting": len(left), "items": items}


def agreement(settings: Settings, sample_id: int | None = None, reader: Connection | None = None) -> dict[str, Any]:
    """How far reviewers agree, and the share of automatic matches that are false, by a sample (the last one)."""
    with read_by(settings, reader) as connection:
        double = samples.read_double(connection)
        number = samples.newest_sample(connection) if sample_id is None else sample_id
        rows = samples.read_sample(connection, number).to_pylist()
    counts = count_pairs(double)
    strata = {name: stratum_of([row for row in rows if row["stratum"] == name]) for name in STRATA}
    automatic = [strata[name] for name in AUTOMATIC]
    worst = [Stratum(one.records, one.looked_at + one.unclear, one.false + one.unclear) for one in automatic]
    return {
        "reviewers": {
            "pairs": len(double),
            "agreement": asdict(share_of(int(counts.trace()), int(counts.sum()))),
            **kappa(counts),
            "verdicts": list(VERDICTS),
            "counts": counts.tolist(),
        },
        "sample_id": number,
        "strata": {name: asdict(one) for name, one in strata.items()},
        "false_matches": asdict(stratified(automatic)),
        "false_matches_if_unclear_are_false": asdict(stratified(worst)),
    }


def stratum_of(rows: list[dict[str, Any]]) -> Stratum:
    """What a sample says of one stratum; pairs that nobody ruled on yet say nothing."""
    verdicts = Counter(row["verdict"] for row in rows)
    return Stratum(
        records=int(rows[0]["stratum_records"]) if rows else 0,
        looked_at=verdicts["same"] + verdicts["different"],
        false=verdicts["different"],
        unclear=verdicts["cannot_tell"],
    )
