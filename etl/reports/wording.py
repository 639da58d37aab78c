"""How numbers, scores and days are said on the page: in Vietnamese and English, with small counts hidden.

Each function gives HTML with a span for each language; the page's style shows one of them.
"""

from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from etl.contracts.wording import RuleWording

SMALLEST_SHOWN = 5
"""Counts of one to four are shown as "< 5": so few could be recognised as persons."""
GREEN, AMBER = 90.0, 75.0
"""National bands of the index: green from 90, amber from 75, red below."""


DIMENSIONS = {
    "correct": ("Đúng", "Correct", "phản ánh đúng con người và sự kiện", "tells the person and event as they are"),
    "complete": ("Đủ", "Complete", "mọi trường bắt buộc đều có", "everything required is there"),
    "clean": ("Sạch", "Clean", "không trùng lặp, không mâu thuẫn", "no repeats, no contradictions"),
    "live": ("Sống", "Live", "kịp thời và cập nhật", "timely and up to date"),
}
"""The four words, and what each means."""


@dataclass(frozen=True)
class Grade:
    """A band of the index; the sign tells it where colour does not."""

    name: str
    sign: str
    vi: str
    en: str


GRADES = (
    Grade("green", "●", "Đạt", "Good"),
    Grade("amber", "▲", "Cần cải thiện", "Needs work"),
    Grade("red", "■", "Chưa đạt", "Poor"),
    Grade("none", "○", "Chưa có số liệu", "No data"),
)


def grade(score: float | None) -> Grade:
    """The band of a score."""
    if score is None:
        return GRADES[3]
    return GRADES[0] if score >= GREEN else GRADES[1] if score >= AMBER else GRADES[2]


def both(vi: object, en: object) -> Markup:
    """The same thing in both languages; once where they do not differ."""
    if vi == en:
        return Markup("{}").format(vi)
    return Markup('<span lang="vi">{}</span><span lang="en">{}</span>').format(vi, en)


def number(value: int) -> Markup:
    """A whole number, with each language's separator of thousands; for what is not a count of people's rows."""
    english = f"{value:,}"
    return both(english.replace(",", "."), english)


def count(value: int) -> Markup:
    """A count behind which people stand: one to four are not told apart."""
    return Markup("&lt;&nbsp;{}").format(SMALLEST_SHOWN) if 0 < value < SMALLEST_SHOWN else number(value)


def part(value: int, whole: int) -> Markup:
    """A part of a whole; where the rest is one to four, only that it is nearly all: else the rest could be told."""
    if 0 < whole - value < SMALLEST_SHOWN <= value:
        return Markup("&gt;&nbsp;{}").format(number(whole - SMALLEST_SHOWN))
    return count(value)


def share(value: int, whole: int, digits: int = 1) -> Markup:
    """A share as a percentage; its bound alone where it would tell a hidden count, a dash where nothing is left."""
    is_few, lacks_few = 0 < value < SMALLEST_SHOWN, 0 < whole - value < SMALLEST_SHOWN
    if whole == 0 or (is_few and lacks_few) or whole < SMALLEST_SHOWN:
        return Markup("–")
    if is_few:
        return Markup("&lt;&nbsp;{}").format(percent(100 * SMALLEST_SHOWN / whole, digits))
    if lacks_few:
        return Markup("&gt;&nbsp;{}").format(percent(100 * (whole - SMALLEST_SHOWN) / whole, digits))
    return percent(100 * value / whole, digits)


def percent(value: float, digits: int = 1) -> Markup:
    """A percentage, cut, not rounded up: 99.96 is not 100."""
    english = cut(value, digits)
    return both(f"{english.replace('.', ',')} %", f"{english}%")


def points(score: float | None, digits: int = 1) -> Markup:
    """A score, cut like a percentage; a dash where there is none."""
    if score is None:
        return Markup("–")
    english = cut(score, digits)
    return both(english.replace(".", ","), english)


def cut(value: float, digits: int) -> str:
    """The number with so many decimals, cut off: a score never looks better than it is."""
    scale = 10**digits
    return f"{int(value * scale + 1e-9) / scale:.{digits}f}"


def rule_points(satisfied: int, applicable: int, score: float | None) -> Markup:
    """A rule's score; its bound alone where, with the rows that it applies to, it would tell a hidden count."""
    if is_telling(satisfied, applicable):
        return share(satisfied, applicable)
    return points(score)


def is_telling(satisfied: int, applicable: int) -> bool:
    """Whether an exact share would tell how many of one to four rows satisfy a rule, or fail it."""
    return (
        0 < satisfied < SMALLEST_SHOWN or 0 < applicable - satisfied < SMALLEST_SHOWN or 0 < applicable < SMALLEST_SHOWN
    )


def task_rows(row_count: int, rule: RuleWording | None) -> Markup:
    """How many rows a task is about; a dash where its rule measures a sender, and no rows."""
    return Markup("–") if rule is not None and rule.measured_in else count(row_count)


def measured(observed: float | None, expected: float, unit: str) -> Markup:
    """What was observed of a sender, beside what was expected of it."""
    if unit == "days" and observed is None:
        vi, en = Markup("Chưa gửi lần nào; chờ nhiều nhất {} ngày."), Markup("Never sent; expected within {} days.")
        parts = [number(int(expected))]
    elif unit == "days":
        vi, en = Markup("Đã {} ngày; nhiều nhất {} ngày."), Markup("{} days so far; at most {} are expected.")
        parts = [number(int(observed or 0)), number(int(expected))]
    elif unit == "rows":
        vi, en = Markup("{} dòng; thường {} dòng."), Markup("{} rows; usually {}.")
        parts = [count(int(observed or 0)), number(int(expected))]
    else:
        vi, en = Markup("Độ lệch {}; cho phép {}."), Markup("Shift {}; allowed {}.")
        parts = [points(observed, 2), points(expected, 2)]
    return both(vi.format(*parts), en.format(*parts))


def day(value: date | None) -> Markup:
    """A day as Vietnamese and as international readers write it."""
    return Markup("–") if value is None else both(f"{value:%d/%m/%Y}", f"{value:%Y-%m-%d}")


FIGURES = (number, count, part, share, percent, points, rule_points, measured, task_rows)
"""What says a number in both languages, as markup."""
