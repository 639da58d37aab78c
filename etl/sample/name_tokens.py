"""Name tokens with weights, by sex and by era of birth; own compact tables after published name counts.

A table reads `Token weight`, comma-separated. Eras: born before 1970, 1970 to 1994, since 1995.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

ERA_STARTS = (1970, 1995)
"""First years of the second and third era."""


@dataclass(frozen=True)
class Tokens:
    """Tokens and their cumulative shares."""

    words: pa.StringArray
    steps: np.ndarray

    def draw(self, rng: np.random.Generator, count: int) -> pa.Array:
        """`count` tokens, each by its weight."""
        chosen = np.searchsorted(self.steps, rng.random(count), side="right")
        return self.words.take(pa.array(np.minimum(chosen, len(self.words) - 1)))


def read_tokens(text: str) -> Tokens:
    """A table from its text."""
    pairs = [entry.strip().rsplit(" ", 1) for entry in text.replace("\n", " ").split(",") if entry.strip()]
    weights = np.array([float(weight) for _, weight in pairs])
    return Tokens(pa.array([word for word, _ in pairs], pa.string()), np.cumsum(weights) / weights.sum())


FAMILY = read_tokens("""
Nguyễn 345, Trần 88, Lê 80, Phạm 65, Vũ 40, Hoàng 35, Bùi 30, Đỗ 30, Phan 20, Đặng 25, Ngô 21, Võ 5, Đinh 18,
Trương 13, Hồ 8, Huỳnh 2, Dương 16, Đoàn 14, Đào 15, Trịnh 14, Hà 11, Lương 11, Mai 10, Cao 10, Lưu 8, Tạ 7, Lý 5,
Phùng 8, Vương 6, Chu 7, Lâm 3, Triệu 3, Thái 2, Tô 5, Đàm 4, Lại 4, Tống 2, Văn 2, Kiều 4, Quách 2, Đồng 2, Hứa 1,
Đậu 1, Bế 1, Tăng 1, Mã 1, Từ 1, Nghiêm 3, Doãn 2, Bạch 2, Lã 2, Ninh 1, Phí 2, Thân 1, Mạc 1, Thạch 1, Cù 1,
Giang 1, Khổng 1, Diệp 1, Khuất 2, Kim 1, Nhữ 1, Khương 1, Viên 1, Cấn 2, Đường 1, Giáp 1, Tiêu 1, Thẩm 1, Khúc 1,
Quản 1, Luyện 1, Trình 1, Uông 1, Ngụy 1, Hán 1, Thiều 1, Âu 1, Tưởng 1, Ứng 1, Lều 1, Bồ 1, Hạ 1, Nhâm 1, Sái 1,
Cung 1, Vi 1, Lục 1, Phó 1, Đới 1, Ông 1, Mẫn 1, Nông 1, La 1, Ma 1, Trác 1, Ngọ 1, Đổng 1, Biện 1, Hàn 1, Lò 1
""")

MIDDLE = {
    (1, 0): "Văn 45, Đình 9, Xuân 8, Đức 6, Ngọc 5, Quang 5, Hữu 6, Công 3, Bá 3, Trọng 2, Huy 1, Thế 2, Viết 2, Duy 1",
    (1, 1): "Văn 28, Đức 7, Minh 5, Ngọc 6, Quang 6, Xuân 6, Đình 5, Anh 3, Mạnh 4, Tuấn 3, Hữu 4, Trọng 3, Tiến 3, "
    "Thanh 5, Quốc 4, Thế 3, Duy 3, Công 3, Hồng 2, Việt 2, Trung 2, Huy 2, Khắc 1, Bá 1, Đăng 1, Hoàng 2, Sỹ 1",
    (1, 2): "Văn 7, Minh 13, Đức 9, Gia 8, Quang 6, Tuấn 5, Hoàng 7, Bảo 6, Anh 5, Tiến 4, Việt 4, Duy 5, Nhật 4, "
    "Quốc 4, Thành 3, Hải 3, Đăng 4, Khánh 2, Thái 2, Trung 3, Thế 2, Xuân 2, Hữu 2, Phúc 2, Nguyên 2, Trường 2",
    (2, 0): "Thị 92, Kim 2, Thanh 1, Minh 1, Ngọc 1, Bích 1, Hồng 1",
    (2, 1): "Thị 68, Thu 6, Thanh 5, Minh 2, Ngọc 4, Hồng 4, Phương 3, Thúy 2, Kim 2, Bích 2, Mai 1, Hải 1, Lan 1, "
    "Tuyết 1, Thùy 2, Hương 1, Vân 1, Việt 1, Diệu 1",
    (2, 2): "Thị 22, Ngọc 10, Minh 8, Phương 8, Khánh 7, Thu 6, Bảo 6, Thùy 5, Hà 4, Thanh 5, Quỳnh 4, Mai 4, Hải 3, "
    "Diệu 3, Huyền 3, Linh 2, Gia 2, An 3, Tường 1, Thảo 3, Hoài 2, Yến 2, Trà 1, Tú 1, Tuệ 1, Kim 2, Hồng 3, Ánh 1",
}
"""Middle names by (sex, era)."""

SECOND_MIDDLE = {
    1: "Minh 8, Đức 6, Ngọc 5, Quang 5, Anh 5, Hoàng 5, Thanh 4, Quốc 4, Hải 3, Gia 3, Bảo 3, Nhật 3, Tuấn 3, Duy 3, "
    "Trung 2, Việt 2, Nguyễn 3, Trần 2, Lê 2, Vũ 1, Phạm 1, Hữu 1, Mạnh 2, Khánh 2, Thiên 1",
    2: "Thu 8, Thanh 7, Phương 6, Ngọc 6, Hồng 5, Thùy 5, Minh 4, Khánh 4, Bích 3, Kim 3, Mai 3, Hà 3, Quỳnh 3, Bảo 3, "
    "Thúy 3, Hải 2, Nguyễn 2, Trần 1, Lê 1, Hoài 2, Lan 2, Diệu 2, Thảo 2, Vân 1, Yến 1, Tuyết 1",
}
"""The third word of a name of four, by sex."""

GIVEN = {
    (1, 0): "Hùng 9, Dũng 7, Sơn 7, Minh 6, Bình 6, Hải 5, Thắng 5, Thành 5, Hòa 4, Tiến 4, Cường 4, Long 3, Quang 3, "
    "Chính 3, Hồng 2, Lâm 2, Tâm 2, Thanh 3, Vinh 2, Hợp 1, Khoa 1, Liêm 1, Lợi 2, Mão 1, Ngọ 1, Nhâm 1, Quý 2, Sáu 1, "
    "Tính 1, Thọ 1, Tỵ 1, Vượng 1, Xuyên 1, Ân 1, Bảy 1, Cẩn 1, Chiến 2, Đông 1, Hiền 1, Khải 1, Luận 1, Nghị 1, "
    "Phúc 2, Phương 2, Thuận 1, Thức 1, Toàn 2, Tường 1, Việt 2, Đức 2",
    (1, 1): "Tuấn 9, Hùng 6, Dũng 6, Cường 6, Sơn 6, Hải 6, Anh 5, Nam 5, Thắng 5, Hưng 4, Long 4, Thành 4, Trung 4, "
    "Tùng 4, Quang 3, Minh 3, Đức 4, Hoàng 3, Huy 3, Kiên 3, Mạnh 3, Hiếu 3, Duy 2, Tú 2, Tiến 3, Toàn 2, Phong 2, "
    "Việt 2, Vinh 1, Linh 1, Lâm 1, Chung 1, Giang 1, Hà 1, Hiệp 2, Hòa 2, Khánh 1, Phương 2, Quân 2, Quyết 1, Tân 1, "
    "Thái 1, Thủy 1, Trường 2, Vũ 2, Đạt 1, Chiến 1, Công 1, Hậu 1, Khoa 1, Luân 1, Ngọc 1, Oánh 1, Quyền 1, Thịnh 1",
    (1, 2): "Anh 7, Minh 8, Huy 6, Hoàng 5, Đức 5, Nam 5, Khánh 4, Bảo 4, Khang 4, Phúc 4, Đạt 4, Hiếu 4, Long 4, "
    "Dương 4, Quân 4, Duy 3, Nguyên 3, Kiên 3, Khôi 3, An 3, Hưng 3, Phong 3, Thành 2, Tùng 2, Việt 2, Sơn 2, Vũ 2, "
    "Trung 2, Đăng 2, Lâm 2, Bách 2, Nhân 1, Quang 2, Thịnh 2, Tuấn 2, Tú 1, Trí 1, Vinh 2, Khoa 2, Hải 2, Đông 1, "
    "Hòa 1, Thiện 1, Toàn 1, Kiệt 1, Tài 1, Nghĩa 1, Giang 1, Thủy 1",
    (2, 0): "Lan 7, Hoa 7, Hương 5, Thanh 4, Nga 5, Liên 5, Hồng 4, Bình 3, Hòa 4, Mai 4, Minh 3, Loan 3, Oanh 2, "
    "Phương 2, Tâm 2, Thơm 2, Thủy 3, Tuyết 2, Xuân 3, Yến 2, Bích 2, Cúc 3, Dung 3, Hạnh 3, Hiền 3, Huệ 2, Khánh 1, "
    "Lộc 1, Lý 2, Mùi 2, Nguyệt 2, Nhàn 2, Nụ 1, Phúc 1, Sửu 1, Tý 1, Tỵ 1, Thìn 1, Tính 1, Vân 2, Vượng 1, Thảo 1, "
    "Thoa 1, Thịnh 1, Bé 1, Gái 1, Thúy 2, Chín 1, Quý 1, Hà 2",
    (2, 1): "Hương 7, Hà 6, Hằng 6, Huyền 5, Trang 5, Thủy 5, Hạnh 4, Lan 4, Nga 4, Phương 5, Thảo 4, Hiền 4, Dung 4, "
    "Mai 3, Nhung 4, Vân 4, Yến 3, Anh 5, Linh 4, Ngọc 3, Hoa 4, Thu 3, Thúy 3, Hồng 3, Loan 2, Oanh 2, Quyên 1, Liên 2, "
    "Tâm 2, Tuyết 2, Giang 2, Hường 2, Huệ 2, Lý 1, Minh 1, Nguyệt 1, Phượng 2, Thắm 1, Thương 1, Trinh 1, Xuân 1, "
    "Bích 1, Chi 1, Duyên 2, Diệp 1, Hòa 2, Hoài 1, Khánh 1, Ngân 2, Quỳnh 2, Thoa 1, Thùy 2, Toàn 1, Tươi 1",
    (2, 2): "Anh 10, Linh 9, Chi 6, Trang 5, Ngọc 5, Nhi 5, Hà 4, Phương 5, Thảo 4, My 4, Vy 4, Ngân 4, An 4, Giang 3, "
    "Hân 3, Huyền 3, Mai 3, Minh 2, Quỳnh 3, Thư 4, Châu 3, Dương 3, Hương 2, Khánh 2, Lan 1, Nguyên 1, Nga 1, Nhung 2, "
    "Trâm 2, Tú 1, Vân 2, Yến 2, Uyên 2, Diệp 2, Hiền 1, Hằng 1, Ánh 1, Bích 1, Dung 1, Duyên 1, Như 2, Tiên 1, Trà 1, "
    "Thủy 1, Thúy 1, Trúc 1, Tuệ 1, Lam 1, Hoa 1, Hòa 1, Đan 1, Ly 1",
}
"""Given names by (sex, era)."""

FOUR_WORD_SHARE = (0.10, 0.24, 0.52)
"""Share of names of four words by era: about 31 % over all."""
TWO_WORD_SHARE = 0.01

HMONG = {
    1: (
        "Giàng A 5, Thào A 4, Sùng A 4, Vàng A 4, Lý A 2, Mùa A 2, Hạng A 2",
        "Páo 3, Chư 2, Dơ 2, Lềnh 2, Sình 2, Tủa 1, Vừ 1, Chống 1, H'Lử 1",
    ),
    2: (
        "Giàng Thị 5, Thào Thị 4, Sùng Thị 4, Vàng Thị 4, Mùa Thị 2",
        "Mỷ 3, Dở 2, Sua 2, Chia 2, Pàng 2, H'Mai 1, Say 1, Xa 1",
    ),
}
EDE = {
    1: ("Y 1", "Blim Niê 2, Thái Mlô 2, Bhăm Ayŭn 1, Nguôm Kbuôr 1, Khoa Niê Kdăm 1, Sơn Hđơk 1"),
    2: ("H'Hen 2, H'Lim 2, H'Nga 1, H'Bia 1, H'Duyên 1", "Niê 3, Mlô 2, Ayŭn 1, Kbuôr 1, Niê-Kdăm 1, Êban 1"),
}
FOREIGN = {
    1: (
        "Kim Min 2, Park Ji 2, Lee Sung 2, Tanaka 2, Sato 2, Wang 2, Li 2, John 2, David 2, Pierre 1",
        "Jun 2, Hoon 2, Hiroshi 2, Kenji 1, Wei 2, Smith 2, Miller 1, Dupont 1, O'Brien 1",
    ),
    2: (
        "Kim Soo 2, Park Mi 2, Lee Ha 2, Tanaka 2, Suzuki 2, Wang 2, Chen 2, Emma 2, Anna 2, Marie 1",
        "Jin 2, Young 2, Yuki 2, Akiko 1, Fang 2, Smith 2, Taylor 1, Martin 1, Jean-Louis 1",
    ),
}
"""Names of other peoples by sex: what stands first, and what stands last."""
