"""A reviewer takes his last ruling back: the link says what it said, the record waits where it waited, all stays on record."""

import json
from collections.abc import Iterable

import pytest

from etl import steps
from etl.errors import ConfigError
from etl.settings import Settings
from etl.warehouse import queue, rulings, undoing
from tests.pipeline.city import build, read_books, read_rows
from tests.review.village import DOUBLE, LAN, LENT, OTHER_LAN, SURE, TWIN, history_of, link_of, record_of, rule

NOT_COMPARED = (
    "link_id",
    "opened_at",
    "opened_run_id",
    "opened_ruling_id",
    "closed_at",
    "closed_run_id",
    "closed_ruling_id",
)


def belief(settings: Settings, row_no: int) -> dict[str, object]:
    """All that the open link of a row says, but for when and by what it was opened."""
    newest = json.loads(str(history_of(settings, row_no)[-1][0]))
    assert newest["closed_at"] is None
    return {name: value for name, value in newest.items() if name not in NOT_COMPARED}


def teaching(settings: Settings) -> tuple[object, ...]:
    """What builds, the order of the queue, models and counts take from rulings."""
    with steps.warehouse(settings) as connection:
        return (
            rulings.read_rulings(connection).to_pylist(),
            rulings.read_apart(connection).to_pylist(),
            rulings.read_examples(connection).to_pylist(),
            queue.read_verdicts(connection),
            steps.review_status(settings)["ruled"],
            steps.rank_waiting(settings, 9),
        )


def undo(settings: Settings, told: dict[str, object], actor: str = "thu") -> dict[str, object]:
    return steps.undo_ruling(settings, int(str(told["ruling_id"])), actor)


@pytest.mark.parametrize(
    ("row_no", "before", "ruling"),
    [
        (DOUBLE, [], ("same", OTHER_LAN)),
        (DOUBLE, [], ("different", LAN)),
        (DOUBLE, [], ("cannot_tell", LAN)),
        (DOUBLE, [("same", LAN)], ("same", OTHER_LAN)),
        (DOUBLE, [("same", LAN)], ("cannot_tell", LAN)),
        (LENT, [("different", TWIN)], ("same", TWIN)),
        (SURE, [], ("split", None)),
    ],
)
def test_everything_is_as_if_it_had_not_been_ruled(
    settings: Settings, row_no: int, before: Iterable[tuple[str, int]], ruling: tuple[str, int | None]
) -> None:
    for verdict, person_id in before:
        rule(settings, row_no, verdict, person_id)
    build(settings)
    books, believed, taught = read_books(settings), belief(settings, row_no), teaching(settings)
    links, ruled = len(history_of(settings, row_no)), read_rows(settings, "select * from identity.ruling order by 1")
    told = rule(settings, row_no, *ruling)
    undone = undo(settings, told)
    assert undone["link_after"] == told["link_before"]
    assert (belief(settings, row_no), teaching(settings)) == (believed, taught)
    assert len(history_of(settings, row_no)) == links + (2 if undone["is_restored"] else 0), "nothing was overwritten"
    assert read_rows(settings, "select * from identity.ruling order by 1")[: len(ruled)] == ruled
    build(settings)
    assert (read_books(settings), belief(settings, row_no)) == (books, believed), "the next build thinks so as well"


def test_that_it_was_taken_back_is_audited(settings: Settings) -> None:
    undo(settings, rule(settings, DOUBLE, "same", LAN))
    events = read_rows(
        settings,
        f"select actor, action from audit.event where subject = 'record {record_of(settings, DOUBLE)}' order by event_id",
    )
    assert events == [("thu", "review.decided"), ("thu", "links.ruled")] * 2
    [shown] = steps.next_pairs(settings, "thu", 9)["items"][:1]
    assert {one["is_undone"] for item in steps.next_pairs(settings, "thu", 9)["items"] for one in item["rulings"]} == {
        True
    }
    assert shown["is_passed"] is False


def test_several_are_taken_back_one_after_another(settings: Settings) -> None:
    believed = belief(settings, DOUBLE)
    told = [rule(settings, DOUBLE, "same", LAN), rule(settings, DOUBLE, "same", OTHER_LAN)]
    with pytest.raises(ConfigError, match="ruled on again"):
        undo(settings, told[0])
    recent = steps.recent_rulings(settings, "thu", 9)
    assert [one["ruling_id"] for one in recent] == [told[1]["ruling_id"], told[0]["ruling_id"]]
    for one in reversed(told):
        undo(settings, one)
    assert belief(settings, DOUBLE) == believed
    assert steps.recent_rulings(settings, "thu", 9) == []


def test_what_cannot_be_taken_back_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    told = rule(settings, DOUBLE, "different", LAN)
    with pytest.raises(ConfigError, match="not a ruling of this reviewer"):
        undo(settings, told, "hoa")
    with pytest.raises(ConfigError, match="not a ruling of this reviewer"):
        steps.undo_ruling(settings, 999, "thu")
    build(settings)
    assert link_of(settings, DOUBLE)[0] == OTHER_LAN
    with pytest.raises(ConfigError, match="a build has gone on"):
        undo(settings, told)
    other = rule(settings, LENT, "same", TWIN)
    undo(settings, other)
    with pytest.raises(ConfigError, match="taken back before"):
        undo(settings, other)
    late = rule(settings, LENT, "same", TWIN)
    monkeypatch.setattr(undoing, "UNDO_MINUTES", 0)
    with pytest.raises(ConfigError, match="too old"):
        undo(settings, late)
    with pytest.raises(ConfigError, match="reason: unknown"):
        rule(settings, LENT, "same", TWIN, reason="undone")


def test_a_blind_ruling_is_taken_back_and_may_be_given_again(settings: Settings) -> None:
    sample_id = int(str(steps.draw_sample(settings, 4, 1, "thu")["sample_id"]))
    [item] = steps.next_blind(settings, sample_id, "hoa")["items"]
    ruling = steps.Ruling(item["record_id"], item["person_id"], "different", "as_stated", "hoa", sample_id=sample_id)
    told = steps.decide(settings, ruling)
    assert steps.next_blind(settings, sample_id, "hoa")["waiting"] == 3
    assert steps.review_status(settings)["contested"] == 1
    undo(settings, told, "hoa")
    assert steps.next_blind(settings, sample_id, "hoa")["waiting"] == 4
    assert steps.review_status(settings)["contested"] == 0
    steps.decide(settings, ruling)


def test_what_was_decided_meanwhile_is_not_decided_again_unseen(settings: Settings) -> None:
    [(link_id,)] = read_rows(
        settings,
        f"select link_id from identity.link where closed_at is null and record_id = {record_of(settings, DOUBLE)}",
    )
    ruling = steps.Ruling(record_of(settings, DOUBLE), LAN, "same", "documents", "thu")
    steps.decide(settings, ruling, int(str(link_id)))
    with pytest.raises(ConfigError, match="decided meanwhile"):
        steps.decide(settings, ruling, int(str(link_id)))
