"""How a comparison is told to a reviewer: fields, levels, vetoes, rules, verdicts and reasons, Vietnamese and English."""

from etl.linkage.levels import LEVELS

Said = tuple[str, str]
"""Vietnamese, English."""

FIELD_COLUMNS = {"name": "full_name", "birth": "birth_date", "ward": "ward_code"}
"""The column of a compared field, where it has another name."""
FIELD_WORDS: dict[str, Said] = {
    "name": ("Họ và tên", "Name"),
    "birth": ("Ngày sinh", "Birth date"),
    "sex": ("Giới tính", "Sex"),
    "national_id": ("Số định danh cá nhân (CCCD)", "Citizen ID"),
    "old_id": ("Số CMND cũ", "Old ID"),
    "insurance_no": ("Mã số bảo hiểm", "Insurance number"),
    "phone": ("Điện thoại", "Phone"),
    "ward": ("Phường/xã", "Ward"),
    "address": ("Địa chỉ", "Address"),
}
MISSING = ("một bên không ghi", "missing on one side")
SAME, DIFFERENT = ("giống nhau", "the same"), ("khác nhau", "different")
TYPO = ("lệch một chữ số", "one digit off")
OF_ANOTHER = ("là số của người khác", "another person's number")
LEVEL_WORDS: dict[str, dict[str, Said]] = {
    "name": {
        "same": ("giống hệt", "the same"),
        "no_marks": ("giống, một bên mất dấu", "the same, marks lost on one side"),
        "marks_differ": ("khác dấu", "marks differ"),
        "reordered": ("đảo thứ tự", "words in another order"),
        "words_missing": ("thiếu tên đệm", "a middle word is left out"),
        "initials": ("viết tắt", "abbreviated"),
        "typo": ("lỗi gõ", "a typing error"),
        "middle_differs": ("khác tên đệm", "another middle name"),
        "given_same": ("chỉ giống tên", "only the given name agrees"),
        "near_given": ("tên gần giống", "another given name, nearly the same"),
        "family_same": ("chỉ giống họ", "only the family name agrees"),
        "different": ("khác hẳn", "different"),
    },
    "birth": {
        "same": ("giống hệt", "the same"),
        "weak_same": ("cùng năm, không rõ ngày", "the same year, day unknown"),
        "swapped": ("đảo ngày và tháng", "day and month exchanged"),
        "day_differs": ("khác ngày", "another day"),
        "month_differs": ("khác tháng", "another month"),
        "year_differs": ("khác năm", "another year"),
        "same_year": ("chỉ cùng năm", "only the year agrees"),
        "near_year": ("lệch một, hai năm", "a year or two off"),
        "different": ("khác hẳn", "different"),
        "generation": ("lệch một thế hệ", "a generation apart"),
    },
    "sex": {"same": SAME, "different": DIFFERENT},
    "national_id": {
        "same": SAME,
        "doubtful": ("giống, nhưng số trái với giới hoặc năm sinh", "the same, but at odds with sex or birth year"),
        "typo": TYPO,
        "of_another": OF_ANOTHER,
        "different": DIFFERENT,
    },
    "old_id": {"same": SAME, "typo": TYPO, "different": DIFFERENT},
    "insurance_no": {"same": SAME, "typo": TYPO, "of_another": OF_ANOTHER, "different": DIFFERENT},
    "phone": {"same": SAME, "different": DIFFERENT},
    "ward": {"same": SAME, "different": DIFFERENT},
    "address": {"same": SAME, "same_street": ("cùng phố", "the same street"), "different": DIFFERENT},
}
VETO_WORDS: dict[str, Said] = {
    "newborn_name": (
        "Tên tạm của trẻ sơ sinh: có thể là mẹ, con hoặc anh chị em",
        "A newborn's placeholder name: it may be mother, child or sibling",
    ),
    "after_death": ("Sự kiện sau ngày mất", "The event lies after the person's death"),
    "given_name_differs": (
        "Khác tên: có thể là anh chị em, sinh đôi, hoặc dùng số của người thân",
        "Another given name: it may be a sibling, a twin, or a relative's number",
    ),
    "birth_differs": (
        "Khác ngày sinh: có thể là bố mẹ hoặc con trùng tên",
        "Another birth date: it may be a parent or child of the same name",
    ),
    "sex_and_birth_differ": ("Khác cả giới tính và ngày sinh", "Both sex and birth date differ"),
    "two_ids": ("Hai số định danh khác nhau", "Two different citizen IDs"),
    "no_name": ("Không có họ tên, cũng không trùng số nào", "No name is stated, and no number agrees"),
}
RULE_WORDS: dict[str, Said] = {
    "national_id_name_birth": ("Trùng số định danh, họ tên, ngày sinh", "Citizen ID, name and birth date agree"),
    "old_id_name_birth": ("Trùng số CMND cũ, họ tên, ngày sinh", "Old ID, name and birth date agree"),
    "insurance_no_name_birth": ("Trùng số bảo hiểm, họ tên, ngày sinh", "Insurance number, name and birth date agree"),
    "weight": ("Theo trọng số", "By weight"),
    "no_candidate": ("Không có ứng viên", "No candidate"),
    "reviewer": ("Người xem xét quyết định", "A reviewer decided"),
    "joined": (
        "Theo bản ghi đã được xác nhận là của cùng một người",
        "With a record that a reviewer ruled to be of the same person",
    ),
    **VETO_WORDS,
}
VERDICTS: dict[str, Said] = {
    "same": ("Cùng một người", "The same person"),
    "different": ("Khác người", "Different people"),
    "cannot_tell": ("Chưa thể kết luận", "Cannot tell"),
    "split": ("Tách khỏi người này", "Split from this person"),
}
REASONS: dict[str, Said] = {
    "as_stated": ("Theo những gì hai bên đã ghi", "By what both sides state"),
    "documents": ("Đã xem giấy tờ", "Papers were seen"),
    "contacted": ("Đã hỏi người dân hoặc đơn vị gửi", "The person or the sender was asked"),
    "typing_error": ("Khác nhau do lỗi gõ", "The difference is a typing error"),
    "name_changed": ("Đã đổi tên", "The name was changed"),
    "moved": ("Đã chuyển chỗ ở hoặc đổi số điện thoại", "Moved home, or changed the phone number"),
    "family_number": ("Dùng số hoặc thẻ của người thân", "A relative's number or card was used"),
    "relative": ("Là người thân", "A relative"),
    "twin": ("Là anh chị em sinh đôi", "A twin"),
    "namesake": ("Trùng tên", "A namesake"),
    "newborn": ("Trẻ chưa có tên", "A newborn without a name"),
    "mixed_record": ("Bản ghi lẫn hai người", "The record mixes two people"),
    "too_little": ("Quá ít thông tin", "Too little is known"),
    "other": ("Lý do khác, xem ghi chú", "Another reason, see the note"),
}

USUAL_REASONS = {
    "same": "as_stated",
    "different": "as_stated",
    "cannot_tell": "too_little",
    "split": "mixed_record",
}
"""The reason of each verdict where a reviewer has no better one."""
UNDONE, UNDONE_WORDS = "undone", ("Rút lại ngay sau khi quyết định", "Taken back at once")
"""The reason of what takes a ruling back; nobody chooses it."""


def column_of(field: str) -> str:
    """The column of records and persons that a compared field stands for."""
    return FIELD_COLUMNS.get(field, field)


def level_words(field: str, level: str) -> Said:
    """What a level of a field is called."""
    return MISSING if level == LEVELS[field][0] else LEVEL_WORDS[field][level]
