"""What a reviewer is shown: what is worth most first, all that speaks for and against, and that he saw it is on record."""

import json

import pytest

from etl import steps
from etl.errors import ConfigError
from etl.settings import Settings
from tests.pipeline.city import build, read_rows
from tests.review.village import AN, DEAD, DOUBLE, LAN, LENT, NEW, OTHER_LAN, SURE, TWIN, record_of, rule


def test_the_queue_is_explained_side_by_side(settings: Settings) -> None:
    queue = steps.next_pairs(settings, "thu", 9)
    items = {item["record_id"]: item for item in queue["items"]}
    assert set(items) == {record_of(settings, row) for row in (DOUBLE, LENT, DEAD)}
    assert [item["position"] for item in queue["items"]] == [1, 2, 3]
    values = [item["value"] for item in queue["items"]]
    assert values == sorted(values, reverse=True)
    lent = items[record_of(settings, LENT)]
    candidate, runner_up = lent["pairs"]
    assert (candidate["role"], candidate["person_id"]) == ("candidate", AN)
    assert (runner_up["role"], runner_up["person_id"]) == ("runner_up", TWIN)
    fields = {field["field"]: field for field in candidate["fields"]}
    assert (fields["full_name"]["record"], fields["full_name"]["person"]) == ("Nguyễn Văn Cường", "Nguyễn Văn An")
    assert (fields["full_name"]["level"], fields["national_id"]["level"]) == ("family_same", "same")
    assert fields["national_id"]["bits"] > 10 > 0 > fields["full_name"]["bits"]
    assert candidate["veto"]["code"] == "given_name_differs"
    assert candidate["household"]["cut"] < 0
    assert lent["why"]["vi"].startswith("Khác tên")
    assert lent["thresholds"]["match"] > lent["thresholds"]["review"]
    double = items[record_of(settings, DOUBLE)]
    assert double["uncertainty"] == pytest.approx(1.0), "two namesakes fit alike"
    assert {pair["person_id"] for pair in double["pairs"]} == {LAN, OTHER_LAN}


def test_explanations_add_up_to_the_score_that_decided(settings: Settings) -> None:
    scores = {
        row[0]: row[1:]
        for row in read_rows(
            settings, "select record_id, score, runner_up_score from identity.link where decision = 'review'"
        )
    }
    items = steps.next_pairs(settings, "thu", 9)["items"]
    assert {item["record_id"] for item in items} == set(scores)
    for item in items:
        for pair, stored in zip(item["pairs"], scores[item["record_id"]], strict=False):
            assert pair["score"] == stored
            *bars, total = pair["waterfall"]
            assert sum(bar["bits"] for bar in bars) == pytest.approx(stored, abs=0.01)
            assert (total["name"], total["bits"]) == ("score", pytest.approx(stored))


def test_that_it_was_shown_is_audited(settings: Settings) -> None:
    [item] = steps.next_pairs(settings, "thu")["items"]
    events = read_rows(settings, "select actor, subject, detail from audit.event where action = 'review.shown'")
    assert [(actor, subject) for actor, subject, _ in events] == [("thu", f"record {item['record_id']}")]
    assert json.loads(str(events[0][2])) == {"position": 1, "waiting": 3}
    for actor in ("", "engine"):
        with pytest.raises(ConfigError, match="actor"):
            steps.next_pairs(settings, actor)


def test_what_was_ruled_before_is_shown_with_it(settings: Settings) -> None:
    rule(settings, DOUBLE, "different", LAN)
    rule(settings, DOUBLE, "cannot_tell", LAN, "hoa", reason="too_little")
    build(settings)
    items = {item["record_id"]: item for item in steps.next_pairs(settings, "thu", 9)["items"]}
    before = items[record_of(settings, DOUBLE)]["rulings"]
    assert [(one["actor"], one["verdict"]) for one in before] == [("thu", "different"), ("hoa", "cannot_tell")]


def test_a_ruled_veto_teaches_how_sure_such_vetoes_are(settings: Settings) -> None:
    """After a lent number was ruled a relative's, the next of its kind is less uncertain than one never ruled on."""
    from etl.linkage.review import same_shares
    from etl.warehouse import queue

    rule(settings, LENT, "different", AN)
    with steps.warehouse(settings) as connection:
        shares = same_shares(queue.read_verdicts(connection))
    assert shares["given_name_differs"] == pytest.approx(1 / 3)
    assert shares["after_death"] == pytest.approx(1 / 2)


def test_status_counts_the_queue_by_rule_and_age(settings: Settings) -> None:
    rule(settings, DOUBLE, "cannot_tell", LAN, reason="too_little")
    found = steps.review_status(settings)
    assert (found["waiting"], found["cannot_tell"], found["contested"]) == (3, 1, 0)
    assert found["by_rule"] == {"after_death": 1, "given_name_differs": 1, "weight": 1}
    assert found["by_age"] == {"1 day": 3, "7 days": 0, "30 days": 0, "older": 0}
    assert found["ruled"] == {"cannot_tell": 1, "blind": 0}


def test_an_empty_queue_is_no_error(settings: Settings) -> None:
    for row, person_id in ((DOUBLE, LAN), (LENT, TWIN), (DEAD, None)):
        rule(settings, row, "same", person_id)
    assert steps.next_pairs(settings, "thu") == {"waiting": 0, "items": []}
    assert steps.review_status(settings)["waiting"] == 0


def test_sure_links_and_new_people_are_explained_too(settings: Settings) -> None:
    sure = steps.explain(settings, record_of(settings, SURE), "thu")
    [pair] = sure["pairs"]
    assert (sure["link"]["rule"], pair["role"], pair["person_id"]) == ("national_id_name_birth", "linked", AN)
    levels = {field["field"]: field.get("level") for field in pair["fields"]}
    assert (levels["full_name"], levels["birth_date"], levels["national_id"]) == ("same", "same", "same")
    assert pair["score"] > 40
    assert pair["veto"] is None
    new = steps.explain(settings, record_of(settings, NEW), "thu")
    assert (new["link"]["decision"], new["pairs"]) == ("none", [])
    with pytest.raises(ConfigError, match="no such record"):
        steps.explain(settings, 1, "thu")


def test_vectors_on_demand_are_those_of_the_search(settings: Settings) -> None:
    """For every pair that the search compared: comparing it alone gives the same."""
    from etl.steps.explain import vectors_of

    stored = {
        (int(str(record)), int(str(person))): vector
        for record, person, vector in read_rows(
            settings,
            "select record_id, candidate_person_id, vector from identity.link where decision = 'review' union all"
            " select record_id, runner_up_person_id, runner_up_vector from identity.link where runner_up_vector is not null",
        )
    }
    assert len(stored) == 5
    asked: dict[int, list[dict[str, object]]] = {}
    for record, person in stored:
        asked.setdefault(record, []).append({"person_id": person, "vector": None})
    with steps.warehouse(settings) as connection:
        assert vectors_of(settings, connection, asked) == stored
