"""Numbers from a column that holds any kind of them ("CCCD/CMND/Hộ chiếu"): each told by its form."""

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.column import Column, Standardised, all_of, any_of, matches, nulls
from etl.standardise.identifiers import CARD, standardise_identities, standardise_insurance
from etl.standardise.number_words import trust


class Numbers(NamedTuple):
    """Beside each other: the number, its kind, its `Trust` (int8) and a note; null where there is none."""

    values: pa.Array
    kinds: pa.Array
    trusts: pa.Array
    notes: pa.Array


def read_numbers(column: Column, sex: pa.Array, birth_year: pa.Array) -> Numbers:
    """Each number with its kind: `national_id`, `old_id`, `passport_no` or `insurance_no`.

    `sex` and `birth_year` (int64) are those of the row, null where unknown: they bear on the trust in a citizen ID.
    What is of no kind has the note of a citizen ID, and neither value nor kind.
    """
    count = len(sex)
    found = standardise_identities(column, nulls(count), nulls(count), sex, birth_year)
    cards, whole = standardise_insurance(column)
    is_card = all_of(pc.is_valid(whole), pc.is_null(found.national_id.values), matches(whole, CARD))
    kinds, values = nulls(count), nulls(count)
    for kind, numbers in (
        ("insurance_no", pc.if_else(is_card, cards.values, None)),
        ("passport_no", found.passport_no.values),
        ("old_id", found.old_id.values),
        ("national_id", found.national_id.values),
    ):
        is_kind = pc.is_valid(numbers)
        values, kinds = pc.coalesce(numbers, values), pc.if_else(is_kind, pa.scalar(kind), kinds)
    is_other = any_of(pc.equal(kinds, "old_id"), pc.equal(kinds, "passport_no"))
    notes = pc.if_else(is_card, cards.notes, pc.if_else(is_other, None, found.national_id.notes))
    return Numbers(values, kinds, trust(Standardised(values, notes)), notes)
