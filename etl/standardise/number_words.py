"""Numbers that somebody wrote with words, letters or a second number beside them, and how far each can be trusted."""

from enum import IntEnum
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.column import Standardised, all_of, any_of, except_where, first_note, is_true, matches, nulls
from etl.standardise.notes import REFUSED, Note

CARD_QR = r"^(?P<number>\d{12})\|(?P<second>\d{9})?\|.*$"
"""What the code on a citizen's card says: citizen ID, old ID, name …"""
TWO_NUMBERS = r"^(?P<number>\d{12})[/;,(]+(?P<second>\d{9})\)?$"
TWO_REVERSED = r"^(?P<second>\d{9})[/;,(]+(?P<number>\d{12})\)?$"
LABELLED = (
    r"^(?:SỐ|SO)?(?:CCCD|CMND|CMTND|CMT|CC|CĂNCƯỚC|CĂNCƯỚCCÔNGDÂN|CANCUOC|CANCUOCCONGDAN|ĐDCN|DDCN|ĐỊNHDANH|SĐD|ID|HC|HỘCHIẾU|HOCHIEU|PASSPORT)"
    r"(?:/[A-ZĐ]+)?(?:SỐ|SO)?[:#]?(?P<number>[A-Z]?\d+)$"
)
OF_ANOTHER = (
    r"^(?:(?:CỦA|CUA)?(?:MẸ|ME|BỐ|BO|CHA|VỢ|CHỒNG|CON|NGƯỜINHÀ)[:(])?(?P<number>\d{9}|\d{12})"
    r"(?:[(,;]*(?:CỦA|CUA|SỐ)?(?:MẸ|ME|BỐ|BO|CHA|VỢ|VO|CHỒNG|CHONG|CON|NGƯỜINHÀ|NGUOINHA|ÔNG|BÀ)\)?)?$"
)
LOOKS_LIKE_TWELVE = r"^[0-9OQIL]{12}$"
PHONE_IN_WORDS = r"^[^\d+]*(?P<number>(?:\+|\()?\d[\d .()\-]{7,}\d)(?:[^\d\pL][^\d]*)?$"
EXTENSION = r"\s*[,(]?\s*(?:EXT|MÁY LẺ|MAY LE|LẺ|NỘI BỘ|NHÁNH)[.: ]*\d{1,5}\)?$"


class Trust(IntEnum):
    """How far a number can be trusted, from least to most; the note beside it says why."""

    placeholder = 0
    """No number: zeros, 123456789, …"""
    unusable = 1
    """A number was meant, but it cannot be told."""
    doubtful = 2
    """A number of the right form that something speaks against."""
    restored = 3
    """A number that was damaged and put right."""
    whole = 4
    """A number just as it should be."""


RESTORED_BY = (Note.digits_lost, Note.letter_for_digit, Note.prefix_2018, Note.area_code_2017)
DOUBTED_BY = (Note.sex_disagrees, Note.year_disagrees, Note.prefix_unknown, Note.card_malformed, Note.others_number)


class Written(NamedTuple):
    """The number that a text holds, a second one beside it, and what was done to find it."""

    number: pa.Array
    second: pa.Array
    notes: pa.Array


def read_identity_words(compact: pa.Array) -> Written:
    """Numbers in `compact` texts (upper case, no spaces): without labels, of cards' QR codes, with figures for letters.

    What is none of these comes back as it is.
    """
    is_odd = all_of(pc.is_valid(compact), pc.invert(matches(compact, r"^\d+$")))
    if not pc.any(is_odd).as_py():
        return Written(compact, nulls(len(compact)), nulls(len(compact)))
    found = _read_words(compact.filter(is_odd))
    whole = Written(compact, nulls(len(compact)), nulls(len(compact)))
    return Written(*(pc.replace_with_mask(old, is_odd, new) for old, new in zip(whole, found, strict=True)))


def _read_words(text: pa.Array) -> Written:
    number, second, notes = text, nulls(len(text)), nulls(len(text))
    for pattern, note in (
        (CARD_QR, Note.card_qr),
        (TWO_NUMBERS, Note.several_values),
        (TWO_REVERSED, Note.several_values),
        (LABELLED, Note.label_removed),
        (OF_ANOTHER, Note.others_number),
    ):
        parts = pc.extract_regex(text, pattern)
        is_found = all_of(pc.is_valid(parts), pc.is_null(notes))
        number = pc.if_else(is_found, pc.struct_field(parts, "number"), number)
        notes = pc.if_else(is_found, pa.scalar(note.value), notes)
        if "second" in {field.name for field in parts.type}:
            other = pc.struct_field(parts, "second")
            second = pc.if_else(is_found, except_where(pc.equal(other, ""), other), second)
    figures = pc.replace_substring_regex(pc.replace_substring_regex(text, "[OQ]", "0"), "[IL]", "1")
    is_mended = all_of(matches(text, LOOKS_LIKE_TWELVE), matches(text, r"\d.*\d.*\d.*\d.*\d.*\d.*\d.*\d.*\d"))
    notes = pc.if_else(is_mended, pa.scalar(Note.letter_for_digit.value), notes)
    return Written(pc.if_else(is_mended, figures, number), second, notes)


def read_phone_words(upper: pa.Array) -> Standardised:
    """Phone numbers (trimmed, upper case) without words or an extension beside them, and with 0 for a first O."""
    has_words = matches(upper, r"\p{L}")
    if not pc.any(has_words).as_py():
        return Standardised(upper, nulls(len(upper)))
    figures = pc.replace_substring_regex(upper, "^O", "0")
    is_mended = all_of(pc.not_equal(figures, upper), matches(figures, r"^0[\d .\-]+$"))
    alone = pc.replace_substring_regex(pc.if_else(is_mended, figures, upper), EXTENSION, "")
    number = pc.struct_field(pc.extract_regex(alone, PHONE_IN_WORDS), "number")
    is_scientific = matches(upper, r"\dE\+?\d")
    is_found = all_of(has_words, pc.is_valid(number), pc.invert(is_scientific))
    notes = first_note(len(upper), (is_mended, Note.letter_for_digit), (is_found, Note.label_removed))
    return Standardised(pc.if_else(is_found, number, pc.if_else(is_mended, alone, upper)), notes)


def trust(found: Standardised) -> pa.Array:
    """`Trust` of each standardised number (int8) by its value and note; null where nothing was sent."""
    is_kept, notes = pc.is_valid(found.values), found.notes
    of_notes = {
        Trust.placeholder: (Note.placeholder,),
        Trust.doubtful: DOUBTED_BY,
        Trust.restored: RESTORED_BY,
    }
    masks = {
        level: is_true(pc.is_in(notes, value_set=pa.array([note.value for note in some], pa.string())))
        for level, some in of_notes.items()
    }
    is_refused = any_of(pc.is_in(notes, value_set=pa.array(REFUSED, pa.string())), pc.is_valid(notes))
    return pc.case_when(
        pc.make_struct(
            masks[Trust.placeholder],
            all_of(is_kept, masks[Trust.doubtful]),
            all_of(is_kept, masks[Trust.restored]),
            is_kept,
            is_refused,
        ),
        *(
            pa.scalar(int(level), pa.int8())
            for level in (Trust.placeholder, Trust.doubtful, Trust.restored, Trust.whole, Trust.unusable)
        ),
    )
