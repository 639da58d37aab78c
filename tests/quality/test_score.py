"""Scores by hand on a small city: what rolls up, what has no score, what silence costs."""

from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.contracts import SCORE, STANDING
from etl.quality.catalogue import catalogue, catalogue_version
from etl.quality.score import Measures, score

TODAY = date(2026, 10, 1)
STATIONS = [("CS01929", None), ("PX00004", "00004"), ("PX00008", "00008"), ("QH001", None)]
COVERAGE = [("00004", 10, 8, 9, 8), ("00008", 10, 0, 0, 0)]
HEARD = {"CS01929": True, "PX00004": False, "PX00008": False}


def standing(heard: dict[str, bool] = HEARD) -> pa.Table:
    """What standing checks found: coverage by ward, with three books of no ward, and whether each sender was heard."""
    rows = []
    for ward_code, residents, with_book, books, verified in COVERAGE:
        rows.append(("book_exists", "ward", ward_code, residents, residents - with_book))
        rows += [("book_verified", "ward", ward_code, books, books - verified)] if books else []
    rows += [("book_exists", "city", "HN", 20, 12), ("book_verified", "city", "HN", 12, 4)]
    for name in ("batch_expected", "sender_live"):
        rows += [(name, "sender", code, 1, int(not is_heard)) for code, is_heard in heard.items()]
        rows.append((name, "city", "HN", len(heard), sum(not is_heard for is_heard in heard.values())))
    rows += [("statement_fresh", kind, code, 100, 10) for kind, code in (("sender", "CS01929"), ("city", "HN"))]
    names = ("rule_id", "scope_kind", "scope_code", "applicable", "failing")
    told = [{**dict(zip(names, row, strict=True)), "checked_on": TODAY, "has_erred": False} for row in rows]
    return pa.Table.from_pylist(told, STANDING.arrow_schema)


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
        "standing": standing(),
        "stations": pa.table(
            {"sender_code": [code for code, _ in STATIONS], "ward_code": [ward for _, ward in STATIONS]}
        ),
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
    assert not [row for row in scores.to_pylist() if (row["scope_code"], row["name"]) == ("00008", "book_verified")]


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
    silent = score(measures(), TODAY)
    heard = score(measures(standing=standing(dict.fromkeys(HEARD, True))), TODAY)
    for name in ("complete", "live"):
        assert read(silent, "HN", name)["score"] < read(heard, "HN", name)["score"]
        assert read(silent, "PX00008", name)["score"] == 0
    assert read(silent, "HN", "correct") == read(heard, "HN", "correct")


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


def test_a_total_is_not_green_where_a_critical_rule_is_not() -> None:
    rows = [
        ("CS01929", "name_missing", 1000, 110),
        ("CS01929", "national_id_form", 1000, 0),
        ("CS01929", "sex_missing", 1000, 0),
    ]
    poor = read(
        score(measures(rules=counts("sender_code rule_id applicable row_count", rows)), TODAY), "CS01929", "total"
    )
    assert poor["score"] == 89.9
    rows[0] = ("CS01929", "name_missing", 1000, 90)
    fair = read(
        score(measures(rules=counts("sender_code rule_id applicable row_count", rows)), TODAY), "CS01929", "total"
    )
    assert fair["score"] > 90


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=1, max_size=6), st.integers(0, 5))
def test_a_row_that_satisfies_a_rule_never_lowers_a_score(shares: list[tuple[int, int]], place: int) -> None:
    names = [rule.rule_id for rule in catalogue().suites["person_record"].expectations if rule.meta.weight][
        : len(shares)
    ]
    rows = [("CS01929", name, whole, min(part, whole)) for name, (part, whole) in zip(names, shares, strict=True)]
    place %= len(rows)
    before = score(measures(rules=counts("sender_code rule_id applicable row_count", rows)), TODAY)
    _, name, applicable, failing = rows[place]
    rows[place] = ("CS01929", name, applicable + 1, failing)
    after = score(measures(rules=counts("sender_code rule_id applicable row_count", rows)), TODAY)
    for scope in ("CS01929", "HN"):
        assert read(after, scope, "total")["score"] >= read(before, scope, "total")["score"] - 1e-9
