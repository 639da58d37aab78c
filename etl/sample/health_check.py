"""The ministry's health-check workbook: 103 columns, titles in rows 1 and 2, headings in row 3, data from row 4."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from etl.sample import lists
from etl.sample.deliveries import gather_months
from etl.sample.planting import Planting
from etl.sample.rows import Rows, print_slashed, split_days, spoil_rows, take_rows
from etl.sample.truth import Truth, state_truth
from etl.sample.workbook import Cell, write_workbook

HEADINGS = (
    "STT",
    "Họ và tên",
    "Ngày sinh",
    "Giới tính",
    "Số CCCD",
    "Mã thẻ BHYT",
    "Điện thoại",
    "Địa chỉ",
    "Mã xã",
    "Dân tộc",
    "Nghề nghiệp",
    "Ngày khám",
    "Chiều cao",
    "Cân nặng",
    "Huyết áp",
    "Mạch",
    "Nhiệt độ",
    "Đường huyết",
    "Nhóm máu",
    "Tiền sử bệnh",
    "Tiền sử gia đình",
    "Hút thuốc",
    "Rượu bia",
    "Dị ứng",
    "Mã bệnh",
    "Phân loại sức khỏe",
    "Kết luận",
)
COLUMN_COUNT = 103
OTHERS = tuple(
    f"{group} - mục {number}"
    for group, numbers in (
        ("Khám nội khoa", 16),
        ("Khám ngoại khoa", 10),
        ("Khám mắt", 10),
        ("Khám tai mũi họng", 10),
        ("Khám răng hàm mặt", 8),
        ("Khám da liễu", 5),
        ("Khám sản phụ khoa", 7),
        ("Xét nghiệm", 10),
    )
    for number in range(1, numbers + 1)
)
CLASSES = (("1", 20), ("2", 45), ("3", 25), ("4", 8), ("5", 2))
CONCLUSIONS = {
    "1": "Rất khỏe",
    "2": "Đủ sức khỏe",
    "3": "Sức khỏe trung bình, theo dõi định kỳ",
    "4": "Cần khám chuyên khoa",
    "5": "Cần điều trị",
}
ROWS_A_FILE = 5_000


def write_health_checks(
    people: pa.Table,
    facility_code: str,
    facility_name: str,
    who: np.ndarray,
    day: np.ndarray,
    rng: np.random.Generator,
    care: float,
    out: Path,
) -> list[Truth]:
    """Write the facility's workbooks, one for each delivery (or 5,000 rows), under `out`."""
    parts = []
    for month, places in gather_months(day):
        for number, start in enumerate(range(0, len(places), ROWS_A_FILE), 1):
            chosen = places[start : start + ROWS_A_FILE]
            path = f"health_check/CS{facility_code}/ksk_{month}_{number:02d}.xlsx"
            rows = take_rows(people, who[chosen], day[chosen], Planting(rng, len(chosen), care))
            parts.append(_write_file(rows, facility_name, path, out))
    return parts


def _write_file(rows: Rows, facility_name: str, path: str, out: Path) -> Truth:
    """One workbook."""
    spoil_rows(rows, has_ward=True)
    columns = say_values(rows)
    blank = [None] * (COLUMN_COUNT - len(HEADINGS))
    body: list[list[Cell]] = [[place + 1, *values, *blank] for place, values in enumerate(zip(*columns, strict=True))]
    titles: list[list[Cell]] = [["BIỂU MẪU NHẬP KẾT QUẢ KHÁM SỨC KHỎE"], [facility_name], [*HEADINGS, *OTHERS]]
    (out / path).parent.mkdir(parents=True, exist_ok=True)
    write_workbook(out / path, [*titles, *body], "KSK", ["A1:CY1", "A2:CY2"])
    row_no = np.arange(len(body)) + 4
    return state_truth(
        path, row_no, rows.who, [(row_no[places], column, error) for places, column, error in rows.planting.planted]
    )


def say_values(rows: Rows) -> list[np.ndarray | list[str]]:
    """All columns after STT."""
    rng, count, text = rows.planting.rng, len(rows.who), rows.text
    age = rows.age_days / 365.25
    height = np.clip(rng.normal(160, 7, count) - np.maximum(18 - age, 0) * 5.5, 48, 190).astype(int)
    weight = np.round(np.clip((height / 100) ** 2 * rng.normal(21.5, 2.6, count), 3, 120), 1)
    systolic = np.clip(rng.normal(112 + age * 0.35, 11, count), 80, 200).astype(int)
    diastolic = np.minimum(systolic - 22, (systolic * rng.uniform(0.58, 0.70, count)).astype(int))
    pressure = np.array(
        [f"{high}/{low}" for high, low in zip(systolic.tolist(), diastolic.tolist(), strict=True)], dtype=object
    )
    planting = rows.planting
    planting.change(
        pressure, "vital_sign", "systolic_below_diastolic", lambda value: "/".join(reversed(value.split("/")))
    )
    tall = np.array([str(value) for value in height.tolist()], dtype=object)
    planting.change(tall, "vital_sign", "height_in_metres", lambda value: f"{int(value) / 100:.2f}")
    code = lists.draw(rng, lists.CHECK_CODES, count)
    code = np.where(age < 30, "Z00.0", code).astype(object)
    planting.change(
        code, "icd10_code", "invalid_code", lambda _: lists.INVALID_CODES[rng.integers(len(lists.INVALID_CODES))]
    )
    level = lists.draw(rng, CLASSES, count)
    is_man = age >= 18
    exam = np.array(print_slashed(*split_days(rows.as_of)), dtype=object)
    planting.change(exam, "as_of_date", "future_date", lambda value: value[:6] + "2062")
    planting.change(exam, "as_of_date", "impossible_date", lambda value: "31/09" + value[5:])
    return [
        text["full_name"],
        print_slashed(rows.day, rows.month, rows.year),
        text["sex"],
        text["national_id"],
        text["insurance_card"],
        text["phone"],
        text["address"],
        text["ward_code"],
        text["ethnic_code"],
        text["occupation_code"],
        exam,
        tall,
        [f"{value:.1f}" for value in weight.tolist()],
        pressure,
        [str(value) for value in rng.integers(58, 96, count).tolist()],
        [f"{value:.1f}" for value in rng.normal(36.6, 0.2, count).tolist()],
        [f"{value:.1f}" for value in rng.uniform(4.1, 6.9, count).tolist()],
        text["blood_group"],
        np.where(age < 25, "Không", lists.draw(rng, lists.HISTORIES, count)),
        lists.draw(rng, lists.FAMILY_HISTORIES, count),
        np.where(is_man & (rng.random(count) < 0.2), "Có", "Không"),
        np.where(is_man & (rng.random(count) < 0.3), "Có", "Không"),
        lists.draw(rng, lists.ALLERGIES, count),
        code,
        level,
        [CONCLUSIONS[value] for value in level],
    ]
