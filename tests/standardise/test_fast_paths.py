"""What is told to be tidy is what the whole rules leave as it is: both ways side by side, on tidy and odd values mixed."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.standardise import dates, identifiers, names, phones, text
from etl.standardise.column import SAMPLE, by_distinct, matches, nulls
from etl.standardise.folding import fold_letters
from etl.standardise.letters import LETTERS, VIETNAMESE
from etl.standardise.places import MAY_NAME_A_WARD, OF_2025, WARD_AT_END, standardise_wards

Cells = list[str | None]
JUNK = st.text("0123456789 AĐđz./-:;,+'_\t\xad\u200b\u0301😀Ｅ１ⅷﬁÐªβ²", max_size=14)
WORDS = st.sampled_from(
    [
        "Nguyễn",
        "Văn",
        "Thị",
        "Hoà",
        "Hòa",
        "Thuý",
        "Quý",
        "Qúy",
        "Hiếu",
        "Hiêú",
        "An",
        "Y",
        "A",
        "V",
        "Ơ",
        "ă",
        "Ă",
        "Bé",
        "bé",
        "Cháu",
        "Con",
        "Ông",
        "Bà",
        "Chị",
        "Khống",
        "Không",
        "Chưa",
        "Tên",
        "Họ",
        "Vỏ",
        "Vô",
        "Danh",
        "Và",
        "Test",
        "TEST",
        "Demo",
        "Abc",
        "NGUYỄN",
        "HỒ",
        "HOÀ",
        "nguyễn",
        "thuý",
        "Nghiêng",
        "Nghiêngg",
        "trường",
        "nGuyễn",
        "H'Mông",
        "Ayŭn",
        "Niê-Kdăm",
        "Tss",
        "CB",
        "Aaa",
        "Giàng",
        "QUÝ",
        "TÊN",
    ]
)
NAMES = st.one_of(
    st.lists(WORDS, max_size=5).map(" ".join),
    st.lists(WORDS, min_size=1, max_size=4).map("  ".join),
    st.tuples(WORDS, st.text(VIETNAMESE + VIETNAMESE.upper() + "aoueiy", max_size=4)).map(" ".join),
    JUNK,
)
ADDRESSES = st.one_of(
    st.lists(
        st.one_of(WORDS, st.sampled_from(["Số 5,", "ngõ 3/2", "(tổ 4)", "NguyÔn", "hoà,thuý", "oÀ", "àÝ"])), max_size=6
    ).map(" ".join),
    st.text(LETTERS + VIETNAMESE.upper() + " .,5", max_size=8),
    JUNK,
)
DAYS = st.one_of(
    st.dates(min_value=dates.date(1899, 1, 1), max_value=dates.date(2101, 12, 31)).flatmap(
        lambda day: st.sampled_from(
            ["%Y%m%d", "%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d.%m-%Y", "%Y%m%d0930", "%Y-%m-%d 07:05:59", "%d%m%Y", "%Y%m00", "%d/%m/%y"]
        ).map(day.strftime)
    ),
    st.text("0123456789", min_size=8, max_size=8),
    st.sampled_from(["19580000", "00/00/1958", "00/05/1990", "19900015", "31/02/1990", "29/02/1900", "29/02/2000", "19900229",
                     "202601012575", "2026-01-01T24:00:00", "1990-00-00", "01/01/1970", "20012004", "1990-05-01 00:00:6x"]),
    JUNK,
)  # fmt: skip


def _digits(*sizes: int) -> st.SearchStrategy[str]:
    return st.sampled_from(sizes).flatmap(lambda size: st.text("0123456789", min_size=size, max_size=size))


IDS = st.one_of(
    st.tuples(st.sampled_from(["001", "079", "038", "150", "999", "000"]), st.sampled_from("0123"), st.sampled_from(["80", "05"]), _digits(6)).map("".join),
    _digits(9, 10, 11, 12),
    st.sampled_from(["000000000000", "111111111", "123456789", "0123456789", "123456789012", "012345678901", "987654321000", "001000000000",
                     "001000000001", "001180001234", "B1234567", "1.08E+09", "001080001234.0", " 001080001234", "", "999999999999"]),
    JUNK,
)  # fmt: skip
CARDS = st.one_of(
    _digits(10, 15),
    st.tuples(st.sampled_from(["DN4", "TE1", "XX9", "gd4", "D14"]), _digits(12)).map("".join),
    st.sampled_from(
        [
            "DN4010000000000",
            "TE1011111111111",
            "1111111111",
            "1230000000",
            "DN4010123456781;GD4010123456788",
            "DN401012345678Ơ",
        ]
    ),
    JUNK,
)
PHONES = st.one_of(
    st.tuples(st.sampled_from(["03", "09", "02", "01", "84", "00", "024"]), _digits(8, 9)).map("".join),
    st.sampled_from(
        ["0999999999", "0123456789", "0900000000", "0980000000", "02222222222", "02400000000", "+84 912 345 678"]
    ),
    JUNK,
)
PLAIN = st.one_of(st.text("AZ09", max_size=14), st.sampled_from(["B1234567", "b1234567", "AÀ12345", "ＡB12345"]), JUNK)


def _sliced(cells: Cells, before: int, after: int) -> pa.Array:
    """An array that begins within its buffers."""
    return pa.array([None, "x"] * before + cells + ["yz"] * after, pa.string()).slice(2 * before, len(cells))


def _columns(values: st.SearchStrategy[str]) -> st.SearchStrategy[pa.Array]:
    cells = st.lists(st.one_of(values, values, values, st.none()), max_size=25)
    return st.builds(_sliced, cells, st.integers(0, 2), st.integers(0, 2))


def _cells(columns: tuple[pa.Array, ...]) -> list[list[object]]:
    """What sound columns hold."""
    for column in columns:
        column.validate(full=True)
    return [column.to_pylist() for column in columns]


def _distinct(rules: Callable[[pa.Array], tuple[pa.Array, ...]]) -> Callable[[pa.Array], tuple[pa.Array, ...]]:
    return lambda column: by_distinct(column, rules)


WAYS: dict[str, tuple[st.SearchStrategy[str], Callable, Callable]] = {
    "names": (NAMES, names.read_names, _distinct(names._read_odd)),
    "text": (st.one_of(ADDRESSES, NAMES), text.clean_text, _distinct(text._clean_odd)),
    "text by letter": (ADDRESSES, text._clean_by_letter, _distinct(text._clean_odd)),
    "dates": (DAYS, dates.read_dates, _distinct(dates._read)),
    "phones": (PHONES, phones.standardise_phones, _distinct(phones._phones)),
    "old IDs": (IDS, lambda column: identifiers.standardise_identities(nulls(len(column)), column, nulls(len(column)), nulls(len(column)), nulls(len(column), pa.int64())).old_id, identifiers._old_ids),
    "passports": (PLAIN, lambda column: identifiers.standardise_identities(nulls(len(column)), nulls(len(column)), column, nulls(len(column)), nulls(len(column), pa.int64())).passport_no, identifiers._passports),
    "households": (PLAIN, lambda column: identifiers.standardise_household(column)[:1], lambda column: (identifiers.compact(column),)),
}  # fmt: skip
"""Values, the way by what is tidy, and the rules alone."""


@pytest.mark.parametrize("name", WAYS)
@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_tidy_values_are_told_rightly(name: str, data: st.DataObject) -> None:
    values, quick, whole = WAYS[name]
    column = data.draw(_columns(values))
    assert _cells(quick(column)) == _cells(whole(column))


@given(_columns(CARDS))
@settings(max_examples=100, deadline=None)
def test_cards(column: pa.Array) -> None:
    (values, notes), cards = identifiers.standardise_insurance(column)
    (whole, whole_notes), whole_cards = identifiers._insurance(column)
    assert _cells((values, notes, cards)) == _cells((whole, whole_notes, whole_cards))


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_citizen_ids(data: st.DataObject) -> None:
    new = data.draw(_columns(IDS))
    drawn = [data.draw(st.lists(one, min_size=len(new), max_size=len(new))) for one in (
        st.sampled_from(["male", "female", "undetermined", None]), st.sampled_from([1980, 1905, 2005, 2080, None]),
        st.one_of(IDS, st.none()), st.one_of(PLAIN, st.none()))]  # fmt: skip
    sex, year, old, passport = (
        pa.array(one, kind)
        for one, kind in zip(drawn, (pa.string(), pa.int64(), pa.string(), pa.string()), strict=True)
    )
    found = identifiers.standardise_identities(new, old, passport, sex, year)
    ruled, moved_old, second, moved_passport = identifiers._national_ids(new, sex, year)
    old = pc.if_else(pc.is_null(identifiers.compact(old)), pc.coalesce(second, old), old)
    assert _cells(found.national_id) == _cells(ruled)
    for quick, whole, moved in (
        (found.old_id, identifiers._old_ids(old), moved_old),
        (found.passport_no, identifiers._passports(passport), moved_passport),
    ):
        assert _cells(quick) == _cells((pc.coalesce(whole.values, moved), whole.notes))


@given(_columns(st.one_of(ADDRESSES, NAMES, st.text(" .a", max_size=5))))
@settings(max_examples=100, deadline=None)
def test_letters_are_folded_as_one_text_is(column: pa.Array) -> None:
    folded, is_sure = fold_letters(column)
    expected = [None if cell is None else text.fold(cell) or None for cell in column.to_pylist()]
    assert [cell for cell, sure in zip(folded.to_pylist(), is_sure, strict=True) if sure] == [
        cell for cell, sure in zip(expected, is_sure, strict=True) if sure
    ]
    assert text.toneless(column).to_pylist() == expected


@given(
    _columns(
        st.one_of(
            st.sampled_from(
                ["00004", "4", "00008", "'00004", "Phường Ba Đình", "P. Ngọc Hà, Hà Nội", "x", "", "00001.0"]
            ),
            JUNK,
        )
    ),
    st.data(),
)
@settings(max_examples=60, deadline=None)
def test_wards_are_read_row_by_row(column: pa.Array, data: st.DataObject) -> None:
    count = len(column)
    day = st.sampled_from(
        [None, dates.date(2024, 12, 31), dates.date(2025, 1, 1), dates.date(2025, 6, 30), dates.date(2025, 7, 1)]
    )
    days = pa.array(data.draw(st.lists(day, min_size=count, max_size=count)), pa.date32())
    homes = pa.array(
        data.draw(st.lists(st.sampled_from([None, "Số 5, phường Ngọc Hà", "xã x"]), min_size=count, max_size=count)),
        pa.string(),
    )
    for period in (None, OF_2025):
        found = standardise_wards(column, days, first_period=period, addresses=homes)
        rows = [
            standardise_wards(
                *(part.slice(row, 1) for part in (column, days)), first_period=period, addresses=homes.slice(row, 1)
            )
            for row in range(count)
        ]
        for place in range(2):
            assert found[place].to_pylist() == [row[place][0].as_py() for row in rows]


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [
                    "phường ",
                    "PHƯỜNG ",
                    "phu\u031bo\u031b\u0300ng ",
                    "ph'uong ",
                    "xã ",
                    "ｘã ",
                    "Ⅹ ",
                    "p.",
                    "P ",
                    "ṗ ",
                    "Ba",
                    "phố ",
                    "p\u200bhuong ",
                ]
            ),
            st.text("phuongxaPX .,-'\u0301\u200bườã", max_size=8),
        ),
        max_size=4,
    ).map("".join)
)
@settings(max_examples=300, deadline=None)
def test_no_ward_is_overlooked_in_an_address(address: str) -> None:
    column = pa.array([address])
    names_ward = matches(text.toneless(column), WARD_AT_END)[0].as_py()
    assert matches(column, MAY_NAME_A_WARD)[0].as_py() or not names_ward


def test_columns_that_repeat_and_columns_that_do_not_are_read_alike() -> None:
    distinct = [f"Số {place}  ngõ hoà" if place % 3 else f"Tổ {place}, phố Huế" for place in range(2 * SAMPLE)]
    for cells in (distinct, [*distinct[:5], None] * SAMPLE):
        column = pa.array([None, *cells]).slice(1)
        assert _cells(text.clean_text(column)) == _cells(_distinct(text._clean_odd)(column))
        assert text.toneless(column).to_pylist() == [None if cell is None else text.fold(cell) for cell in cells]


def test_nulls_may_lie_over_letters() -> None:
    """A null may have bytes of its own, as when a mask was laid over a column."""
    whole = pa.array(["001080001234", "Nguyễn Văn An", "0912345678", "20260915"])
    bits = pa.py_buffer(np.packbits([0, 1, 0, 1], bitorder="little"))
    hidden = pa.Array.from_buffers(pa.string(), 4, [bits, *whole.buffers()[1:]])
    assert _cells(names.read_names(hidden)) == _cells(names._read_odd(hidden))
    assert _cells(dates.read_dates(hidden)) == _cells(_distinct(dates._read)(hidden))
    assert _cells(phones.standardise_phones(hidden)) == _cells(phones._phones(hidden))
    assert _cells(text._clean_by_letter(hidden)) == _cells(text._clean_odd(hidden))
    assert identifiers.standardise_household(hidden).values.to_pylist()[::2] == [None, None]


def test_tidy_columns_never_reach_the_whole_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the whole rules were asked")

    for module, rules in (
        (names, "_read_odd"),
        (text, "_clean"),
        (dates, "_read"),
        (phones, "_phones"),
        (identifiers, "_national_ids"),
        (identifiers, "_insurance"),
    ):
        monkeypatch.setattr(module, rules, refuse)
    none = nulls(2)
    assert names.read_names(pa.array(["NGUYỄN THỊ HOÀ", "Lê Văn An", None])).toneless.to_pylist() == [
        "nguyen thi hoa",
        "le van an",
        None,
    ]
    assert text.clean_text(pa.array(["Số 5, ngõ Hòa", None])).notes.null_count == 2
    assert dates.read_dates(pa.array(["19800115", "15/01/1980"])).days.to_pylist() == [dates.date(1980, 1, 15)] * 2
    assert phones.standardise_phones(pa.array(["0912345678", "02438523798"])).notes.null_count == 2
    assert identifiers.standardise_insurance(pa.array(["0123456781", "DN4010123456781"]))[1].to_pylist() == [
        None,
        "DN4010123456781",
    ]
    found = identifiers.standardise_identities(
        pa.array(["001080001234", None]), none, none, pa.array(["male", "male"]), pa.array([1980, 1981])
    )
    assert found.national_id.notes.null_count == 2
