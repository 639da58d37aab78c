"""Visits of one villager, one of which the law restricts, and what his ward knows of him: for pages that show a book."""

import re
from base64 import b64decode, b64encode
from pathlib import Path

from etl import steps
from etl.settings import PROJECT_DIR, Settings
from tests.pipeline.city import build
from tests.pipeline.test_restricted import CODE
from tests.review.village import NAMED

PATIENT = NAMED[1]
"""His number in the register is `PERSON`, his citizen ID `CITIZEN_ID`; he lives in the first of the town's wards."""
PERSON, CITIZEN_ID, NAME, BORN = int(PATIENT[0]), PATIENT[1], PATIENT[3], PATIENT[4]
OTHER_PERSON, OTHER_CITIZEN_ID = 103, "001190000039"
"""Of the other ward."""
HOSPITAL, WARD_SENDER = "CS01006", "PX00004"
SAMPLE = PROJECT_DIR / "data_samples" / "hospital_xml" / HOSPITAL / "hoso_202607_01.xml"
HIV_DRUG = "Tenofovir (TDF)"
SUBSTANCE = "<b>Penicillin</b>"
"""An allergy that a careless page would show as markup."""
LIST = f"""STT,Họ và tên,Ngày sinh,Giới,Số CCCD,Địa chỉ,Bệnh mãn tính,Vắc xin,Ngày tiêm,Tiền sử dị ứng,Số điện thoại,Cập nhật ngày
1,{NAME},{BORN[6:]}/{BORN[4:6]}/{BORN[:4]},Nam,{CITIZEN_ID},Số 99 phố Lò Đúc,Tăng huyết áp,COVID-19,08/08/2026,{SUBSTANCE},0912345699,21/09/2026
"""


def fill_clinic(settings: Settings, folder: Path) -> None:
    """Two visits and a line of the ward's list, and books that hold them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "visits.xml").write_text(_envelope(), encoding="utf-8")
    (folder / "ward.csv").write_text(LIST, encoding="utf-8")
    assert steps.receive(settings, folder / "visits.xml", HOSPITAL).accepted == 2
    assert steps.receive(settings, folder / "ward.csv", WARD_SENDER).accepted == 1
    build(settings)


def _envelope() -> str:
    """The first two visits of the sample as the patient's; the second is made one of HIV."""
    whole = SAMPLE.read_text(encoding="utf-8")
    visits = re.findall(r"<HOSO>.*?</HOSO>", whole, re.DOTALL)[:2]
    shown = [_of_patient(visit, is_restricted=number == 1) for number, visit in enumerate(visits)]
    head, tail = whole[: whole.index("<HOSO>")], whole[whole.rindex("</HOSO>") + len("</HOSO>") :]
    return re.sub(r"(<SOLUONGHOSO>)\d+", r"\g<1>2", head) + "".join(shown) + tail


def _of_patient(visit: str, *, is_restricted: bool) -> str:
    values = {
        "HO_TEN": NAME, "SO_CCCD": CITIZEN_ID, "NGAY_SINH": f"{BORN}0000", "GIOI_TINH": "1", "MAXA_CU_TRU": "00004",
        "MA_BN": "BNCLINIC", "DIA_CHI": PATIENT[8], "MA_THE_BHYT": "", "DIEN_THOAI": "",
    }  # fmt: skip
    if is_restricted:
        values |= {"MA_BENH_CHINH": CODE, "TEN_THUOC": HIV_DRUG}

    def change(part: re.Match[str]) -> str:
        inner = b64decode(part[2]).decode()
        for name, value in values.items():
            inner = re.sub(rf"<{name}>[^<]*<", f"<{name}>{value}<", inner)
        return part[1] + b64encode(inner.encode()).decode() + part[3]

    return re.sub(r"(<NOIDUNGFILE>)([^<]*)(</NOIDUNGFILE>)", change, visit)
