"""The people of the examples, and what they look like in the layouts that senders use."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from etl.sample.sheet_writers import Cell


@dataclass(frozen=True)
class Person:
    """Somebody invented, as every example writes him."""

    name: str
    birth: str
    sex: str
    national_id: str
    phone: str
    address: str


PEOPLE = (
    Person("Nguyễn Thị Thử", "02/03/1980", "Nữ", "001180000011", "0912000011", "Số 1 ngõ 2 phố Ví Dụ"),
    Person("Trần Văn Mẫu", "15/11/1975", "Nam", "001075000022", "0912000022", "Tổ 5 thôn Thí Điểm"),
    Person("Lê Hoàng Ướm", "1962", "Nam", "001062000033", "0912000033", "Số 7 phố Giả Định"),
    Person("Phạm Thùy Đặt", "30/06/2015", "Nữ", "001315000044", "0912000044", "Thôn Bịa Đặt"),
    Person("Đỗ Quỳnh Nháp", "09/01/1999", "Nữ", "001199000055", "0912000055", "Tổ 3 phố Ví Dụ"),
)
FIRST = tuple(range(2, 7))
"""Row numbers of the people where headings stand in row 1."""
HEADINGS = ("STT", "Họ và tên", "Ngày sinh", "Giới tính", "Số CCCD", "Điện thoại", "Địa chỉ")
DISTRICT = (
    "STT",
    "MA_XA",
    "HO_TEN",
    "NGAY_SINH",
    "GIOI_TINH",
    "SO_CCCD",
    "DIEN_THOAI",
    "DIA_CHI",
    "MA_BENH",
    "NGAY_CAP_NHAT",
)
CHECK = (
    "STT",
    "Họ và tên",
    "Ngày sinh",
    "Giới tính",
    "Số CCCD",
    "Điện thoại",
    "Địa chỉ",
    "Ngày khám",
    "Chiều cao",
    "Cân nặng",
    "Huyết áp",
)
Row = list[Cell]


def rows_of(kind: str = "ward_sheet") -> list[Row]:
    """Headings and people of a kind, as text."""
    if kind == "district_export":
        return [
            list(DISTRICT),
            *([str(number), "00004", *_said(one), "I10", "01/09/2026"] for number, one in enumerate(PEOPLE, 1)),
        ]
    more: Row = ["01/09/2026", "160", "55,5", "120/80"] if kind == "health_check" else []
    headings: Row = list(CHECK if kind == "health_check" else HEADINGS)
    return [headings, *([str(number), *_said(one), *more] for number, one in enumerate(PEOPLE, 1))]


def _said(one: Person) -> Row:
    return [one.name, one.birth, one.sex, one.national_id, one.phone, one.address]


def columns(headings: Sequence[Row], cells: Callable[[Person], Row]) -> list[Row]:
    """Other headings, and of each person the number, these cells and the citizen ID."""
    return [*headings, *([str(number), *cells(one), one.national_id] for number, one in enumerate(PEOPLE, 1))]


def split_birth(one: Person) -> list[str]:
    """Day, month and year of birth without leading zeros."""
    return ["", "", one.birth] if len(one.birth) == 4 else [part.lstrip("0") for part in one.birth.split("/")]


def under_sex(one: Person, said: Cell, nothing: Cell) -> Row:
    """What is said, under Nam or under Nữ."""
    return [said, nothing] if one.sex == "Nam" else [nothing, said]


def split_name(one: Person) -> Row:
    """Family and middle name, and the given name."""
    family, _, given = one.name.rpartition(" ")
    return [family, given]


def with_line_ends(rows: list[Row]) -> list[Row]:
    """The rows with a line end in the last cell of each person."""
    return [rows[0], *([*row[:-1], str(row[-1]).replace(" ", "\n", 1)] for row in rows[1:])]


def with_titles(rows: list[Row]) -> list[Row]:
    """The rows below a title block of 30."""
    title: list[Row] = [[None, f"Thuyết minh {number} của biểu mẫu thử nghiệm"] for number in range(1, 29)]
    return [["TRẠM Y TẾ THỬ NGHIỆM"], ["DANH SÁCH QUẢN LÝ SỨC KHỎE"], *title, *rows]


def with_pages(rows: list[Row]) -> list[Row]:
    """The rows on two pages, each with title and headings, the first with its number."""
    title: Row = ["TRẠM Y TẾ THỬ NGHIỆM"]
    return [title, *rows[:3], [None, "Trang 1/2"], title, *rows[:1], *rows[3:]]


def with_end(rows: list[Row]) -> list[Row]:
    """The rows with a blank one among them, and totals, the day and signatures below."""
    nothing: Row = [None] * 5
    signed: list[Row] = [
        [*nothing, text]
        for text in ("Ngày 05 tháng 10 năm 2026", "Người lập biểu", "(Ký, ghi rõ họ tên)", "Trần Thị Ký")
    ]
    return [*rows[:4], [], *rows[4:], [None, "Tổng cộng: 5 người"], *signed]


def _day(one: Person) -> Cell:
    if len(one.birth) == 4:
        return int(one.birth)
    day, month, year = map(int, one.birth.split("/"))
    return date(year, month, day)


def with_days(rows: list[Row]) -> list[Row]:
    """The rows with dates of birth as days, or as a number where only the year is known."""
    return [rows[0], *([*row[:2], _day(one), *row[3:]] for row, one in zip(rows[1:], PEOPLE, strict=True))]


def with_numbers(rows: list[Row]) -> list[Row]:
    """Excel has made numbers of what are none: a leading zero is gone."""
    return [rows[0], *([int(str(row[0])), *row[1:4], int(one.national_id), float(one.phone), *row[6:]] for row, one in zip(rows[1:], PEOPLE, strict=True))]  # fmt: skip
