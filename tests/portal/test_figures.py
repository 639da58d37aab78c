"""Numbers in one language: of spans within spans only what is said in it is left."""

from markupsafe import Markup

from portal.figures import figures, told_in


def test_nested_spans_leave_one_language() -> None:
    text = figures("en").measured(1234, 1000, "rows")
    assert str(text) == "1,234 rows; usually 1,000."
    assert str(figures("vi").measured(1234, 1000, "rows")) == "1.234 dòng; thường 1.000 dòng."


def test_what_is_no_language_stays() -> None:
    assert told_in(Markup('<svg class="a"><title>x</title></svg>'), "vi") == '<svg class="a"><title>x</title></svg>'
    assert told_in(Markup('<span class="b">x</span>'), "vi") == '<span class="b">x</span>'


def test_small_counts_are_hidden_and_scores_are_cut() -> None:
    say = figures("vi")
    assert str(say.count(3)) == "&lt;&nbsp;5"
    assert str(say.points(99.96)) == "99,9"
    assert str(say.change(None)) == ""
