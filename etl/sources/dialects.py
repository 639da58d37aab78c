"""Which decision a delivery follows, told by the tags of its first visits; it is read the same whichever it is."""

from lxml import etree

from etl.sources.envelope import CHECK_IN_ROOT, Visit
from etl.sources.parts import Part, parse_part, plain_tag

CHECK_IN, QD_4210, QD_130, QD_4750 = "checkin", "4210", "130", "4750"
OLD_TAGS = frozenset(("MA_THE", "MA_BENHKHAC", "TEN_BENH", "TINH_TRANG_RV"))
"""Tags of XML1 that only QĐ 4210 has."""
NEW_TAGS = {"XML1": frozenset(("NHOM_MAU",)), "XML2": frozenset(("NGAY_TH_YL",))}
"""Tags that QĐ 130 had not, and QĐ 4750 (as amended) has."""


def dialect_of(root: str, visits: list[Visit]) -> str | None:
    """`checkin`, `4210`, `130` or `4750`; None where no part tells. `root` is the document's root element.

    QĐ 3176 amends 4750 without a tag of its own that is known here, and counts as it.
    """
    if root == CHECK_IN_ROOT:
        return CHECK_IN
    tags: dict[str, set[str]] = {}
    for part in (part for visit in visits for part in visit.parts if part.kind in NEW_TAGS):
        tags.setdefault(part.kind, set()).update(_names(part))
    if tags.get("XML1", set()) & OLD_TAGS:
        return QD_4210
    if not tags:
        return None
    return QD_4750 if any(tags.get(kind, set()) & names for kind, names in NEW_TAGS.items()) else QD_130


def _names(part: Part) -> set[str]:
    root: etree._Element | None = parse_part(part.content) if part.is_decoded else None
    return {plain_tag(element.tag) for element in root.iter()} if root is not None else set()
