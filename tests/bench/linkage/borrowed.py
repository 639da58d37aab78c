"""Numbers that are not the person's: a relative's ID, card or phone, and phones that have changed since."""

import numpy as np
import pyarrow as pa

from etl.sample.identifiers import draw_phones
from etl.sample.planting import NOTHING
from etl.sample.rows import Rows
from etl.sample.spoil_names import NEWBORN_DAYS
from tests.bench.linkage.addresses import AddressPlanting
from tests.bench.linkage.sources import Source

NEWBORNS_UNDER_A_PARENT = 0.06
"""Of newborns, the share whose record bears a parent's number, of each kind."""
RELATIVES_PHONES, CHANGED_PHONES = 0.04, 0.07


def borrow_numbers(rows: Rows, source: Source, people: pa.Table) -> None:
    """Put relatives' numbers and changed phones in place of the person's own; each is written down as an error."""
    planting, text = rows.planting, rows.text
    assert isinstance(planting, AddressPlanting)
    relative = people["relative"].take(pa.array(rows.who)).to_numpy()
    phone = people["phone"].take(pa.array(relative, mask=relative < 0)).to_numpy()
    card = text["relative_card"]
    if source.card == "insurance_no":
        card = np.array([value and value[-10:] for value in card], dtype=object)
    rate = source.kin + np.where(rows.age_days <= NEWBORN_DAYS, NEWBORNS_UNDER_A_PARENT, 0.0)
    states = {name: source.blanks.get(name, 0.0) < 1 for name in ("national_id", "insurance_no", "phone")}
    for column, name, error, others, share in (
        ("national_id", "national_id", "relative_id", text["relative_id"], rate),
        ("insurance_no", source.card, "relative_card", card, rate),
        ("phone", "phone", "relative_phone", phone, rate + RELATIVES_PHONES),
    ):
        if states[column]:
            eligible = np.not_equal(others, NOTHING) & (others != text[name])
            places = planting.choose_by(column, share, eligible)
            text[name][places] = others[places]
            planting.record(column, error, places)
    stated = np.not_equal(text["phone"], NOTHING)
    places = planting.choose_by("phone", np.full(len(rows.who), CHANGED_PHONES), stated)
    text["phone"][places] = draw_phones(planting.rng, len(places)).to_numpy(zero_copy_only=False)
    planting.record("phone", "changed_since", places)
