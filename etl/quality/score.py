"""Scores: satisfied ÷ applicable of each rule, rolled up rule → dimension → total, for city, senders and wards.

Pure: everything comes in as tables (made by the SELECTs in `sql/reports/score_*.sql`), and the day as a parameter.
The index is the ministry's DQI: satisfied ÷ total × 100, rolled up by weighted mean; its weights are not published,
so ours stand in the catalogue.
"""

from dataclasses import dataclass
from datetime import date

import pandas as pd
import pyarrow as pa

from etl.contracts import SCORE
from etl.quality.catalogue import DIMENSIONS, Catalogue, catalogue

CITY = "HN"
COUNTED = ["scope_kind", "scope_code", "name", "satisfied", "applicable"]


@dataclass(frozen=True)
class Measures:
    """What scores are made of, one Arrow table each.

    `rules`: sender_code, rule_id, applicable, row_count, over the findings of accepted batches.
    `senders`: sender_code, kind, ward_code, rhythm_days, last_accepted_on, last_event_on (dates, null where nothing
    ever came).
    `coverage`: ward_code (null where unknown), residents, residents_with_book, books, verified_books.
    `freshness`: sender_code, on_time, dated: accepted rows that say when they were so, and those that came in time.
    """

    rules: pa.Table
    senders: pa.Table
    coverage: pa.Table
    freshness: pa.Table


def score(measures: Measures, today: date, rules: Catalogue | None = None) -> pa.Table:
    """Rows of `quality.score` for the day.

    A rule that applied to nothing has no score, and takes no part in its dimension: that is not a pass. One that
    could not be run comes as failing on all of its rows (see the gate), so it scores 0 on them. Shadow rules and
    those of weight 0 are shown on their own level alone. Silence of a sender lowers complete and live. A ward's
    score is that of what its own station sent, and of its residents' books.
    """
    rules = rules or catalogue()
    counted = pd.concat([_from_findings(measures), _from_coverage(measures), _from_senders(measures, today)])
    if counted.empty:
        return SCORE.arrow_schema.empty_table()
    counted = counted.groupby(COUNTED[:3], as_index=False)[COUNTED[3:]].sum()
    by_rule = _with_score(counted)
    by_rule["dimension"] = by_rule["name"].map({rule.rule_id: rule.meta.dimension for rule in rules})
    by_rule["weight"] = by_rule["name"].map(
        {rule.rule_id: 0.0 if rule.meta.shadow else rule.meta.weight for rule in rules}
    )
    by_dimension = _roll_up(by_rule, "dimension")
    # The four words count alike, whatever the number and weight of the rules behind each.
    total = _roll_up(by_dimension.assign(weight=1.0, total="total"), "total")
    levels = [by_rule.assign(level="rule"), by_dimension.assign(level="dimension"), total.assign(level="total")]
    return _as_contract(pd.concat(levels), today, rules.version)


def _from_findings(measures: Measures) -> pd.DataFrame:
    """What the rules counted in batches: for the sender, for his ward if he is its station, for the city."""
    found = measures.rules.to_pandas()
    found = found.assign(satisfied=found["applicable"] - found["row_count"], name=found["rule_id"])
    return _spread(found, measures)


def _from_senders(measures: Measures, today: date) -> pd.DataFrame:
    """Silence, age and lateness of what each sender sent; one who is not expected is not counted.

    Hospitals and wards are expected always; an old district, whose time is over, only once it has sent something.
    """
    senders = measures.senders.to_pandas(date_as_object=False)
    sent = senders["last_accepted_on"].notna()
    expected = senders[senders["kind"].isin(["hospital", "ward"]) | (sent & senders["kind"].eq("district"))]
    rhythm = pd.to_timedelta(expected["rhythm_days"], unit="D")
    now = pd.Timestamp(today)
    states = {
        "batch_expected": now - expected["last_accepted_on"] <= rhythm,
        # What an event of the first day of a period tells arrives at the period's end at the earliest.
        "sender_live": now - expected["last_event_on"] <= 2 * rhythm,
    }
    codes = expected[["sender_code"]]
    parts = [codes.assign(name=name, satisfied=is_kept.astype(int), applicable=1) for name, is_kept in states.items()]
    late = measures.freshness.to_pandas().rename(columns={"on_time": "satisfied", "dated": "applicable"})
    parts.append(late.assign(name="statement_fresh"))
    return _spread(pd.concat(parts), measures)


def _from_coverage(measures: Measures) -> pd.DataFrame:
    """Every resident has a book, every book is verified: for each ward, and for the city with the unplaced."""
    coverage: pd.DataFrame = measures.coverage.to_pandas()
    counts = {"book_exists": ("residents_with_book", "residents"), "book_verified": ("verified_books", "books")}
    parts = []
    for name, (satisfied, applicable) in counts.items():
        part = coverage.rename(columns={satisfied: "satisfied", applicable: "applicable"}).assign(name=name)
        parts.append(part.assign(scope_kind="ward", scope_code=part["ward_code"]).dropna(subset=["scope_code"]))
        parts.append(part.assign(scope_kind="city", scope_code=CITY))
    return pd.concat(parts)[COUNTED]


def _spread(counted: pd.DataFrame, measures: Measures) -> pd.DataFrame:
    """Counts of senders, said of the sender, of the ward whose station he is, and of the city."""
    ward_of = measures.senders.select(["sender_code", "ward_code"]).to_pandas().set_index("sender_code")["ward_code"]
    wards = counted.assign(scope_kind="ward", scope_code=counted["sender_code"].map(ward_of))
    spread = [
        counted.assign(scope_kind="sender", scope_code=counted["sender_code"]),
        wards.dropna(subset=["scope_code"]),
        counted.assign(scope_kind="city", scope_code=CITY),
    ]
    return pd.concat(spread)[COUNTED]


def _with_score(counted: pd.DataFrame) -> pd.DataFrame:
    applicable = counted["applicable"].where(counted["applicable"] > 0)
    return counted.assign(score=100.0 * counted["satisfied"] / applicable)


def _roll_up(scores: pd.DataFrame, into: str) -> pd.DataFrame:
    """The weighted mean of scores that exist, in each scope and group of `into`, with the counts beneath it."""
    heard = scores[scores["weight"] > 0]
    has_score = heard["score"].notna()
    heard = heard.assign(points=heard["score"] * heard["weight"], heard_weight=heard["weight"].where(has_score, 0.0))
    groups = heard.groupby(["scope_kind", "scope_code", into], as_index=False)
    sums = groups[["satisfied", "applicable", "points", "heard_weight"]].sum()
    mean = sums["points"] / sums["heard_weight"].where(sums["heard_weight"] > 0)
    return sums.assign(name=sums[into], score=mean)[[*COUNTED, "score"]]


def _as_contract(scores: pd.DataFrame, today: date, version: str) -> pa.Table:
    order = {name: place for place, name in enumerate(("total", *DIMENSIONS))}
    scores = scores.assign(
        scored_on=today,
        catalogue_version=version,
        place=scores["name"].map(order).fillna(len(order)),
        score=scores["score"].astype(object).where(scores["score"].notna(), None),
    ).sort_values(["scope_kind", "scope_code", "place", "name"], ignore_index=True)
    return pa.Table.from_pandas(scores[SCORE.arrow_schema.names], SCORE.arrow_schema, preserve_index=False)
