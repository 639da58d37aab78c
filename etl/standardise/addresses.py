"""Free Vietnamese addresses into their parts: house, lane, street, hamlet, building, ward, district, province.

Nothing is lost: every word of the text is in one part, in `rest`, or is a word such as "số nhà" that only says what
follows. Kind words come out in one spelling (P., phuong → phường), the words of names as they were written.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.address_labels import Labels, label_words
from etl.standardise.address_words import KINDS, Part, look_at_words
from etl.standardise.column import Column, any_of, as_array, by_distinct, first_note, is_true, matches
from etl.standardise.notes import Note
from etl.standardise.text import clean_text, toneless

PARTS = ("house", "lane", "street", "hamlet", "building", "ward", "district", "province", "rest")
ADDRESS = pa.schema([*((name, pa.string()) for name in PARTS), ("note", pa.string())])
NO_ADDRESS = r"^(khong|khong (ro|co|biet|khai|dia chi|xac dinh)|chua (ro|co|biet)|vo gia cu|lang thang|test|abc|xxx+|null|none|nan|k|ko|na|n a)$"
"""Toneless texts that say that there is no address."""
_SHORT = "tp|tt|tx|tdp|kp|sn|ql|đg|dg|ng|ngh|ph|cc|kđt|kdt|ktt|kdc|hn|ttr"
_NUMBERED = (
    "tdp|tổ|to|số|so|ngõ|ngo|ngách|ngach|hẻm|hem|kiệt|sn|kp|khu|đội|doi|thôn|thon|xóm|xom|cụm|cum|q|p|tầng|tang|phòng|"
    "phong|lô|lo|căn|can|nhà|nha|phố|ng|ql"
)
_LETTERS = "A-Za-zÀ-ɏḀ-ỹ"
"""Latin letters: all of Unicode's would take 40 ms to prepare each time."""
_LETTER = f"[{_LETTERS}]"
TIDYING = (
    (r"[;|\n\r\t•·()\[\]{}]+", " , "),
    (r"(?i)(văn miếu|van mieu) ?[-–] ?(quốc tử giám|quoc tu giam)", r"\1 \2"),
    (r" [-–—]+ |[–—]", " , "),
    (rf"({_LETTER}{{2}})-({_LETTER}{{2}})", r"\1 , \2"),
    (rf"({_LETTER}{{2}})/({_LETTER})|/({_LETTER}{{2}})", r"\1 , \2\3"),
    (r",", " , "),
    (r" {2,}", " "),
    (rf"(?i)(^| )({_SHORT}|{_LETTER})[.:] ?", r"\1\2 "),
    (rf"(?i)(^| )({_SHORT}|{_LETTER})[.:] ?", r"\1\2 "),
    (rf"({_LETTER}{{2,}})\.({_LETTER})", r"\1 , \2"),
    (rf"([{_LETTERS}\d])[.:]( |$)", r"\1 , "),
    (rf"(?i)(^| )({_NUMBERED})[:.]?(\d)", r"\1\2 \3"),
    (r"(?i)(phố|pho|tdp|tổ|khu|cụm|đội|thôn|xóm|kp|dân cư|dan cu|ngõ|ngách|tòa) (?:số|so) (\d)", r"\1 \2"),
    (rf"(\d)({_LETTER}{{3,}})", r"\1 \2"),
    (r"(^| )[.:\-'\"?*#/]+( |$)", " "),
)
"""Patterns and what each becomes, in this order: separators stand alone, abbreviations lose their dot."""
NEEDS_TIDYING = rf"(?i)[^{_LETTERS}\d ,/]|{_LETTER}[/\d]|[/\d]{_LETTER}{{2}}|(?:số|so) \d"
"""What none of the patterns changes but for its commas does not match."""


def read_addresses(column: Column) -> pa.Table:
    """`ADDRESS` of each text: `PARTS` (null where there is none) and a note.

    Notes: `not_an_address` (no part at all), `ward_or_district`, `address_unread` where words are left in `rest`.
    """
    columns = by_distinct(as_array(column, pa.string()), _read)
    return pa.table(list(columns), schema=ADDRESS)


def _read(sent: pa.Array) -> tuple[pa.Array, ...]:
    text = clean_text(sent).values
    bare = toneless(text)
    is_none = any_of(matches(bare, NO_ADDRESS), is_true(pc.and_(pc.is_valid(text), pc.is_null(bare))))
    tokens = pc.split_pattern(_tidy(pc.if_else(is_none, None, text)), " ")
    encoded = pc.dictionary_encode(tokens.flatten())
    counts = np.diff(np.asarray(tokens.offsets))
    rows = np.repeat(np.arange(len(text)), counts)
    places = np.asarray(encoded.indices)
    labels = label_words(look_at_words(encoded.dictionary), places, rows, len(text))
    parts = _join_parts(encoded.dictionary, places, rows, labels, len(text))
    notes = first_note(
        len(text),
        (is_none, Note.not_an_address),
        (pa.array(labels.is_unsure, pa.bool_()), Note.ward_or_district),
        (pc.is_valid(parts["rest"]), Note.address_unread),
    )
    return (*(parts[name] for name in PARTS), notes)


def _tidy(text: pa.Array) -> pa.Array:
    """Words and separators with one space between them; a separator ends every text, also an empty one."""
    found = pc.fill_null(text, "")
    is_odd = matches(found, NEEDS_TIDYING)
    odd = found.filter(is_odd)
    for pattern, meant in TIDYING:
        odd = pc.replace_substring_regex(odd, pattern, meant)
    found = pc.replace_substring(pc.replace_with_mask(found, is_odd, odd), ",", " , ")
    joined = pc.binary_join_element_wise(found, ",", " ")
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(joined, "  +", " "))


def _join_parts(
    distinct: pa.Array, places: np.ndarray, rows: np.ndarray, labels: Labels, row_count: int
) -> dict[str, pa.Array]:
    """The words of each part, in their order, as one text a row."""
    said = pa.array([kind.said for kind in KINDS], pa.string())
    texts = pa.concat_arrays([pa.array(distinct, pa.string()), said])
    places = np.where(labels.kinds >= 0, len(distinct) + labels.kinds, places)
    is_said = np.append(np.ones(len(distinct), bool), [bool(kind.said) for kind in KINDS])[places]
    found = {}
    for name in PARTS:
        mask = (labels.parts == Part[name]) & is_said & ~_inner_words(labels)
        counts = np.bincount(rows[mask], minlength=row_count)
        offsets = np.r_[0, np.cumsum(counts)].astype(np.int32)
        joined = pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), texts.take(pa.array(places[mask]))), " ")
        found[name] = pc.if_else(pc.equal(joined, ""), None, joined)
    return found


def _inner_words(labels: Labels) -> np.ndarray:
    """The second and later words of a kind ("dân phố" of "tổ dân phố"): it is said as a whole at its first."""
    at = np.flatnonzero(labels.kinds >= 0)
    lengths = np.array([kind.words.count(" ") for kind in KINDS])[labels.kinds[at]]
    inner = np.zeros(len(labels.parts), bool)
    for count in (1, 2):
        inner[at[lengths >= count] + count] = True
    return inner
