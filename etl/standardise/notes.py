"""What standardising says of a value that it changed, doubts or refused: one code a field and row.

A value that was refused is null in its field, and its text stays in `sent_<field>`. Where several notes fit, the
gravest is kept: a refusal before a doubt before a change.
"""

from enum import StrEnum


class Gravity(StrEnum):
    """What became of the value."""

    refused = "refused"
    """The field is null: nothing usable was sent."""
    doubted = "doubted"
    """The value is kept as it was understood, but something about it is wrong or unlikely."""
    changed = "changed"
    """The value was mended without loss."""


class Note(StrEnum):
    """A code of a `note_<field>` column; `vi` and `en` say it in a sentence, `gravity` what became of the value."""

    vi: str
    en: str
    gravity: Gravity

    def __new__(cls, code: str, gravity: Gravity, vi: str, en: str) -> "Note":
        """A string whose value is the code, with its sentences beside it."""
        note = str.__new__(cls, code)
        note._value_ = code
        note.gravity, note.vi, note.en = gravity, vi, en
        return note

    # Text
    legacy_font = (
        "legacy_font",
        Gravity.changed,
        "Viết bằng phông chữ cũ (TCVN3, VNI), đã đổi sang Unicode.",
        "Written in a legacy font (TCVN3, VNI); turned into Unicode.",
    )
    eth_for_d = (
        "eth_for_d",
        Gravity.changed,
        "Chữ Đ gõ bằng ký tự khác (Ð), đã sửa.",
        "The letter Đ was typed as another character (Ð); mended.",
    )
    not_nfc = (
        "not_nfc",
        Gravity.changed,
        "Dấu tách rời khỏi chữ (Unicode tổ hợp), đã ghép lại.",
        "Marks were apart from their letters (decomposed Unicode); composed.",
    )
    hidden_characters = (
        "hidden_characters",
        Gravity.changed,
        "Có ký tự ẩn, đã bỏ.",
        "It held hidden characters; removed.",
    )
    extra_spaces = "extra_spaces", Gravity.changed, "Thừa dấu cách, đã bỏ.", "It held extra spaces; removed."
    # Names
    not_a_name = "not_a_name", Gravity.refused, "Không phải tên người.", "It is not a person's name."
    test_name = "test_name", Gravity.refused, "Tên thử hoặc tên giữ chỗ.", "A test or placeholder name."
    digits_in_name = "digits_in_name", Gravity.doubted, "Tên có chữ số.", "The name holds digits."
    newborn_name = (
        "newborn_name",
        Gravity.doubted,
        "Tên tạm của trẻ sơ sinh, hoặc tên cha mẹ.",
        "A newborn's placeholder, or a parent's name.",
    )
    initials_in_name = "initials_in_name", Gravity.doubted, "Tên viết tắt.", "The name is abbreviated."
    title_removed = (
        "title_removed",
        Gravity.changed,
        "Có danh xưng trước tên (Ông, Bà, Cháu), đã bỏ.",
        "A form of address stood before the name; removed.",
    )
    sample_name = (
        "sample_name",
        Gravity.doubted,
        "Tên mẫu (như Nguyễn Văn A), có thể không phải tên thật.",
        "A sample name (like Nguyễn Văn A), perhaps nobody's own.",
    )
    given_name_first = (
        "given_name_first",
        Gravity.doubted,
        "Tên có vẻ viết trước họ.",
        "The given name seems to stand before the family name.",
    )
    remark_removed = (
        "remark_removed",
        Gravity.changed,
        "Có ghi chú trong ngoặc sau tên, đã bỏ.",
        "A remark in brackets stood after the name; removed.",
    )
    typing_repaired = (
        "typing_repaired",
        Gravity.changed,
        "Chữ gõ khi bộ gõ tắt (Telex, VNI), đã ghép dấu lại.",
        "Typed with the keyboard's Vietnamese switched off (Telex, VNI); marks put back.",
    )
    typing_residue = (
        "typing_residue",
        Gravity.doubted,
        "Có vẻ gõ khi bộ gõ tắt (Telex, VNI), chưa chắc nên giữ nguyên.",
        "Perhaps typed with the keyboard's Vietnamese switched off (Telex, VNI); not sure, so kept.",
    )
    foreign_name = (
        "foreign_name",
        Gravity.doubted,
        "Tên nước ngoài: không rõ đâu là họ.",
        "A foreign name: which word is the family name is not told.",
    )
    # Dates
    not_a_date = "not_a_date", Gravity.refused, "Không phải ngày tháng.", "It is not a date."
    impossible_date = "impossible_date", Gravity.refused, "Ngày không có trong lịch.", "The calendar has no such day."
    before_1900 = "before_1900", Gravity.refused, "Ngày trước năm 1900.", "The date lies before 1900."
    future_date = "future_date", Gravity.doubted, "Ngày ở tương lai.", "The date lies in the future."
    year_only = "year_only", Gravity.doubted, "Chỉ có năm.", "Only the year is known."
    month_only = "month_only", Gravity.doubted, "Chỉ có tháng và năm.", "Only the month and year are known."
    first_of_january = (
        "first_of_january",
        Gravity.doubted,
        "Ngày 01/01: thường là giá trị mặc định khi chỉ biết năm.",
        "1 January: often a default where only the year is known.",
    )
    month_first = "month_first", Gravity.doubted, "Tháng viết trước ngày.", "The month stands before the day."
    two_digit_year = "two_digit_year", Gravity.doubted, "Năm chỉ có hai chữ số.", "The year has two digits only."
    excel_serial = (
        "excel_serial",
        Gravity.changed,
        "Ngày ở dạng số thứ tự của Excel, đã đổi.",
        "The date was a serial number of Excel; turned into a date.",
    )
    day_or_month = (
        "day_or_month",
        Gravity.doubted,
        "Ngày và tháng có thể bị đảo: cùng cột có ngày viết kiểu tháng/ngày.",
        "Day and month may be swapped: the same column has dates with the month first.",
    )
    approximate_date = (
        "approximate_date",
        Gravity.doubted,
        "Ngày hoặc năm ước chừng.",
        "An approximate day or year.",
    )
    age_given = (
        "age_given",
        Gravity.doubted,
        "Ghi tuổi thay cho ngày sinh: năm sinh tính từ ngày ghi.",
        "An age instead of a date: the year of birth is reckoned from the day of the statement.",
    )
    lunar_date = (
        "lunar_date",
        Gravity.doubted,
        "Ngày âm lịch: chỉ dùng năm.",
        "A day of the lunar calendar: only its year is used.",
    )
    # Identifiers
    placeholder = "placeholder", Gravity.refused, "Số giữ chỗ, không phải số thật.", "A placeholder, not a real number."
    digits_lost = (
        "digits_lost",
        Gravity.doubted,
        "Mất chữ số (Excel cắt số 0 đầu hoặc đổi sang dạng 1,2E+11); chỉ khôi phục khi chắc chắn.",
        "Digits were lost (Excel cut leading zeros, or wrote 1.2E+11); restored only where the rest "
        "agrees, else empty.",
    )
    nine_digits = (
        "nine_digits",
        Gravity.refused,
        "Số CMND 9 số ghi ở cột CCCD, đã chuyển sang cột CMND.",
        "A nine-digit old ID in the new ID's column; moved to the old ID.",
    )
    passport_number = (
        "passport_number",
        Gravity.refused,
        "Số hộ chiếu ghi ở cột CCCD, đã chuyển sang cột hộ chiếu.",
        "A passport number in the citizen ID's column; moved to the passport.",
    )
    bad_length = "bad_length", Gravity.refused, "Sai số chữ số.", "It has a wrong number of digits."
    bad_characters = (
        "bad_characters",
        Gravity.refused,
        "Có ký tự không hợp lệ.",
        "It holds characters that do not belong there.",
    )
    sex_disagrees = (
        "sex_disagrees",
        Gravity.doubted,
        "Số CCCD không khớp giới tính.",
        "The citizen ID does not agree with the sex.",
    )
    year_disagrees = (
        "year_disagrees",
        Gravity.doubted,
        "Số CCCD không khớp năm sinh.",
        "The citizen ID does not agree with the year of birth.",
    )
    prefix_unknown = (
        "prefix_unknown",
        Gravity.doubted,
        "Ba số đầu CCCD không phải mã tỉnh đã biết.",
        "The citizen ID begins with no known province code.",
    )
    card_malformed = (
        "card_malformed",
        Gravity.doubted,
        "Thẻ BHYT không đúng mẫu 15 ký tự.",
        "The insurance card does not have the form of 15 characters.",
    )
    several_values = (
        "several_values",
        Gravity.changed,
        "Có nhiều giá trị, lấy giá trị đầu.",
        "Several values were sent; the first is taken.",
    )
    prefix_2018 = (
        "prefix_2018",
        Gravity.changed,
        "Đầu số 11 chữ số cũ, đã đổi theo đầu số năm 2018.",
        "An eleven-digit number of before 2018; turned into today's.",
    )
    letter_for_digit = (
        "letter_for_digit",
        Gravity.doubted,
        "Có chữ cái gõ thay chữ số (O cho 0, I cho 1), đã đổi.",
        "Letters stood for digits (O for 0, I for 1); turned into digits.",
    )
    label_removed = (
        "label_removed",
        Gravity.changed,
        "Có chữ trước hoặc sau số (CCCD:, ĐT:), đã bỏ.",
        "Words stood beside the number (CCCD:, ĐT:); removed.",
    )
    card_qr = (
        "card_qr",
        Gravity.changed,
        "Cả nội dung mã QR của thẻ CCCD: đã lấy số.",
        "The whole QR code of a citizen's card; its numbers were taken.",
    )
    others_number = (
        "others_number",
        Gravity.doubted,
        "Số ghi là của người khác (mẹ, bố, vợ, chồng).",
        "The number is said to be somebody else's (a parent's, a spouse's).",
    )
    area_code_2017 = (
        "area_code_2017",
        Gravity.changed,
        "Số cố định Hà Nội mã vùng cũ 04, đã đổi thành 024 (năm 2017).",
        "A fixed line with Hanoi's area code of before 2017 (04); turned into 024.",
    )
    # Places and codes
    ward_unknown = "ward_unknown", Gravity.refused, "Không nhận ra phường, xã.", "The ward is unknown."
    ward_split = (
        "ward_split",
        Gravity.doubted,
        "Phường, xã cũ đã bị chia: phường, xã mới là phỏng đoán.",
        "The old ward was split: the ward of today is a guess.",
    )
    ward_old = (
        "ward_old",
        Gravity.changed,
        "Mã hoặc tên phường, xã cũ, đã đổi sang hiện nay.",
        "An old ward's code or name; turned into today's.",
    )
    ward_of_sender = (
        "ward_of_sender",
        Gravity.changed,
        "Không ghi phường, xã: lấy của đơn vị gửi.",
        "No ward was sent: the sender's own is taken.",
    )
    ward_of_address = (
        "ward_of_address",
        Gravity.changed,
        "Không ghi phường, xã: lấy theo địa chỉ.",
        "No ward was sent: the one that the address names is taken.",
    )
    ward_of_neighbours = (
        "ward_of_neighbours",
        Gravity.changed,
        "Phường, xã cũ đã bị chia: lấy theo những người cùng đường hoặc thôn.",
        "The old ward was split: the part where all others of the same street or hamlet live is taken.",
    )
    ward_contradicts = (
        "ward_contradicts",
        Gravity.doubted,
        "Phường, xã không khớp với địa chỉ.",
        "The ward is not the one that the address names.",
    )
    ward_or_district = (
        "ward_or_district",
        Gravity.doubted,
        "Tên vừa là phường, vừa là quận cũ: hiểu là quận.",
        "The name is both a ward's and an old district's: read as the district.",
    )
    address_unread = (
        "address_unread",
        Gravity.doubted,
        "Một phần địa chỉ không nhận ra.",
        "A part of the address was not understood.",
    )
    not_an_address = (
        "not_an_address",
        Gravity.refused,
        "Không phải địa chỉ.",
        "It is not an address.",
    )
    default_value = (
        "default_value",
        Gravity.refused,
        "Giá trị mặc định, nghĩa là không biết.",
        "A default that means not known.",
    )
    code_unknown = "code_unknown", Gravity.refused, "Mã không có trong danh mục.", "The code list has no such value."
    icd10_unknown = "icd10_unknown", Gravity.doubted, "Mã bệnh không có trong ICD-10.", "ICD-10 has no such code."
    icd10_not_in_force = (
        "icd10_not_in_force",
        Gravity.doubted,
        "Mã bệnh không còn hoặc chưa có hiệu lực vào ngày ra viện.",
        "The code was not in force on the day on which the encounter ended.",
    )
    text_beside_code = (
        "text_beside_code",
        Gravity.changed,
        "Có tên bệnh bên cạnh mã, đã tách mã.",
        "A disease's name stood beside the code; the code was taken.",
    )
    not_a_number = "not_a_number", Gravity.refused, "Không phải số.", "It is not a number."


REFUSED = tuple(note.value for note in Note if note.gravity is Gravity.refused)
"""Codes of values that are null in their field."""
