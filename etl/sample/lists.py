"""What wards, districts and health checks say of health: short lists with weights."""

import numpy as np

HISTORIES = (
    ("Không", 62),
    ("Tăng huyết áp", 12),
    ("Đái tháo đường type 2", 6),
    ("Hen phế quản", 3),
    ("Viêm dạ dày", 5),
    ("Rối loạn lipid máu", 4),
    ("Viêm gan B mạn", 2),
    ("Thoái hóa khớp", 3),
    ("Gút", 2),
    ("Mổ ruột thừa 2015", 1),
)
ALLERGIES = (
    ("Không", 88),
    ("Penicillin", 4),
    ("Hải sản", 3),
    ("Phấn hoa", 2),
    ("Aspirin", 1),
    ("Đậu phộng", 1),
    ("Thuốc cản quang", 1),
)
FAMILY_HISTORIES = (
    ("Không", 70),
    ("Bố tăng huyết áp", 10),
    ("Mẹ đái tháo đường", 9),
    ("Ông nội tai biến mạch máu não", 5),
    ("Chị ung thư vú", 2),
)
CHILD_VACCINES = (
    "BCG",
    "Viêm gan B",
    "DPT-VGB-Hib",
    "Bại liệt uống (OPV)",
    "Sởi",
    "Sởi - Rubella",
    "Viêm não Nhật Bản B",
)
ADULT_VACCINES = ("COVID-19", "Cúm mùa", "Uốn ván", "Viêm gan B")
CHRONIC = (("", 72), ("I10", 11), ("E11", 6), ("J45", 3), ("M17", 3), ("K29", 3), ("B18.1", 2))
CHECK_CODES = (("Z00.0", 70), ("I10", 12), ("E11", 6), ("E78", 7), ("K76.0", 5))
"""ICD-10 codes of health checks."""
INVALID_CODES = ("I1O", "99", "Z000.00", "ABC", "U99.9X", "?")
ETHNIC_NAMES = {
    "01": "Kinh",
    "02": "Tày",
    "03": "Thái",
    "04": "Hoa",
    "06": "Mường",
    "07": "Nùng",
    "08": "Hmông",
    "09": "Dao",
    "12": "Ê-đê",
    "55": "Người nước ngoài",
}


def draw(rng: np.random.Generator, table: tuple[tuple[str, int], ...], count: int) -> np.ndarray:
    """`count` words by weight, as objects."""
    weights = np.array([weight for _, weight in table], dtype=float)
    return np.array([word for word, _ in table], dtype=object)[rng.choice(len(table), count, p=weights / weights.sum())]
