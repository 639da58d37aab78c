"""Names of the other maker: flatter shares, more peoples, two to five words. Nothing here is the sample's."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# fmt: off
FAMILIES = (
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý",
    "Nông", "Lò", "Hà", "Quàng", "Cà", "Vi", "Lường", "Tòng", "Hoàng Văn", "Đinh", "Trương", "Đoàn", "Đào", "Trịnh",
    "Mai", "Lương", "Cao", "Tạ", "Phùng", "Chu", "Tô", "Đàm", "Triệu", "Bàn", "Đặng Thừa", "Phàn", "Tẩn", "Chảo",
    "Giàng", "Vàng", "Sùng", "Thào", "Mùa", "Hạng", "Má", "Cứ", "Lầu", "Ly", "Thạch", "Sơn", "Danh", "Kiên", "Châu",
    "Nguyễn Duy", "Trần Lê", "Tôn Thất", "Tôn Nữ", "Công Tằng", "Âu Dương", "Lục", "Bế", "Hứa", "Ma", "Mông", "Dương Thị",
    "Khúc", "Kiều", "Nghiêm", "Quách", "Thái", "Văn", "Từ", "Lại", "Ninh", "Phí", "Doãn", "Cù", "Giáp", "Đồng", "Mạc",
    "Viên", "La", "Lâm", "Huỳnh", "Đinh Công", "Bạch", "Cấn", "Khuất", "Vương", "Tống", "Đậu", "Uông", "Thân", "Lưu",
)
MIDDLES = {
    1: ("Văn", "Hữu", "Đức", "Công", "Quang", "Minh", "Đình", "Xuân", "Ngọc", "Thế", "Trọng", "Bá", "Như", "Khắc",
        "Gia", "Thanh", "Thiện", "Phúc", "Vĩnh", "Cảnh", "Nhật", "Chí", "Tấn", "Phước", "Nguyên", "Việt", "Đăng", "Hải",
        "Anh", "Mạnh", "Kim", "Sỹ", "Doãn", "Danh", "Huy", "Khánh", "Lương", "Thành", "Triều", "Hoàng", "Bảo", "Tuấn"),
    2: ("Thị", "Ngọc", "Thu", "Thanh", "Kim", "Mỹ", "Bích", "Hoàng", "Như", "Diễm", "Phương", "Hồng", "Xuân", "Ánh",
        "Cẩm", "Thúy", "Minh", "Khánh", "Bảo", "Hoài", "Tường", "Quỳnh", "Lan", "Tuyết", "Thảo", "Hà", "An", "Nhã",
        "Trúc", "Mai", "Yến", "Diệu", "Huyền", "Thiên", "Gia", "Song", "Ái", "Tú", "Vân", "Lệ", "Thục", "Uyên"),
}
GIVENS = {
    1: ("An", "Ân", "Bách", "Bảo", "Bắc", "Bình", "Cảnh", "Chiến", "Chính", "Chương", "Công", "Cường", "Danh", "Dũng",
        "Duy", "Dương", "Đại", "Đạt", "Điền", "Định", "Đoàn", "Đông", "Đức", "Giang", "Hà", "Hải", "Hân", "Hạnh", "Hào",
        "Hậu", "Hiền", "Hiển", "Hiếu", "Hiệp", "Hòa", "Hoài", "Hoàn", "Hoàng", "Hợp", "Huân", "Hùng", "Huy", "Huỳnh",
        "Hưng", "Hữu", "Kha", "Khải", "Khang", "Khánh", "Khiêm", "Khoa", "Khôi", "Kiên", "Kiệt", "Kỳ", "Lâm", "Lân",
        "Lập", "Lực", "Lộc", "Lợi", "Long", "Luân", "Lương", "Mạnh", "Minh", "Nam", "Nghĩa", "Nghị", "Nguyên", "Nhân",
        "Nhật", "Ninh", "Phát", "Phong", "Phú", "Phúc", "Phước", "Quân", "Quang", "Quốc", "Quý", "Quyền", "Quyết",
        "Sáng", "Sang", "Sinh", "Sơn", "Tài", "Tâm", "Tân", "Tấn", "Thái", "Thắng", "Thành", "Thao", "Thế", "Thiện",
        "Thịnh", "Thông", "Thuận", "Thức", "Tiến", "Tín", "Tình", "Toàn", "Toản", "Trí", "Triều", "Trình", "Trọng",
        "Trung", "Trực", "Trường", "Tú", "Tuấn", "Tùng", "Tường", "Vinh", "Vĩnh", "Vũ", "Vượng", "Việt", "Xuân", "Ý"),
    2: ("An", "Anh", "Ánh", "Bích", "Cẩm", "Chi", "Chinh", "Cúc", "Diễm", "Diệp", "Diệu", "Dung", "Duyên", "Đan",
        "Đào", "Giang", "Hà", "Hải", "Hằng", "Hạnh", "Hảo", "Hậu", "Hiền", "Hiếu", "Hoa", "Hòa", "Hoài", "Hoan",
        "Hồng", "Huê", "Huế", "Huệ", "Huyền", "Hương", "Hường", "Khanh", "Khánh", "Kiều", "Lam", "Lan", "Lành", "Lệ",
        "Liên", "Liễu", "Linh", "Loan", "Lụa", "Luyến", "Ly", "Lý", "Mai", "Mận", "Mây", "Mến", "Minh", "Mơ", "My",
        "Mỹ", "Na", "Nga", "Ngà", "Ngân", "Ngát", "Nghi", "Ngọc", "Nguyên", "Nguyệt", "Nhàn", "Nhi", "Nhiên", "Như",
        "Nhung", "Oanh", "Phúc", "Phương", "Phượng", "Quế", "Quyên", "Quỳnh", "Sen", "Sương", "Tâm", "Thắm", "Thanh",
        "Thảo", "Thêu", "Thi", "Thoa", "Thơ", "Thơm", "Thu", "Thư", "Thương", "Thúy", "Thùy", "Thủy", "Tiên", "Tình",
        "Trà", "Trang", "Trâm", "Trân", "Trinh", "Trúc", "Tú", "Tuyền", "Tuyết", "Tươi", "Uyên", "Vân", "Vi", "Vy",
        "Xoan", "Xuân", "Xuyến", "Yến", "Ý"),
}
EDE_FIRSTS = {1: ("Y Bhin", "Y Thuyên", "Y Krông", "Y Moan", "Y Săm"), 2: ("H'Linh", "H'Hen", "H'Bia", "H'Nga", "H'Mai")}
EDE_LASTS = ("Niê", "Ayŭn", "Byă", "Êban", "Kbuôr", "Mlô", "Niê Kdăm", "Buôn Yă")
# fmt: on
EDE_SHARE = 0.01
FAMILY_FALL, GIVEN_FALL, MIDDLE_FALL = 0.75, 0.25, 0.6
"""Shares fall with rank to this power: the smaller, the flatter."""
MIDDLE_COUNTS = (0.10, 0.55, 0.30, 0.05)
"""Shares of none to three middle words."""


def draw_ranked(rng: np.random.Generator, count: int, size: int, fall: float) -> np.ndarray:
    """Ranks from 0 of which the k-th has a share like 1 / (k + 1) ** fall."""
    steps = np.cumsum(1.0 / (np.arange(size) + 1) ** fall)
    return np.searchsorted(steps, rng.random(count) * steps[-1], side="right")


def draw_names(rng: np.random.Generator, family: np.ndarray, sex: np.ndarray, alike: np.ndarray) -> pa.Array:
    """A full name for each person; `family` are places in FAMILIES.

    Where `alike` is not negative, the person bears the middle words of that (earlier) person: twins and many siblings.
    """
    count = len(sex)
    families = pa.array(FAMILIES).take(pa.array(family))
    how_many = rng.choice(4, count, p=MIDDLE_COUNTS)
    how_many = np.where(alike >= 0, how_many[alike], how_many)
    words: list[pa.Array] = []
    for place in range(3):
        drawn = _by_sex(rng, MIDDLES, sex, MIDDLE_FALL)
        drawn = pc.if_else(pa.array(alike >= 0), drawn.take(pa.array(np.maximum(alike, 0))), drawn)
        words.append(pc.if_else(pa.array(how_many > place), drawn, None))
    given = _by_sex(rng, GIVENS, sex, GIVEN_FALL)
    names = pc.binary_join_element_wise(families, *words, given, " ", null_handling="skip")
    for one_sex, firsts in EDE_FIRSTS.items():
        mask = (sex == one_sex) & (rng.random(count) < EDE_SHARE)
        size = int(mask.sum())
        first = pa.array(firsts).take(pa.array(rng.integers(0, len(firsts), size)))
        last = pa.array(EDE_LASTS).take(pa.array(rng.integers(0, len(EDE_LASTS), size)))
        names = pc.replace_with_mask(names, pa.array(mask), pc.binary_join_element_wise(first, last, " "))
    return names


def _by_sex(rng: np.random.Generator, lists: Mapping[int, tuple[str, ...]], sex: np.ndarray, fall: float) -> pa.Array:
    """A word for each person from the list of the sex."""
    result = pa.nulls(len(sex), pa.string())
    for one_sex, words in lists.items():
        mask = sex == one_sex
        drawn = pa.array(words).take(pa.array(draw_ranked(rng, int(mask.sum()), len(words), fall)))
        result = pc.replace_with_mask(result, pa.array(mask), drawn)
    return result
