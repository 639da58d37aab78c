"""The fast lanes of names and values give what the rules give, whatever was sent."""

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl.linkage import value_forms
from etl.linkage.keys import PROFILES
from etl.linkage.name_forms import name_forms, number_texts
from etl.standardise.column import nulls
from etl.standardise.dates import read_dates
from etl.standardise.identifiers import standardise_identities, standardise_insurance
from etl.standardise.phones import standardise_phones
from tests.linkage import oracle_values
from tests.linkage.texts import ADDRESSES, NAMES, NUMBERS

SEXES = (None, "male", "female")


def number(text: str | None) -> int | None:
    """What linkage compares in place of a text."""
    return number_texts(pa.array([text], pa.string()))[0].as_py()


def whole(column: pa.Array) -> list[int | None]:
    """Digits as numbers."""
    return [None if text is None else int(text) for text in column.to_pylist()]


def check_names(names: Sequence[str], profile: str = "vietnam") -> None:
    """The forms of names, against the rules."""
    distinct = sorted(set(names))
    forms = PROFILES[profile].names(pa.record_batch([pa.array(distinct, pa.string())], ["full_name"])).to_pylist()
    read = oracle_values.read_names if profile == "vietnam" else oracle_values.read_generic_names
    for sent, form, (toned, bare, is_newborn) in zip(distinct, forms, read(pa.array(distinct)), strict=True):
        words = bare.split(" ") if bare else [None]
        expected = (bare, number(toned), number(bare), number(words[-1]), number(words[0]), is_newborn)
        made = tuple(form[name] for name in ("key_text", "toned_id", "key_id", "given_id", "family_id", "is_newborn"))
        assert made == expected, sent


@settings(max_examples=40)
@given(st.lists(NAMES, min_size=15, max_size=40))
@example(["Hoà Ýên"])  # a tone that may stand elsewhere, and one that may not
def test_forms_of_names_are_the_rules(names: list[str]) -> None:
    check_names(names)


@settings(max_examples=10)
@given(st.lists(NAMES, min_size=15, max_size=40))
def test_forms_of_any_peoples_names_are_the_rules(names: list[str]) -> None:
    check_names(names, "generic")


@pytest.mark.parametrize(
    ("sent", "bare", "is_newborn"),
    [
        ("Nguyễn Văn An", "nguyen van an", False),
        ("Ho Va Ten", None, False),  # a heading, without marks
        ("Trần Tést", None, False),
        ("Còn bà Lan", "con ba lan", True),  # "Con bà", mistyped
        ("Sở sinh", "so sinh", True),
        ("NguyÔn Thanh", "nguyen thanh", False),  # TCVN3: ễ looks like Ô
        ("Bà Nguyễn Thị Lan", "nguyen thi lan", False),
        ("Bà Triệu", "ba trieu", False),
        ("Côn Thị Ba", "con thi ba", False),
        ("Nguyeenx Vawn An", "nguyen van an", False),  # Telex
        ("Benh Nhan Le Thi Lan", "le thi lan", False),
        ("Anh Nguyễn Văn An", "nguyen van an", False),
        ("Chua Biet Ten", None, False),
        ("No Name", None, False),
        ("", None, False),
        ("A", None, False),
    ],
)
def test_what_looks_plain_and_is_not(sent: str, bare: str | None, is_newborn: bool) -> None:
    form = name_forms(pa.record_batch([pa.array([sent])], ["full_name"])).to_pylist()[0]
    assert (form["key_text"], form["is_newborn"]) == (bare, is_newborn)


@pytest.mark.parametrize("other", ["Nguyễn Thị Hoà", "NGUYỄN THỊ HÒA", "Nguyễn  Thị Hòa ", "Bà Nguyễn Thị Hoà"])
def test_one_name_in_many_spellings_has_one_number(other: str) -> None:
    sent = pa.array(["nguyễn thị hòa", other, "Nguyễn Thị Hoá", "Nguyen Thi Hoa"])
    one, same, marked, bare = name_forms(pa.record_batch([sent], ["full_name"])).to_pylist()
    assert one["toned_id"] == same["toned_id"]
    assert len({row["toned_id"] for row in (one, marked, bare)}) == 3
    assert one["key_id"] == marked["key_id"] == bare["key_id"] == bare["toned_id"]


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(
            st.one_of(NUMBERS, st.none()),
            st.one_of(NUMBERS, st.none()),
            st.sampled_from(SEXES),
            st.sampled_from([None, 1901, 1990, 2001, 2011]),
        ),
        min_size=20,
        max_size=40,
    )
)
def test_identity_numbers_are_the_rules(rows: list[tuple[str | None, str | None, str | None, int | None]]) -> None:
    sent, old, sex, year = (list(column) for column in zip(*rows, strict=True))
    texts = (pa.array(sent, pa.string()), pa.array(old, pa.string()))
    codes = pa.array([None if one is None else SEXES.index(one) for one in sex], pa.int8())
    national, nine = value_forms.national_id_numbers(*texts, codes, pa.array(year, pa.int16()))
    ruled = standardise_identities(*texts, nulls(len(rows)), pa.array(sex, pa.string()), pa.array(year, pa.int64()))
    expected = whole(ruled.national_id.values), whole(ruled.old_id.values)
    for at, row in enumerate(rows):
        assert (national[at].as_py(), nine[at].as_py()) == (expected[0][at], expected[1][at]), row
    doubtful = value_forms.is_id_doubtful(national, codes, pa.array(year, pa.int16())).to_pylist()
    plain = [
        oracle_values.is_doubtful(found and f"{found:012d}", said, born and (born, 1, 1))
        for found, said, born in zip(national.to_pylist(), sex, year, strict=True)
    ]
    assert doubtful == plain


@pytest.mark.parametrize(
    ("lane", "rule"),
    [
        (value_forms.insurance_numbers, lambda sent: standardise_insurance(sent)[0].values),
        (value_forms.phone_numbers, lambda sent: standardise_phones(sent).values),
    ],
    ids=["insurance", "phone"],
)
@settings(max_examples=40)
@given(st.lists(st.one_of(NUMBERS, st.none()), min_size=20, max_size=40))
def test_cards_and_phones_are_the_rules(
    lane: Callable[[pa.Array], pa.Array], rule: Callable[[pa.Array], pa.Array], sent: list[str | None]
) -> None:
    column = pa.array(sent, pa.string())
    assert dict(zip(sent, lane(column).to_pylist(), strict=True)) == dict(zip(sent, whole(rule(column)), strict=True))


@pytest.mark.parametrize(
    ("lane", "sent", "expected"),
    [
        (value_forms.insurance_numbers, "0120000000", None),  # a facility's placeholder, on a bare number as on a card
        (value_forms.insurance_numbers, "GD4010123456789", 123456789),
        (value_forms.insurance_numbers, "gd4 01 0123456789", 123456789),
        (value_forms.phone_numbers, "0999999999", None),
        (value_forms.phone_numbers, "0912.345.678", 912345678),
        (value_forms.phone_numbers, "01212345678", 792345678),
        (value_forms.phone_numbers, "024 3825 3535", 2438253535),
        (lambda sent: national_ids(sent), "101000000000", 101000000000),  # born abroad: only 0xx and zeros hold a place
        (lambda sent: national_ids(sent), "001000000000", None),
        (lambda sent: national_ids(sent), "001000000001", None),
        (lambda sent: national_ids(sent), "001000000002", 1000000002),
    ],
)
def test_numbers_by_hand(lane: Callable[[pa.Array], pa.Array], sent: str, expected: int | None) -> None:
    assert lane(pa.array([sent]))[0].as_py() == expected


def national_ids(sent: pa.Array) -> pa.Array:
    """Citizen IDs of people of whom nothing else is known."""
    return value_forms.national_id_numbers(
        sent, nulls(len(sent)), nulls(len(sent), pa.int8()), nulls(len(sent), pa.int16())
    )[0]


@settings(max_examples=25)
@given(st.lists(NUMBERS, min_size=2, max_size=30))
def test_generic_numbers_tell_texts_apart_and_can_be_subtracted(sent: list[str]) -> None:
    bare = [oracle_values.read_generic_number(text) for text in sent]
    made = value_forms.generic_numbers(pa.array(sent)).to_pylist()
    for one, text in zip(made, bare, strict=True):
        assert (one is None) == (text is None)
        assert one is None or abs(one) < 2**63 // 20
        if text and text.isdecimal() and len(text) <= 12:
            assert one == int(text)
    assert len(set(made)) == len(set(bare))


@pytest.mark.parametrize("is_generic", [False, True])
@settings(max_examples=40)
@given(sent=st.lists(ADDRESSES, min_size=1, max_size=40, unique=True))
def test_addresses_are_their_words_in_any_order(is_generic: bool, sent: list[str]) -> None:
    lane = PROFILES["generic" if is_generic else "vietnam"].addresses
    forms = lane(pa.record_batch([pa.array(sent)], ["sent"])).to_pylist()
    for text, form in zip(sent, forms, strict=True):
        words = oracle_values.words_of_address(text, is_generic)
        street = [word for word in words if word.isalpha()]
        assert (form["address_id"], form["street_id"]) == (_sum(words), _sum(street)), text


def _sum(words: list[str]) -> int | None:
    return int(np.asarray(number_texts(pa.array(words))).sum()) if words else None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Số 5 ngõ 12 phố Láng Hạ, P. Ba Đình", "so 5, ngo 12 lang ha"),
        (
            "Số 5 ngõ 12 phố Láng Hạ, P. Ba Đình",
            "So\u0302\u0301 5 ngo\u0303 12 La\u0301ng Ha\u0323, P. Ba \u0110i\u0300nh",
        ),
        ("5 D'Ran", "5 D’Ran"),
    ],
)
def test_one_home_in_two_spellings_is_one(one: str, other: str) -> None:
    forms = value_forms.address_forms(pa.record_batch([pa.array([one, other])], ["sent"])).to_pylist()
    assert forms[0]["address_id"] == forms[1]["address_id"] is not None


DATES = st.one_of(
    st.dates().map(lambda day: day.strftime("%d/%m/%Y")),
    st.dates().map(lambda day: day.strftime("%Y%m%d0000")),
    st.dates().map(str),
    st.sampled_from(
        ["1958", "195800000000", "3/1958", "__/__/1958", "01/01/1990", "31/02/1990", "12345", "13/25/90", ""]
    ),
    st.text("0123456789/-. ", max_size=10),
)


@settings(max_examples=40)
@given(st.lists(DATES, min_size=1, max_size=40, unique=True))
def test_dates_are_the_rules_one_by_one(sent: list[str]) -> None:
    forms = value_forms.date_forms(pa.record_batch([pa.array(sent)], ["sent"])).to_pylist()
    for text, form in zip(sent, forms, strict=True):
        alone = read_dates(pa.array([text]))
        day, precision = alone.days[0].as_py(), alone.precisions[0].as_py()
        if day is None:
            assert {form[name] for name in ("day_number", "year", "month", "day", "is_weak")} == {None}
            continue
        assert (form["year"], form["month"], form["day"]) == (day.year, day.month, day.day)
        assert form["day_number"] == int(day.strftime("%Y%m%d"))
        assert form["is_weak"] == (precision != "day" or (day.day, day.month) == (1, 1))
