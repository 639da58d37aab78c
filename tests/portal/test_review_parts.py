"""The run that a reviewer works through, and where two values differ: pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.differences import bars, pieces, scale_of
from portal.review_desk import LOW, RUN_LENGTH, Desk
from portal.review_values import stated_of


class Queue:
    """What waits, as the database would rank it; counts how often it was asked."""

    def __init__(self, size: int) -> None:
        self.waiting, self.asked = list(range(1, size + 1)), 0

    def rank(self, count: int) -> tuple[int, list[int]]:
        self.asked += 1
        return len(self.waiting), self.waiting[:count]

    def decide(self, desk: Desk, record_id: int) -> None:
        self.waiting.remove(record_id)
        desk.decide(record_id, is_settled=True)


def test_a_long_queue_is_worked_through_once_and_ranked_seldom() -> None:
    desk, queue = Desk(), Queue(4 * RUN_LENGTH)
    seen, current = [], desk.next_of("a", None, queue.rank)
    while current is not None:
        desk.hold("a", current)
        desk.look_ahead("a", current, queue.rank)
        seen.append(current)
        queue.decide(desk, current)
        assert desk.waiting("a") == len(queue.waiting)
        current = desk.next_of("a", current, queue.rank)
    assert seen == list(range(1, 4 * RUN_LENGTH + 1))
    assert queue.asked <= 2 + 4 * RUN_LENGTH // (RUN_LENGTH - LOW)


def test_two_reviewers_are_not_led_to_the_same_record() -> None:
    desk, queue = Desk(), Queue(3)
    first = desk.next_of("a", None, queue.rank)
    assert first == 1
    desk.hold("a", 1)
    assert desk.next_of("b", None, queue.rank) == 2
    desk.hold("b", 2)
    queue.decide(desk, 1)
    assert desk.next_of("a", 1, queue.rank) == 3
    desk.hold("a", 3)
    queue.decide(desk, 2)
    assert desk.next_of("b", 2, queue.rank) is None, "what the other looks at is not his"


def test_skipping_goes_round_and_back_and_what_is_taken_back_waits_again() -> None:
    desk, queue = Desk(), Queue(3)
    assert [desk.next_of("a", one, queue.rank) for one in (None, 1, 2, 3)] == [1, 2, 3, 1]
    assert [desk.previous_of("a", one) for one in (1, 2, 3, 9)] == [None, 1, 2, None]
    queue.decide(desk, 2)
    assert desk.next_of("a", 1, queue.rank) == 3
    queue.waiting.insert(1, 2)
    desk.give_back(2)
    assert desk.next_of("a", 1, queue.rank) == 2


@pytest.mark.parametrize(
    ("one", "other", "marked"),
    [
        ("Nguyễn Văn Cường", "Nguyễn Văn An", (["Cường"], ["An"])),
        ("Nguyễn Văn Binh", "Nguyễn Văn Bình", (["i"], ["ì"])),
        ("001080000017", "001080000071", (["1"], ["1"])),
        ("05/03/1980", "05/08/1980", (["03"], ["08"])),
        ("Lê Lan", "Lê Thị Lan", ([], ["Thị "])),
        ("Nam", None, ([], [])),
    ],
)
def test_what_differs_is_marked_and_nothing_else(one: str, other: str, marked: tuple[list[str], list[str]]) -> None:
    found = tuple([text for text, is_other in side if is_other] for side in pieces(one, other))
    assert found == marked or one.startswith("0010")
    if one.startswith("0010"):
        assert all(found), "a digit on either side"


@given(st.text(max_size=30), st.text(max_size=30))
def test_the_parts_of_a_value_are_the_value(one: str, other: str) -> None:
    left, right = pieces(one, other)
    assert ("".join(text for text, _ in left), "".join(text for text, _ in right)) == (one, other)
    assert (one == other or not one or not other) == (not any(is_other for _, is_other in left + right))


def test_bars_follow_upon_each_other_up_to_the_score() -> None:
    steps = [
        {"kind": kind, "bits": bits, "vi": "", "en": ""}
        for kind, bits in (("prior", -4.0), ("field", 14.0), ("field", -6.0), ("score", 4.0))
    ]
    pair, thresholds = {"waterfall": steps}, {"match": 9.0, "review": 0.0}
    scale = scale_of([pair, {}], thresholds)
    drawn = bars(steps, scale)
    assert [bar.kind for bar in drawn] == ["total", "for", "against", "total"]
    assert drawn[1].start + drawn[1].width == pytest.approx(drawn[2].start + drawn[2].width)
    assert drawn[3].start == scale.place(0)
    assert all(0 <= bar.start <= bar.start + bar.width <= 240 for bar in drawn)


def test_a_record_that_states_no_day_is_shown_all_the_same() -> None:
    pair = {"fields": [{"field": "sender_code", "record": "PX00004", "person": None}]}
    assert stated_of([pair]) == {"sender_code": "PX00004", "as_of_date": None}
    assert stated_of([]) == {}
