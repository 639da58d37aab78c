"""What old districts exported: CSV or XLSX with old ward codes."""

import csv
import io
from pathlib import Path

import numpy as np
import pyarrow as pa

from etl.sample import lists
from etl.sample.planting import Planting
from etl.sample.rows import print_slashed, spoil_rows, take_rows
from etl.sample.truth import Truth, state_repeated
from etl.sample.ward_sheet import say_as_of
from etl.sample.workbook import write_workbook

COLUMNS = (
    "STT",
    "MA_XA",
    "HO_TEN",
    "NGAY_SINH",
    "GIOI_TINH",
    "SO_CCCD",
    "SO_CMND",
    "MA_THE_BHYT",
    "DIEN_THOAI",
    "DIA_CHI",
    "MA_DANTOC",
    "MA_BENH",
    "NGAY_CAP_NHAT",
)
LAST_DAY = np.datetime64("2026-09-20").astype(np.int64)
XLSX_ROWS = 50_000


def write_district_export(
    people: pa.Table, district_code: str, who: np.ndarray, rng: np.random.Generator, care: float, out: Path
) -> list[Truth]:
    """Write the district's file under `out`; gives its truth."""
    count = len(who)
    as_of = np.maximum(LAST_DAY - rng.integers(0, 90, count), people["birth_day"].take(pa.array(who)).to_numpy())
    rows = take_rows(people, who, as_of, Planting(rng, count, care))
    spoil_rows(rows, has_ward=False)
    text = rows.text
    disease = np.where(rows.age_days < 30 * 365, "", lists.draw(rng, lists.CHRONIC, count)).astype(object)
    rows.planting.change(
        disease,
        "icd10_code",
        "invalid_code",
        lambda _: lists.INVALID_CODES[rng.integers(len(lists.INVALID_CODES))],
        disease != "",
    )
    if rng.random() < 0.5:
        text["sex"] = np.array([{"Nam": "1", "Nữ": "2"}.get(value) for value in text["sex"]], dtype=object)
    columns: list[np.ndarray | list[str]] = [
        text["old_ward_code"],
        text["full_name"],
        print_slashed(rows.day, rows.month, rows.year),
        text["sex"],
        text["national_id"],
        text["old_id"],
        text["insurance_card"],
        text["phone"],
        text["address"],
        text["ethnic_code"],
        disease,
        say_as_of(rows),
    ]
    order = np.concatenate(
        [np.arange(count), rows.planting.choose("row", "exact_duplicate", np.ones(count, dtype=bool))]
    )
    body = [[place + 1, *(column[at] for column in columns)] for place, at in enumerate(order.tolist())]
    is_workbook = int(district_code) % 2 == 0 and len(body) <= XLSX_ROWS
    path = f"district_export/QH{district_code}/ket_xuat_2026Q3.{'xlsx' if is_workbook else 'csv'}"
    (out / path).parent.mkdir(parents=True, exist_ok=True)
    if is_workbook:
        write_workbook(out / path, [COLUMNS, *body], "DU_LIEU")
    else:
        lines = io.StringIO()
        csv.writer(lines, lineterminator="\n").writerows([COLUMNS, *body])
        (out / path).write_bytes(lines.getvalue().encode())
    return [state_repeated(path, rows.planting, np.arange(len(body)) + 2, who, order)]
