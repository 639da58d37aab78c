"""The inner XML documents of a visit: templates made once for each condition, filled in for each visit.

Tag names and their order are those of QĐ 4750. Templates are for `str.format`; keys: {lk} visit number,
{yl} time of order, {kq} time of result, {bs} clinician, {khoa} department, {v0} {v1} result values.
"""

from functools import lru_cache
from xml.sax.saxutils import escape

from etl.sample.conditions import DRUGS, TESTS, Condition

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
VISIT_FEE = 42_100
BED_FEE = 273_100
# fmt: off
XML1_TAGS = [
    "MA_LK", "STT", "MA_BN", "HO_TEN", "SO_CCCD", "NGAY_SINH", "GIOI_TINH", "NHOM_MAU", "MA_QUOCTICH", "MA_DANTOC",
    "MA_NGHE_NGHIEP", "DIA_CHI", "MATINH_CU_TRU", "MAHUYEN_CU_TRU", "MAXA_CU_TRU", "DIEN_THOAI", "MA_THE_BHYT",
    "MA_DKBD", "GT_THE_TU", "GT_THE_DEN", "NGAY_MIEN_CCT", "LY_DO_VV", "LY_DO_VNT", "MA_LY_DO_VNT", "CHAN_DOAN_VAO",
    "CHAN_DOAN_RV", "MA_BENH_CHINH", "MA_BENH_KT", "MA_BENH_YHCT", "MA_PTTT_QT", "MA_DOITUONG_KCB", "MA_NOI_DI",
    "MA_NOI_DEN", "MA_TAI_NAN", "NGAY_VAO", "NGAY_VAO_NOI_TRU", "NGAY_RA", "GIAY_CHUYEN_TUYEN", "SO_NGAY_DTRI",
    "PP_DIEU_TRI", "KET_QUA_DTRI", "MA_LOAI_RV", "GHI_CHU", "NGAY_TTOAN", "T_THUOC", "T_VTYT", "T_TONGCHI_BV",
    "T_TONGCHI_BH", "T_BNTT", "T_BNCCT", "T_BHTT", "T_NGUONKHAC", "T_BHTT_GDV", "NAM_QT", "THANG_QT", "MA_LOAI_KCB",
    "MA_KHOA", "MA_CSKCB", "MA_KHUVUC", "CAN_NANG", "CAN_NANG_CON", "NAM_NAM_LIEN_TUC", "NGAY_TAI_KHAM", "MA_HSBA",
    "MA_TTDV", "DU_PHONG",
]
# fmt: on


def write_element(tags: dict[str, object]) -> str:
    """Elements one after another; an empty one as `<A/>`."""
    return "".join(
        f"<{tag}>{escape(str(value))}</{tag}>" if value != "" else f"<{tag}/>" for tag, value in tags.items()
    )


def _money(total: int) -> dict[str, object]:
    """Sums of a line: 80 % paid by the insurance."""
    insured = total * 80 // 100
    return {
        "T_NGUONKHAC_NSNN": 0,
        "T_NGUONKHAC_VTNN": 0,
        "T_NGUONKHAC_VTTN": 0,
        "T_NGUONKHAC_CL": 0,
        "T_NGUONKHAC": 0,
        "MUC_HUONG": 80,
        "T_BNTT": 0,
        "T_BNCCT": total - insured,
        "T_BHTT": insured,
    }


def price_drugs(condition: Condition) -> int:
    """Cost of the drugs in đồng."""
    return sum(DRUGS[code].price * DRUGS[code].quantity for code in condition.drugs)


def price_services(condition: Condition) -> int:
    """Cost of visit or bed, and tests, in đồng."""
    return (BED_FEE if condition.is_stay else VISIT_FEE) + sum(TESTS[code].price for code in condition.tests)


@lru_cache
def template_xml2(condition: Condition) -> str:
    """Drugs; empty where there are none."""
    lines = []
    for number, code in enumerate(condition.drugs, 1):
        drug = DRUGS[code]
        total = drug.price * drug.quantity
        lines.append(
            "<CHI_TIET_THUOC>"
            + write_element(
                {
                    "MA_LK": "{lk}",
                    "STT": number,
                    "MA_THUOC": drug.code,
                    "MA_NHOM": 4,
                    "TEN_THUOC": drug.name,
                    "DON_VI_TINH": drug.unit,
                    "HAM_LUONG": drug.strength,
                    "DUONG_DUNG": drug.route,
                    "LIEU_DUNG": drug.dosage,
                    "SO_DANG_KY": "VD-00000-26",
                    "TT_THAU": "01;G1;N1;2026",
                    "PHAM_VI": 1,
                    "TYLE_TT_BH": 100,
                    "SO_LUONG": drug.quantity,
                    "DON_GIA": drug.price,
                    "THANH_TIEN_BV": total,
                    "THANH_TIEN_BH": total,
                    **_money(total),
                    "MA_KHOA": "{khoa}",
                    "MA_BAC_SI": "{bs}",
                    "NGAY_YL": "{yl}",
                    "MA_PTTT": 1,
                    "NGUON_CTRA": 1,
                }
            )
            + "</CHI_TIET_THUOC>"
        )
    return _wrap("CHITIEU_CHITIET_THUOC", "DSACH_CHI_TIET_THUOC", lines)


@lru_cache
def template_xml3(condition: Condition) -> str:
    """Services: the visit or bed, and each test."""
    base = (
        ("K02.1911", "Giường hồi sức tích cực, ngày", BED_FEE, 15)
        if condition.is_stay
        else ("02.1896", "Khám bệnh", VISIT_FEE, 13)
    )
    services = [base, *((test.code, test.name, test.price, 1) for test in (TESTS[code] for code in condition.tests))]
    lines = []
    for number, (code, name, price, group) in enumerate(services, 1):
        lines.append(
            "<CHI_TIET_DVKT>"
            + write_element(
                {
                    "MA_LK": "{lk}",
                    "STT": number,
                    "MA_DICH_VU": code,
                    "MA_NHOM": group,
                    "TEN_DICH_VU": name,
                    "DON_VI_TINH": "Lần",
                    "PHAM_VI": 1,
                    "SO_LUONG": 1,
                    "DON_GIA_BV": price,
                    "DON_GIA_BH": price,
                    "TYLE_TT_DV": 100,
                    "TYLE_TT_BH": 100,
                    "THANH_TIEN_BV": price,
                    "THANH_TIEN_BH": price,
                    "MUC_HUONG": 80,
                    **_money(price),
                    "MA_KHOA": "{khoa}",
                    "MA_BAC_SI": "{bs}",
                    "MA_BENH": condition.icd10,
                    "NGAY_YL": "{yl}",
                    "NGAY_TH_YL": "{yl}",
                    "NGAY_KQ": "{kq}",
                    "MA_PTTT": 1,
                }
            )
            + "</CHI_TIET_DVKT>"
        )
    return _wrap("CHITIEU_CHITIET_DVKT_VTYT", "DSACH_CHI_TIET_DVKT", lines)


@lru_cache
def template_xml4(condition: Condition) -> str:
    """Results; empty where nothing was tested."""
    lines = []
    for number, code in enumerate(condition.tests, 1):
        test = TESTS[code]
        lines.append(
            "<CHI_TIET_CLS>"
            + write_element(
                {
                    "MA_LK": "{lk}",
                    "STT": number,
                    "MA_DICH_VU": test.code,
                    "MA_CHI_SO": test.indicator,
                    "TEN_CHI_SO": test.label,
                    "GIA_TRI": f"{{v{number - 1}}}",
                    "DON_VI_DO": test.unit,
                    "NGAY_KQ": "{kq}",
                    "MA_BS_DOC_KQ": "{bs}",
                }
            )
            + "</CHI_TIET_CLS>"
        )
    return _wrap("CHITIEU_CHITIET_DICHVUCANLAMSANG", "DSACH_CHI_TIET_CLS", lines)


@lru_cache
def template_xml5(condition: Condition) -> str:
    """Clinical course, for stays."""
    if not condition.is_stay:
        return ""
    line = write_element(
        {
            "MA_LK": "{lk}",
            "STT": 1,
            "DIEN_BIEN_LS": f"Bệnh nhân tỉnh, {condition.name.lower()}, toàn trạng ổn định",
            "THOI_DIEM_DBLS": "{kq}",
            "NGUOI_THUC_HIEN": "{bs}",
        }
    )
    return _wrap(
        "CHITIEU_CHITIET_DIENBIENLAMSANG",
        "DSACH_CHI_TIET_DIEN_BIEN_BENH",
        [f"<CHI_TIET_DIEN_BIEN_BENH>{line}</CHI_TIET_DIEN_BIEN_BENH>"],
    )


@lru_cache
def template_xml7(condition: Condition) -> str:
    """Discharge paper, for stays; further keys {vao} {ra} {ngay}."""
    if not condition.is_stay:
        return ""
    return (
        f"{_DECLARATION}<CHI_TIEU_DU_LIEU_GIAY_RA_VIEN>"
        + write_element(
            {
                "MA_LK": "{lk}",
                "SO_LUU_TRU": "LT{lk}",
                "MA_YTE": "YT{lk}",
                "MA_KHOA_RV": "{khoa}",
                "NGAY_VAO": "{vao}",
                "NGAY_RA": "{ra}",
                "CHAN_DOAN_RV": condition.name,
                "PP_DIEUTRI": "Nội khoa",
                "GHI_CHU": "Tái khám sau 7 ngày hoặc khi có dấu hiệu bất thường",
                "MA_TTDV": "{bs}",
                "MA_BS": "{bs}",
                "TEN_BS": "Bác sĩ điều trị",
                "NGAY_CT": "{ngay}",
            }
        )
        + "</CHI_TIEU_DU_LIEU_GIAY_RA_VIEN>"
    )


@lru_cache
def template_xml1(condition: Condition, is_insured: bool, extra: str) -> str:
    """The summary; keys as the tags that vary, in lower case. `extra` are tags that QĐ 4750 does not know."""
    drugs, services = price_drugs(condition), price_services(condition)
    total = drugs + services
    paid = total * 80 // 100 if is_insured else 0
    fixed: dict[str, object] = {
        "STT": 1,
        "MATINH_CU_TRU": "01",
        "MAHUYEN_CU_TRU": "000",
        "LY_DO_VV": "Khám bệnh",
        "CHAN_DOAN_VAO": condition.name,
        "CHAN_DOAN_RV": condition.name,
        "MA_BENH_KT": condition.others,
        "MA_DOITUONG_KCB": "1.1" if is_insured else "9",
        "PP_DIEU_TRI": "Nội khoa",
        "T_THUOC": drugs,
        "T_VTYT": 0,
        "T_TONGCHI_BV": total,
        "T_TONGCHI_BH": total if is_insured else 0,
        "T_BNTT": 0 if is_insured else total,
        "T_BNCCT": total - paid if is_insured else 0,
        "T_BHTT": paid,
        "T_NGUONKHAC": 0,
        "T_BHTT_GDV": 0,
        "MA_LOAI_KCB": "03" if condition.is_stay else "01",
        "NAM_QT": 2026,
    }
    varying = {
        "MA_LK": "lk",
        "MA_BN": "bn",
        "HO_TEN": "name",
        "SO_CCCD": "cccd",
        "NGAY_SINH": "birth",
        "GIOI_TINH": "sex",
        "NHOM_MAU": "blood",
        "MA_QUOCTICH": "nation",
        "MA_DANTOC": "ethnic",
        "MA_NGHE_NGHIEP": "work",
        "DIA_CHI": "address",
        "MAXA_CU_TRU": "ward",
        "DIEN_THOAI": "phone",
        "MA_THE_BHYT": "card",
        "MA_BENH_CHINH": "icd",
        "NGAY_VAO": "vao",
        "NGAY_RA": "ra",
        "SO_NGAY_DTRI": "stay",
        "KET_QUA_DTRI": "outcome",
        "MA_LOAI_RV": "leave",
        "NGAY_TTOAN": "ra",
        "THANG_QT": "month",
        "MA_KHOA": "khoa",
        "MA_CSKCB": "facility",
        "CAN_NANG": "weight",
        "MA_HSBA": "lk",
        "MA_TTDV": "bs",
    }
    if is_insured:
        fixed |= {"MA_DKBD": "01000", "GT_THE_TU": "20260101", "GT_THE_DEN": "20261231"}
    if condition.is_stay:
        varying["NGAY_VAO_NOI_TRU"] = "vao"
    tags = {tag: f"{{{varying[tag]}}}" if tag in varying else fixed.get(tag, "") for tag in XML1_TAGS}
    return f"{_DECLARATION}<TONG_HOP>{write_element(tags)}{extra}</TONG_HOP>"


def _wrap(root: str, group: str, lines: list[str]) -> str:
    """A whole inner document, or nothing where there are no lines."""
    return f"{_DECLARATION}<{root}><{group}>{''.join(lines)}</{group}></{root}>" if lines else ""
