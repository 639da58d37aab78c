"""Tags of the hospitals' standards: which elements are lines, which tags are read into what, which are known besides."""

from etl.contracts import PERSON_RECORD, Table
from etl.contracts.clinical import ENCOUNTER, LAB_RESULT, MEDICATION, SERVICE
from etl.sources.tag_lists import QD_4210, QD_4750

Terms = dict[str, tuple[str, ...]]
LINE_TAGS = {
    "XML2": frozenset(("CHI_TIET_THUOC",)),
    "XML3": frozenset(("CHI_TIET_DVKT",)),
    "XML4": frozenset(("CHI_TIET_CLS",)),
    "XML5": frozenset(("CHI_TIET_DIEN_BIEN_BENH",)),
    "XML6": frozenset(("HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS",)),
    "XML9": frozenset(("DU_LIEU_GIAY_CHUNG_SINH",)),
    "XML15": frozenset(("CHITIET_DIEUTRI_BENHLAO",)),
}
"""Element of each line, in the parts that hold lines; the others are one line themselves."""


def tags_of(table: Table, *, without: tuple[str, ...] = (), **others: tuple[str, ...]) -> Terms:
    """The tags of each field that has some: those of its terms that are written like one, then `others`."""
    found = {
        field.name: (
            *(term for term in field.terms if term.isupper() and term.isascii() and " " not in term),
            *others.get(field.name, ()),
        )
        for field in table
        if field.name not in without
    }
    return {name: tags for name, tags in found.items() if tags}


PERSON_TAGS = tags_of(PERSON_RECORD, without=("guardian_name",), insurance_no=("MA_THE", "MA_BHXH"))
"""MA_THE is the card in QĐ 4210; MA_BHXH, the number alone, stands in XML12."""
GUARDIAN_TAGS = ("NGUOI_GIAM_HO", "HO_TEN_CHA_ME", "HO_TEN_ME", "HO_TEN_CHA")
STAY_TAGS = tags_of(
    ENCOUNTER,
    without=("discharge_note", "clinical_course", "referred_to_code", "follow_up_on"),
    main_icd10_code=("MA_BENH",),
    diagnosis_text=("TEN_BENH",),
    discharge_code=("TINH_TRANG_RV",),
)
"""The later ones of each are those of QĐ 4210."""
DRUG_TAGS, SERVICE_TAGS, RESULT_TAGS = tags_of(MEDICATION), tags_of(SERVICE), tags_of(LAB_RESULT)
CARD_TAGS = ("MA_THE_BHYT", "MA_DKBD", "GT_THE_TU", "GT_THE_DEN")
"""Of several cards, each of these has one value to a card, parted by `;`."""
OTHER_DIAGNOSES = ("MA_BENH_KT", "MA_BENHKHAC")


def _flat(*terms: Terms) -> set[str]:
    return {tag for one in terms for tags in one.values() for tag in tags}


_PERSONAL = _flat(PERSON_TAGS)
_READ = {
    "XML1": _PERSONAL
    | _flat(STAY_TAGS)
    | {*OTHER_DIAGNOSES, *CARD_TAGS, "MA_THE", "CAN_NANG", "NGAY_TAI_KHAM", "MA_NOI_DEN", "MA_NOI_CHUYEN"},
    "XML2": _flat(DRUG_TAGS),
    "XML3": _flat(SERVICE_TAGS),
    "XML4": _flat(RESULT_TAGS),
    "CHECKIN": _PERSONAL
    | _flat(STAY_TAGS)
    | {*CARD_TAGS, "MA_DICH_VU", "TEN_DICH_VU", "MA_VAT_TU", "TEN_VAT_TU", "MA_THUOC", "TEN_THUOC", "NGAY_YL"},
}
KNOWN_TAGS = {kind: frozenset((*tags.split(), *QD_4210.get(kind, "").split())) for kind, tags in QD_4750.items()}
"""The tags that a standard has in each part; any other is counted and reported, not refused."""


class _Passed(dict[str, frozenset[str]]):
    """Known tags that nobody reads, by kind; none for a kind that no standard has."""

    def __missing__(self, kind: str) -> frozenset[str]:
        return frozenset()


PASSED_TAGS = _Passed({kind: KNOWN_TAGS[kind] - _READ[kind] for kind in _READ})
