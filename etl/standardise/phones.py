"""Phone numbers as ten digits (fixed lines of the city: eleven), with the prefixes of after 2018."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.column import (
    Column,
    Standardised,
    all_of,
    any_of,
    as_array,
    except_where,
    first_note,
    matches,
    rule_odd,
    standardise_distinct,
)
from etl.standardise.digits import byte_lengths, read_digits
from etl.standardise.identifiers import ALL_ALIKE, NOTHING, SCIENTIFIC
from etl.standardise.notes import Note
from etl.standardise.number_words import read_phone_words

PREFIXES_2018 = {
    "0162": "032",
    "0163": "033",
    "0164": "034",
    "0165": "035",
    "0166": "036",
    "0167": "037",
    "0168": "038",
    "0169": "039",
    "0120": "070",
    "0121": "079",
    "0122": "077",
    "0126": "076",
    "0128": "078",
    "0123": "083",
    "0124": "084",
    "0125": "085",
    "0127": "081",
    "0129": "082",
    "0186": "056",
    "0188": "058",
    "0199": "059",
}
"""Eleven-digit mobile prefixes and what each became on 2018-09-15 (plan of the Ministry of Information)."""
GOOD = r"^(0[3-9]\d{8}|02\d{8,9})$"
OLD_AREA = r"^04([2-9]\d{7})$"
"""A fixed line of Hanoi as dialled until 2017; no mobile number has ever begun so."""
PLACEHOLDER = rf"^(0?({ALL_ALIKE})|0?123456789\d?|0\d{{1,2}}0{{7,8}})$"


def standardise_phones(column: Column) -> Standardised:
    """National form with leading 0; no number is refused for its carrier's prefix, whose lists are incomplete."""
    sent = as_array(column, pa.string())
    return rule_odd(sent, _is_sure(sent), lambda odd: standardise_distinct(odd, _phones))


def _is_sure(sent: pa.Array) -> np.ndarray:
    """Where nothing was sent, or a number as `GOOD` has it, no placeholder."""
    lengths = byte_lengths(sent)
    is_sure = lengths < 0
    for width, least, most in ((10, 2 * 10**8, 10**9), (11, 2 * 10**9, 3 * 10**9)):
        is_wide, number = read_digits(sent, width, lengths)
        is_good = (number >= least) & (number < most) & (number % 10**7 != 0)
        is_good &= number // 10**8 != 4  # the area code of the city until 2017
        is_sure[is_wide] = is_good & (number % (10 ** (width - 1) // 9) != 0)
    return is_sure


def _phones(sent: pa.Array) -> Standardised:
    text = pc.utf8_upper(pc.utf8_trim_whitespace(pc.utf8_normalize(sent, "NFKC")))
    text = except_where(pc.invert(matches(text, r"[\pL\pN]")), text)
    alone, said = read_phone_words(text)
    first = pc.replace_substring_regex(
        alone, r"^(\+?[\d. ]{9,}?\d)\s*[;/,|]\s*.*$|^([\d.]{9,})\s+-?\s*[\d.]{9,}$|^([\d. ]{9,})\s+-\s+.*$", r"\1\2\3"
    )
    has_several = all_of(pc.not_equal(first, alone))
    digits = pc.replace_substring_regex(pc.replace_substring_regex(first, r"\.0$", ""), r"[\s.()\-'\"]+", "")
    local = pc.replace_substring_regex(digits, r"^(?:\+84|0084)0?|^84(0?[1-9]\d{8,9})$", r"0\1")
    local = pc.replace_substring_regex(local, r"^00+([1-9])", r"0\1")
    is_cut = matches(local, r"^[35789]\d{8}$")
    whole = pc.if_else(is_cut, pc.binary_join_element_wise("0", local, ""), local)
    is_old = matches(whole, r"^01\d{9}$")
    is_old_area = matches(whole, OLD_AREA)
    current = pc.if_else(is_old, _with_new_prefix(whole), pc.replace_substring_regex(whole, OLD_AREA, r"024\1"))
    is_placeholder = any_of(matches(local, PLACEHOLDER), matches(whole, PLACEHOLDER))
    is_kept = all_of(matches(current, GOOD), pc.invert(is_placeholder))
    is_refused = all_of(pc.is_valid(text), pc.invert(is_kept))
    notes = first_note(
        len(sent),
        (is_placeholder, Note.placeholder),
        (any_of(matches(first, SCIENTIFIC), is_cut), Note.digits_lost),
        (matches(digits, NOTHING), Note.default_value),
        (all_of(is_refused, matches(local, r"[^\d+]")), Note.bad_characters),
        (is_refused, Note.bad_length),
        (is_old, Note.prefix_2018),
        (is_old_area, Note.area_code_2017),
        (has_several, Note.several_values),
    )
    return Standardised(except_where(pc.invert(is_kept), current), pc.coalesce(notes, said))


def _with_new_prefix(numbers: pa.Array) -> pa.Array:
    """Eleven-digit numbers with the prefix of today; null where the prefix was none of the plan's."""
    place = pc.index_in(pc.utf8_slice_codeunits(numbers, 0, 4), value_set=pa.array(list(PREFIXES_2018)))
    prefixes = pa.array(list(PREFIXES_2018.values())).take(place)
    return pc.binary_join_element_wise(prefixes, pc.utf8_slice_codeunits(numbers, 4), "")
