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
from etl.quality.standing import CITY

CRITICAL_FLOOR, CAP = 90.0, 89.9
"""A total is never green where a critical rule is not."""
COUNTED = ["scope_kind", "scope_code", "name", "satisfied", "applicable"]


@dataclass(frozen=True)
class Measures:
    """What scores are made of, one Arrow table each.

    `rules`: sender_code, rule_id, applicable, row_count, over the findings of accepted batches up to the day.
    `standing`: rows of `quality.standing` of the day.
    `stations`: sender_code, ward_code: of which ward each sender is the station.
    """

    rules: pa.Table
    standing: pa.Table
    stations: pa.Table


def score(measures: Measures, today: date, rules: Catalogue | None = None) -> pa.Table:
    """Rows of `quality.score` for the day.

    A rule that applied to nothing has no score, and takes no part in its dimension: that is not a pass. One that
    could not be run comes as failing on all of its rows (see the gate), so it scores 0 on them. Shadow rules and
    those of weight 0 are shown on their own level alone. Silence of a sender lowers complete and live. A ward's
    score is that of what its own station sent, and of its residents' books. Where a critical rule is below 90 the total is
    amber at best.
    """
    rules = rules or catalogue()
    counted = pd.concat([_from_findings(measures), _from_standing(measures)])
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
    four = by_dimension[by_dimension["name"].isin(DIMENSIONS)]
    total = _capped(_roll_up(four.assign(weight=1.0, total="total"), "total"), by_rule, rules)
    levels = [by_rule.assign(level="rule"), by_dimension.assign(level="dimension"), total.assign(level="total")]
    return _as_contract(pd.concat(levels), today, rules.version)


def _from_findings(measures: Measures) -> pd.DataFrame:
    """What the rules counted in batches: for the sender, for his ward if he is its station, for the city."""
    found = measures.rules.to_pandas()
    found = found.assign(satisfied=found["applicable"] - found["row_count"], name=found["rule_id"])
    return _spread(found, measures)


def _from_standing(measures: Measures) -> pd.DataFrame:
    """What standing checks counted: of a sender also for his ward if he is its station; the city's sums are theirs."""
    found: pd.DataFrame = measures.standing.to_pandas()
    found = found.assign(satisfied=found["applicable"] - found["failing"], name=found["rule_id"])
    of_stations = found[found["scope_kind"].eq("sender")]
    wards = of_stations.assign(scope_kind="ward", scope_code=of_stations["scope_code"].map(_ward_of(measures)))
    return pd.concat([found, wards.dropna(subset=["scope_code"])])[COUNTED]


def _spread(counted: pd.DataFrame, measures: Measures) -> pd.DataFrame:
    """Counts of senders, said of the sender, of the ward whose station he is, and of the city."""
    wards = counted.assign(scope_kind="ward", scope_code=counted["sender_code"].map(_ward_of(measures)))
    spread = [
        counted.assign(scope_kind="sender", scope_code=counted["sender_code"]),
        wards.dropna(subset=["scope_code"]),
        counted.assign(scope_kind="city", scope_code=CITY),
    ]
    return pd.concat(spread)[COUNTED]


def _ward_of(measures: Measures) -> "pd.Series[str]":
    """Sender -> the ward whose station he is."""
    stations: pd.DataFrame = measures.stations.to_pandas()
    return stations.set_index("sender_code")["ward_code"]


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


def _capped(total: pd.DataFrame, by_rule: pd.DataFrame, rules: Catalogue) -> pd.DataFrame:
    """Totals, none above `CAP` where a scored critical rule of its scope is below `CRITICAL_FLOOR`."""
    critical = {rule.rule_id for rule in rules if rule.severity == "critical"}
    poor = by_rule[by_rule["name"].isin(critical) & (by_rule["weight"] > 0) & (by_rule["score"] < CRITICAL_FLOOR)]
    scope = ["scope_kind", "scope_code"]
    is_poor = total.set_index(scope).index.isin(poor.set_index(scope).index)
    return total.assign(score=total["score"].where(~is_poor, total["score"].clip(upper=CAP)))


def _as_contract(scores: pd.DataFrame, today: date, version: str) -> pa.Table:
    order = {name: place for place, name in enumerate(("total", *DIMENSIONS))}
    scores = scores.assign(
        scored_on=today,
        catalogue_version=version,
        place=scores["name"].map(order).fillna(len(order)),
        score=scores["score"].astype(object).where(scores["score"].notna(), None),
    ).sort_values(["scope_kind", "scope_code", "place", "name"], ignore_index=True)
    return pa.Table.from_pandas(scores[SCORE.arrow_schema.names], SCORE.arrow_schema, preserve_index=False)
