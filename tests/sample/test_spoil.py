"""Each way of going wrong, on names and numbers that show it."""

import numpy as np
import pytest

from etl.sample import spoil_names, tcvn3
from etl.sample.planting import Planting
from etl.sample.spoil_numbers import spoil_birth_dates
from etl.sample.workbook import name_column


@pytest.mark.parametrize(
    ("clean", "typed"), [("Hòa", "Hoà"), ("Thủy", "Thuỷ"), ("Toàn", "Toàn"), ("Quỳ", "Quỳ"), ("Khỏe", "Khoẻ")]
)
def test_tone_moves_only_where_the_syllable_is_open(clean: str, typed: str) -> None:
    assert spoil_names.place_tone_anew(clean) == typed


@pytest.mark.parametrize(("clean", "typed"), [("Nguyễn", "Nguyeenx"), ("Đỗ", "DDoox"), ("An", "An")])
def test_telex(clean: str, typed: str) -> None:
    assert spoil_names.type_telex(clean).lower() == typed.lower()


def test_other_names() -> None:
    assert spoil_names.strip_marks("Đỗ Thị Hường") == "Do Thi Huong"
    assert spoil_names.abbreviate("Nguyễn Văn An") == "Nguyễn V. An"
    assert spoil_names.drop_middle("Nguyễn An") == "Nguyễn An"
    assert spoil_names.put_given_first("Nguyễn Văn An") == "An Nguyễn Văn"


def test_a_value_has_at_most_one_error_and_each_is_written_down() -> None:
    planting = Planting(np.random.default_rng(1), 4_000, care=2.0)
    clean = np.array(["Nguyễn Văn Đức Hòa"] * 4_000, dtype=object)
    values = clean.copy()
    spoil_names.spoil_names(planting, values, np.full(4_000, 9_000), np.full(4_000, None, dtype=object), is_tcvn3=False)
    places = np.concatenate([places for places, _, _ in planting.planted])
    assert len(set(places.tolist())) == len(places)
    assert set(np.flatnonzero(values != clean).tolist()) == set(places.tolist())


def test_birth_dates_without_planted_error_stay_and_all_others_change() -> None:
    size = 5_000
    planting = Planting(np.random.default_rng(2), size, care=2.5)
    clean = (np.full(size, 7), np.full(size, 11), np.full(size, 1988))
    spoiled = tuple(part.copy() for part in clean)
    spoil_birth_dates(planting, *spoiled)
    differs = np.any([new != old for new, old in zip(spoiled, clean, strict=True)], axis=0)
    places = np.concatenate([places for places, _, _ in planting.planted])
    assert set(np.flatnonzero(differs).tolist()) == set(places.tolist())


def test_tcvn3_writes_known_bytes_and_never_a_question_mark() -> None:
    assert tcvn3.encode("Việt Đức") == b"Vi\xd6t \xa7\xf8c"
    assert b"?" not in tcvn3.encode("Y Bhăm Ayŭn, Nguyễn Thị ÁNH")


def test_columns_are_named_as_in_a_sheet() -> None:
    assert [name_column(number) for number in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
