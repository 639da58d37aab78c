"""Split wards settled by neighbours: others of the same old ward and the same street or hamlet, all in one new ward."""

import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import reference
from etl.standardise.addresses import read_addresses
from etl.standardise.column import Column, Standardised, all_of, as_array, is_true
from etl.standardise.notes import Note
from etl.standardise.text import toneless


def street_keys(addresses: Column) -> pa.Array:
    """What neighbours share: the street and the hamlet of each address, toneless; null where it names neither."""
    parts = read_addresses(addresses)
    both = pc.binary_join_element_wise(*(pc.fill_null(as_array(parts[name]), "") for name in ("hamlet", "street")), " ")
    return toneless(both)


def known_neighbours(old_wards: Column, streets: Column, wards: Column) -> pa.Table:
    """One row for each old ward and street whose people are all in one ward of today: `old_ward, street, ward`.

    Columns of text of one length: the old ward as it was sent (null where a row, such as the register's, knows only
    today's: it then speaks for every split ward of which its ward is a part), the key of `street_keys`, and the ward of
    today where it is *known*, null where it is missing or guessed.
    """
    told = pa.table([as_array(old_wards, pa.string()), as_array(streets, pa.string()), as_array(wards, pa.string())],
                    ["old_ward", "street", "ward"])  # fmt: skip
    told = told.filter(all_of(pc.is_valid(told["street"]), pc.is_valid(told["ward"])))
    without = told.filter(pc.is_null(told["old_ward"])).drop_columns(["old_ward"])
    spread = without.join(_split_wards(), "ward", join_type="inner").select(["old_ward", "street", "ward"])
    named = told.filter(pc.is_valid(told["old_ward"]))
    grouped = pa.concat_tables([named, spread]).group_by(["old_ward", "street"], use_threads=False)
    counted = grouped.aggregate([("ward", "count_distinct"), ("ward", "min")])
    sure = counted.filter(pc.equal(counted["ward_count_distinct"], 1))
    return sure.select(["old_ward", "street", "ward_min"]).rename_columns(["old_ward", "street", "ward"])


def settle_by_neighbours(wards: Standardised, old_wards: Column, streets: Column, known: pa.Table) -> Standardised:
    """The wards, with those noted `ward_split` settled where neighbours (`known_neighbours`) agree.

    These get the note `ward_of_neighbours`; all others stay as they are. Rows keep their order.
    """
    keys = pc.binary_join_element_wise(as_array(old_wards, pa.string()), as_array(streets, pa.string()), "|")
    known_keys = pc.binary_join_element_wise(known["old_ward"], known["street"], "|")
    place = pc.index_in(keys, value_set=as_array(known_keys))
    found = as_array(known["ward"]).take(place)
    is_settled = all_of(is_true(pc.equal(wards.notes, Note.ward_split.value)), pc.is_valid(found))
    note = pa.scalar(Note.ward_of_neighbours.value)
    return Standardised(pc.if_else(is_settled, found, wards.values), pc.if_else(is_settled, note, wards.notes))


def _split_wards() -> pa.Table:
    """One row for each split old ward and each ward of today that holds a part of it: `old_ward, ward`."""
    old = reference.old_wards()
    split = old.filter(old["is_split"]).select(["old_ward_code", "ward_code"]).rename_columns(["old_ward", "ward"])
    return split.group_by(["old_ward", "ward"]).aggregate([])
