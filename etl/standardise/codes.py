"""Codes and numbers: sex, ethnic group, nationality, occupation, blood group, status, ICD-10, amounts; and HIV data."""

from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from etl.standardise.column import (
    Column,
    Standardised,
    all_of,
    any_of,
    blank_to_null,
    except_where,
    first_note,
    is_true,
    matches,
    standardise_distinct,
)
from etl.standardise.icd10 import is_in_icd10
from etl.standardise.notes import Note
from etl.standardise.text import clean_text, toneless

SEXES: dict[str, tuple[str, ...]] = {
    "male": (
        "nam",
        "1",
        "male",
        "m",
        "trai",
        "con trai",
        "be trai",
        "nam gioi",
        "dan ong",
        "ong",
        "boy",
        "man",
        "01",
        "b trai",
    ),
    "female": (
        "nu",
        "2",
        "female",
        "f",
        "gai",
        "con gai",
        "be gai",
        "nu gioi",
        "phu nu",
        "dan ba",
        "ba",
        "girl",
        "woman",
        "02",
    ),
    "undetermined": (
        "3",
        "chua xac dinh",
        "khong xac dinh",
        "khac",
        "undetermined",
        "0",
        "03",
        "khong ro",
        "chua ro",
        "unknown",
        "other",
    ),
}
STATUSES: dict[str, tuple[str, ...]] = {
    "resident": ("1", "resident", "thuong tru", "dang cu tru"),
    "moved_away": ("2", "moved away", "chuyen di"),
    "deceased": ("3", "deceased", "da mat", "tu vong"),
    "cancelled": ("4", "cancelled", "huy"),
}
ETHNIC_GROUPS = (
    "Kinh,Việt",
    "Tày,Thổ (Tày),Ngạn,Phén,Thù Lao,Pa Dí",
    "Thái,Tày Khao,Tày Đăm,Thái trắng,Thái đen,Tày Mười,Tày Thanh,Hàng Tổng,Pu Thay",
    "Hoa,Hán,Tiều,Triều Châu,Phúc Kiến,Quảng Đông,Hải Nam,Hạ,Xạ Phang",
    "Khơ-me,Khmer,Khơ me,Khome,Cur,Cul,Cu,Việt gốc Miên,Krôm,Miên",
    "Mường,Mol,Mual,Mọi,Mọi Bi,Ao Tá",
    "Nùng,Xuồng,Giang,Nùng An,Phàn Sinh,Nùng Cháo,Nùng Lòi,Quý Rin,Khèn Lài",
    "Hmông,H'Mông,Mông,Mèo,Hơ mông,Mẹo,Miếu Ha,Mán Trắng,Mông Hoa,Mông Trắng,Mông Đen,Mông Đỏ",
    "Dao,Mán,Miên Dao,Kiềm Miền,Quần Trắng,Dao Đỏ,Quần Chẹt,Lô Gang,Dao Tiền,Thanh Y,Lan Tẻn,Đại Bản,Tiểu Bản,Cóc Ngáng,Cóc Mùn,Sơn Đầu",
    "Gia-rai,Jrai,Giơ-rai,Gia rai,Tơ-buăn,Chơ-rai,Hơ-bau,Hđrung,Chor",
    "Ngái,Xín,Lê,Đản,Khách Gia",
    "Ê-đê,Ê đê,Rađê,Rhade,Đê,Kpạ,A-đham,Krung,Ktul,Đliê,Ruê,Blô,Epan,Mđhur,Bih",
    "Ba-na,Bahnar,Bana,Gơ-lar,Tơ-lô,Giơ-lâng,Y-lăng,Rơ-ngao,Krem,Roh,ConKđe,A-la Công,Kpăng Công,Bơ-nâm",
    "Xơ-đăng,Xê Đăng,Xơ-teng,Hđang,Tơ-đra,Mơ-nâm,Ha-lăng,Ca-dong,Kmrâng,Con Lan,Bri-la,Tang",
    "Sán Chay,Cao Lan,Sán Chỉ,Sán Chí,Cao Lan-Sán Chỉ,Mán Cao Lan,Hờn Bạn",
    "Cơ-ho,K'ho,Cơ ho,Xrê,Nốp,Tu-lốp,Cơ-don,Chil,Lat,Lach,Trinh",
    "Chăm,Chàm,Chiêm Thành,Hroi,Chăm Hroi",
    "Sán Dìu,Sán Dẻo,Trại Đất,Mán quần cộc",
    "Hrê,H'rê,Chăm Rê,Chom,Krẹ Luỹ",
    "Mnông,M'nông,Pnông,Nông,Pré,Bu-đâng,ĐiPri,Biat,Gar,Rơ-lam,Chil Mnông",
    "Ra-glai,Raglay,Ra-clây,Rai,Noang,La-oang",
    "Xtiêng,Stiêng,S'tiêng,Xa-điêng",
    "Bru-Vân Kiều,Vân Kiều,Bru,Măng Coong,Tri Khùa",
    "Thổ,Kẹo,Mọn,Cuối,Họ,Đan Lai,Ly Hà,Tày Pọng,Con Kha,Xá Lá Vàng",
    "Giáy,Nhắng,Dẩng,Pầu Thìn,Pu Nà,Cùi Chu,Xa Giáy",
    "Cơ-tu,Ca-tu,Katu,Hạ Cơ-tu,Ca-tang",
    "Gié-Triêng,Giẻ Triêng,Đgiéh,Tareh,Giang Rẫy,Pin,Triêng,Treng,Ta-riêng,Ve,Veh,La-ve",
    "Mạ,Châu Mạ,Mạ Ngăn,Mạ Xóp,Mạ Tô,Mạ Krung",
    "Khơ-mú,Khơ mú,Xá Cẩu,Mứn Xen,Pu Thênh,Tềnh,Tày Hay",
    "Co,Cor,Cùa,Trầu",
    "Ta-ôi,Tà Ôi,Tôi-ôi,Pa-co,Pa Cô,Ba-hi",
    "Chơ-ro,Châu Ro,Dơ-ro",
    "Kháng,Xá Khao,Xá Súa,Xá Dón,Xá Dẩng,Xá Hốc,Xá Ái,Xá Bung,Quảng Lâm",
    "Xinh-mun,Xinh Mun,Puộc,Pụa",
    "Hà Nhì,U Ni,Xá U Ni",
    "Chu-ru,Chru,Chu",
    "Lào,Lào Bốc,Lào Nọi",
    "La Chí,Cù Tê,La Quả",
    "La Ha,Xá Khắc,Phlắc,Khlá",
    "Phù Lá,Bồ Khô Pạ,Mu Di Pạ,Xá Phó,Phổ,Va Xơ Lao,Pu Dang",
    "La Hủ,Khù Xung,Cò Xung,Khả Quy",
    "Lự,Lừ,Nhuồn Duôn,Mun Di",
    "Lô Lô,Mun Lô Lô",
    "Chứt,Sách,May,Rục,Mã Liềng,A-rem,Tu Vang,Pa Leng,Xơ Lang,Tơ Hung,Chà Củi,Tắc Củi,U Mo,Xá Lá Vàng Chứt",
    "Mảng,Mảng Ư,Xá Lá Mảng",
    "Pà Thẻn,Pà Hưng,Tống",
    "Cơ Lao,Co Lao",
    "Cống,Xắm Khống,Mấng Nhé,Xá Xeng",
    "Bố Y,Chủng Chá,Trọng Gia,Tu Dí,Tu Dìn",
    "Si La,Cù Dề Xừ,Khá Pẻ",
    "Pu Péo,Ka Pèo,Pen Ti Lô Lô",
    "Brâu,Brao",
    "Ơ Đu,Tày Hạt",
    "Rơ-măm,Rơ măm",
    "Người nước ngoài,Nước ngoài,Ngoại quốc,Khác (nước ngoài)",
    "Không xác định,Không rõ,Chưa xác định,Khác",
)
"""The 54 ethnic groups, foreigners and unknown, codes 01 to 56 in this order, each with other spellings."""
UNKNOWN_ETHNIC = "56"
VIET_NAM = ("000", "viet nam", "vn", "vietnam", "vnm")
ICD_SIGNS = r"[,;]+\s*$|[\s†‡✝*+.:()\[\]'\"‘’`]"
"""Dagger, star and what stands around a code: the code is told without."""
CODE_BESIDE_TEXT = r"^\s*[\[(]?(?P<code>[A-Z]\d{2}(?:\.?\d{1,2})?)[*†+]?[\])]?\s*[-–:.,(/]?\s+[\pL(].*\pL{2}.*$|^.*\pL{2}[^;]*[\s(\[](?P<last>[A-Z]\d{2}(?:\.\d{1,2})?)[\])]?$"
"""A disease's name after its code, or before it."""
NO_OCCUPATION = "00000"
BLOOD = r"^(?:NHOM\s*)?(?P<abo>AB|A|B|O|0)\s*\(?(?:RH)?\s*(?:\(?(?P<rh>\+|-|DUONG|AM)\)?)?(?:TINH)?\)?$"
NONE_KNOWN = (
    r"^(khong|khong co|chua co|khong co gi|binh thuong|khong phat hien|khong ro tien su|chua phat hien|none|no|"
    r"0|k|ko|khong di ung|khong co di ung|khong hut|khong uong|khong hut thuoc|khong su dung)$"
)
"""Toneless statements that say the source asked and found nothing."""
HIV_CODES = r"^(B2[0-4]|Z21)"
HIV_DRUGS = (
    "tenofovir|lamivudin|efavirenz|dolutegravir|zidovudin|nevirapin|lopinavir|ritonavir|abacavir|emtricitabin|atazanavir|darunavir|"
    "raltegravir|stavudin|etravirin|rilpivirin|bictegravir|didanosin"
)
HIV_WORDS = rf"\b(hiv|aids|arv|cd4|khang retrovirus|{HIV_DRUGS})"
"""Toneless words that make a text HIV data, which the law restricts."""


def standardise_sex(column: Column) -> Standardised:
    """male, female or undetermined."""
    return standardise_distinct(column, lambda sent: _by_list(sent, _spellings("sex")))


def standardise_status(column: Column) -> Standardised:
    """resident, moved_away, deceased or cancelled."""
    return standardise_distinct(column, lambda sent: _by_list(sent, _spellings("status")))


def standardise_ethnic(column: Column) -> Standardised:
    """Two digits from a code or a name; 56 (unknown) is a default and becomes null."""

    def read(sent: pa.Array) -> Standardised:
        found = _by_list(sent, _ethnic_spellings())
        is_default = is_true(pc.equal(found.values, UNKNOWN_ETHNIC))
        return Standardised(
            except_where(is_default, found.values),
            pc.if_else(is_default, pa.scalar(Note.default_value.value), found.notes),
        )

    return standardise_distinct(column, read)


def standardise_nationality(column: Column) -> Standardised:
    """Three digits; 000 (Viet Nam) is what a form holds by default and becomes null."""

    def read(sent: pa.Array) -> Standardised:
        bare = toneless(sent)
        is_default = is_true(pc.is_in(bare, value_set=pa.array(VIET_NAM)))
        return _by_pattern(sent, r"^\d{3}$", is_default)

    return standardise_distinct(column, read)


def standardise_occupation(column: Column) -> Standardised:
    """Five digits; 00000 (not stated) becomes null."""
    return standardise_distinct(
        column, lambda sent: _by_pattern(sent, r"^\d{5}$", is_true(pc.equal(sent, NO_OCCUPATION)))
    )


def standardise_blood_group(column: Column) -> Standardised:
    """A, B, AB or O, with + or - where the Rh factor was given."""

    def read(sent: pa.Array) -> Standardised:
        parts = pc.extract_regex(pc.utf8_upper(_bare_sign(sent)), BLOOD)
        group = pc.if_else(pc.equal(pc.struct_field(parts, "abo"), "0"), "O", pc.struct_field(parts, "abo"))
        sign = pc.replace_substring_regex(
            pc.replace_substring_regex(pc.struct_field(parts, "rh"), "DUONG", "+"), "AM", "-"
        )
        return Standardised(pc.binary_join_element_wise(group, sign, ""), _unknown(sent, pc.is_valid(group)))

    return standardise_distinct(column, read)


def standardise_icd10(column: Column) -> Standardised:
    """ICD-10 codes in upper case with a point after three characters, kept even where the list lacks them."""

    def read(sent: pa.Array) -> Standardised:
        told = pc.utf8_upper(blank_to_null(sent))
        parts = pc.extract_regex(told, CODE_BESIDE_TEXT)
        beside = pc.binary_join_element_wise(pc.struct_field(parts, "code"), pc.struct_field(parts, "last"), "")
        bare = pc.replace_substring_regex(pc.coalesce(beside, told), ICD_SIGNS, "")
        dotted = pc.replace_substring_regex(bare, r"^([A-Z]\d\d)(\w+)$", r"\1.\2")
        kept = except_where(pc.equal(dotted, ""), dotted)
        is_known = is_in_icd10(kept)
        return Standardised(
            kept,
            first_note(
                len(sent),
                (all_of(pc.is_valid(kept), pc.invert(is_known)), Note.icd10_unknown),
                (pc.is_valid(beside), Note.text_beside_code),
            ),
        )

    return standardise_distinct(column, read)


def standardise_numbers(column: Column, type_: pa.DataType | None = None) -> Standardised:
    """Numbers with point or comma before the decimals; whole ones where an integer type is asked for."""
    target = type_ or pa.float64()

    def read(sent: pa.Array) -> Standardised:
        text = pc.replace_substring_regex(blank_to_null(sent), r"^([+-]?\d+),(\d+)$", r"\1.\2")
        pattern = (
            r"^[+-]?\d{1,9}(\.0*)?$" if pa.types.is_integer(target) else r"^[+-]?\d{1,15}(\.\d*)?([eE][+-]?\d{1,2})?$"
        )
        is_number = matches(text, pattern)
        numbers = pc.cast(pc.if_else(is_number, text, pa.scalar(None, pa.string())), pa.float64())
        return Standardised(
            pc.cast(numbers, target, safe=False),
            first_note(len(sent), (all_of(pc.is_valid(text), pc.invert(is_number)), Note.not_a_number)),
        )

    return standardise_distinct(column, read)


def standardise_flags(column: Column) -> Standardised:
    """True and false, as words or as 1 and 0."""

    def read(sent: pa.Array) -> Standardised:
        text = pc.utf8_lower(blank_to_null(sent))
        is_flag = pc.is_in(text, value_set=pa.array(("true", "1", "false", "0")))
        values = pc.is_in(text, value_set=pa.array(("true", "1")))
        return Standardised(except_where(pc.invert(is_flag), values), _unknown(sent, is_flag))

    return standardise_distinct(column, read)


def is_none_known(column: Column) -> pa.Array:
    """Where a statement says that there is nothing; null where nothing was stated."""
    return pc.match_substring_regex(toneless(clean_text(column).values), NONE_KNOWN)


def is_hiv_code(codes: Column) -> pa.Array:
    """Where an ICD-10 code is one of HIV: B20–B24, Z21; false for null."""
    return matches(codes, HIV_CODES)


def is_hiv_text(text: Column) -> pa.Array:
    """Where a text speaks of HIV or names an antiretroviral drug; false for null."""
    return matches(toneless(text), HIV_WORDS)


def _by_list(sent: pa.Array, spellings: dict[str, str]) -> Standardised:
    is_float = pc.ends_with(sent, ".0")
    whole = pc.replace_substring_regex(sent, r"\.0$", "") if pc.any(is_float).as_py() else sent
    place = pc.index_in(toneless(whole), value_set=pa.array(list(spellings)))
    values = pa.array(list(spellings.values())).take(place)
    return Standardised(values, _unknown(sent, pc.is_valid(values)))


def _by_pattern(sent: pa.Array, pattern: str, is_default: pa.Array) -> Standardised:
    is_code = all_of(matches(sent, pattern), pc.invert(is_default))
    notes = first_note(len(sent), (is_default, Note.default_value))
    return Standardised(
        except_where(pc.invert(is_code), sent), pc.coalesce(notes, _unknown(sent, any_of(is_code, is_default)))
    )


def _unknown(sent: pa.Array, is_known: pa.Array) -> pa.Array:
    was_sent = is_true(pc.not_equal(pc.utf8_trim_whitespace(sent), ""))
    return first_note(len(sent), (all_of(was_sent, pc.invert(is_known)), Note.code_unknown))


def _bare_sign(sent: pa.Array) -> pa.Array:
    """Blood group without marks; its sign stays."""
    return pc.replace_substring_regex(pc.utf8_normalize(pc.utf8_trim_whitespace(sent), "NFKD"), r"\p{Mn}|\s", "")


@lru_cache
def _spellings(name: str) -> dict[str, str]:
    lists = SEXES if name == "sex" else STATUSES
    return {spelling: code for code, spellings in lists.items() for spelling in spellings}


@lru_cache
def _ethnic_spellings() -> dict[str, str]:
    """Toneless name or code → code; one-digit codes stand for those that lost their zero."""
    found: dict[str, str] = {}
    for number, names in enumerate(ETHNIC_GROUPS, 1):
        code = f"{number:02d}"
        for spelling in (*toneless(pa.array(names.split(","))).to_pylist(), code, str(number)):
            found.setdefault(str(spelling), code)
    return found
