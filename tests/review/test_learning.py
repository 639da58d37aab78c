"""Calibration from rulings in the warehouse: it says what it lacks, checks before it keeps, and never takes effect itself."""

import numpy as np
import pytest

from etl import steps
from etl.settings import Settings
from tests.linkage.test_calibrate import world
from tests.pipeline.city import read_rows
from tests.review.village import DOUBLE, LAN, rule


def rule_as(settings: Settings, slope: float, offset: float, size: int = 300) -> None:
    """Blind rulings, which bind nobody, of a world in which scores are to be believed as far as `slope` and `offset` say."""
    from etl.steps.explain import sized_model

    with steps.warehouse(settings) as connection:
        examples = world(size, slope, offset, model=sized_model(settings, connection))
        with connection.cursor() as cursor:
            cursor.execute(
                "select record_id, person_id from intake.person_record, identity.register_person order by md5(record_id::text || person_id)"
            )
            pairs = cursor.fetchall()[:size]
            for (record_id, person_id), vector, is_same in zip(pairs, examples.vector, examples.is_same, strict=True):
                cursor.execute(
                    "insert into identity.ruling (record_id, person_id, verdict, reason, is_blind, sample_id, link_decision, link_rule,"
                    " vector, model_version, actor, decided_at)"
                    " values (%s, %s, %s, 'documents', true, 1, 'review', 'weight', %s, 'default-2', 'hoa', now())",
                    (record_id, person_id, "same" if is_same else "different", int(np.int64(vector))),
                )


def models_of(settings: Settings) -> dict[object, object]:
    return {model["version"]: model["is_current"] for model in steps.list_models(settings)}


def test_too_few_rulings_teach_nothing(settings: Settings) -> None:
    rule(settings, DOUBLE, "same", LAN)
    before = models_of(settings)
    found = steps.calibrate(settings, "hoa", apply=True)
    assert found == {
        "rulings": 1,
        "teaching": found["teaching"],
        "checking": found["checking"],
        "lacks": "1 rulings of 50",
        "is_kept": False,
    }
    assert models_of(settings) == before


def test_a_calibration_is_kept_only_when_asked_and_never_used_by_itself(settings: Settings) -> None:
    rule_as(settings, 0.4, -1.5)
    before = models_of(settings)
    looked = steps.calibrate(settings, "hoa", seed=2)
    assert (looked["is_better"], looked["is_kept"]) == (True, False)
    assert models_of(settings) == before
    kept = steps.calibrate(settings, "hoa", seed=2, apply=True)
    version = kept["after"]["model_version"]
    assert kept == {**looked, "is_kept": True}
    assert models_of(settings) == {**before, version: False}
    assert kept["after"]["log_loss"] < kept["before"]["log_loss"]
    assert kept["after"]["match_threshold"] > kept["before"]["match_threshold"]
    assert kept["after"]["slope"] < 0.7
    events = read_rows(settings, "select actor, subject from audit.event where action = 'model.calibrated'")
    assert events == [("hoa", f"model {version}")]


def test_a_calibrated_model_links_when_it_is_approved_and_orders_the_queue(settings: Settings) -> None:
    rule_as(settings, 0.4, -1.5)
    version = steps.calibrate(settings, "hoa", seed=2, apply=True)["after"]["model_version"]
    run_id = steps.link(settings, model_version=version)
    if steps.read_run(settings, run_id)["state"] == "proposed":
        steps.approve(settings, run_id, "thu")
    used = read_rows(
        settings,
        "select distinct model_version from identity.link where closed_at is null and opened_run_id = " + str(run_id),
    )
    assert set(used) <= {(version,)}
    assert models_of(settings)[version]
    assert steps.next_pairs(settings, "hoa", 9)["waiting"] >= 3


def test_a_calibration_that_fails_its_check_is_not_kept(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    rule_as(settings, 0.4, -1.5)
    monkeypatch.setattr("etl.linkage.calibrate.is_better", lambda *_: False)
    before = models_of(settings)
    found = steps.calibrate(settings, "hoa", seed=2, apply=True)
    assert (found["is_better"], found["is_kept"]) == (False, False)
    assert models_of(settings) == before
