"""The inner documents of a visit, in the shape of each standard: elements around the lines, and the outer envelope."""

from base64 import b64encode, encodebytes
from dataclasses import dataclass

from etl.sample.visit_parts import write_element

Line = dict[str, object]
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
SHAPES = {
    "XML1": ("TONG_HOP",),
    "XML2": ("CHITIEU_CHITIET_THUOC", "DSACH_CHI_TIET_THUOC", "CHI_TIET_THUOC"),
    "XML3": ("CHITIEU_CHITIET_DVKT_VTYT", "DSACH_CHI_TIET_DVKT", "CHI_TIET_DVKT"),
    "XML4": ("CHITIEU_CHITIET_DICHVUCANLAMSANG", "DSACH_CHI_TIET_CLS", "CHI_TIET_CLS"),
    "XML5": ("CHITIEU_CHITIET_DIENBIENLAMSANG", "DSACH_CHI_TIET_DIEN_BIEN_BENH", "CHI_TIET_DIEN_BIEN_BENH"),
    "XML6": (
        "CHI_TIEU_HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS",
        "DSACH_HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS",
        "HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS",
    ),
    "XML7": ("CHI_TIEU_DU_LIEU_GIAY_RA_VIEN",),
    "XML8": ("CHI_TIEU_DU_LIEU_TOM_TAT_HO_SO_BENH_AN",),
    "XML9": ("CHI_TIEU_DU_LIEU_GIAY_CHUNG_SINH", "DSACH_GIAYCHUNGSINH", "DU_LIEU_GIAY_CHUNG_SINH"),
    "XML10": ("CHI_TIEU_DU_LIEU_GIAY_NGHI_DUONG_THAI",),
    "XML11": ("CHI_TIEU_DU_LIEU_GIAY_CHUNG_NHAN_NGHI_VIEC_HUONG_BAO_HIEM_XA_HOI",),
    "XML12": ("CHI_TIEU_DU_LIEU_GIAM_DINH_Y_KHOA",),
    "XML13": ("CHI_TIEU_GIAYCHUYENTUYEN",),
    "XML14": ("CHI_TIEU_GIAYHEN_KHAMLAI",),
    "XML15": ("CHI_TIEU_DIEUTRI_BENHLAO", "DSACH_CHITIET_DIEUTRI_BENHLAO", "CHITIET_DIEUTRI_BENHLAO"),
}
"""Elements around each line, outermost first. That of XML12 could not be verified."""


@dataclass(frozen=True)
class Visit:
    """One HOSO: the lines of each of its parts, by kind."""

    parts: dict[str, tuple[Line, ...]]


def write_inner(kind: str, lines: tuple[Line, ...], *, is_old: bool = False) -> str:
    """An inner document without its declaration; QĐ 4210 lacks the outermost element around lists."""
    *around, line = SHAPES[kind]
    around = around[1:] if is_old else around
    opened = "".join(f"<{name}>" for name in around)
    closed = "".join(f"</{name}>" for name in reversed(around))
    return f"{opened}{''.join(f'<{line}>{write_element(tags)}</{line}>' for tags in lines)}{closed}"


def as_base64(inner: str) -> str:
    """What NOIDUNGFILE holds by the standard."""
    return b64encode((DECLARATION + inner).encode()).decode()


def as_base64_lines(inner: str) -> str:
    """Base64 broken into lines of 76 characters, of a document with a byte-order mark that is called UTF-16."""
    said = DECLARATION.replace("UTF-8", "utf-16")
    return encodebytes(b"\xef\xbb\xbf" + said.encode() + inner.encode()).decode()


def as_windows_1258(inner: str) -> str:
    """Base64 of a document in Windows-1258, whose tone marks stand apart from their letters."""
    tones = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
    from unicodedata import normalize

    apart = "".join(_part_tone(letter, tones, normalize) for letter in inner)
    return b64encode(DECLARATION.replace("UTF-8", "windows-1258").encode() + apart.encode("cp1258")).decode()


def _part_tone(letter: str, tones: set[str], normalize) -> str:  # type: ignore[no-untyped-def]
    whole = normalize("NFD", letter)
    mark = next((one for one in whole if one in tones), "")
    return normalize("NFC", whole.replace(mark, "")) + mark if mark else letter


def as_utf16(inner: str) -> str:
    """Base64 of a document in UTF-16."""
    return b64encode((DECLARATION.replace("UTF-8", "UTF-16") + inner).encode("utf-16")).decode()


def as_elements(inner: str) -> str:
    """The document itself."""
    return inner


def as_cdata(inner: str) -> str:
    """The document as a text."""
    return f"<![CDATA[{DECLARATION}{inner}]]>"
