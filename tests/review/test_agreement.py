"""Blind second reviews and what they say; estimates of false links that need no reviewer."""

from collections import Counter

import pytest

from etl import steps
from etl.contracts import PERSON_RECORD
from etl.errors import ConfigError
from etl.settings import Settings
from etl.steps.agreement import allocate
from tests.pipeline.city import build, read_opened, read_rows
from tests.review.village import DOUBLE, LAN, LENT, OTHER_LAN, SURE, TWIN, link_of, links_of, record_of, rule


def pairs_of(settings: Settings, sample_id: object) -> list[tuple[int, int, str]]:
    return [
        (int(str(record)), int(str(person)), str(stratum))
        for record, person, stratum in read_rows(
            settings,
            f"select record_id, person_id, stratum from identity.review_sample where sample_id = {sample_id} order by 1",
        )
    ]


def rule_blind(settings: Settings, sample_id: object, record: int, person: int, verdict: str, actor: str) -> None:
    ruling = steps.Ruling(record, person, verdict, "documents", actor, sample_id=int(str(sample_id)))
    told = steps.decide(settings, ruling)
    assert told["link_before"] == told["link_after"]


def test_a_sample_has_equal_parts_and_the_same_seed_draws_it_again(settings: Settings) -> None:
    rule(settings, DOUBLE, "same", LAN)
    first = steps.draw_sample(settings, 13, 5, "thu")
    again, other = steps.draw_sample(settings, 13, 5, "thu"), steps.draw_sample(settings, 13, 6, "thu")
    assert first["strata"] == {"sure": 6, "other_match": 6, "reviewed": 1}
    drawn = [pairs_of(settings, one["sample_id"]) for one in (first, again, other)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert (record_of(settings, DOUBLE), LAN, "reviewed") in drawn[0]
    sizes = dict(read_rows(settings, "select distinct stratum, stratum_records from identity.review_sample"))
    assert sizes == {"sure": 33, "other_match": 10, "reviewed": 1}
    with pytest.raises(ConfigError, match="strata"):
        steps.draw_sample(settings, 2, 5, "thu")


@pytest.mark.parametrize(
    ("count", "sizes", "expected"),
    [
        (4, {"a": 9, "b": 9, "c": 9}, {"a": 2, "b": 1, "c": 1}),
        (9, {"a": 9, "b": 1, "c": 0}, {"a": 8, "b": 1, "c": 0}),
        (9, {"a": 1, "b": 1}, {"a": 1, "b": 1}),
    ],
)
def test_what_a_stratum_lacks_goes_to_the_others(count: int, sizes: dict[str, int], expected: dict[str, int]) -> None:
    assert allocate(count, sizes) == expected


def test_blind_is_blind(settings: Settings) -> None:
    """Nothing of what engine or others decided is shown, and nobody judges a pair that he has judged before."""
    rule(settings, DOUBLE, "same", LAN, "hoa")
    sample_id = steps.draw_sample(settings, 13, 5, "thu")["sample_id"]
    shown = steps.next_blind(settings, sample_id, "mai", 99)
    assert (shown["waiting"], len(shown["items"])) == (13, 13)
    for item in shown["items"]:
        assert set(item) == {"record_id", "person_id", "fields"}
        assert all(
            set(field) <= {"field", "record", "person", "record_precision", "person_precision"}
            for field in item["fields"]
        )
    assert Counter(item["record_id"] for item in shown["items"]) == Counter(
        r for r, *_ in pairs_of(settings, sample_id)
    )
    assert steps.next_blind(settings, sample_id, "hoa")["waiting"] == 12
    record = record_of(settings, DOUBLE)
    with pytest.raises(ConfigError, match="somebody else"):
        rule_blind(settings, sample_id, record, LAN, "same", "hoa")
    with pytest.raises(ConfigError, match="does not hold"):
        rule_blind(settings, sample_id, record, OTHER_LAN, "same", "mai")
    with pytest.raises(ConfigError, match="does not hold"):
        rule_blind(settings, sample_id, record_of(settings, LENT), TWIN, "same", "mai")
    rule_blind(settings, sample_id, record, LAN, "same", "mai")
    assert steps.next_blind(settings, sample_id, "mai")["waiting"] == 12


def test_a_blind_ruling_does_not_bind_but_a_contradiction_is_looked_at_again(settings: Settings) -> None:
    before = build(settings)
    sample_id = steps.draw_sample(settings, 99, 5, "thu")["sample_id"]
    links = links_of(settings)
    assert links[SURE][1] == "match"
    record, person = record_of(settings, SURE), int(str(links[SURE][0]))
    rule_blind(settings, sample_id, record, person, "different", "mai")
    assert build(settings) == before, "no new build for what binds nobody"
    assert links_of(settings) == links
    found = steps.next_pairs(settings, "hoa", 9)
    assert found["waiting"] == 4
    [contested] = [item for item in found["items"] if item["is_contested"]]
    assert contested["record_id"] == record
    assert contested["pairs"][0]["role"] == "linked"
    assert steps.review_status(settings)["contested"] == 1
    rule(settings, SURE, "same", person, "hoa")
    assert steps.review_status(settings)["contested"] == 0
    assert link_of(settings, SURE) == (person, "match", "reviewer", "hoa")


def test_agreement_and_false_matches_by_hand(settings: Settings) -> None:
    """33 sure links and 10 by weight; of 7 looked at in the first stratum none, of 5 in the other one is false."""
    sample_id = steps.draw_sample(settings, 14, 5, "thu")["sample_id"]
    unseen = steps.agreement(settings)
    assert unseen["reviewers"]["pairs"] == 0
    assert unseen["false_matches"]["share"] is None
    pairs = pairs_of(settings, sample_id)
    by_weight = [pair for pair in pairs if pair[2] == "other_match"]
    for record, person, stratum in pairs:
        verdict = {0: "different", 1: "cannot_tell"}.get(
            by_weight.index((record, person, stratum)) if stratum == "other_match" else 9, "same"
        )
        rule_blind(settings, sample_id, record, person, verdict, "mai")
    rule_blind(settings, sample_id, *by_weight[0][:2], "different", "hoa")
    rule_blind(settings, sample_id, *by_weight[2][:2], "cannot_tell", "hoa")
    found = steps.agreement(settings, sample_id)
    assert found["strata"]["sure"] == {"records": 33, "looked_at": 7, "false": 0, "unclear": 0}
    assert found["strata"]["other_match"] == {"records": 10, "looked_at": 6, "false": 1, "unclear": 1}
    assert found["false_matches"]["share"] == pytest.approx(10 / 43 / 6)
    assert found["false_matches"]["low"] < 10 / 43 / 6 < found["false_matches"]["high"]
    assert found["false_matches_if_unclear_are_false"]["share"] == pytest.approx(10 / 43 * 2 / 7)
    assert found["reviewers"]["pairs"] == 2
    assert found["reviewers"]["counts"] == [[0, 0, 1], [0, 1, 0], [0, 0, 0]]
    assert found["reviewers"]["agreement"]["share"] == 0.5
    with pytest.raises(ConfigError, match="no such sample"):
        steps.agreement(settings, 99)


def test_senders_own_numbers_betray_false_links(settings: Settings) -> None:
    """One patient number was given to two people; a reviewer then mixes two patients of one sender up."""
    before = steps.estimate(settings)["own_numbers"]
    assert (before["repeated_numbers"], before["repeated_records"], before["apart_numbers"]) == (1, 2, 1)
    assert (before["shared_persons"], before["contradicting_persons"]) == (0, 0)
    records = read_opened(
        settings,
        PERSON_RECORD,
        "select source_person_id, record_id, person_id from identity.link join intake.person_record using (record_id)"
        " where closed_at is null and source_person_id is not null",
    )
    ids = {number: (record_id, person_id) for number, record_id, person_id in records}
    steps.decide(settings, steps.Ruling(ids["BN3"][0], ids["BN17"][1], "same", "documents", "hoa"))
    after = steps.estimate(settings)["own_numbers"]
    assert (after["shared_persons"], after["contradicting_persons"]) == (1, 1)
    assert after["false_if_by_chance"] > after["contradicting"]["share"] > 0
    assert after["apart"]["found"] == 1


def test_hidden_people_show_who_would_be_linked_in_their_place(settings: Settings) -> None:
    """Who is hidden is not found; a namesake of the same day and ward takes the record where no number tells them apart."""
    links = links_of(settings)
    everyone = steps.estimate(settings, seed=1, share=0.5)["hidden_people"]
    assert 8 < everyone["people"] < 26
    by_seed = {seed: steps.estimate(settings, seed=seed, share=0.5)["hidden_people"] for seed in (1, 2, 3, 4)}
    assert by_seed[1] == everyone
    taken = {seed: found["without_numbers"]["match"] for seed, found in by_seed.items()}
    assert set(taken.values()) == {0, 1}, "she is hidden by some seeds and not by others"
    for found in by_seed.values():
        assert found["as_sent"]["match"] == 0
        one = found["without_numbers"]
        assert one["linked_to_another"]["share"] == one["match"] / (one["match"] + one["review"] + one["none"])
        assert (one["false_matches"]["share"] > 0) == (one["match"] > 0)
    assert links_of(settings) == links
    for share in (0.0, 0.6):
        with pytest.raises(ConfigError, match="share"):
            steps.estimate(settings, share=share)
