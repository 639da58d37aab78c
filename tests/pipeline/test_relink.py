"""A re-link is only proposed; what daily builds look at is what a change can touch."""

from dataclasses import replace

import pytest

from etl import steps
from etl.errors import ConfigError
from etl.linkage.model import load_model, settled
from etl.settings import Settings
from etl.steps.models import keep_model
from tests.pipeline.city import build, deliver, read_books, read_open_links, read_rows, register_files_of
from tests.pipeline.conftest import Hamlet

WARY = settled(replace(load_model(), match_threshold=80.0), "wary")
"""A model by which nothing but sure links ever matches."""


def keep_wary(settings: Settings) -> str:
    with steps.warehouse(settings) as connection:
        keep_model(connection, WARY, "tester")
    return WARY.version


def state_of(settings: Settings, run_id: int) -> object:
    return steps.read_run(settings, run_id)["state"]


def propose(settings: Settings) -> int:
    build(settings)
    return steps.link(settings, model_version=keep_wary(settings))


def test_a_relink_that_would_change_records_waits(own_hamlet: Settings) -> None:
    build(own_hamlet)
    before = read_open_links(own_hamlet), read_books(own_hamlet)
    run_id = steps.link(own_hamlet, model_version=keep_wary(own_hamlet))
    for step in (steps.merge, steps.publish, steps.score):
        step(own_hamlet, run_id)
    assert state_of(own_hamlet, run_id) == "proposed"
    assert (read_open_links(own_hamlet), read_books(own_hamlet)) == before

    found = steps.read_differences(own_hamlet, run_id)
    assert {row["kind"] for row in found} >= {"kept", "split"}
    assert all(row["reason"].startswith("weight > ") for row in found if row["kind"] != "kept")
    linked = {link[0]: link[1] for link in before[0]}
    assert sum(row["records"] for row in found) == len(linked)
    assert sum(row["persons"] for row in found) == len(set(linked.values()))


def test_an_approved_relink_takes_effect_and_its_model_stays(own_hamlet: Settings, hamlet: Hamlet) -> None:
    run_id = propose(own_hamlet)
    steps.approve(own_hamlet, run_id, "chief")
    for step in (steps.merge, steps.publish, steps.score):
        step(own_hamlet, run_id)
    assert state_of(own_hamlet, run_id) == "scored"
    assert {rule for _, _, decision, rule, _ in read_open_links(own_hamlet) if decision == "match"} <= {
        "national_id_name_birth",
        "old_id_name_birth",
        "insurance_no_name_birth",
    }
    assert [model["version"] for model in steps.list_models(own_hamlet) if model["is_current"]] == [WARY.version]
    steps.load_register(own_hamlet, register_files_of(hamlet.city)[1])
    assert steps.read_run(own_hamlet, build(own_hamlet))["model_version"] == WARY.version
    assert read_rows(own_hamlet, f"select answered_by from identity.run where run_id = {run_id}") == [("chief",)]


def test_a_rejected_relink_leaves_everything_as_it_was(own_hamlet: Settings) -> None:
    run_id = propose(own_hamlet)
    before = read_open_links(own_hamlet)
    steps.reject(own_hamlet, run_id, "chief")
    assert state_of(own_hamlet, run_id) == "rejected"
    with pytest.raises(ConfigError, match="expected a proposed build"):
        steps.approve(own_hamlet, run_id, "chief")
    build(own_hamlet)
    assert read_open_links(own_hamlet) == before


def test_what_was_proposed_on_other_data_is_not_approved(own_hamlet: Settings, hamlet: Hamlet) -> None:
    run_id = propose(own_hamlet)
    steps.load_register(own_hamlet, register_files_of(hamlet.city)[1])
    with pytest.raises(ConfigError, match="changed since"):
        steps.approve(own_hamlet, run_id, "chief")


def test_a_relink_that_changes_nothing_needs_nobody(own_hamlet: Settings) -> None:
    build(own_hamlet)
    run_id = steps.link(own_hamlet, full=True)
    assert state_of(own_hamlet, run_id) == "linked"
    assert {row["kind"] for row in steps.read_differences(own_hamlet, run_id)} == {"kept"}


def test_a_register_delta_reopens_only_what_it_touches(own_hamlet: Settings, hamlet: Hamlet) -> None:
    first = build(own_hamlet)
    steps.load_register(own_hamlet, register_files_of(hamlet.city)[1])
    second = build(own_hamlet)
    reasons = dict(
        read_rows(own_hamlet, f"select reason, records::int from identity.run_reason where run_id = {second}")
    )
    records = len(read_open_links(own_hamlet))
    assert read_rows(own_hamlet, f"select reason, records::int from identity.run_reason where run_id = {first}") == [
        ("every_record", records)
    ]
    assert set(reasons) <= {"waiting", "person_changed", "new_candidate", "name_rarity", "shared_number"}
    assert 0 < sum(reasons.values()) < records / 2


def test_drift_is_counted_at_every_build(own_hamlet: Settings) -> None:
    run_id = build(own_hamlet)
    rows = read_rows(own_hamlet, f"select measure, name, part, records from identity.drift where run_id = {run_id}")
    decided = [row for row in rows if row[0] == "decision"]
    assert sum(int(str(row[3])) for row in decided) == len(read_open_links(own_hamlet))
    assert {row[1] for row in rows if row[0] == "level"} >= {"name", "birth", "sex", "national_id", "ward"}


def test_training_keeps_a_model_and_uses_none(own_hamlet: Settings) -> None:
    with pytest.raises(ConfigError, match="nothing was linked yet"):
        steps.train(own_hamlet, "chief")
    build(own_hamlet)
    trained = steps.train(own_hamlet, "chief")
    assert steps.train(own_hamlet, "chief")["version"] == trained["version"]
    current = [model["version"] for model in steps.list_models(own_hamlet) if model["is_current"]]
    assert current == [load_model().version]
    with pytest.raises(ConfigError, match="no such model"):
        steps.link(own_hamlet, model_version="nobody's")


def test_rows_of_a_later_day_are_linked_without_the_others(own_hamlet: Settings, hamlet: Hamlet) -> None:
    build(own_hamlet)
    deliver(own_hamlet, [])
    assert steps.link(own_hamlet) == build(own_hamlet), "the same input is not linked twice"
