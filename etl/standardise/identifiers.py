"""Numbers that name a person: citizen ID, old ID, insurance card, passport.

Only twelve digits are required of a citizen ID; its prefix, sex and year digits lower trust where they disagree
(since 2024-07-01 the law says no more than twelve digits). No number has a check digit.
"""

import string
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import reference
from etl.standardise.column import (
    Column,
    Mask,
    Standardised,
    all_of,
    any_of,
    as_array,
    except_where,
    first_note,
    is_true,
    mask_of,
    matches,
    nulls,
    put,
    rule_odd,
    standardise_distinct,
)
from etl.standardise.digits import are_digits, byte_lengths, number_of, of_width, read_digits
from etl.standardise.letters import letters_of, offsets_of
from etl.standardise.notes import Note
from etl.standardise.number_words import read_identity_words

SCIENTIFIC = r"^\d([.,]\d+)?E\+?\d+$"
ALL_ALIKE = "|".join(f"{digit}+" for digit in range(10))
PLACEHOLDER = rf"^({ALL_ALIKE}|0?123456789\d{{0,3}}|987654321\d{{0,3}}|0\d{{2}}0{{9}}|0\d{{2}}0{{6,8}}[01])$"
"""All digits alike, counting up or down, or a province and nothing else."""
NOTHING = r"^(?:KH[ÔO]NG(?:C[ÓO]|R[ÕO]|NH[ỚO])?|CH[ƯU]A(?:C[ÓO]|C[ẤA]P|L[ÀA]M|R[ÕO])?|KO(?:C[ÓO])?|N/?A|NULL|NONE|NAN|M[ẤA]T|X+)$"
"""Compact words for "there is no number"."""
PASSPORT = r"^[A-Z]\d{7,8}$"
CARD = r"^[A-Z]{2}[1-5]\d{12}$"
ABROAD_PREFIXES = tuple(f"{number:03d}" for number in range(100, 250))
"""Citizen IDs of people born abroad begin with a country's code instead of a province's; the list is not published."""


IS_PLAIN = np.array([chr(byte) in string.ascii_uppercase + string.digits for byte in range(256)])


class Identities(NamedTuple):
    """Citizen ID, old ID and passport after numbers in the wrong column were moved."""

    national_id: Standardised
    old_id: Standardised
    passport_no: Standardised


def standardise_identities(
    national_id: Column, old_id: Column, passport_no: Column, sex: pa.Array, birth_year: pa.Array
) -> Identities:
    """The three identity numbers of each row, checked against its sex and birth year (int64, null where unknown).

    A nine-digit or passport number in the citizen ID's column moves to its own, where that is empty. A citizen ID
    that lost its leading zeros is restored where province, sex and year then agree with the row.
    """
    new, old, passport = (as_array(column, pa.string()) for column in (national_id, old_id, passport_no))
    is_sure = _is_sure_identity(new, sex, birth_year)
    number, moved_old, second, moved_passport = Standardised(new, nulls(len(new))), None, None, None
    if not is_sure.all():
        is_odd = mask_of(~is_sure)
        odd, *moved = _national_ids(*(column.filter(is_odd) for column in (new, sex, birth_year)))
        number = put(number, is_odd, odd)
        moved_old, second, moved_passport = (_in_place(part, is_odd) for part in moved)
    if second is not None:  # written beside the citizen ID: read where its own column says nothing
        old = pc.if_else(all_of(pc.is_valid(second), pc.is_null(compact(old))), second, old)
    old_ids = rule_odd(old, _is_sure_old_id(old), _old_ids)
    passports = rule_odd(passport, is_plain(passport, 6, 12), _passports)
    return Identities(number, _with_moved(old_ids, moved_old), _with_moved(passports, moved_passport))


def _in_place(moved: pa.Array, is_odd: Mask) -> pa.Array | None:
    """Numbers that were found in another column, as a whole column; None where there are none."""
    if moved.null_count == len(moved):
        return None
    return pc.replace_with_mask(nulls(len(is_odd)), is_odd, moved)


def _with_moved(found: Standardised, moved: pa.Array | None) -> Standardised:
    return found if moved is None else Standardised(pc.coalesce(found.values, moved), found.notes)


def _is_sure_identity(column: pa.Array, sex: pa.Array, birth_year: pa.Array) -> np.ndarray:
    """Where nothing was sent, or twelve digits, no placeholder, that agree with the row: what `_national_ids` keeps."""
    lengths = byte_lengths(column)
    is_twelve, number = read_digits(column, 12, lengths)
    front, short = number // 10**9, number // 1000
    rest, middle = number - front * 10**9, number // 10**6
    century, year = middle // 100 % 10, middle % 100
    is_good = _are_prefixes()[front] & ~((front < 100) & (rest <= 1)) & (number % 111111111111 != 0)
    is_good &= (short != 123456789) & (short != 987654321) & (number // 100 != 123456789)
    is_female = century % 2 == 1
    sexes = np.select([np.asarray(is_true(pc.equal(sex, term))) for term in ("male", "female")], [1, 2], 0)[is_twelve]
    is_good &= (sexes == 0) | (is_female == (sexes == 2))
    years = np.asarray(pc.fill_null(birth_year, -1))[is_twelve]
    is_good &= (years < 0) | (years == 1900 + 100 * (century // 2) + year)
    return _placed(lengths < 0, is_twelve, is_good)


def _is_sure_old_id(column: pa.Array) -> np.ndarray:
    """Where nothing was sent, or nine digits, no placeholder."""
    lengths = byte_lengths(column)
    is_nine, number = read_digits(column, 9, lengths)
    is_good = (number % 111111111 != 0) & ~np.isin(number, (123456789, 987654321))
    return _placed(lengths < 0, is_nine, is_good)


def _placed(is_null: np.ndarray, is_wide: np.ndarray, is_good: np.ndarray) -> np.ndarray:
    """Where there is nothing, or one of the wide ones that is good."""
    is_sure = is_null.copy()
    is_sure[is_wide] = is_good
    return is_sure


def is_plain(column: pa.Array, least: int = 1, most: int = 1000) -> np.ndarray:
    """Where nothing was sent, or so many ASCII capitals and digits and nothing else."""
    lengths = byte_lengths(column)
    if column.null_count == len(column):
        return np.ones(len(column), bool)
    letters = letters_of(column)
    is_kept = (lengths < 0) | ((lengths >= least) & (lengths <= most))
    places = np.flatnonzero(~IS_PLAIN[letters])
    offsets = offsets_of(column)
    is_kept[np.searchsorted(offsets - offsets[0], places, "right") - 1] = False
    return is_kept


def _national_ids(
    column: pa.Array, sex: pa.Array, birth_year: pa.Array
) -> tuple[Standardised, pa.Array, pa.Array, pa.Array]:
    """Citizen IDs; the old IDs that stood in their place, those beside them, and the passport numbers in their place."""
    written = read_identity_words(compact(column))
    new = written.number
    short = matches(new, r"^\d{10,11}$")
    padded = pc.utf8_lpad(new, 12, "0")
    is_restored = all_of(short, pc.invert(matches(new, PLACEHOLDER)), _agrees(padded, sex, birth_year))
    number = pc.if_else(is_restored, padded, new)
    notes = _national_id_notes(new, number, is_restored, sex, birth_year)
    is_kept = all_of(matches(number, r"^\d{12}$"), pc.invert(matches(number, PLACEHOLDER)))
    is_nine = is_true(pc.equal(notes, Note.nine_digits.value))
    is_passport = is_true(pc.equal(notes, Note.passport_number.value))
    return (
        Standardised(except_where(pc.invert(is_kept), number), pc.coalesce(notes, written.notes)),
        pc.if_else(is_nine, new, pa.scalar(None, pa.string())),
        written.second,
        pc.if_else(is_passport, new, pa.scalar(None, pa.string())),
    )


def standardise_insurance(column: Column) -> tuple[Standardised, pa.Array]:
    """Social-insurance numbers (the last 10 digits of the card) with notes, and whole cards of 15 characters."""
    sent = as_array(column, pa.string())
    lengths = byte_lengths(sent)
    is_bare, number = read_digits(sent, 10, lengths)
    is_sure = _placed(lengths < 0, is_bare, (number % 1111111111 != 0) & (number % 10**7 != 0))
    is_card, numbers = _sure_cards(sent, lengths)
    found, cards = Standardised(sent, nulls(len(sent))), nulls(len(sent))
    if len(numbers):
        mask = mask_of(is_card)
        found = put(found, mask, Standardised(numbers, nulls(len(numbers))))
        cards = pc.replace_with_mask(cards, mask, sent.filter(mask))
    is_odd = ~(is_sure | is_card)
    if is_odd.any():
        mask = mask_of(is_odd)
        ruled, whole = _insurance(sent.filter(mask))
        found, cards = put(found, mask, ruled), pc.replace_with_mask(cards, mask, whole)
    return found, cards


def _sure_cards(sent: pa.Array, lengths: np.ndarray) -> tuple[np.ndarray, pa.Array]:
    """Which are whole cards, no placeholder, as `CARD` has it, and the number on each of those."""
    wide = of_width(sent, 15, lengths)
    if not len(wide.letters):
        return wide.is_wide, nulls(0)
    digits = wide.digits
    is_capital = (wide.letters[:, :2] >= ord("A")) & (wide.letters[:, :2] <= ord("Z"))
    is_good = (
        are_digits(np.ascontiguousarray(digits[:, 2:])) & is_capital.all(1) & (digits[:, 2] >= 1) & (digits[:, 2] <= 5)
    )
    number = number_of(digits[:, 5:])
    is_good &= (number % 1111111111 != 0) & (number % 10**7 != 0)
    last = np.ascontiguousarray(wide.letters[is_good, 5:])
    offsets = np.arange(0, last.size + 1, 10, dtype=np.int32)
    numbers = pa.Array.from_buffers(pa.string(), len(last), [None, pa.py_buffer(offsets), pa.py_buffer(last)])
    return _placed(np.zeros(len(sent), bool), wide.is_wide, is_good), numbers


def _insurance(column: pa.Array) -> tuple[Standardised, pa.Array]:
    """Numbers and whole cards by the whole rules."""
    sent = pc.utf8_upper(column)
    first = pc.list_element(pc.split_pattern(pc.coalesce(sent, ""), ";", max_splits=1), 0)
    card = compact(first)
    has_several = matches(sent, r";\s*\S")
    number = pc.utf8_slice_codeunits(card, -10)
    is_card, is_bare = matches(card, CARD), matches(card, r"^\d{10}$")
    is_near_card = all_of(pc.equal(pc.utf8_length(card), 15), matches(number, r"^\d{10}$"), pc.invert(is_card))
    is_placeholder = any_of(matches(number, rf"^({ALL_ALIKE})$"), matches(card, r"0{7}$"))
    is_kept = all_of(any_of(is_card, is_bare, is_near_card), pc.invert(is_placeholder))
    notes = first_note(
        len(card),
        (is_placeholder, Note.placeholder),
        (matches(card, rf"{SCIENTIFIC}|^\d{{8,9}}$"), Note.digits_lost),
        (is_near_card, Note.card_malformed),
        (all_of(pc.is_valid(card), pc.invert(is_kept), pc.invert(matches(card, r"^[A-Z0-9]+$"))), Note.bad_characters),
        (all_of(pc.is_valid(card), pc.invert(is_kept)), Note.bad_length),
        (has_several, Note.several_values),
    )
    numbers = except_where(pc.invert(is_kept), number)
    return Standardised(numbers, notes), except_where(pc.invert(all_of(is_kept, pc.invert(is_bare))), card)


def compact(column: Column) -> pa.Array:
    """Upper case without spaces, dots, dashes, quotes and Excel's trailing `.0`; null where nothing is left."""
    text = pc.utf8_upper(pc.utf8_normalize(as_array(column, pa.string()), "NFKC"))
    is_scientific = matches(text, r"^\s*\d[.,]\d+E")
    bare = pc.replace_substring_regex(text, r"[.,]0+\s*$", "")
    bare = pc.replace_substring_regex(bare, r"[\s.\-_'\"`’\x{200b}-\x{200f}\x{feff}]+", "")
    kept = pc.if_else(is_scientific, pc.utf8_trim_whitespace(text), bare)
    return except_where(pc.equal(kept, ""), kept)


def _national_id_notes(
    sent: pa.Array, number: pa.Array, is_restored: Mask, sex: pa.Array, birth_year: pa.Array
) -> pa.Array:
    is_twelve = matches(number, r"^\d{12}$")
    return first_note(
        len(sent),
        (matches(sent, PLACEHOLDER), Note.placeholder),
        (any_of(is_restored, matches(sent, rf"{SCIENTIFIC}|^\d{{10,11}}$")), Note.digits_lost),
        (matches(sent, r"^\d{9}$"), Note.nine_digits),
        (matches(sent, PASSPORT), Note.passport_number),
        (matches(sent, NOTHING), Note.default_value),
        (matches(sent, r"\D"), Note.bad_characters),
        (all_of(pc.is_valid(sent), pc.invert(is_twelve)), Note.bad_length),
        (all_of(is_twelve, _sex_disagrees(number, sex)), Note.sex_disagrees),
        (all_of(is_twelve, _year_disagrees(number, birth_year)), Note.year_disagrees),
        (all_of(is_twelve, pc.invert(_is_known_prefix(number))), Note.prefix_unknown),
    )


def _agrees(number: pa.Array, sex: pa.Array, birth_year: pa.Array) -> Mask:
    """Where twelve digits fit a row whose sex and birth year are both known."""
    is_known = all_of(pc.is_valid(sex), pc.is_valid(birth_year), pc.not_equal(sex, "undetermined"))
    return all_of(
        is_known,
        _is_known_prefix(number),
        pc.invert(_sex_disagrees(number, sex)),
        pc.invert(_year_disagrees(number, birth_year)),
    )


def _sex_disagrees(number: pa.Array, sex: pa.Array) -> Mask:
    """The fourth digit is even for a male and odd for a female."""
    is_female = matches(number, r"^\d{3}[13579]")
    return any_of(all_of(is_female, pc.equal(sex, "male")), all_of(pc.invert(is_female), pc.equal(sex, "female")))


def _year_disagrees(number: pa.Array, birth_year: pa.Array) -> Mask:
    """The fourth digit tells the century (0–1: 1900s, 2–3: 2000s …), the next two the year in it."""
    digits = pc.if_else(
        matches(number, r"^\d{12}$"), pc.utf8_slice_codeunits(number, 3, 6), pa.scalar(None, pa.string())
    )
    century_and_year = pc.cast(digits, pa.int64())
    century = pc.divide(pc.divide(century_and_year, 100), 2)
    in_century = pc.subtract(century_and_year, pc.multiply(pc.divide(century_and_year, 100), 100))
    year = pc.add(pc.add(1900, pc.multiply(century, 100)), in_century)
    return is_true(pc.not_equal(year, birth_year))


def _is_known_prefix(number: pa.Array) -> Mask:
    return is_true(pc.is_in(pc.utf8_slice_codeunits(number, 0, 3), value_set=_prefixes()))


@lru_cache
def _prefixes() -> pa.Array:
    return pa.array([*reference.provinces()["id_prefix"].to_pylist(), *ABROAD_PREFIXES], pa.string())


@lru_cache
def _are_prefixes() -> np.ndarray:
    """Which of the numbers 0 to 999 are prefixes."""
    return np.isin(np.arange(1000), [int(prefix) for prefix in _prefixes().to_pylist()])


def _old_ids(column: pa.Array) -> Standardised:
    sent = read_identity_words(compact(column)).number
    is_placeholder = matches(sent, PLACEHOLDER)
    is_good = all_of(matches(sent, r"^\d{9}$"), pc.invert(is_placeholder))
    notes = first_note(
        len(sent),
        (is_placeholder, Note.placeholder),
        (matches(sent, rf"{SCIENTIFIC}|^\d{{7,8}}$"), Note.digits_lost),
        (matches(sent, NOTHING), Note.default_value),
        (matches(sent, r"\D"), Note.bad_characters),
        (all_of(pc.is_valid(sent), pc.invert(is_good)), Note.bad_length),
    )
    return Standardised(except_where(pc.invert(is_good), sent), notes)


def _passports(column: pa.Array) -> Standardised:
    sent = compact(column)
    is_good = matches(sent, r"^[A-Z0-9]{6,12}$")
    notes = first_note(len(sent), (all_of(pc.is_valid(sent), pc.invert(is_good)), Note.bad_characters))
    return Standardised(except_where(pc.invert(is_good), sent), notes)


def standardise_household(column: Column) -> Standardised:
    """Household numbers without spaces, upper case."""
    sent = as_array(column, pa.string())
    return rule_odd(
        sent,
        is_plain(sent),
        lambda odd: standardise_distinct(odd, lambda some: Standardised(compact(some), nulls(len(some)))),
    )
