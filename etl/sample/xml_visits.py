"""Some invented visits, by the tags of each standard: what the XML samples hold."""

from etl.sample.xml_inner import Line, Visit

FACILITY = "01929"


def summary(number: int, name: str, birth: str, sex: int, cccd: str, card: str, **more: object) -> Line:
    """XML1 by QĐ 130 and after."""
    return {
        "MA_LK": f"{FACILITY}26{number:05d}",
        "STT": number,
        "MA_BN": f"BN{number:05d}",
        "HO_TEN": name,
        "SO_CCCD": cccd,
        "NGAY_SINH": birth,
        "GIOI_TINH": sex,
        "MA_QUOCTICH": "000",
        "MA_DANTOC": "01",
        "MA_NGHE_NGHIEP": "00000",
        "DIA_CHI": f"Số {number} phố Mẫu",
        "MATINH_CU_TRU": "01",
        "MAXA_CU_TRU": "00004",
        "DIEN_THOAI": "0912000001",
        "MA_THE_BHYT": card,
        "MA_DKBD": "01000",
        "GT_THE_TU": "20260101",
        "GT_THE_DEN": "20261231",
        "LY_DO_VV": "Khám bệnh",
        "CHAN_DOAN_RV": "Tăng huyết áp",
        "MA_BENH_CHINH": "I10",
        "MA_BENH_KT": "E11.9;E78.5",
        "NGAY_VAO": "202609010800",
        "NGAY_RA": "202609010930",
        "KET_QUA_DTRI": 2,
        "MA_LOAI_RV": 1,
        "MA_LOAI_KCB": "01",
        "MA_KHOA": "K01",
        "MA_CSKCB": FACILITY,
        "CAN_NANG": "61.5",
        "MA_TTDV": "0010001",
        **more,
    }


def drug(name: str, quantity: object, **more: object) -> Line:
    """A line of XML2."""
    return {"STT": 1, "MA_THUOC": "40.30", "TEN_THUOC": name, "HAM_LUONG": "5mg", "DUONG_DUNG": "1.01",
            "LIEU_DUNG": "Sáng 1 viên", "DON_VI_TINH": "Viên", "SO_LUONG": quantity, "NGAY_YL": "202609010820", **more}  # fmt: skip


SERVICE: Line = {"STT": 1, "MA_DICH_VU": "23.0075", "TEN_DICH_VU": "Định lượng glucose", "SO_LUONG": 1,
                 "NGAY_YL": "202609010820", "NGAY_KQ": "202609010910"}  # fmt: skip
DEVICE: Line = {
    "STT": 2,
    "MA_VAT_TU": "N03.01.020",
    "TEN_VAT_TU": "Kim lấy máu",
    "SO_LUONG": 1,
    "NGAY_YL": "202609010820",
}
RESULT: Line = {"STT": 1, "MA_DICH_VU": "23.0075", "MA_CHI_SO": "GLU", "TEN_CHI_SO": "Glucose", "GIA_TRI": "6.4",
                "DON_VI_DO": "mmol/L", "NGAY_KQ": "202609010910"}  # fmt: skip
COURSE: Line = {"STT": 1, "DIEN_BIEN_LS": "Tỉnh, tiếp xúc tốt", "HOI_CHAN": "Tiếp tục điều trị",
                "PHAU_THUAT": "Cắt ruột thừa nội soi", "THOI_DIEM_DBLS": "202609021000"}  # fmt: skip
AN = ("Nguyễn Thị An", "198003020000", 2, "001180000011", "DN4010012345678")
BINH = ("Trần Văn Bình", "195800000000", 1, "", "HT3010098765432")
CHI = ("Lê Minh Chi", "199212310000", 2, "001192000033", "")

OUTPATIENTS = (
    Visit({"XML1": (summary(1, *AN, NHOM_MAU="O+"),), "XML2": (drug("Amlodipin", 30, NGAY_TH_YL="202609010900"),),
           "XML3": (SERVICE, DEVICE), "XML4": (RESULT,)}),
    Visit({"XML1": (summary(2, *BINH, NHOM_MAU="", NGAY_TAI_KHAM="20261001"),), "XML2": (drug("Metformin", 60), drug("Atorvastatin", 30))}),
)  # fmt: skip
STAY = Visit(
    {
        "XML1": (summary(3, *CHI, NHOM_MAU="", MA_LOAI_KCB="03", MA_NOI_DEN="01006"),),
        "XML5": (COURSE,),
        "XML7": ({"MA_LK": "3", "GHI_CHU": "Tái khám sau 7 ngày", "NGAY_CT": "20260905"},),
        "XML8": ({"MA_LK": "3", "QT_BENHLY": "Đau hố chậu phải", "TOMTAT_KQ": "Bạch cầu tăng", "PP_DIEUTRI": "Phẫu thuật"},),
        "XML13": ({"MA_LK": "3", "HO_TEN": CHI[0], "DAU_HIEU_LS": "Sốt", "HUONG_DIEU_TRI": "Chuyển tuyến trên", "MA_NOI_DEN": "01006"},),
        "XML14": ({"MA_LK": "3", "HO_TEN": CHI[0], "NGAY_HEN_KL": "202609120800"},),
    }
)  # fmt: skip


def _without(visit: Visit, *tags: str) -> Visit:
    return Visit(
        {
            kind: tuple({tag: value for tag, value in line.items() if tag not in tags} for line in lines)
            for kind, lines in visit.parts.items()
        }
    )


OF_130 = tuple(_without(visit, "NHOM_MAU", "NGAY_TH_YL") for visit in OUTPATIENTS)


def _old_summary(number: int, person: tuple[str, str, int, str, str], **more: object) -> Line:
    name, birth, sex, _, card = person
    return {"MA_LK": f"{FACILITY}17{number:05d}", "STT": number, "MA_BN": f"BN{number:05d}", "HO_TEN": name,
            "NGAY_SINH": birth[:8].rstrip("0") if birth.endswith("00000000") else birth[:8], "GIOI_TINH": sex,
            "DIA_CHI": f"Số {number} phố Mẫu", "MA_THE": card, "MA_DKBD": "01000", "GT_THE_TU": "20170101",
            "GT_THE_DEN": "20171231", "TEN_BENH": "Viêm phổi", "MA_BENH": "J18.9", "MA_BENHKHAC": "I10;E11",
            "MA_LYDO_VVIEN": 1, "NGAY_VAO": "201711010800", "NGAY_RA": "201711050930", "KET_QUA_DTRI": 1,
            "TINH_TRANG_RV": 1, "MA_LOAI_KCB": 3, "MA_KHOA": "K03", "MA_CSKCB": FACILITY, "CAN_NANG": "", **more}  # fmt: skip


OF_4210 = (
    Visit({"XML1": (_old_summary(1, AN),), "XML2": (drug("Ceftriaxon", 10, MA_BENH="J18.9"),), "XML3": (SERVICE,),
           "XML4": ({tag: value for tag, value in RESULT.items() if tag != "DON_VI_DO"},),
           "XML5": ({"STT": 1, "DIEN_BIEN": "Đỡ sốt", "HOI_CHAN": "", "PHAU_THUAT": "", "NGAY_YL": "201711021000"},)}),
    Visit({"XML1": (_old_summary(2, BINH),)}),
)  # fmt: skip
HIV = (
    Visit(
        {
            "XML1": (summary(4, *BINH, NHOM_MAU="", MA_BENH_CHINH="B20", MA_BENH_KT=""),),
            "XML6": (
                {"MA_LK": "4", "NGAYKD_HIV": "20200501", "BDDT_ARV": "20200601", "GIAI_DOAN_LAM_SANG": 1, "KQ_XNTL_VR": 1,
                 "NGAY_KQ_XN_TLVR": "20260815", "MA_PHAC_DO_DIEU_TRI": "TLD", "SO_NGAY_CAP_THUOC_ARV": 90,
                 "NGAY_BAT_DAU_XU_TRI": "20260901"},
            ),
        }
    ),
    OUTPATIENTS[0],
)  # fmt: skip
BIRTHS = (
    Visit(
        {
            "XML1": (summary(5, *AN, NHOM_MAU="", MA_BENH_CHINH="O80", MA_BENH_KT="", CAN_NANG_CON="3100"),),
            "XML9": (
                {"MA_LK": "5", "HO_TEN_NND": AN[0], "SO_CCCD_NND": AN[3], "HO_TEN_CON": "Nguyễn Bé", "GIOI_TINH_CON": 2,
                 "SO_CON": 1, "LAN_SINH": 2, "SO_CON_SONG": 2, "CAN_NANG_CON": 3100, "NGAY_SINH_CON": "202609010815",
                 "TINH_TRANG_CON": "Khỏe", "SINHCON_PHAUTHUAT": 0, "SINHCON_DUOI32TUAN": 0},
            ),
        }
    ),
    Visit(
        {
            "XML1": (summary(6, "Con bà Nguyễn Thị An", "202609010815", 2, "", "TE1010000000000", MA_BENH_CHINH="Z38.0",
                             MA_BENH_KT="", MAXA_CU_TRU="00004", CAN_NANG="3.1"),),
            "XML7": ({"MA_LK": "6", "HO_TEN_ME": AN[0], "MA_THE_TAM": "TE101KT0000001"},),
        }
    ),
)  # fmt: skip
PAPERS = (
    Visit({"XML1": (summary(7, *AN, NHOM_MAU=""),),
           "XML10": ({"MA_LK": "7", "SO_NGAY": 14, "TU_NGAY": "20260901", "DEN_NGAY": "20260914", "CHAN_DOAN_RV": "Dọa sảy thai"},),
           "XML11": ({"MA_LK": "7", "CHAN_DOAN_RV": "Dọa sảy thai", "TU_NGAY": "20260915", "DEN_NGAY": "20260920"},)}),
    Visit({"XML12": ({"NGAY_HOP": "20260905", "HO_TEN": CHI[0], "NGAY_SINH": "19921231", "SO_CCCD": CHI[3],
                      "DIA_CHI": "Số 3 phố Mẫu", "MAXA_CU_TRU": "00004", "MA_BHXH": "0100123456", "KET_QUA_KHAM": "Hạn chế vận động",
                      "DANG_KHUYETTAT": 1, "MUC_DO_KHUYETTAT": 2, "TONG_TYLE_TTCT": 41},)}),
    Visit({"XML1": (summary(8, *BINH, NHOM_MAU="", MA_BENH_CHINH="A15.0", MA_BENH_KT=""),),
           "XML15": ({"MA_LK": "8", "STT": 1, "PHANLOAI_LAO_VITRI": 1, "LOAI_DTRI_LAO": 1, "NGAYBD_DTRI_LAO": "20260901",
                      "PHACDO_DTRI_LAO": 1, "KET_QUA_DTRI_LAO": 1},)}),
)  # fmt: skip
CARDS = (
    Visit({"XML1": (summary(9, *AN[:4], "DN4010012345678;HC4010012345678", NHOM_MAU="", MA_DKBD="01000;01929",
                            GT_THE_TU="20260101;20260701", GT_THE_DEN="20260630"),)}),
    Visit({"XML1": (summary(10, *BINH, NHOM_MAU="", NGAY_VAO="20260901", NGAY_RA="202609010000"),)}),
)  # fmt: skip
CHECK_INS = tuple(
    {tag: value for tag, value in {**summary(number, *person, MA_DOITUONG_KCB="1.1"), "NGAY_YL": "202609010805", **more}.items()
     if tag in {"MA_LK", "STT", "MA_BN", "HO_TEN", "SO_CCCD", "NGAY_SINH", "GIOI_TINH", "MA_THE_BHYT", "MA_DKBD", "GT_THE_TU",
                "GT_THE_DEN", "MA_DOITUONG_KCB", "NGAY_VAO", "MA_LOAI_KCB", "MA_CSKCB", "MA_DICH_VU", "TEN_DICH_VU", "MA_THUOC",
                "TEN_THUOC", "NGAY_YL"}}
    for number, person, more in ((1, AN, {"MA_DICH_VU": "02.1896", "TEN_DICH_VU": "Khám bệnh"}), (2, BINH, {"MA_THUOC": "40.30", "TEN_THUOC": "Amlodipin"}))
)  # fmt: skip
