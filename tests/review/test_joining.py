"""Two provisional persons ruled to be one: at once, in every build to come, whoever the register then finds them to be."""

from pathlib import Path
from random import Random

import pytest

from etl import steps
from etl.errors import ConfigError
from etl.settings import Settings
from etl.steps.alike import FIRST_COLUMNS
from tests.pipeline.city import build, read_books, read_rows
from tests.pipeline.test_register import COLUMNS
from tests.review.foretold import check, foretold
from tests.review.village import (
    NEW,
    NEW_AGAIN,
    OTHERS,
    PEOPLE,
    SURE,
    add_strangers,
    record_of,
    strangers_of,
)

KNOWN = "301,001201000063,,Trịnh Quốc Toản,20010707,1,01,00004,Số 8 phố Huế,HN9,,,1,,20260901"
"""The newcomer, once the register knows him."""


@pytest.fixture
def joinable(settings: Settings, tmp_path: Path) -> Settings:
    """The village, and a second list of people whom the register does not know."""
    add_strangers(settings, tmp_path)
    return settings


def say(settings: Settings, record_id: int, verdict: str, person_id: int, actor: str = "thu") -> int:
    told = steps.decide(settings, steps.Ruling(record_id, person_id, verdict, "documents", actor))
    return int(str(told["ruling_id"]))


def belief(settings: Settings) -> dict[object, tuple[object, ...]]:
    """What is believed of every record, with all that was weighed."""
    return {
        record_id: tuple(rest)
        for record_id, *rest in read_rows(
            settings,
            "select record_id, person_id, decision, rule, score, candidate_person_id, runner_up_person_id, vector"
            " from identity.link where closed_at is null order by 1",
        )
    }


def person_of(settings: Settings, record_id: int) -> int:
    return int(str(belief(settings)[record_id][0]))


def persons(settings: Settings) -> dict[object, object]:
    return {record: link[0] for record, link in belief(settings).items()}


def rebuilt(settings: Settings) -> dict[object, tuple[object, ...]]:
    """What a full re-link believes."""
    run_id = steps.link(settings, full=True)
    if steps.read_run(settings, run_id)["state"] == "proposed":
        steps.approve(settings, run_id, "thu")
    return belief(settings)


def test_two_groups_are_one_at_once_and_in_every_build(joinable: Settings) -> None:
    first, again, third, *_ = strangers_of(joinable)
    new = record_of(joinable, NEW)
    group = person_of(joinable, new)
    other = person_of(joinable, first)
    assert other == person_of(joinable, again) == -min(first, again)
    before = belief(joinable)
    ruling_id = say(joinable, again, "same", group)
    at_once = belief(joinable)
    kept = max(group, other)
    assert {at_once[one][0] for one in (first, again, new, record_of(joinable, NEW_AGAIN))} == {kept}
    assert {one: link[1:] for one, link in at_once.items()} == {one: link[1:] for one, link in before.items()}
    assert at_once[third] == before[third]
    build(joinable)
    assert belief(joinable) == at_once
    assert read_rows(joinable, f"select record_count from book.health_book where person_id = {kept}") == [(4,)]
    assert read_rows(joinable, f"select 1 from book.health_book where person_id = {min(group, other)}") == []
    assert rebuilt(joinable) == at_once
    steps.undo_ruling(joinable, ruling_id, "thu")
    assert belief(joinable) == before
    build(joinable)
    assert belief(joinable) == before == rebuilt(joinable)


def test_a_joining_is_taken_back_later_and_both_stand_as_what_they_state(joinable: Settings) -> None:
    first, again, *_ = strangers_of(joinable)
    before, books = belief(joinable), read_books(joinable)
    group = person_of(joinable, record_of(joinable, NEW))
    told = check(joinable, first, -group, "join")
    assert [book["records"] for book in told["before"]] == [2, 2]
    assert [book["records"] for book in told["after"]] == [4]
    assert {"field": "full_name", "value": "Trịnh Quốc Toàn"} in told["kept"]
    for verdict in ("different", "cannot_tell"):
        back = check(joinable, first, -group, "part") if verdict == "different" else None
        if back is None:
            say(joinable, first, verdict, group)
        assert belief(joinable) == before
        build(joinable)
        assert (belief(joinable), read_books(joinable)) == (before, books)
        say(joinable, first, "same", group)
        assert person_of(joinable, again) == person_of(joinable, -group)
    assert rebuilt(joinable)[again][0] == person_of(joinable, -group)


def test_a_split_ends_what_was_ruled_of_the_record_before(joinable: Settings) -> None:
    """Whichever end of the joining is split; the others stay as what they state has them."""
    first, again, *_ = strangers_of(joinable)
    new, newer = record_of(joinable, NEW), record_of(joinable, NEW_AGAIN)
    group = person_of(joinable, new)
    say(joinable, first, "same", group)
    for split in (first, -group):
        build(joinable)
        told = check(joinable, split)
        assert sorted(book["records"] for book in told["after"]) == [1, 1, 2]
        assert person_of(joinable, split) == -split
        assert rebuilt(joinable)[split][0] == -split
        [(person_id,)] = read_rows(
            joinable, f"select person_id from identity.ruling where record_id = {split} and verdict = 'split'"
        )
        say(joinable, split, "cannot_tell", int(str(person_id)))
        say(joinable, first, "same", person_of(joinable, new))
        assert len({person_of(joinable, one) for one in (first, again, new, newer)}) == 1


def learn(settings: Settings, folder: Path, *rows: str) -> None:
    path = folder / f"register{len(rows)}.csv"
    path.write_text("\n".join((COLUMNS, *PEOPLE, *OTHERS, *rows)) + "\n", encoding="utf-8")
    steps.load_register(settings, path)
    build(settings)


def test_whoever_one_is_found_to_be_the_other_is(joinable: Settings, tmp_path: Path) -> None:
    first, _, third, *_ = strangers_of(joinable)
    new = record_of(joinable, NEW)
    say(joinable, third, "same", person_of(joinable, new))
    learn(joinable, tmp_path, KNOWN)
    assert belief(joinable)[new][:2] == (301, "match")
    assert belief(joinable)[third][:3] == (301, "match", "joined")
    assert belief(joinable)[first][:3] != (301, "match", "joined"), "what nobody ruled on is found by itself, or not"
    assert rebuilt(joinable) == belief(joinable)
    told = check(joinable, third, _named(joinable, third), "part")
    assert told["before"][0]["person_id"] == 301
    assert belief(joinable)[third][0] == -third
    assert rebuilt(joinable) == belief(joinable)


def _named(settings: Settings, record_id: int) -> int:
    """The record by which the person was named with whom a record was joined."""
    [(person_id,)] = read_rows(
        settings, f"select person_id from identity.ruling where record_id = {record_id} and verdict = 'same'"
    )
    return -int(str(person_id))


def test_who_is_ruled_out_does_not_follow_and_two_persons_are_followed_by_nobody(
    joinable: Settings, tmp_path: Path
) -> None:
    first, _, third, *_ = strangers_of(joinable)
    new = record_of(joinable, NEW)
    say(joinable, third, "same", person_of(joinable, new))
    learn(joinable, tmp_path, KNOWN)
    say(joinable, third, "different", 301)
    assert person_of(joinable, third) == -third
    build(joinable)
    assert person_of(joinable, third) == -third
    say(joinable, third, "cannot_tell", 301)
    build(joinable)
    assert person_of(joinable, third) == 301
    assert rebuilt(joinable) == belief(joinable)
    say(joinable, first, "same", 201)
    say(joinable, third, "cannot_tell", -_named(joinable, third))
    build(joinable)
    assert person_of(joinable, third) == -third


def test_rulings_in_any_order_bind_alike_at_once_in_the_next_build_and_in_a_full_one(joinable: Settings) -> None:
    rng = Random(7)
    for _ in range(4):
        for _ in range(4):
            loose = [int(str(one)) for one, link in belief(joinable).items() if int(str(link[0])) < 0]
            record_id = rng.choice(loose)
            person_id, other = person_of(joinable, record_id), person_of(joinable, rng.choice(loose))
            if rng.random() < 0.6 and other != person_id:
                say(joinable, record_id, "same", other)
            elif rng.random() < 0.5:
                say(joinable, record_id, "split", person_id)
            else:
                ruled = read_rows(
                    joinable, f"select person_id from identity.ruling where record_id = {record_id} and person_id < 0"
                )
                if ruled:
                    say(joinable, record_id, rng.choice(["different", "cannot_tell"]), int(str(rng.choice(ruled)[0])))
        at_once = belief(joinable)
        build(joinable)
        assert belief(joinable) == at_once
        assert rebuilt(joinable) == at_once


def test_what_does_not_fit_is_refused_and_leaves_nothing(joinable: Settings) -> None:
    first, again, *_ = strangers_of(joinable)
    group = person_of(joinable, record_of(joinable, NEW))
    before = belief(joinable)
    refused: list[tuple[int, str, int, str]] = [
        (first, "same", -max(first, again), "no record stands by this number"),
        (first, "same", -999_999, "no record stands by this number"),
        (first, "same", person_of(joinable, first), "already"),
        (record_of(joinable, SURE), "same", group, "linked to a person of the register"),
        (first, "different", group, "does not know"),
    ]
    for record_id, verdict, person_id, why in refused:
        with pytest.raises(ConfigError, match=why):
            say(joinable, record_id, verdict, person_id)
    for record_id, other_id, what in (
        (first, again, "join"),
        (first, record_of(joinable, SURE), "join"),
        (first, -group, "part"),
        (999_999, first, "join"),
    ):
        with pytest.raises(ConfigError, match="There is nothing to"):
            foretold(joinable, record_id, other_id, what)
    assert belief(joinable) == before
    assert read_rows(joinable, "select count(*) from identity.ruling") == [(0,)]


def test_the_alike_are_found_the_likeliest_first(joinable: Settings) -> None:
    first, _, third, *_ = strangers_of(joinable)
    group = person_of(joinable, record_of(joinable, NEW))
    found = steps.find_alike(joinable, "thu", first)
    assert found is not None
    assert [one["person_id"] for one in found["people"]][:2] == [group, -third]
    assert found["found"] == len(found["people"])
    [likeliest, *_] = found["people"]
    assert likeliest["records"] == 2
    assert {row["level"] for row in likeliest["fields"] if row["field"] == "birth_date"} == {"same"}
    assert likeliest["score"] > found["people"][1]["score"]
    assert likeliest["veto"] is None, "the day of a statement is no day of death"
    one = steps.find_alike(joinable, "thu", first, other_id=third)
    assert one is not None
    assert [person["person_id"] for person in one["people"]] == [-third]
    assert abs(one["people"][0]["score"] - found["people"][1]["score"]) < 1e-9
    assert steps.find_alike(joinable, "thu", 999_999) is None
    with pytest.raises(ConfigError, match="linked to a person of the register"):
        steps.find_alike(joinable, "thu", record_of(joinable, SURE))
    events = read_rows(joinable, "select subject from audit.event where action = 'review.shown' order by event_id")
    assert (f"record {first}",) in events
    assert (f"record {third}",) in events


def test_every_pass_asks_for_one_of_what_is_looked_up_first() -> None:
    from etl.linkage.candidates import PASSES

    assert all(set(one.columns) & set(FIRST_COLUMNS) for one in PASSES)
