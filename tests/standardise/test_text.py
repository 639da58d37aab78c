"""Text: golden odd spellings, and what must hold for any text."""

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl.standardise import text
from etl.standardise.legacy import TCVN3, decode_bytes, recognise_encoding
from etl.standardise.notes import REFUSED, Gravity, Note
from etl.standardise.syllables import is_syllable, place_tone
from etl.standardise.text import clean_text, toneless

GOLDEN = (
    ("Nguyễn Văn Hoà", "Nguyễn Văn Hòa", None),
    ("HOÁ", "HÓA", None),
    ("thoái", "thoái", None),
    ("Qúy", "Quý", None),
    ("thuý khoẻ", "thúy khỏe", None),
    ("  Ðỗ   Thị ", "Đỗ Thị", "eth_for_d"),
    ("Nguyễn  An", "Nguyễn An", "extra_spaces"),
    ("NguyÔn V¨n B×nh", "Nguyễn Văn Bình", "legacy_font"),
    ("TrÇn ThÞ Lª", "Trần Thị Lê", "legacy_font"),
    ("Nguyeãn Vaên Taøi", "Nguyễn Văn Tài", "legacy_font"),
    ("Nguyá»…n VÄƒn", "Nguyễn Văn", "legacy_font"),
    (unicodedata.normalize("NFD", "Nguyễn Hữu"), "Nguyễn Hữu", "not_nfc"),
    ("An\u200b Bình", "An Bình", "hidden_characters"),
    ("H'Mông Y Đăm", "H'Mông Y Đăm", None),
    ("Y Moan Ênuôl", "Y Moan Ênuôl", None),
    ("", None, None),
    (None, None, None),
)
SYLLABLES = [
    "Nguyễn",
    "Trần",
    "Hòa",
    "Thúy",
    "Khuỷu",
    "Ngoài",
    "Của",
    "Quý",
    "Giếng",
    "Giữ",
    "Gìn",
    "Huỳnh",
    "Nguyệt",
    "Thuở",
    "Đặng",
    "Phượng",
    "Hoàng",
    "Yến",
    "Uyên",
]
VIETNAMESE = st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạấầẩẫậếềểễệíìịóòọốồộớờợúùụứừựýỳ ÁĐ'-", max_size=20)


@pytest.mark.parametrize(("sent", "clean", "note"), GOLDEN)
def test_odd_spellings(sent: str | None, clean: str | None, note: str | None) -> None:
    found = clean_text(pa.array([sent], pa.string()))
    assert (found.values.to_pylist(), found.notes.to_pylist()) == ([clean], [note])


@pytest.mark.parametrize("word", SYLLABLES)
def test_a_well_written_syllable_stays(word: str) -> None:
    assert is_syllable(word)
    assert place_tone(word) == word


@given(st.lists(st.one_of(VIETNAMESE, st.text(max_size=12)), min_size=1, max_size=8))
@example(["ÐÎ"])  # which the font is, shows only once Ð is read as Đ
@settings(max_examples=60, deadline=None)
def test_cleaning_twice_is_cleaning_once(texts: list[str]) -> None:
    once = clean_text(pa.array(texts, pa.string())).values
    assert clean_text(once).values.equals(once)


@given(VIETNAMESE)
@settings(max_examples=60, deadline=None)
def test_composed_and_decomposed_are_one(text: str) -> None:
    forms = pa.array([unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)], pa.string())
    values = clean_text(forms).values.to_pylist()
    assert values[0] == values[1]


@given(VIETNAMESE)
@settings(max_examples=60, deadline=None)
def test_cleaning_does_not_change_the_toneless_form(text: str) -> None:
    sent = pa.array([text], pa.string())
    assert toneless(clean_text(sent).values).equals(toneless(sent))


@given(st.permutations(["An", "Hoà", None, "An", "  B ", "Ðỗ"]))
@settings(max_examples=20, deadline=None)
def test_the_order_of_rows_changes_nothing(texts: list[str | None]) -> None:
    together = clean_text(pa.array(texts, pa.string())).values.to_pylist()
    assert together == [clean_text(pa.array([text], pa.string())).values[0].as_py() for text in texts]


def test_a_file_in_each_legacy_encoding_is_recognised() -> None:
    text = "Nguyễn Văn Bình;Trần Thị Lệ;Số điện thoại;Phường Phúc Xá\n"
    inverse = {letter: sent for sent, letter in TCVN3.pairs}
    tcvn3 = "".join(inverse.get(letter, letter) for letter in text.lower()).encode("latin-1")
    assert recognise_encoding(tcvn3) == "tcvn3"
    assert decode_bytes(tcvn3, "tcvn3") == text.lower()
    windows = _cp1258(text)
    assert recognise_encoding(windows) == "cp1258"
    assert decode_bytes(windows, "cp1258") == text
    assert recognise_encoding("Crème brûlée à l'été".encode("latin-1")) is None


def _cp1258(text: str) -> bytes:
    """Windows-1258 holds the tone after its vowel, but has few letters with both marks."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    split = []
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        bare = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in tones))
        split.append(bare + "".join(mark for mark in parts if mark in tones))
    return "".join(split).encode("cp1258")


def test_every_note_has_both_sentences_and_says_what_became_of_the_value() -> None:
    for note in Note:
        assert note.vi.endswith(".")
        assert note.en.endswith(".")
        assert (note.value in REFUSED) == (note.gravity is Gravity.refused)


WORDS = ("Nguyễn", "hoà", "HÒA", "Ýên", "ðức", "Ðặng", "thuý", "Quý", "NguyÔn", "d'Arc", "số 12/3", "ệ", "İ", "(x)")
PIECES = st.sampled_from((*WORDS, "a\u0300", "  ", " ", "\u00a0", "`", "’", "\u200b", "\t", ",", "\u212a", ""))


@settings(max_examples=200)
@given(st.lists(st.lists(PIECES, max_size=5).map("".join) | st.lists(PIECES, max_size=5).map(" ".join), max_size=30))
def test_the_quick_ways_give_what_the_whole_rules_give(sent: list[str]) -> None:
    """Tidy texts skip most rules, and plain ones are folded letter by letter."""
    distinct = pa.array(sorted(set(sent)), pa.string())
    quick, whole = text._clean(distinct), text._clean_odd(distinct)
    assert quick.values.to_pylist() == whole.values.to_pylist()
    assert quick.notes.to_pylist() == whole.notes.to_pylist()
    many = pa.concat_arrays([distinct, pa.array([f"x{number}" for number in range(text.FEW)])])
    assert text._toneless(many).to_pylist() == text._toneless_odd(many).to_pylist()
    assert text._toneless(distinct).to_pylist() == text._toneless_odd(distinct).to_pylist()
