"""People: what the register says of each, and what a source row says of the person whom it names."""

import pyarrow as pa

from etl.contracts.fields import Field, Privacy, Rows, Table

IDENTIFYING, PERSONAL, HEALTH = Privacy.identifying, Privacy.personal, Privacy.health

BATCH_ID = Field("batch_id", pa.int64(), "Lô dữ liệu", "The batch that brought this row", references="batch.batch_id", is_required=True)
ROW_NO = Field("row_no", pa.int32(), "Số dòng trong tệp gốc", "The row number as the sender sees it in his own file", is_required=True)
RECORD_ID = Field("record_id", pa.int64(), "Mã bản ghi", "The source record, derived from sender and content: the same row has the same number wherever it stands", references="person_record.record_id", is_required=True)
PERSON_ID = Field("person_id", pa.int64(), "Mã người", "The person; negative for a provisional one, who is not in the register", references="person.person_id", is_required=True, is_built=True)

FULL_NAME = Field("full_name", pa.string(), "Họ và tên", "Full name, family name first", IDENTIFYING, ("HO_TEN", "Họ và tên", "Họ tên", "Họ tên người bệnh", "Họ và tên công dân", "Tên", "Họ tên trẻ", "Họ & tên", "Họ, tên", "Họ và tên người bệnh", "Họ và tên bệnh nhân", "Họ tên bệnh nhân", "Tên bệnh nhân", "Họ và tên người dân", "Họ và tên khai sinh", "Họ, chữ đệm và tên", "Họ và tên trẻ", "Họ và tên người được khám", "Full name"))
BIRTH_DATE = Field("birth_date", pa.date32(), "Ngày sinh", "Date of birth; 1 January or the 1st where only year or month is known (see birth_precision)", IDENTIFYING, ("NGAY_SINH", "Ngày sinh", "Ngày tháng năm sinh", "Năm sinh", "NS", "Ngày, tháng, năm sinh", "Ngày/tháng/năm sinh", "Sinh ngày", "Năm sinh (ngày sinh)", "Ntns", "Ngaysinh", "Date of birth"))
BIRTH_PRECISION = Field("birth_precision", pa.string(), "Độ chính xác của ngày sinh", "What of the birth date is known: day, month or year", PERSONAL)
SEX = Field("sex", pa.string(), "Giới tính", "male, female or undetermined", PERSONAL, ("GIOI_TINH", "Giới tính", "Giới", "Phái", "Nam/Nữ", "Gt", "Gioitinh", "Nam, nữ"))
NATIONAL_ID = Field("national_id", pa.string(), "Số định danh cá nhân (CCCD)", "Citizen ID, 12 digits", IDENTIFYING, ("SO_CCCD", "Số CCCD", "CCCD", "Số CCCD/ĐDCN", "Số định danh cá nhân", "Số ĐDCN", "Mã định danh", "SO_DINH_DANH", "CCCD/CMND", "Số CCCD/CMND", "CMND/CCCD", "Số CMND/CCCD", "Số CMND/Thẻ CCCD", "CCCD/CMND/Hộ chiếu", "Căn cước công dân", "Số căn cước công dân", "Số căn cước", "Căn cước", "Thẻ căn cước", "Số thẻ căn cước", "SoCCCD"))
OLD_ID = Field("old_id", pa.string(), "Số CMND cũ", "Old identity card number, 9 digits", IDENTIFYING, ("SO_CMND", "CMND", "Số CMND", "Số CMND cũ", "Chứng minh nhân dân", "Số chứng minh nhân dân", "Cmt", "Số CMT", "Cmtnd"))
INSURANCE_NO = Field("insurance_no", pa.string(), "Mã số bảo hiểm", "Social-insurance number, the last 10 digits of the card", IDENTIFYING, ("MA_THE_BHYT", "Mã thẻ BHYT", "Số thẻ BHYT", "Thẻ BHYT", "BHYT", "Mã BHYT", "Số BHYT", "Mã số BHXH", "Số BHXH", "Mã BHXH", "Thẻ bảo hiểm y tế", "Mã thẻ bảo hiểm y tế", "Số thẻ bảo hiểm y tế"))
PASSPORT_NO = Field("passport_no", pa.string(), "Số hộ chiếu", "Passport number of a foreigner", IDENTIFYING, ("SO_HO_CHIEU", "Số hộ chiếu", "Hộ chiếu", "Passport"))
PHONE = Field("phone", pa.string(), "Điện thoại", "Phone number, 10 digits", IDENTIFYING, ("DIEN_THOAI", "Điện thoại", "Số điện thoại", "SĐT", "ĐT", "Số ĐT", "Điện thoại liên hệ", "Điện thoại di động", "Di động", "Sđt", "Số điện thoại liên hệ", "Phone"))
ADDRESS = Field("address", pa.string(), "Địa chỉ", "Address as written: house number, lane, street or hamlet", IDENTIFYING, ("DIA_CHI", "Địa chỉ", "Địa chỉ cư trú", "Nơi ở hiện tại", "Thôn/Tổ", "Tổ dân phố", "Nơi cư trú", "Chỗ ở hiện nay", "Nơi ở", "Nơi ở hiện nay", "Chỗ ở hiện tại", "Địa chỉ hiện tại", "Địa chỉ thường trú", "Hộ khẩu thường trú", "Hktt", "Thường trú", "Thôn/Xóm", "Thôn", "Xóm", "Tổ", "Số nhà"))
WARD_CODE = Field("ward_code", pa.string(), "Mã phường/xã", "Ward of residence, by the 126 wards in force since 2025-07-01", PERSONAL, ("MAXA_CU_TRU", "Mã phường/xã", "Phường/Xã", "Mã xã", "Xã/Phường", "Tên phường/xã", "MA_XA"), references="ward.ward_code")
ETHNIC_CODE = Field("ethnic_code", pa.string(), "Dân tộc", "Ethnic group, two digits", PERSONAL, ("MA_DANTOC", "Dân tộc", "Mã dân tộc"))
NATIONALITY_CODE = Field("nationality_code", pa.string(), "Quốc tịch", "Nationality, three digits; 000 is Viet Nam", PERSONAL, ("MA_QUOCTICH", "Quốc tịch", "Mã quốc tịch"))
OCCUPATION_CODE = Field("occupation_code", pa.string(), "Nghề nghiệp", "Occupation, five digits; 00000 is not stated", PERSONAL, ("MA_NGHE_NGHIEP", "Nghề nghiệp", "Mã nghề nghiệp"))
BLOOD_GROUP = Field("blood_group", pa.string(), "Nhóm máu", "Blood group, ABO and Rh", HEALTH, ("NHOM_MAU", "Nhóm máu"))
GUARDIAN_NAME = Field("guardian_name", pa.string(), "Người giám hộ", "Name of a child's parent or guardian", IDENTIFYING, ("HO_TEN_CHA_ME", "Họ tên cha/mẹ", "Họ tên bố/mẹ", "Người giám hộ", "Họ tên người giám hộ", "Họ tên mẹ", "Họ và tên mẹ", "Họ và tên cha", "Họ và tên bố", "Họ và tên cha/mẹ", "Họ và tên bố/mẹ", "Họ và tên người giám hộ"))
HOUSEHOLD_ID = Field("household_id", pa.string(), "Mã hộ", "Household number", IDENTIFYING, ("MA_HO", "Mã hộ", "Số hộ", "Mã hộ gia đình"))

PERSON_RECORD = Table(
    "person_record", "intake",
    "Mỗi dòng là một người được nêu tên trong một dòng của tệp nguồn, đã chuẩn hóa",
    "One row for each person that an accepted source row names, standardised",
    (
        Field("record_id", pa.int64(), RECORD_ID.vi, RECORD_ID.en, is_required=True),
        BATCH_ID, ROW_NO,
        Field("row_digest", pa.string(), "Mã băm nội dung dòng", "32 hex digits over what the row holds as sent: the same row again is a duplicate", is_required=True),
        Field("sender_code", pa.string(), "Đơn vị gửi", "Who sent the row", references="sender.sender_code", is_required=True),
        Field("source_person_id", pa.string(), "Mã người bệnh tại đơn vị gửi", "The sender's own number for the person", IDENTIFYING, ("MA_BN", "Mã bệnh nhân", "Mã BN", "Mã người bệnh", "Mã hồ sơ")),
        FULL_NAME,
        Field("full_name_toneless", pa.string(), "Họ tên không dấu", "Full name, lower case without tone and vowel marks, one space between words", IDENTIFYING),
        BIRTH_DATE, BIRTH_PRECISION, SEX, NATIONAL_ID, OLD_ID, INSURANCE_NO,
        Field("insurance_card", pa.string(), "Mã thẻ BHYT đầy đủ", "Insurance card as printed, 15 characters", IDENTIFYING),
        PASSPORT_NO, PHONE, ADDRESS, WARD_CODE, ETHNIC_CODE, NATIONALITY_CODE, OCCUPATION_CODE, BLOOD_GROUP, GUARDIAN_NAME, HOUSEHOLD_ID,
        Field("is_newborn_name", pa.bool_(), "Tên tạm của trẻ sơ sinh", "The name is a parent's, or a placeholder for an unnamed newborn", PERSONAL),
        Field("as_of_date", pa.date32(), "Ngày của thông tin", "The day on which the source stated this: visit, examination or update", PERSONAL, ("Ngày cập nhật", "NGAY_CAP_NHAT", "Ngày lập", "Cập nhật ngày")),
    ),
    ("record_id",),
    rows=Rows.ward,
)

REGISTER_PERSON = Table(
    "register_person", "identity",
    "Cơ sở dữ liệu dân cư: mỗi dòng là một người, như phiên bản mới nhất",
    "The population register: one row for each person, as of its newest version",
    (
        Field("person_id", pa.int64(), "Mã người", "The register's own number for the person: positive, never re-used", references="person.person_id", terms=("MA_NGUOI", "person_id"), is_required=True),
        FULL_NAME,
        Field("full_name_toneless", pa.string(), "Họ tên không dấu", "Full name, lower case without marks", IDENTIFYING),
        BIRTH_DATE, BIRTH_PRECISION, SEX, NATIONAL_ID, OLD_ID, INSURANCE_NO, PHONE, ADDRESS, WARD_CODE, ETHNIC_CODE, HOUSEHOLD_ID,
        Field("status", pa.string(), "Tình trạng cư trú", "resident, moved_away, deceased or cancelled", PERSONAL, ("TINH_TRANG", "Tình trạng")),
        Field("death_date", pa.date32(), "Ngày mất", "Date of death", PERSONAL, ("NGAY_MAT", "Ngày mất")),
        Field("register_version", pa.int32(), "Phiên bản", "The register version that last changed this row", references="register_version.register_version", is_built=True),
    ),
    ("person_id",),
    rows=Rows.ward,
    looked_up=("national_id",),
)
