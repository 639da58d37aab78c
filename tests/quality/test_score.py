"""Scores by hand on a small city: what rolls up, what has no score, what silence costs."""

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from etl.contracts import SCORE
from etl.quality.catalogue import catalogue, catalogue_version
from etl.quality.score import Measures, score

TODAY = date(2026, 10, 1)
SENDERS = [
    {
        "sender_code": "CS01929",
        "kind": "hospital",
        "ward_code": None,
        "rhythm_days": 7,
        "last_accepted_on": date(2026, 9, 30),
        "last_event_on": date(2026, 9, 28),
    },
    {
        "sender_code": "PX00004",
        "kind": "ward",
        "ward_code": "00004",
        "rhythm_days": 30,
        "last_accepted_on": date(2026, 8, 1),
        "last_event_on": date(2026, 5, 1),
    },
    {
        "sender_code": "PX00008",
        "kind": "ward",
        "ward_code": "00008",
        "rhythm_days": 30,
        "last_accepted_on": None,
        "last_event_on": None,
    },
    {
        "sender_code": "QH001",
        "kind": "district",
        "ward_code": None,
        "rhythm_days": 90,
        "last_accepted_on": None,
        "last_event_on": None,
    },
]
SENDER_SCHEMA = pa.schema(
    [
        ("sender_code", pa.string()),
        ("kind", pa.string()),
        ("ward_code", pa.string()),
        ("rhythm_days", pa.int32()),
        ("last_accepted_on", pa.date32()),
        ("last_event_on", pa.date32()),
    ]
)


def counts(names: str, rows: list[tuple[Any, ...]]) -> pa.Table:
    """A table of codes first, counts after."""
    columns = names.split()
    kinds = [pa.string() if name.endswith(("_code", "_id")) else pa.int64() for name in columns]
    return pa.Table.from_pylist(
        [dict(zip(columns, row, strict=True)) for row in rows], pa.schema(list(zip(columns, kinds, strict=True)))
    )


def measures(**changes: pa.Table) -> Measures:
    tables = {
        "rules": counts(
            "sender_code rule_id applicable row_count",
            [
                ("CS01929", "name_missing", 100, 0),
                ("CS01929", "national_id_missing", 100, 20),
                ("PX00004", "name_missing", 100, 50),
                ("PX00004", "national_id_form", 0, 0),
            ],
        ),
        "senders": pa.Table.from_pylist(SENDERS, SENDER_SCHEMA),
        "coverage": counts(
            "ward_code residents residents_with_book books verified_books",
            [("00004", 10, 8, 9, 8), ("00008", 10, 0, 0, 0), (None, 0, 0, 3, 0)],
        ),
        "freshness": counts("sender_code on_time dated", [("CS01929", 90, 100)]),
    }
    return Measures(**{**tables, **changes})


def read(scores: pa.Table, scope: str, name: str) -> dict[str, Any]:
    (row,) = [row for row in scores.to_pylist() if row["scope_code"] == scope and row["name"] == name]
    return row


def test_the_table_is_that_of_the_contract_with_one_row_a_key() -> None:
    scores = score(measures(), TODAY)
    assert scores.schema.equals(SCORE.arrow_schema)
    assert scores.select(list(SCORE.key)).group_by(list(SCORE.key)).aggregate([]).num_rows == scores.num_rows
    assert set(scores["catalogue_version"].to_pylist()) == {catalogue_version()}
    assert set(scores["scored_on"].to_pylist()) == {TODAY}


def test_a_rule_scores_satisfied_over_applicable_in_each_scope() -> None:
    scores = score(measures(), TODAY)
    assert read(scores, "CS01929", "name_missing")["score"] == 100
    assert read(scores, "PX00004", "name_missing")["score"] == 50
    assert read(scores, "00004", "name_missing")["score"] == 50
    city = read(scores, "HN", "name_missing")
    assert (city["satisfied"], city["applicable"], city["score"]) == (150, 200, 75)


def test_a_rule_that_applied_to_nothing_has_no_score_and_no_say() -> None:
    scores = score(measures(), TODAY)
    assert read(scores, "PX00004", "national_id_form")["score"] is None
    assert not [
        row
        for row in scores.to_pylist()
        if row["scope_code"] == "PX00004" and row["name"] == "correct" and row["score"] is not None
    ]
    assert read(scores, "00008", "book_verified")["score"] is None


def test_a_dimension_is_the_mean_of_its_rules_by_weight() -> None:
    rules = catalogue()
    weights = {name: rules[name].meta.weight for name in ("name_missing", "national_id_missing", "batch_expected")}
    points = {"name_missing": 100, "national_id_missing": 80, "batch_expected": 100}
    expected = sum(weights[name] * points[name] for name in weights) / sum(weights.values())
    assert read(score(measures(), TODAY), "CS01929", "complete")["score"] == pytest.approx(expected)


def test_a_total_is_the_mean_of_the_dimensions_that_have_a_score() -> None:
    scores = score(measures(), TODAY)
    parts = [
        row["score"]
        for row in scores.to_pylist()
        if row["scope_code"] == "CS01929" and row["level"] == "dimension" and row["score"] is not None
    ]
    assert len(parts) == 2
    assert read(scores, "CS01929", "total")["score"] == pytest.approx(sum(parts) / len(parts))


def test_silence_lowers_complete_and_live_and_nothing_else() -> None:
    spoken = [{**sender, "last_accepted_on": TODAY, "last_event_on": TODAY} for sender in SENDERS]
    silent = score(measures(), TODAY)
    heard = score(measures(senders=pa.Table.from_pylist(spoken, SENDER_SCHEMA)), TODAY)
    for name in ("complete", "live"):
        assert read(silent, "HN", name)["score"] < read(heard, "HN", name)["score"]
        assert read(silent, "PX00008", name)["score"] == 0
    assert read(silent, "HN", "correct") == read(heard, "HN", "correct")


def test_an_old_district_is_expected_only_once_it_has_sent() -> None:
    scores = score(measures(), TODAY)
    assert not [row for row in scores.to_pylist() if row["scope_code"] == "QH001"]
    assert read(scores, "HN", "batch_expected")["applicable"] == 3


def test_people_without_a_ward_count_for_the_city_alone() -> None:
    verified = read(score(measures(), TODAY), "HN", "book_verified")
    assert (verified["satisfied"], verified["applicable"]) == (8, 12)


def test_a_rule_of_weight_nought_is_shown_but_not_counted() -> None:
    base = measures()
    extra = counts("sender_code rule_id applicable row_count", [("CS01929", "rule_error", 100, 100)])
    scores = score(measures(rules=pa.concat_tables([base.rules, extra])), TODAY)
    assert read(scores, "CS01929", "rule_error")["score"] == 0
    assert read(scores, "CS01929", "total") == read(score(base, TODAY), "CS01929", "total")


def test_an_empty_city_scores_nothing() -> None:
    empty = Measures(*(table.slice(0, 0) for table in measures().__dict__.values()))
    assert score(empty, TODAY).num_rows == 0


def test_the_day_is_a_parameter() -> None:
    assert read(score(measures(), date(2026, 11, 1)), "CS01929", "batch_expected")["score"] == 0
