"""Texts as careless people and programs write them: names, numbers and addresses that hypothesis draws."""

import unicodedata

from hypothesis import strategies as st

NAME_WORDS = (
    "nguyễn Nguyễn NGUYEN Trần Lê Đặng Ðặng ðức văn Thị thị An an Hoà hòa THUÝ thúy quý quí Khuê giếng uỷ Bế Cơn còn "
    "Ông Bà bà Chị Bé bé Em em Cháu cháu Chau con Con trẻ Trẻ sơ sở sinh tss cb trai gái chưa đặt tên Tên Họ ho và va "
    "không rõ có test tést abc xyzt aaaa demo H'Mông H’Mông Ê-đê Y-Blô T T. Ng. N, 123 1 NguyÔn TrÇn V¨n Hoµ HoÀng "
    "Nguyeenx Traanf Hoaf Nguyễn; 王 Ýên lan \u200bLan Lan\xad \ufeffMai"
)
SPACES = (" ", " ", " ", "  ", "\u00a0", "\t", "")
MANNERS = (str, str, str, str.upper, str.lower, str.title, str.swapcase)


def _mangled(text: str, form: str) -> str:
    """Composed or not, or UTF-8 read as Windows-1252."""
    if form == "latin":
        return text.encode().decode("cp1252", "replace")
    return unicodedata.normalize(form, text) if form else text


ORDERLY = st.builds(
    lambda words, space, manner: manner(space.join(words)),
    st.lists(st.sampled_from(NAME_WORDS.split(" ")), max_size=6),
    st.sampled_from(SPACES),
    st.sampled_from(MANNERS),
)
LETTERS = st.text("aăâbcdđeêghiouươy ÀẢÃÁẠẮỘỮỲĐÐđð'’-.,1()\u0301\u0323\u00a0\t\u00ad\u200b", max_size=12)
NAMES = st.one_of(
    st.builds(_mangled, ORDERLY, st.sampled_from(["", "", "", "NFD", "NFC", "NFKD", "latin"])),
    LETTERS,
    st.just("Nguyễn " + "Văn " * 500 + "An"),
)


def _digits(length: int) -> st.SearchStrategy[str]:
    """Any digits, all alike, counting, a beginning and zeros, and a one at the end."""
    return st.one_of(
        st.text("0123456789", min_size=length, max_size=length),
        st.sampled_from("0123456789").map(lambda digit: digit * length),
        st.sampled_from(["0123456789" * 2, "1234567890" * 2, "9876543210" * 2]).map(lambda row: row[:length]),
        st.builds(
            lambda head, last: (head + "0" * length)[: length - 1] + last,
            st.text("0123456789", min_size=1, max_size=4),
            st.sampled_from("01"),
        ),
        st.builds(lambda digit: "0" + digit * (length - 1), st.sampled_from("0123456789")),
    )


DIGITS = st.one_of(*(_digits(length) for length in (9, 10, 10, 12, 12, 8, 11, 13)))
WRITTEN = (
    "{}",
    "{}",
    "{}",
    " {} ",
    "'{}",
    "{}.0",
    "+84{}",
    "84{}",
    "0084{}",
    "B{:.7}",
    "GD4{:.12}",
    "DN201{:.10}",
    "gd401{:.10}",
    "XX901{:.10}",
    "{};0912345678",
    "{} - 0912345678",
    "CMND {}",
)


def _said(digits: str, manner: str, gap: str) -> str:
    return manner.format(digits[:3] + gap + digits[3:])


NUMBERS = st.one_of(
    DIGITS,
    DIGITS,
    DIGITS,
    st.builds(
        _said, DIGITS, st.sampled_from(WRITTEN), st.sampled_from(["", "", "", " ", ".", "-", "\u00a0", "\u200b"])
    ),
    st.builds(lambda digits: f"{float(digits):.5E}", DIGITS),
    st.builds(lambda digits: digits.translate({ord("0") + n: 0xFF10 + n for n in range(10)}), DIGITS),
    st.sampled_from(["", " ", "không có", "C1234567", "0"]),
)
ADDRESS_WORDS = (
    "số Số 12 12A 5/3 ngõ Ngõ ngách đường phố Phố Láng láng Hạ P. p. Ba Đình phường Phường xã Hà Nội TDP 4 tổ dân Đội "
    "Cấn D'Ran D’Ran Q. TP quan Quán thanh Thánh phố-cổ Đ/c Võ Chí Công huyện Ừ ð Ð 王府 \n P.5 H. ,"
)
ADDRESSES = st.builds(
    lambda words, gap, form, manner: _mangled(manner(gap.join(words)), form),
    st.lists(st.sampled_from(ADDRESS_WORDS.split(" ")), max_size=7),
    st.sampled_from([" ", " ", ", ", ",", " - "]),
    st.sampled_from(["", "NFD"]),
    st.sampled_from(MANNERS),
)
