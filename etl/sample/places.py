"""Where people live: wards of today by plausible population, the old ward behind each, and addresses."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.contracts import reference
from etl.sample.randomness import stream

# fmt: off
STREETS = [
    "Hàng Bông", "Kim Mã", "Láng Hạ", "Giảng Võ", "Đội Cấn", "Thụy Khuê", "Nguyễn Trãi", "Tây Sơn", "Khâm Thiên",
    "Bạch Mai", "Minh Khai", "Trương Định", "Giải Phóng", "Lạc Trung", "Kim Ngưu", "Hoàng Hoa Thám", "Nghi Tàm",
    "Âu Cơ", "Xuân Thủy", "Cầu Giấy", "Trần Duy Hưng", "Nguyễn Khang", "Quan Hoa", "Trung Kính", "Hoàng Quốc Việt",
    "Phạm Văn Đồng", "Xuân Đỉnh", "Đông Ngạc", "Mễ Trì", "Lê Đức Thọ", "Hồ Tùng Mậu", "Quang Trung", "Tô Hiệu",
    "Trần Phú", "Văn Phú", "La Khê", "Ngọc Lâm", "Nguyễn Văn Cừ", "Bồ Đề", "Thạch Bàn", "Lĩnh Nam", "Tam Trinh",
    "Định Công", "Đại Từ", "Kim Giang", "Khương Đình", "Hạ Đình", "Vương Thừa Vũ", "Trường Chinh", "Chùa Bộc",
    "Thái Hà", "Tôn Đức Thắng", "Hào Nam", "Đê La Thành", "Ngọc Hà", "Vĩnh Phúc",
]
# fmt: on
# fmt: off
HAMLETS = [
    "Đông", "Đoài", "Thượng", "Hạ", "Trung", "Nội", "Ngoại", "Đình", "Chùa", "Mới", "Bến", "Cầu", "Đồng Quan",
    "Phú Mỹ", "Yên Bình", "Tân Lập", "Đại Đồng", "Hòa Bình", "Tiền Phong", "Quyết Tiến", "Thống Nhất", "Đoàn Kết",
    "Phú Thịnh", "An Khánh", "Vĩnh Lộc", "Phúc Lâm", "Đồng Tâm", "Cổ Đô", "Kim Lũ", "Xuân Dương", "Bãi Dài",
    "Gò Mận", "Đông Cao", "Văn Hội", "Nhân Hòa", "Yên Thái", "Lưu Xá", "Quảng Minh", "Đức Hậu", "Hương Đình",
]
# fmt: on


@dataclass(frozen=True)
class Places:
    """The wards of today and what is behind them; arrays by ward index."""

    ward_code: pa.Array
    ward_name: list[str]
    is_urban: np.ndarray
    steps: np.ndarray
    old_parts: list[tuple[list[str], list[str]]]
    """For each ward the old wards (of the first half of 2025) that lie in it, and their districts."""


def read_places() -> Places:
    """All wards. Weights are invented: urban wards hold about twice the people of communes, and vary."""
    wards = reference.wards().sort_by("ward_code")
    codes = wards["ward_code"].to_pylist()
    is_urban = pc.equal(wards["kind"], "Phường").to_numpy(zero_copy_only=False)
    weight = np.where(is_urban, 1.0, 0.55) * stream(0, "ward weights").uniform(0.5, 1.5, len(codes))
    parts = reference.old_ward_parts()
    parts = parts.filter(pc.and_(pc.equal(parts["valid_to"], reference.VALID_TO_2025), parts["is_default"]))
    anywhere = reference.old_ward_parts().filter(
        pc.equal(reference.old_ward_parts()["valid_to"], reference.VALID_TO_2025)
    )
    old: dict[str, tuple[list[str], list[str]]] = {code: ([], []) for code in codes}
    for table, is_last_resort in ((parts, False), (anywhere, True)):
        missing = {code for code, found in old.items() if not found[0]}
        columns = (table[name].to_pylist() for name in ("ward_code", "old_ward_code", "district_code"))
        for ward, old_ward, district in zip(*columns, strict=True):
            if not is_last_resort or ward in missing:
                old[ward][0].append(old_ward)
                old[ward][1].append(district)
    names = wards["name"].to_pylist()
    return Places(
        wards["ward_code"].combine_chunks(),
        names,
        is_urban,
        np.cumsum(weight) / weight.sum(),
        [old[code] for code in codes],
    )


def draw_wards(rng: np.random.Generator, places: Places, count: int) -> np.ndarray:
    """A ward index for each household; every ward gets one when there are enough."""
    ward_count = len(places.ward_name)
    wards = np.minimum(np.searchsorted(places.steps, rng.random(count), side="right"), ward_count - 1)
    if count >= ward_count:
        wards[:ward_count] = np.arange(ward_count)
    return wards.astype(np.int16)


def draw_old_wards(rng: np.random.Generator, places: Places, ward: np.ndarray) -> tuple[pa.Array, pa.Array]:
    """For each household an old ward that lies in its ward, and the old district."""
    start = np.cumsum([0, *(len(codes) for codes, _ in places.old_parts)])
    flat_codes = pa.array([code for codes, _ in places.old_parts for code in codes])
    flat_districts = pa.array([code for _, districts in places.old_parts for code in districts])
    place = start[ward] + (rng.random(len(ward)) * (start[ward + 1] - start[ward])).astype(np.int64)
    return flat_codes.take(pa.array(place)), flat_districts.take(pa.array(place))


def draw_addresses(rng: np.random.Generator, places: Places, ward: np.ndarray) -> pa.Array:
    """An address for each household: house, lane and street in a ward, hamlet in a commune."""
    count = len(ward)
    house, lane, group = (pc.cast(pa.array(rng.integers(1, top, count)), pa.string()) for top in (200, 400, 40))
    street = pa.array(STREETS).take(pa.array(rng.integers(0, len(STREETS), count)))
    hamlet = pa.array(HAMLETS).take(pa.array(rng.integers(0, len(HAMLETS), count)))
    form = rng.integers(0, 3, count)
    join = pc.binary_join_element_wise
    in_lane = join(join("Số ", house, ""), join("ngõ ", lane, ""), join("phố ", street, ""), " ")
    in_street = join(join("Số ", house, ""), join("phố ", street, ""), " ")
    in_group = join(join("Tổ ", group, ""), join("phố ", street, ""), ", ")
    urban = pc.if_else(pa.array(form == 0), in_lane, pc.if_else(pa.array(form == 1), in_street, in_group))
    rural = pc.if_else(
        pa.array(form == 0), join(join("Xóm ", group, ""), join("thôn ", hamlet, ""), ", "), join("Thôn ", hamlet, "")
    )
    return pc.if_else(pa.array(places.is_urban[ward]), urban, rural)
