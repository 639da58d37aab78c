"""The figures of an evaluation, counted by hand on eight records."""

import math

import pyarrow as pa

from etl.linkage.evaluate import evaluate


def test_shares_are_counted_over_the_right_whole() -> None:
    decisions = pa.table(
        {
            "record_id": [1, 2, 3, 4, 5, 6, 7, 8, 9],
            "decision": ["match", "match", "match", "review", "review", "none", "match", "none", "match"],
            "candidate_person_id": [1, 2, 9, 4, 9, None, 3, None, 1],
        }
    )
    truth = pa.table(
        {
            "record_id": [1, 2, 3, 4, 5, 6, 7, 8],
            "person_id": [1, 2, 3, 4, 5, 6, -1, -2],
            "is_registered": [True] * 6 + [False] * 2,
        }
    )
    found = evaluate(decisions, truth)
    assert (found.records, found.matched, found.right, found.in_review) == (8, 4, 2, 2)
    assert (found.precision, found.recall, found.recall_after_review) == (2 / 4, 2 / 6, 3 / 6)
    assert (found.review_share, found.strangers_linked_share) == (2 / 8, 1 / 2)


def test_a_share_of_nothing_is_no_number() -> None:
    empty = pa.table(
        {
            "record_id": pa.array([], pa.int64()),
            "decision": pa.array([], pa.string()),
            "candidate_person_id": pa.array([], pa.int64()),
        }
    )
    truth = pa.table(
        {
            "record_id": pa.array([], pa.int64()),
            "person_id": pa.array([], pa.int64()),
            "is_registered": pa.array([], pa.bool_()),
        }
    )
    assert math.isnan(evaluate(empty, truth).precision)
