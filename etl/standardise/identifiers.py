"""Numbers that name a person: citizen ID, old ID, insurance card, passport.

Only twelve digits are required of a citizen ID; its prefix, sex and year digits lower trust where they disagree
(since 2024-07-01 the law says no more than twelve digits). No number has a check digit.
"""

from functools import lru_cache
from typing import NamedTuple

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
    matches,
    standardise_distinct,
)
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
    written, old_written = (read_identity_words(compact(column)) for column in (national_id, old_id))
    new, old, passport = written.number, pc.coalesce(old_written.number, written.second), compact(passport_no)
    short = matches(new, r"^\d{10,11}$")
    padded = pc.utf8_lpad(new, 12, "0")
    is_restored = all_of(short, pc.invert(matches(new, PLACEHOLDER)), _agrees(padded, sex, birth_year))
    number = pc.if_else(is_restored, padded, new)
    notes = _national_id_notes(new, number, is_restored, sex, birth_year)
    is_kept = all_of(matches(number, r"^\d{12}$"), pc.invert(matches(number, PLACEHOLDER)))
    is_nine = is_true(pc.equal(notes, Note.nine_digits.value))
    is_passport = is_true(pc.equal(notes, Note.passport_number.value))
    return Identities(
        Standardised(except_where(pc.invert(is_kept), number), pc.coalesce(notes, written.notes)),
        _old_ids(old, pc.if_else(is_nine, new, pa.scalar(None, pa.string()))),
        _passports(passport, pc.if_else(is_passport, new, pa.scalar(None, pa.string()))),
    )


def standardise_insurance(column: Column) -> tuple[Standardised, pa.Array]:
    """Social-insurance numbers (the last 10 digits of the card) with notes, and whole cards of 15 characters."""
    sent = pc.utf8_upper(as_array(column, pa.string()))
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


def _old_ids(sent: pa.Array, moved: pa.Array) -> Standardised:
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
    return Standardised(pc.coalesce(except_where(pc.invert(is_good), sent), moved), notes)


def _passports(sent: pa.Array, moved: pa.Array) -> Standardised:
    is_good = matches(sent, r"^[A-Z0-9]{6,12}$")
    notes = first_note(len(sent), (all_of(pc.is_valid(sent), pc.invert(is_good)), Note.bad_characters))
    return Standardised(pc.coalesce(except_where(pc.invert(is_good), sent), moved), notes)


def standardise_household(column: Column) -> Standardised:
    """Household numbers without spaces, upper case."""
    return standardise_distinct(column, lambda sent: Standardised(compact(sent), pa.nulls(len(sent), pa.string())))
