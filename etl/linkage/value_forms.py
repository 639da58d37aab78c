"""Values as sent into the whole numbers that linkage compares.

Dates, sexes, wards and states repeat, so each distinct text is looked at once. Numbers do not: those that are already
in their final form are cast as they stand, and only the rest goes through the rules of `etl.standardise`.
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.linkage.name_forms import number_texts
from etl.standardise import codes, identifiers, places
from etl.standardise.column import all_of, any_of, is_true, matches, nulls, spread
from etl.standardise.dates import read_dates
from etl.standardise.letters import LETTERS, fold_plain, table_of
from etl.standardise.phones import standardise_phones
from etl.standardise.text import toneless

DATE_FORM = pa.schema(
    [
        ("sent", pa.string()),
        ("day_number", pa.int32()),
        ("year", pa.int16()),
        ("month", pa.int8()),
        ("day", pa.int8()),
        ("is_weak", pa.bool_()),
    ]
)
"""yyyymmdd, its parts, and whether no more than the year can be relied on (unknown day, or 1 January)."""
CODE_FORM = pa.schema([("sent", pa.string()), ("code", pa.int64())])
ADDRESS_FORM = pa.schema([("sent", pa.string()), ("address_id", pa.int64()), ("street_id", pa.int64())])
"""Numbers of the address and of its street; null where nothing is left."""
SEXES = {"male": 1, "female": 2}
STATUSES = {"resident": 1, "moved_away": 2, "deceased": 3, "cancelled": 4}


def date_forms(batch: pa.RecordBatch) -> pa.RecordBatch:
    """`DATE_FORM` of distinct texts (`sent`)."""
    sent = batch["sent"]
    dates = read_dates(sent)
    year, month, day = (pc.fill_null(part(dates.days), 0) for part in (pc.year, pc.month, pc.day))
    is_weak = any_of(pc.not_equal(dates.precisions, "day"), all_of(pc.equal(month, 1), pc.equal(day, 1)))
    number = pc.add(pc.add(pc.multiply(year, 10_000), pc.multiply(month, 100)), day)
    is_known = pc.is_valid(dates.days)
    parts = [pc.if_else(is_known, part, None) for part in (number, year, month, day, is_weak)]
    return pa.record_batch(
        [sent, *(pc.cast(part, kind) for part, kind in zip(parts, DATE_FORM.types[1:], strict=True))], schema=DATE_FORM
    )


def sex_forms(batch: pa.RecordBatch) -> pa.RecordBatch:
    """1 male, 2 female, null for all else."""
    return _coded(batch["sent"], codes.standardise_sex(batch["sent"]).values, SEXES)


def status_forms(batch: pa.RecordBatch) -> pa.RecordBatch:
    """`STATUSES` by number; null for what is none of them."""
    return _coded(batch["sent"], codes.standardise_status(batch["sent"]).values, STATUSES)


def ward_forms(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The ward of today, as a number, from a code of any period or a name."""
    sent = batch["sent"]
    wards = places.standardise_wards(sent, nulls(len(sent), pa.date32())).values
    return pa.record_batch([sent, pc.cast(wards, pa.int64())], schema=CODE_FORM)


def generic_code_forms(batch: pa.RecordBatch) -> pa.RecordBatch:
    """A number for each text, letters and digits alone counting."""
    return pa.record_batch([batch["sent"], number_texts(toneless(batch["sent"]))], schema=CODE_FORM)


def _coded(sent: pa.Array, values: pa.Array, numbers: dict[str, int]) -> pa.RecordBatch:
    place = pc.index_in(values, value_set=pa.array(list(numbers)))
    return pa.record_batch([sent, pa.array(list(numbers.values()), pa.int64()).take(place)], schema=CODE_FORM)


def national_id_numbers(sent: pa.Array, old_ids: pa.Array, sex: pa.Array, year: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Citizen IDs (12 digits) and old IDs (9 digits) as numbers; what is neither, or a placeholder, is null."""
    is_plain = _is_digits(sent, 12)
    numbers = _whole(sent, is_plain)
    is_placeholder = (
        (numbers % 111_111_111_111 == 0)
        | ((numbers < 10**11) & (numbers % 10**9 <= 1))
        | np.isin(numbers // 1000, (123_456_789, 987_654_321))
        | (numbers // 100 == 123_456_789)
    )
    national = pa.array(numbers, mask=~np.asarray(is_plain) | is_placeholder)
    is_plain_old = _is_digits(old_ids, 9)
    old_numbers = _whole(old_ids, is_plain_old)
    is_placeholder = (old_numbers % 111_111_111 == 0) | np.isin(old_numbers, (123_456_789, 987_654_321))
    old = pa.array(old_numbers, mask=~np.asarray(is_plain_old) | is_placeholder)
    is_odd = any_of(
        all_of(pc.is_valid(sent), pc.invert(is_plain)), all_of(pc.is_valid(old_ids), pc.invert(is_plain_old))
    )
    if not pc.any(is_odd).as_py():
        return national, old
    words = pa.array([None, "male", "female"]).take(pc.fill_null(pc.cast(sex.filter(is_odd), pa.int32()), 0))
    mended = identifiers.standardise_identities(
        sent.filter(is_odd), old_ids.filter(is_odd), nulls(len(words)), words, pc.cast(year.filter(is_odd), pa.int64())
    )
    ids, olds = (pc.cast(part.values, pa.int64()) for part in (mended.national_id, mended.old_id))
    return pc.replace_with_mask(national, is_odd, ids), pc.replace_with_mask(old, is_odd, olds)


def insurance_numbers(sent: pa.Array) -> pa.Array:
    """Social-insurance numbers, from the bare ten digits or a card of fifteen characters."""
    is_long = is_true(pc.equal(pc.binary_length(sent), 15))
    cards = sent.filter(is_long)
    endings = pc.if_else(matches(cards, identifiers.CARD), pc.utf8_slice_codeunits(cards, 5), cards)
    bare = pc.replace_with_mask(sent, is_long, endings)
    is_plain = _is_digits(bare, 10)
    numbers = _whole(bare, is_plain)
    is_placeholder = (numbers % 1_111_111_111 == 0) | (numbers % 10**7 == 0)
    return _with_odd(
        sent, is_plain, numbers, is_placeholder, lambda odd: identifiers.standardise_insurance(odd)[0].values
    )


def phone_numbers(sent: pa.Array) -> pa.Array:
    """Phone numbers in national form."""
    is_digits = _is_digits(sent, 10)
    numbers = _whole(sent, is_digits)
    is_plain = pc.and_(is_digits, pa.array((numbers >= 3 * 10**8) & (numbers < 10**9) & (numbers // 10**8 != 4)))
    is_placeholder = (numbers % 111_111_111 == 0) | (numbers % 10**7 == 0)
    return _with_odd(sent, is_plain, numbers, is_placeholder, lambda odd: standardise_phones(odd).values)


def generic_numbers(sent: pa.Array) -> pa.Array:
    """A number for each text, letters and digits alone counting: what is digits alone is that number.

    All stay so small that ten times the difference of two of them is a 64-bit number (`sql_for_typo`).
    """
    bare = pc.replace_substring(toneless(sent), " ", "")
    is_digits = is_true(pc.and_(pc.ascii_is_decimal(bare), pc.less_equal(pc.binary_length(bare), 12)))
    return pc.if_else(is_digits, pa.array(_whole(bare, is_digits)), pc.shift_right(number_texts(bare), 5))


def is_id_doubtful(national_id: pa.Array, sex: pa.Array, year: pa.Array) -> pa.Array:
    """Where the digits of a citizen ID say another sex or birth year than the row does."""
    number = np.asarray(pc.fill_null(national_id, 0))
    century = number // 10**8 % 10
    born, stated = 1900 + 100 * (century // 2) + number // 10**6 % 100, np.asarray(pc.fill_null(year, 0))
    sexes = np.asarray(pc.fill_null(sex, 0))
    differs = ((stated > 0) & (born != stated)) | ((sexes > 0) & (century % 2 + 1 != sexes))
    return pa.array(differs & np.asarray(pc.is_valid(national_id)))


KINDS_OF_WAY = frozenset(
    [
        "so",
        "nha",
        "sn",
        "ngo",
        "ng",
        "ngach",
        "hem",
        "pho",
        "p",
        "duong",
        "d",
        "dan",
        "tdp",
        "t",
        "to",
        "thon",
        "th",
        "xom",
        "x",
        "khu",
        "doi",
        "cum",
        "tap",
        "the",
        "tt",
        "phuong",
        "xa",
    ]
)
"""Words that some write and others leave out: a house is told by its numbers and the name of its street."""
BEYOND_THE_STREET = r",\s*(?:p|q|h|x|tp|hn)\b.*$|,?\b(?:phuong|xa|quan|huyen|thi tran|thi xa|thanh pho|ha noi)\b.*$"
"""From ward to city: other fields say it, and only some addresses repeat it."""


def address_forms(batch: pa.RecordBatch) -> pa.RecordBatch:
    """`ADDRESS_FORM` of distinct addresses, up to the street; the order of words does not count."""
    folded = _fold_all(batch["sent"])
    return _address_batch(batch["sent"], pc.replace_substring_regex(folded, BEYOND_THE_STREET, ""), KINDS_OF_WAY)


def generic_address_forms(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The same for addresses of any country: all words count."""
    return _address_batch(batch["sent"], toneless(batch["sent"]), frozenset())


def _address_batch(sent: pa.Array, texts: pa.Array, left_out: frozenset[str]) -> pa.RecordBatch:
    """Sums of the numbers of the words (so that their order does not count), and of those without digits alone."""
    words = pc.split_pattern_regex(pc.fill_null(texts, ""), "[^a-z0-9]+")
    encoded = pc.dictionary_encode(words.flatten())
    distinct = encoded.dictionary.to_pylist()
    number = np.asarray(number_texts(encoded.dictionary))
    is_left_out = np.array([word in left_out or not word for word in distinct], dtype=bool)
    is_letters = np.array([not any(map(str.isdigit, word)) for word in distinct], dtype=bool)
    places = np.asarray(encoded.indices)
    starts = np.asarray(words.offsets)[:-1]
    whole, street = (
        np.add.reduceat(np.where(mask, number, 0)[places], starts) if len(places) else np.zeros(len(starts), np.int64)
        for mask in (~is_left_out, ~is_left_out & is_letters)
    )
    columns = (pa.array(part, pa.int64(), mask=part == 0) for part in (whole, street))
    return pa.record_batch([sent, *columns], schema=ADDRESS_FORM)


def _fold_all(texts: pa.Array) -> pa.Array:
    """Lower case without marks, only letters, digits, commas and spaces; nearly all by one look-up a character."""
    lower = pc.utf8_lower(texts)
    is_plain = matches(lower, rf"^[\x00-\x7f{LETTERS}]*$")
    plain = fold_plain(lower.filter(is_plain), LETTER_OR_SPACE)
    if len(plain) == len(texts):
        return plain
    return spread(is_plain, plain, _fold_odd(texts.filter(pc.invert(is_plain))))


def _fold_odd(texts: pa.Array) -> pa.Array:
    """The same by rules that know all letters, composed or not; those of other scripts become spaces."""
    bare = pc.replace_substring_regex(pc.utf8_normalize(texts, "NFKD"), r"\p{Mn}", "")
    plain = pc.replace_substring_regex(pc.utf8_lower(bare), "[đðɖ]", "d")
    return pc.replace_substring_regex(plain, "[^a-z0-9,]", " ")


LETTER_OR_SPACE = table_of(",")


def _is_digits(texts: pa.Array, length: int) -> pa.Array:
    return is_true(pc.and_(pc.equal(pc.binary_length(texts), length), pc.ascii_is_decimal(texts)))


def _whole(texts: pa.Array, is_plain: pa.Array) -> np.ndarray:
    """Plain digits as int64, 0 elsewhere."""
    return np.asarray(pc.cast(pc.if_else(is_plain, texts, "0"), pa.int64()))


def _with_odd(
    sent: pa.Array,
    is_plain: pa.Array,
    numbers: np.ndarray,
    is_placeholder: np.ndarray,
    standardise: Callable[[pa.Array], pa.Array],
) -> pa.Array:
    """The plain numbers, and what the rules make of the texts that are not plain."""
    plain = pa.array(numbers, mask=~np.asarray(is_plain) | is_placeholder)
    is_odd = pc.and_(pc.is_valid(sent), pc.invert(is_plain))
    odd = sent.filter(is_odd)
    return pc.replace_with_mask(plain, is_odd, pc.cast(standardise(odd), pa.int64())) if len(odd) else plain
