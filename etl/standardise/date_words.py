"""Dates with words in them ("ngày 5 tháng 3 năm 1980", "khoảng 1950", "5-Mar-80") as the same dates in figures.

What is in figures alone passes as it is. Words that weaken a date give a note: about (`approximate_date`), and of the
lunar calendar (`lunar_date`), whose day is another one in the solar calendar, so that only the year is left.
"""

import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.column import any_of, first_note, matches, nulls
from etl.standardise.notes import Note

IN_FIGURES = r"^[\d_]+(?:[/.\-][\d_]+)*(?:[T ]+\d[\d:.+\-Z]*)?$"
"""Nothing to do; all else is looked at, white space between figures as well."""
LUNAR = r"(?:^|[\s(.,])(?:am\s*lich|a\.?\s?l\.?)\)?\.?$|^(?:am\s*lich|al)[:.\s]"
ABOUT = (
    r"^(?:khoang|tam|uoc chung|uoc|chung|vao khoang|~|≈)[:.\s]*|\s*\(?(?:\?|uoc|khoang|uoc chung|khong ro|ko ro)\)?$"
)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
REWRITING = (
    (r"[\x{a0}\t\n\r]+", " "),
    (r"^['\"`´’(]+|['\"`´’);,.]+$", ""),
    (r"^(?:thu (?:hai|ba|tu|nam|sau|bay)|chu nhat)[,.\s]+", ""),
    (r"^(\d{1,2})\s*(?:h|gio)\s*(\d{2})?\s*(?:phut)?,?\s*(?:ngay)?\s*(\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4})$", r"\3 \1:\2"),
    (r"^(\d{1,2}:\d{2})(?::\d{2})?,?\s+(?:ngay\s*)?(\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4})$", r"\2 \1"),
    (r"^(\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4}),?\s+(\d{1,2})\s*(?:h|gio)\s*(\d{2})?(?:\s*phut)?$", r"\1 \2:\3"),
    (r":$", ":00"),
    (r"^(?:ngay sinh|nam sinh|sinh ngay|sinh nam|sinh thang|sinh|sn|ns|nam|ngay|n)[:.\s]+", ""),
    (r"^(?:ngay|mung|mong|hom)\s*", ""),
    (r"^(\d{1,2})[,\s]*(?:/\s*)?thang\s*(\d{1,2})[,\s]*(?:nam|[/.\-])?\s*(\d{4})$", r"\1/\2/\3"),
    (r"^(?:thang|th|t)[.\s]*(\d{1,2})[,\s]*(?:nam|[/.\-])?\s*(\d{4})$", r"\1/\2"),
    (r"^(\d{1,2})\s*[/.\-]\s*(\d{1,2})[,\s]*nam\s*(\d{4})$", r"\1/\2/\3"),
    (r"^(\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4}) 12:(\d{2})(?::\d{2})?\s*(?:am|sa)$", r"\1 0:\2"),
    (r"^(\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4} \d{1,2}:\d{2})(?::\d{2})?\s*(?:am|sa)$", r"\1"),
    (r"^(\d{1,2})\s*[/.\-]+\s*(\d{1,2})\s*[/.\-]+\s*(\d{2}|\d{4})$", r"\1/\2/\3"),
    (r"^(\d{1,2})\s*[,\\|]\s*(\d{1,2})\s*[,\\|]\s*(\d{4})$", r"\1/\2/\3"),
    (r"^(\d{1,2})\s+(\d{1,2})\s+(\d{4})$", r"\1/\2/\3"),
)
"""Patterns over text in lower case without marks, and what each becomes, in this order."""


def plain_dates(text: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The dates in figures where words or odd separators stood, and a note where a word weakens the date."""
    is_odd = pc.and_(pc.is_valid(text), pc.invert(matches(text, IN_FIGURES)))
    if not pc.any(is_odd).as_py():
        return text, nulls(len(text))
    plain, notes = _rewritten(text.filter(is_odd))
    return pc.replace_with_mask(text, is_odd, plain), pc.replace_with_mask(nulls(len(text)), is_odd, notes)


def _rewritten(text: pa.Array) -> tuple[pa.Array, pa.Array]:
    bare = pc.replace_substring_regex(pc.utf8_normalize(pc.utf8_lower(text), "NFKD"), r"\p{Mn}", "")
    bare = pc.replace_substring(bare, "đ", "d")
    for pattern, meant in REWRITING[:2]:
        bare = pc.replace_substring_regex(bare, pattern, meant)
    without_about = pc.utf8_trim_whitespace(pc.replace_substring_regex(bare, ABOUT, ""))
    without_about = pc.if_else(pc.equal(without_about, ""), bare, without_about)
    is_about = pc.not_equal(without_about, bare)
    solar = pc.utf8_trim_whitespace(pc.replace_substring_regex(without_about, LUNAR, ""))
    is_lunar = pc.not_equal(solar, without_about)
    plain = _without_names_of_months(solar)
    for pattern, meant in REWRITING[2:]:
        plain = pc.utf8_trim_whitespace(pc.replace_substring_regex(plain, pattern, meant))
    plain = _after_noon(plain)
    year = pc.struct_field(pc.extract_regex(plain, r"(?:^|\D)(?P<year>\d{4})$"), "year")
    plain = pc.if_else(is_lunar, pc.coalesce(year, plain), plain)
    # what no pattern made plain is given back as it was, so that its own pattern may fit
    is_plain = any_of(matches(plain, IN_FIGURES), is_about, is_lunar)
    notes = first_note(len(text), (is_lunar, Note.lunar_date), (is_about, Note.approximate_date))
    return pc.if_else(is_plain, plain, text), notes


def _without_names_of_months(text: pa.Array) -> pa.Array:
    """English months as numbers: 5-Mar-80, Mar 5, 1980, March 1980."""
    if not pc.any(matches(text, "|".join(MONTHS))).as_py():
        return text
    for number, name in enumerate(MONTHS, 1):
        month = rf"{name}[a-z]*\.?"
        for pattern, meant in (
            (rf"^(\d{{1,2}})[\s\-/.]*{month}[\s,\-/.]*(\d{{4}}|\d{{2}})$", rf"\1/{number}/\2"),
            (rf"^{month}\s*(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})$", rf"\1/{number}/\2"),
            (rf"^{month}[\s,\-/.]*(\d{{4}})$", rf"{number}/\1"),
        ):
            text = pc.replace_substring_regex(text, pattern, meant)
    return text


def _after_noon(text: pa.Array) -> pa.Array:
    """1:30 PM (CH in Vietnamese) as 13:30."""
    if not pc.any(matches(text, r"\d\s*(?:pm|ch)$")).as_py():
        return text
    text = pc.replace_substring_regex(text, r" 12:(\d{2})(?::\d{2})?\s*(?:pm|ch)$", r" 12:\1")
    for hour in range(1, 12):
        text = pc.replace_substring_regex(text, rf" 0?{hour}:(\d{{2}})(?::\d{{2}})?\s*(?:pm|ch)$", rf" {hour + 12}:\1")
    return text
