"""The papers of a visit beside its summary (XML5 … XML15): what they say in words, results, drugs and history.

Whatever has no field of its own becomes one sentence of its named values, as sent; codes are not translated.
"""

from dataclasses import dataclass

from etl.sources.parts import Tags

Line = dict[str, int | str | None]
Parts = dict[str, list[tuple[int, Tags]]]
Words = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Statement:
    """How a part becomes a line of history: its kind, what it begins with, the values told, and which tag dates it.

    Without a value for `needs` there is nothing to tell.
    """

    kind: str
    title: str
    words: Words
    dated_by: tuple[str, ...]
    needs: tuple[str, ...] = ()


LEAVE_WORDS: Words = (("SO_NGAY", "số ngày"), ("TU_NGAY", "từ"), ("DEN_NGAY", "đến"), ("CHAN_DOAN_RV", "chẩn đoán"))
ENDED_WORDS: Words = (("TUOI_THAI", "tuổi thai"), ("NGUYENNHAN_DINHCHI", "nguyên nhân"))
BIRTH_WORDS: Words = (
    ("NGAY_SINH_CON", "ngày sinh"),
    ("GIOI_TINH_CON", "giới tính (1 nam, 2 nữ)"),
    ("CAN_NANG_CON", "cân nặng (gam)"),
    ("SO_CON", "số con"),
    ("LAN_SINH", "lần sinh"),
    ("SO_CON_SONG", "số con sống"),
    ("TINH_TRANG_CON", "tình trạng con"),
    ("SINHCON_PHAUTHUAT", "phẫu thuật"),
    ("SINHCON_DUOI32TUAN", "dưới 32 tuần"),
)
DISABILITY_WORDS: Words = (
    ("KET_QUA_KHAM", "kết quả khám"),
    ("DANG_KHUYETTAT", "dạng khuyết tật"),
    ("MUC_DO_KHUYETTAT", "mức độ"),
    ("TONG_TYLE_TTCT", "tổng tỷ lệ tổn thương cơ thể (%)"),
)
TB_WORDS: Words = (
    ("PHANLOAI_LAO_VITRI", "vị trí"),
    ("PHANLOAI_LAO_TS", "tiền sử điều trị"),
    ("PHANLOAI_LAO_VK", "vi khuẩn"),
    ("PHANLOAI_LAO_KT", "kháng thuốc"),
    ("LOAI_DTRI_LAO", "loại điều trị"),
    ("PHACDO_DTRI_LAO", "phác đồ"),
    ("NGAYBD_DTRI_LAO", "bắt đầu"),
    ("NGAYKT_DTRI_LAO", "kết thúc"),
    ("KET_QUA_DTRI_LAO", "kết quả"),
)
HIV_WORDS: Words = (
    ("NGAYKD_HIV", "ngày khẳng định"),
    ("BDDT_ARV", "bắt đầu ARV"),
    ("GIAI_DOAN_LAM_SANG", "giai đoạn lâm sàng"),
    ("MA_LYDO_DTRI", "lý do điều trị"),
    ("MA_TINH_TRANG_DK", "tình trạng"),
)
STATEMENTS = {
    "XML5": Statement("surgery", "Phẫu thuật", (("PHAU_THUAT", ""),), ("THOI_DIEM_DBLS", "NGAY_YL"), ("PHAU_THUAT",)),
    "XML6": Statement("disease", "Chăm sóc và điều trị HIV", HIV_WORDS, ("NGAYKD_HIV", "BDDT_ARV")),
    "XML7": Statement(
        "reproductive", "Đình chỉ thai", ENDED_WORDS, ("THOIGIAN_DINHCHI", "NGAY_CT"), ("MA_DINH_CHI_THAI",)
    ),
    "XML8": Statement(
        "reproductive",
        "Sinh con, con chết",
        (("NGAY_SINHCON", "ngày sinh con"), ("NGAY_CONCHET", "ngày con chết"), ("SO_CONCHET", "số con chết")),
        ("NGAY_SINHCON", "NGAY_CONCHET"),
        ("NGAY_SINHCON", "NGAY_CONCHET"),
    ),
    "XML9": Statement("reproductive", "Sinh con", BIRTH_WORDS, ("NGAY_SINH_CON",)),
    "XML10": Statement("reproductive", "Nghỉ dưỡng thai", LEAVE_WORDS, ("TU_NGAY", "NGAY_CT")),
    "XML11": Statement("reproductive", "Đình chỉ thai", ENDED_WORDS, ("TU_NGAY", "NGAY_CT"), ("MA_DINH_CHI_THAI",)),
    "XML12": Statement("disability", "Giám định y khoa", DISABILITY_WORDS, ("NGAY_HOP",)),
    "XML15": Statement("disease", "Điều trị lao", TB_WORDS, ("NGAYBD_DTRI_LAO",)),
}
COURSES: dict[str, Words] = {
    "XML5": (("DIEN_BIEN_LS", ""), ("DIEN_BIEN", ""), ("GIAI_DOAN_BENH", "giai đoạn"), ("HOI_CHAN", "hội chẩn")),
    "XML8": (("QT_BENHLY", "quá trình bệnh lý"), ("TOMTAT_KQ", "tóm tắt kết quả"), ("PP_DIEUTRI", "điều trị")),
    "XML11": LEAVE_WORDS,
    "XML13": (
        ("DAU_HIEU_LS", "dấu hiệu lâm sàng"),
        ("QT_BENHLY", "quá trình bệnh lý"),
        ("TOMTAT_KQ", "tóm tắt kết quả"),
        ("HUONG_DIEU_TRI", "hướng điều trị"),
    ),
}
COURSE_TITLES = {"XML8": "Tóm tắt", "XML11": "Nghỉ việc", "XML13": "Chuyển tuyến"}
COURSE_TIMES = ("THOI_DIEM_DBLS", "NGAY_YL")
RESTRICTED_PART = "XML6"
HIV_TAGS = ("NGAYKD_HIV", "BDDT_ARV")
"""Tags of the tuberculosis paper that tell of HIV where they are filled."""
READ_PARTS = frozenset((*STATEMENTS, *COURSES, "XML14"))


def tell(tags: Tags, words: Words) -> str:
    """The values of these tags as one text, each with its word; empty where none is there."""
    return "; ".join(
        f"{word}: {tags[tag].strip()}" if word else tags[tag].strip() for tag, word in words if tag in tags
    )


def first_of(tags: Tags, names: tuple[str, ...]) -> str | None:
    """The first of these tags that is filled."""
    return next((tags[name] for name in names if name in tags), None)


def history_lines(parts: Parts) -> list[Line]:
    """`row_no, kind, statement, stated_on` of every paper that states something about the past, child or disability.

    A birth paper tells of the mother's delivery; the child's name and papers stay out of her record.
    """
    lines: list[Line] = []
    for part, shape in STATEMENTS.items():
        for row_no, tags in parts.get(part, ()):
            if shape.needs and first_of(tags, shape.needs) in (None, "0"):
                continue
            told = tell(tags, shape.words)
            statement = f"{shape.title}: {told}" if told else shape.title
            lines.append(
                {
                    "row_no": row_no,
                    "kind": shape.kind,
                    "statement": statement,
                    "stated_on": first_of(tags, shape.dated_by),
                }
            )
    return lines


def result_lines(parts: Parts) -> list[Line]:
    """The results that the HIV paper holds: viral load, and the PCR of a child."""
    tests = (
        ("Tải lượng HIV", "KQ_XNTL_VR", ("NGAY_KQ_XN_TLVR", "NGAY_XN_TLVR")),
        ("PCR HIV", "MA_KQ_XN_PCR", ("NGAY_KQ_XN_PCR", "NGAY_XN_PCR")),
    )
    return [
        {
            "row_no": row_no,
            "test_code": tag,
            "test_name": name,
            "value_text": tags[tag],
            "result_at": first_of(tags, dates),
        }
        for row_no, tags in parts.get(RESTRICTED_PART, ())
        for name, tag, dates in tests
        if tag in tags
    ]


def drug_lines(parts: Parts) -> list[Line]:
    """The regimen that the HIV paper holds, for as many days as it was given."""
    return [
        {
            "row_no": row_no,
            "drug_code": tags["MA_PHAC_DO_DIEU_TRI"],
            "drug_name": "Phác đồ ARV",
            "quantity": tags.get("SO_NGAY_CAP_THUOC_ARV"),
            "unit": "ngày",
            "prescribed_at": first_of(tags, ("NGAY_BAT_DAU_XU_TRI", "NGAY_CHUYEN_PHAC_DO")),
        }
        for row_no, tags in parts.get(RESTRICTED_PART, ())
        if "MA_PHAC_DO_DIEU_TRI" in tags
    ]


def courses(parts: Parts) -> dict[int, str]:
    """Row number → the course of the illness and the summaries, one line of text for each entry."""
    told: dict[int, list[str]] = {}
    for part, words in COURSES.items():
        for row_no, tags in parts.get(part, ()):
            if text := tell(tags, words):
                title = first_of(tags, COURSE_TIMES) if part == "XML5" else COURSE_TITLES[part]
                told.setdefault(row_no, []).append(f"{title}: {text}" if title else text)
    return {row_no: "\n".join(texts) for row_no, texts in told.items()}


def values_of(parts: Parts, *places: tuple[str, tuple[str, ...]]) -> dict[int, str]:
    """Row number → the first value found, looking in each part in turn for its tags; of several values the first."""
    found: dict[int, str] = {}
    for part, names in places:
        for row_no, tags in parts.get(part, ()):
            value = first_of(tags, names)
            if value is not None and row_no not in found:
                found[row_no] = value.partition(";")[0].strip()
    return found


def restricted_rows(parts: Parts) -> set[int]:
    """Rows whose visit holds HIV data: all that was done in it would tell of it."""
    return {row_no for row_no, _ in parts.get(RESTRICTED_PART, ())} | {
        row_no for row_no, tags in parts.get("XML15", ()) if first_of(tags, HIV_TAGS) is not None
    }
