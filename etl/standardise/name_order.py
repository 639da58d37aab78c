"""Names written with the given name first ("An Nguyễn Văn", "Minh Trần"): told where it is sure enough, never turned round."""

from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import reference
from etl.standardise.column import all_of, any_of, is_true, matches
from etl.standardise.text import fold

COMMON = "nguyen|tran|le|pham|hoang|huynh|phan|vu|vo|dang|bui|do|ho|ngo|duong|ly|dinh|trinh|truong|doan|luong|cao|mai|ha|to|dao|chu|ta|luu|lam"
"""Toneless family names that are so frequent that a name which begins with one begins with its family name."""
ENDS_WITH_MIDDLE = (
    r"(?i)^\S+ (nguyễn|trần|phạm|huỳnh|đặng|bùi|ngô|trịnh|trương|phan|đỗ|lê|"
    r"hoàng|vũ|võ|nguyen|tran|pham|huynh|dang|bui|ngo|trinh|truong|do|le|"
    r"hoang|vu|vo)(?: \S+)* (văn|thị|van|thi)$"
)
"""No name ends in Thị, and few in Văn: after a family name in the second place it is a middle word."""
MIDDLE_BEFORE_FAMILY = r"(?i) (?:văn|thị|van|thi) (?:nguyễn|trần|phạm|huỳnh|bùi|nguyen|tran|pham|huynh|bui)$"
ENDS_WITH_FAMILY = r"(?i)^\S+(?: \S+)* (nguyễn|trần|phạm|huỳnh|bùi|nguyen|pham|huynh|bui)$"
"""Family names that are nobody's given name."""


def is_given_first(names: pa.Array) -> pa.Array:
    """Where the given name of a clean name seems to come first; false for null."""
    by_middle = any_of(matches(names, ENDS_WITH_MIDDLE), matches(names, MIDDLE_BEFORE_FAMILY))
    by_family = matches(names, ENDS_WITH_FAMILY)
    is_open = any_of(by_middle, by_family)
    if not pc.any(is_open).as_py():
        return is_open
    return all_of(is_open, pc.invert(_begins_with_family(names, is_open, by_middle)))


def _begins_with_family(names: pa.Array, is_open: pa.Array, by_middle: pa.Array) -> pa.Array:
    """Where the first word is a family name: a frequent one, or, where only the last word speaks, any."""
    first = pc.struct_field(pc.extract_regex(pc.if_else(is_open, names, None), r"^(?P<word>\S+)"), "word")
    encoded = pc.dictionary_encode(first)
    folded = pa.array([fold(str(word)) for word in encoded.dictionary.to_pylist()], pa.string()).take(encoded.indices)
    is_common = is_true(pc.is_in(folded, value_set=pa.array(COMMON.split("|"))))
    is_any = is_true(pc.is_in(folded, value_set=family_words()))
    return pc.if_else(by_middle, is_common, any_of(is_common, is_any))


@lru_cache
def family_words() -> pa.Array:
    """Toneless first words of all family names that stand first, of all peoples of the country."""
    names = [row["name"] for row in reference.family_names().to_pylist() if row["place"] == "first"]
    return pa.array(sorted({fold(name).split(" ")[0] for name in names}), pa.string())
