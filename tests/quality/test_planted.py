"""Each rule on fields and rows finds the errors that were planted for it, and nothing in clean rows."""

from tests.quality.planted import ERRORS, judge, judged_rules


def test_an_error_is_planted_for_every_rule() -> None:
    assert ERRORS.keys() == {rule.rule_id for rule in judged_rules()}


def test_precision_and_recall_are_one() -> None:
    wrong = {rule: (expected ^ found) for rule, (expected, found) in judge(2_000, seed=2).items() if expected != found}
    assert wrong == {}
