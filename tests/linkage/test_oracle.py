"""The fast path decides every record as the slow one does, column by column."""

from dataclasses import replace
from random import Random
from typing import Any

import pyarrow as pa
import pytest

from etl.linkage import candidates
from etl.linkage.engine import RULING
from etl.linkage.model import load_model
from tests.linkage import oracle
from tests.linkage.cities import City, Linked, make_city, make_crowd, run_engine

PEOPLE = 900
ERRORS = 5.0


def check(city: City, linked: Linked, **options: Any) -> None:
    """Every column of every decision, against the oracle's."""
    slow = oracle.link(city.people, city.records, linked.model, **options)
    assert linked.decisions.keys() == slow.keys() == city.truth.keys()
    for number, decision in linked.decisions.items():
        assert decision == slow[number], next(row for row in city.records if row["record_id"] == number)


@pytest.mark.parametrize(("maker", "profile"), [("city", "vietnam"), ("other", "vietnam"), ("city", "generic")])
def test_decisions_are_the_oracles(maker: str, profile: str) -> None:
    city = make_city(maker, 3, ERRORS, PEOPLE)
    linked = run_engine(city.people, city.records, replace(load_model(), rules=profile), profile=profile)
    check(city, linked, is_generic=profile == "generic")
    rules = {decision["rule"] for decision in linked.decisions.values()}
    assert rules >= {"national_id_name_birth", "old_id_name_birth", "insurance_no_name_birth", "weight", "no_candidate"}
    assert rules >= {"after_death"} | ({"birth_differs", "given_name_differs"} if profile == "vietnam" else set())
    assert {decision["decision"] for decision in linked.decisions.values()} == {"match", "review", "none"}


@pytest.mark.parametrize(("maker", "profile"), [("city", "vietnam"), ("other", "generic")])
def test_decisions_by_a_model_of_the_data_are_the_oracles(
    maker: str, profile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("etl.linkage.train.LEAST_RECORDS", 100)
    monkeypatch.setattr("etl.linkage.learning.CHANCE_SIDE", 150)
    city = make_city(maker, 4, ERRORS, PEOPLE)
    linked = run_engine(city.people, city.records, None, profile=profile, threads=2)
    assert linked.model.m != load_model().m
    assert linked.model.rules == profile
    check(city, linked, is_generic=profile == "generic")


@pytest.mark.parametrize(("seed", "profile", "cap"), [(2, "vietnam", 1), (3, "generic", 2)])
def test_decisions_in_a_crowd_with_large_blocks_are_the_oracles(
    seed: int, profile: str, cap: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "BLOCK_CAP", cap)
    crowd, is_generic, model = make_crowd(seed), profile == "generic", replace(load_model(), rules=profile)
    capped = run_engine(crowd.people, crowd.records, model, profile=profile)
    check(crowd, capped, is_generic=is_generic, block_cap=cap)
    uncapped = oracle.link(crowd.people, crowd.records, model, is_generic=is_generic)
    assert any(uncapped[number] != decision for number, decision in capped.decisions.items())
    assert any(decision["score"] == decision["runner_up_score"] for decision in capped.decisions.values())


def test_rulings_bind_as_the_oracle_says() -> None:
    crowd, rng, rulings = make_crowd(4), Random(1), {}
    for record_id, person_id in crowd.truth.items():
        verdict = rng.choice(["same", "different", "different", ""])
        if verdict:
            rulings[record_id, person_id if verdict == "different" else rng.randint(1, 99)] = verdict
    table = pa.table([*zip(*rulings, strict=True), list(rulings.values())], RULING.names).cast(RULING)
    linked = run_engine(crowd.people, crowd.records, load_model(), rulings=table)
    check(crowd, linked, rulings=rulings)
    for (record_id, person_id), verdict in rulings.items():
        decision = linked.decisions[record_id]
        if verdict == "same":
            assert (decision["person_id"], decision["rule"]) == (person_id, "reviewer")
        else:
            assert decision["person_id"] != person_id
