"""Sheets and envelopes invented by Hypothesis: any headings, any cells, any way of writing them down."""

import base64
import csv
import io

import xlsxwriter
from hypothesis import strategies as st

from tests.fuzz.mutate import CANARY

HEADINGS = (
    "Họ và tên", "HO_TEN", "ho ten", "Ngày sinh", "NGAY_SINH", "Năm sinh", "Giới tính", "Nam", "Nữ", "Số CCCD", "CMND", "Mã thẻ BHYT",
    "Điện thoại", "Địa chỉ", "Dân tộc", "MA_XA", "STT", "Tiền sử bệnh", "Dị ứng", "Vắc xin", "Ngày tiêm", "Ghi chú", "", "Huyết áp", "Họ tên mẹ",
)  # fmt: skip
CELLS = st.one_of(
    st.sampled_from(
        [CANARY, f"{CANARY} Văn An", "Nguyễn Văn An", "05/03/1980", "1980", "30/02/2001", "44197", "001080012345", "1080012345", "1.08001E+11", "Nam", "x", "Không",
         "=HYPERLINK(1)", "#REF!", "Tổng cộng", "0912345678", "120/80", "Số 5 ngõ 3 phố Huế, phường Hai Bà Trưng", "\u202e123", "a\u0301" * 30, "😀"]
    ),
    st.text(max_size=40),
    st.integers(-(10**15), 10**15).map(str),
    st.floats(allow_nan=True).map(str),
    st.dates().map(lambda day: day.strftime("%d/%m/%Y")),
    st.just("A" * 40_000),
)  # fmt: skip
ROWS = st.lists(st.lists(CELLS, max_size=12), max_size=12)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1258", "cp1252", "latin-1")


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    """A CSV: titles, headings, rows, in some encoding and separator, quoted or not."""
    out = io.StringIO()
    lines = [
        *draw(ROWS.map(lambda rows: rows[:3])),
        draw(st.lists(st.sampled_from(HEADINGS), max_size=12)),
        *draw(ROWS),
    ]
    separator = draw(st.sampled_from(",;\t|"))
    quoting = draw(st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)))
    if draw(st.booleans()):
        csv.writer(
            out, delimiter=separator, quoting=quoting, lineterminator=draw(st.sampled_from(("\n", "\r\n", "\r")))
        ).writerows(lines)
    else:
        out.write("\n".join(separator.join(line) for line in lines))
    return out.getvalue().encode(
        draw(st.sampled_from(ENCODINGS)), "replace" if draw(st.booleans()) else "xmlcharrefreplace"
    )


@st.composite
def workbooks(draw: st.DrawFn) -> bytes:
    """An .xlsx with merged, hidden, numeric, dated and computed cells wherever they fall."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_numbers": draw(st.booleans()), "strings_to_formulas": draw(st.booleans())}
    ) as book:
        for _ in range(draw(st.integers(1, 2))):
            sheet = book.add_worksheet()
            lines = [
                *draw(ROWS.map(lambda rows: rows[:2])),
                draw(st.lists(st.sampled_from(HEADINGS), max_size=12)),
                *draw(ROWS),
            ]
            for row, line in enumerate(lines):
                for column, cell in enumerate(line):
                    sheet.write(row, column, cell[:32_000])
            if draw(st.booleans()):
                sheet.merge_range(0, 0, draw(st.integers(1, 3)), draw(st.integers(0, 4)), "gộp")
            if draw(st.booleans()):
                sheet.set_row(draw(st.integers(0, 6)), None, None, {"hidden": True})
            if draw(st.booleans()):
                sheet.write(
                    draw(st.sampled_from((20, 5_000, 1_048_575))), draw(st.sampled_from((0, 30, 900, 16_383))), "xa"
                )
    return out.getvalue()


TAGS = (
    "MA_LK",
    "HO_TEN",
    "NGAY_SINH",
    "GIOI_TINH",
    "SO_CCCD",
    "MA_THE_BHYT",
    "NGAY_VAO",
    "NGAY_RA",
    "MA_BENH_CHINH",
    "MA_BENH_KT",
    "TEN_THUOC",
    "MA_DICH_VU",
    "LA",
    "CHI_TIET_THUOC",
    "TONG_HOP",
)
LEAVES = st.builds(
    lambda tag, text: f"<{tag}>{text}</{tag}>",
    st.sampled_from(TAGS),
    CELLS.map(lambda text: text.replace("<", "&lt;").replace("&", "&amp;")),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda tag, some: f"<{tag}>{''.join(some)}</{tag}>", st.sampled_from(TAGS), st.lists(inner, max_size=6)
    ),
    max_leaves=20,
)


@st.composite
def envelopes(draw: st.DrawFn) -> bytes:
    """A hospital's envelope with parts of any kind, encoded, nested or neither."""
    parts = []
    for _ in range(draw(st.integers(0, 5))):
        inner = draw(TREES)
        how = draw(st.integers(0, 3))
        content = (
            inner
            if how == 0
            else base64.b64encode(inner.encode("utf-8", "replace")).decode()
            if how < 3
            else draw(st.text("AB=+/ \n", max_size=20))
        )
        parts.append(
            f"<FILEHOSO><LOAIHOSO>XML{draw(st.integers(0, 17))}</LOAIHOSO><NOIDUNGFILE>{content}</NOIDUNGFILE></FILEHOSO>"
        )
    facility = draw(st.sampled_from(("01929", "", "1")))
    whole = f"<GIAMDINHHS><THONGTINDONVI><MACSKCB>{facility}</MACSKCB></THONGTINDONVI><THONGTINHOSO><DANHSACHHOSO><HOSO>{''.join(parts)}</HOSO></DANHSACHHOSO></THONGTINHOSO></GIAMDINHHS>"
    return whole.encode("utf-8", "replace")


FILES = st.one_of(texts(), workbooks(), envelopes())
"""A structured file of any kind."""
