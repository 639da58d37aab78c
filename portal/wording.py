"""Words of states, kinds and columns, in both languages; rules from the catalogue, columns from the contracts."""

from collections.abc import Iterable
from functools import cache

from etl import steps
from etl.contracts import TABLES
from etl.contracts.wording import RuleWording
from etl.reports.page import BATCH_STATES, KINDS, OWNERS, TASK_STATES

UPLOAD_STATES = {
    "receiving": ("Đang tải lên", "Uploading"),
    "waiting": ("Đang kiểm tra", "Being checked"),
    "checked": ("Đã kiểm tra, chưa gửi", "Checked, not sent"),
    "refused": ("Không đọc được tệp", "File cannot be read"),
    "failed": ("Lỗi hệ thống", "System fault"),
    "sent": ("Đã gửi", "Sent"),
    "discarded": ("Đã bỏ", "Given up"),
}
SEVERITIES = {
    "critical": ("Phải sửa", "Must be mended"),
    "warning": ("Nên sửa", "Should be mended"),
    "info": ("Lưu ý", "Note"),
}
CHANGES = {
    "new": ("Mới", "New"),
    "changed": ("Thay đổi", "Changed"),
    "same": ("Không đổi", "Same"),
    "duplicate": ("Trùng", "Duplicate"),
    "held": ("Phải sửa trước", "To be mended first"),
}
CHANGE_MEANINGS = {
    "new": ("người chưa có trong các tệp trước của đơn vị", "a person of whom your earlier files said nothing"),
    "changed": ("người đã có, thông tin khác với lần trước", "a person you sent before, with other values"),
    "same": ("người đã có, thông tin như lần trước", "a person you sent before, with the same values"),
    "duplicate": ("đúng dòng này đã được gửi, không nhận hai lần", "this very row came before, and is not taken twice"),
    "held": ("chờ sửa; các dòng khác vẫn được nhận", "waits to be mended; the other rows go in"),
}
OUTCOMES = {
    "accepted": ("Chấp nhận", "Accepted"),
    "quarantined": ("Chờ sửa", "To be mended"),
    "duplicate": ("Trùng", "Duplicate"),
    "withdrawn": ("Đã rút", "Withdrawn"),
}
WORDS = {
    "upload": UPLOAD_STATES, "severity": SEVERITIES, "change": CHANGES, "meaning": CHANGE_MEANINGS, "outcome": OUTCOMES,
    "batch": BATCH_STATES, "kind": KINDS, "task": TASK_STATES, "owner": OWNERS,
}  # fmt: skip
ROLES = {
    "officer": ("Cán bộ đầu mối", "Officer"),
    "steward": ("Người xem xét danh tính", "Steward"),
    "manager": ("Lãnh đạo", "Manager"),
    "reader": ("Người đọc sổ", "Reader of books"),
    "hiv": ("Dữ liệu HIV", "HIV data"),
    "engineer": ("Kỹ sư vận hành", "Engineer"),
    "auditor": ("Kiểm tra", "Auditor"),
    "exchange": ("Liên thông", "Exchange"),
}


COLUMN_PARTS = {
    "stt": ("Số thứ tự", "Row counter"),
    "family_name": ("Họ", "Family name"),
    "middle_name": ("Tên đệm", "Middle name"),
    "given_name": ("Tên", "Given name"),
    "birth_day": ("Ngày (sinh)", "Day of birth"),
    "birth_month": ("Tháng (sinh)", "Month of birth"),
    "birth_year": ("Năm sinh", "Year of birth"),
    "is_male": ("Cột đánh dấu Nam", "Mark for male"),
    "is_female": ("Cột đánh dấu Nữ", "Mark for female"),
    "history": ("Tiền sử bệnh", "Medical history"),
    "family_history": ("Tiền sử gia đình", "Family history"),
    "allergy": ("Dị ứng", "Allergy"),
    "smoking": ("Hút thuốc", "Smoking"),
    "alcohol": ("Rượu bia", "Alcohol"),
    "height": ("Chiều cao", "Height"),
    "weight": ("Cân nặng", "Weight"),
    "pulse": ("Mạch", "Pulse"),
    "temperature": ("Nhiệt độ", "Temperature"),
    "blood_pressure": ("Huyết áp", "Blood pressure"),
    "glucose": ("Đường huyết", "Glucose"),
    "health_class": ("Phân loại sức khỏe", "Health class"),
}
"""What a column of a sheet may mean beside a field of a table: a part of one, or a list of things."""


@cache
def rule_texts() -> dict[str, RuleWording]:
    """How each rule of the catalogue is told to people."""
    return steps.rule_wording()


@cache
def field_texts() -> dict[str, tuple[str, str]]:
    """What each field of a source's table is called: in Vietnamese by its contract, in English by its name."""
    named = {
        field.name: (field.vi, field.name.replace("_", " ").capitalize())
        for table in TABLES.values()
        for field in table
    }
    return named | COLUMN_PARTS


def ranges(numbers: Iterable[int], most: int = 0) -> tuple[str, int]:
    """Row numbers as people write them, 2, 5–9, 14; with `most`, of that many parts, and how many numbers are left out."""
    parts: list[list[int]] = []
    ordered = sorted(numbers)
    for number in ordered:
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    shown = parts[:most] if most else parts
    told = ", ".join(f"{first}" if first == last else f"{first}–{last}" for first, last in shown)
    return told, len(ordered) - sum(last - first + 1 for first, last in shown)
