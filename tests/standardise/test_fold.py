"""Folding one text is what folding a column does, only without the column."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from etl.standardise.text import FEW, fold, toneless

LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxy ÀẢÃÁẠẮỘỮỲ ĐÐđð '’-.,()*1234567890\u0301\u0323\u00a0\t"


@given(st.text(LETTERS, max_size=20))
def test_one_text_folds_like_a_column(text: str) -> None:
    many = pa.array([text, *map(str, range(FEW))], pa.string())
    assert fold(text) == (toneless(many)[0].as_py() or "")
    assert fold(text) == (toneless(many[:1])[0].as_py() or "")
