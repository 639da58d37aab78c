"""Names of people: tidy, with capitals first, without forms of address; and what is no name at all."""

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.column import (
    Column,
    Standardised,
    all_of,
    any_of,
    as_array,
    by_distinct,
    except_where,
    first_note,
    is_true,
    mask_of,
    matches,
    matches_among,
    nulls,
    validity,
)
from etl.standardise.keystrokes import decode_keystrokes
from etl.standardise.letters import CAPITALS, LETTERS
from etl.standardise.name_order import is_given_first
from etl.standardise.name_words import read_sure
from etl.standardise.notes import Note
from etl.standardise.text import clean_text, toneless

NEWBORN = (
    r"^(con (ba|ong|cua|co|chi|me)|cb|tre so sinh|so sinh|tss|be (trai|gai)|con trai|con gai)( |$)|^(tre|"
    r"be) (chua dat ten|moi sinh)"
)
"""Toneless beginnings of the names of newborns without papers: "Con bà Nguyễn Thị A" is not her name."""
FAMILY_NAMES = (
    "Nguyễn|Nguyen|Trần|Tran|Lê|Le|Phạm|Pham|Hoàng|Hoang|Huỳnh|Huynh|Phan|Vũ|Vu|Võ|Vo|Đặng|Dang|Bùi|Bui|Đỗ|Do|Hồ|Ho|"
    "Ngô|Ngo|Dương|Duong|Lý|Ly|Đinh|Dinh|Đào|Dao|Trịnh|Trinh|Mai|Hà|Ha|Cao|Lương|Luong|Chu|Tạ|Ta|Trương|Truong|Tô|To|Đoàn|Doan"
)
TITLE = (
    rf"(?i)^(?:(?:Ông|Bà|Chị|Bé|Cụ|Cô|Anh|Em)\.? (?P<named>(?:{FAMILY_NAMES}) \S+ \S.*)|(?:Cháu|Chau)\.? "
    r"(?P<child>\S+ \S.*)|(?:(?:BN|NB|Bệnh nhân|Benh nhan|Người bệnh|Nguoi benh|Mr|Mrs|Ms|Miss)(?:[.:] ?| ))(?P<sick>\S+ \S.*))$"
)
"""A form of address before a name. Ông and Bà are family names too, so they count only before a whole other name."""
MAY_HAVE_TITLE = r"(?i)^(?:Ông|Bà|Chị|Bé|Cụ|Cô|Anh|Em|Cháu|Chau|BN|NB|Bệnh|Benh|Người|Nguoi|M)"
TWO_LETTERS, TWO_PLAIN_LETTERS = r"\p{L}.*\p{L}", rf"[{LETTERS}{CAPITALS}].*[{LETTERS}{CAPITALS}]"
INITIALS = r"\p{L}\.|(^| )[^\PLAYEOUIƠÊayeouiơêĂ]( |$)"
MAY_BE_INITIALS = r"\.|(^| )[^AYEOUIƠÊayeouiơêĂ]( |$)"
"""What every text has in which the pattern before it is found, and costs less to look for."""
NEWBORN_CHILD = r"(?i)^(cháu|em) bé( |$)|\((con|cháu|bé|tss|sơ sinh|so sinh)( [^)]*)?\)"
MOST_TITLES = 8
REMARK = r"[\s,\-]*[(\[{][^)\]}]*[)\]}]?"
"""A nickname or a remark in brackets."""
TEST_NAMES = (
    r"\btest\b|^(abc|xyz|aaa+|xxx+|qwe|asdf).*$|^(khong ro|khong co|khong biet|chua ro|chua co|chua dat ten|"
    r"vo danh|khong ten|khong|demo|ten|ho ten|ho va ten|nguyen van test|khong (ro|co|biet|xac dinh) ?(ten|ho ten)?|"
    r"khong xac dinh|chua (ro|co|biet|khai|xac dinh|dat|cap nhat) ?(ten|ho ten)?|(benh nhan|nguoi benh|bn)( vo danh)?|"
    r"mau|vi du|thu nghiem|ho ten benh nhan|null|none|nan|n a|unknown|no ?name|anonymous|admin)$"
)
"""Toneless names that someone typed to fill the field."""
SAMPLE_NAME = r"^(nguyen|tran|le|pham|hoang) (van|thi) [abcdexyz]$"


class Names(NamedTuple):
    """Standardised names with notes, their toneless form, and which are a newborn's placeholder."""

    values: pa.Array
    notes: pa.Array
    toneless: pa.Array
    is_newborn: pa.Array


def standardise_names(column: Column) -> Standardised:
    """Names in NFC with a capital on each word, and notes; null where what was sent names nobody."""
    return Standardised(*read_names(column)[:2])


def read_names(column: Column) -> Names:
    """`standardise_names`, with `toneless` and `is_newborn_name` of each name beside it."""
    sent = as_array(column, pa.string())
    if sent.null_count == len(sent):
        return Names(sent, sent, sent, nulls(len(sent), pa.bool_()))
    sure, is_sent = read_sure(sent), validity(sent)
    never = pc.if_else(mask_of(is_sent), pa.scalar(False), pa.scalar(None, pa.bool_()))
    found = Names(sent, nulls(len(sent)), sure.toneless, never)
    if len(sure.mended):
        mended = pc.replace_with_mask(sent, mask_of(sure.is_sure & ~sure.is_tidy), sure.mended)
        found = found._replace(values=mended)
    if (sure.is_sure | ~is_sent).all():
        return found
    is_odd = mask_of(is_sent & ~sure.is_sure)
    odd = by_distinct(sent.filter(is_odd), _read_odd)
    if len(odd[0]) == len(sent):
        return Names(*odd)
    return Names(*(pc.replace_with_mask(whole, is_odd, part) for whole, part in zip(found, odd, strict=True)))


def _read_odd(sent: pa.Array) -> tuple[pa.Array, ...]:
    names, notes = _names(sent)
    return names, notes, toneless(names), is_newborn_name(names)


def is_newborn_name(names: Column) -> pa.Array:
    """Where a name is a newborn's placeholder; null where there is no name."""
    text = as_array(names, pa.string())
    return pc.or_(pc.match_substring_regex(toneless(text), NEWBORN), pc.match_substring_regex(text, NEWBORN_CHILD))


def _names(sent: pa.Array) -> Standardised:
    text, text_notes = clean_text(sent)
    is_newborn = is_true(is_newborn_name(text))
    without_remarks = _without_remarks(text, is_newborn)
    has_remark = is_true(pc.not_equal(without_remarks, text))
    bare_text = _without_titles(without_remarks, is_newborn)
    text, is_repaired, is_suspect = decode_keystrokes(bare_text)
    bare = toneless(text)
    without_title = _without_titles(text, is_newborn)  # "Oong" is one only now
    has_title = any_of(pc.not_equal(bare_text, without_remarks), pc.not_equal(without_title, text))
    names = _with_capitals(without_title)
    said = toneless(names)
    is_test = any_of(matches(bare, TEST_NAMES), matches(said, TEST_NAMES))  # "Mr BN ?" names nobody either
    is_short = pc.invert(matches(text, TWO_PLAIN_LETTERS))
    is_none = all_of(pc.is_valid(sent), is_short, pc.invert(matches_among(is_short, text, TWO_LETTERS)))
    is_none = pc.and_(is_none, is_true(pc.not_equal(pc.utf8_trim_whitespace(sent), "")))
    notes = first_note(
        len(sent),
        (is_none, Note.not_a_name),
        (is_test, Note.test_name),
        (matches(names, r"\p{N}"), Note.digits_in_name),
        (is_newborn, Note.newborn_name),
        (matches(said, SAMPLE_NAME), Note.sample_name),
        (matches_among(matches(names, MAY_BE_INITIALS), names, INITIALS), Note.initials_in_name),
        (is_given_first(names), Note.given_name_first),
        (is_suspect, Note.typing_residue),
        (is_repaired, Note.typing_repaired),
        (has_title, Note.title_removed),
        (has_remark, Note.remark_removed),
    )
    refused = pc.or_(is_none, is_test)
    return Standardised(except_where(refused, names), pc.coalesce(notes, text_notes))


def _without_titles(names: pa.Array, is_newborn: pa.Array) -> pa.Array:
    """Names without all the forms of address before them: "BN: Ông …" bears two."""
    for _ in range(MOST_TITLES):
        bare = _without_title(names, is_newborn)
        if bare is names or bare.equals(names):
            return names
        names = bare
    return names


def _without_title(names: pa.Array, is_newborn: pa.Array) -> pa.Array:
    """Names without the form of address before them, but for those of newborns."""
    mask = pc.and_(matches(names, MAY_HAVE_TITLE), pc.invert(is_newborn))
    if not pc.any(mask).as_py():
        return names
    titled = pc.extract_regex(names, TITLE)
    has_title = all_of(pc.is_valid(titled), mask)
    named = pc.binary_join_element_wise(*(pc.struct_field(titled, part) for part in ("named", "child", "sick")), "")
    return pc.if_else(has_title, named, names)


def _without_remarks(text: pa.Array, is_newborn: pa.Array) -> pa.Array:
    """Names without what stands in brackets, but for those of newborns, whom it tells."""
    bare = pc.utf8_trim_whitespace(pc.replace_substring_regex(text, REMARK, ""))
    is_left = all_of(pc.not_equal(bare, ""), pc.invert(is_newborn))
    return pc.if_else(is_left, bare, text)


def _with_capitals(names: pa.Array) -> pa.Array:
    """A capital on each word where all letters are capital or all are small; other names keep theirs."""
    is_plain = pc.or_(pc.equal(names, pc.utf8_upper(names)), pc.equal(names, pc.utf8_lower(names)))
    titled = pc.utf8_title(pc.utf8_lower(names))
    return pc.if_else(is_true(is_plain), titled, names)
