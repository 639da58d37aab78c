"""What each ward sends: its own list, in its own way."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from etl.sample import lists, tcvn3
from etl.sample.people import NO_DAY
from etl.sample.planting import NOTHING, Planting
from etl.sample.rows import Rows, print_slashed, split_days, spoil_rows, take_rows
from etl.sample.truth import Truth, state_repeated
from etl.sample.workbook import write_workbook

LAST_DAY = np.datetime64("2026-09-25").astype(np.int64)
XLSX_ROWS = 20_000
"""A ward with more rows sends CSV."""
FORMATS = (
    ("utf8", 24),
    ("utf8_bom", 24),
    ("semicolon", 14),
    ("utf16", 12),
    ("tcvn3", 12),
    ("xlsx", 16),
    ("xlsx_title", 14),
    ("xlsx_two_lines", 10),
)
HEADINGS = {
    "number": ("STT", "TT"),
    "full_name": ("Họ và tên", "HỌ VÀ TÊN", "Họ tên", "Họ và tên công dân"),
    "birth_date": ("Ngày sinh", "Ngày tháng năm sinh", "NS", "Ngày, tháng, năm sinh"),
    "sex": ("Giới tính", "Giới", "Nam/Nữ", "GIỚI TÍNH"),
    "national_id": ("Số CCCD", "CCCD", "Số CCCD/ĐDCN", "Số định danh cá nhân"),
    "old_id": ("Số CMND", "CMND", "Số CMND cũ"),
    "card": ("Mã thẻ BHYT", "Số thẻ BHYT", "Thẻ BHYT", "BHYT"),
    "phone": ("Điện thoại", "Số điện thoại", "SĐT", "ĐT"),
    "address": ("Địa chỉ", "Thôn/Tổ", "Nơi ở hiện tại", "Địa chỉ cư trú"),
    "ethnic": ("Dân tộc",),
    "guardian_name": ("Họ tên cha/mẹ", "Họ tên bố/mẹ"),
    "history": ("Tiền sử bệnh", "Bệnh mãn tính", "Tiền sử bệnh tật"),
    "allergy": ("Dị ứng", "Tiền sử dị ứng"),
    "vaccine": ("Vắc xin", "Tên vắc xin"),
    "given_on": ("Ngày tiêm",),
    "as_of": ("Ngày cập nhật", "Cập nhật ngày"),
}
OPTIONAL = ("old_id", "ethnic", "guardian_name", "allergy", "vaccine", "given_on", "phone")
"""Columns that some wards leave out."""
PERSONAL = {"full_name", "birth_date", "sex", "national_id", "old_id", "card"}
"""Columns under the upper heading "Thông tin cá nhân" of a header of two lines."""


@dataclass(frozen=True)
class Manner:
    """How a ward writes its list."""

    form: str
    columns: tuple[str, ...]
    headings: tuple[str, ...]
    short_card: bool
    numeric_sex: bool


def write_ward_sheet(
    people: pa.Table, ward_code: str, ward_name: str, who: np.ndarray, rng: np.random.Generator, care: float, out: Path
) -> list[Truth]:
    """Write the ward's file under `out`; gives its truth."""
    manner = draw_manner(rng, len(who))
    as_of = LAST_DAY - (rng.random(len(who)) ** 2 * 110).astype(np.int64)
    as_of = np.maximum(as_of, people["birth_day"].take(pa.array(who)).to_numpy())
    rows = take_rows(people, who, as_of, Planting(rng, len(who), care))
    card = "insurance_no" if manner.short_card else "insurance_card"
    death = people["death_day"].take(pa.array(who)).to_numpy()
    rows.planting.record("row", "deceased_still_listed", np.flatnonzero((death != NO_DAY) & (death < as_of)))
    spoil_rows(rows, has_ward=False, is_tcvn3=manner.form == "tcvn3", card=card)
    values = say_values(rows, card, manner)
    order = np.concatenate(
        [np.arange(len(who)), rows.planting.choose("row", "exact_duplicate", np.ones(len(who), dtype=bool))]
    )
    table = [values[name] for name in manner.columns]
    body: list[Sequence[str | int | None]] = [
        [
            place + 1 if values_name == "number" else column[at]
            for values_name, column in zip(manner.columns, table, strict=True)
        ]
        for place, at in enumerate(order.tolist())
    ]
    suffix = "xlsx" if manner.form.startswith("xlsx") else "csv"
    path = f"ward_sheet/PX{ward_code}/danh_sach_202609.{suffix}"
    (out / path).parent.mkdir(parents=True, exist_ok=True)
    row_no = lay_out(out / path, manner, ward_name, body)
    left_out = frozenset({"old_id", "phone"} - set(manner.columns))
    return [state_repeated(path, rows.planting, row_no, who, order, left_out)]


def draw_manner(rng: np.random.Generator, count: int) -> Manner:
    """Format, columns, their order and headings of one ward."""
    form = str(lists.draw(rng, FORMATS, 1)[0])
    if form.startswith("xlsx") and count > XLSX_ROWS:
        form = "utf8_bom"
    left_out = {name for name in OPTIONAL if rng.random() < 0.25}
    if "vaccine" in left_out or "given_on" in left_out:
        left_out |= {"vaccine", "given_on"}
    columns = [name for name in HEADINGS if name not in left_out]
    if rng.random() < 0.4 and form != "xlsx_two_lines":
        rest = columns[2:]
        columns = [*columns[:2], *(rest[place] for place in rng.permutation(len(rest)))]
    headings = tuple(HEADINGS[name][rng.integers(len(HEADINGS[name]))] for name in columns)
    return Manner(form, tuple(columns), headings, bool(rng.random() < 0.4), bool(rng.random() < 0.2))


def say_values(rows: Rows, card: str, manner: Manner) -> dict[str, np.ndarray]:
    """All columns as text."""
    rng, count, text = rows.planting.rng, len(rows.who), rows.text
    is_child = rows.age_days < 10 * 365
    vaccine = np.where(
        is_child,
        np.array(lists.CHILD_VACCINES, dtype=object)[rng.integers(0, len(lists.CHILD_VACCINES), count)],
        np.array(lists.ADULT_VACCINES, dtype=object)[rng.integers(0, len(lists.ADULT_VACCINES), count)],
    )
    vaccine = np.where(rng.random(count) < np.where(is_child, 0.9, 0.35), vaccine, NOTHING)
    days = np.minimum(rows.age_days, np.where(is_child, 300, 900))
    given = rows.as_of - (rng.random(count) * days).astype(np.int64)
    given_on = np.where(np.equal(vaccine, NOTHING), NOTHING, np.array(print_slashed(*split_days(given)), dtype=object))
    sex = text["sex"]
    if manner.numeric_sex:
        sex = np.array([{"Nam": "1", "Nữ": "2"}.get(value) for value in sex], dtype=object)
    history = lists.draw(rng, lists.HISTORIES, count)
    history = np.where(rows.age_days < 25 * 365, "Không", history)
    return {
        **{name: text[name] for name in ("full_name", "national_id", "old_id", "phone", "address", "guardian_name")},
        "number": np.arange(count),
        "birth_date": np.array(print_slashed(rows.day, rows.month, rows.year), dtype=object),
        "sex": sex,
        "card": text[card],
        "ethnic": np.array([lists.ETHNIC_NAMES[code] for code in text["ethnic_code"]], dtype=object),
        "history": np.where(rng.random(count) < 0.15, NOTHING, history),
        "allergy": np.where(rng.random(count) < 0.4, NOTHING, lists.draw(rng, lists.ALLERGIES, count)),
        "vaccine": vaccine,
        "given_on": given_on,
        "as_of": say_as_of(rows),
    }


def say_as_of(rows: Rows) -> np.ndarray:
    """The day of the statement as dd/mm/yyyy, with its planted errors."""
    text = np.array(print_slashed(*split_days(rows.as_of)), dtype=object)
    rows.planting.change(text, "as_of_date", "future_date", lambda value: value[:6] + "2062")
    rows.planting.change(text, "as_of_date", "impossible_date", lambda value: "31/09" + value[5:])
    return text


def lay_out(path: Path, manner: Manner, ward_name: str, body: list[Sequence[str | int | None]]) -> np.ndarray:
    """Write the rows in the ward's manner; gives the row number of each."""
    width = len(manner.headings)
    count = len(body)
    if not manner.form.startswith("xlsx"):
        path.write_bytes(_encode(manner.form, [manner.headings, *body]))
        return np.arange(count) + 2
    if manner.form == "xlsx":
        write_workbook(path, [manner.headings, *body])
        return np.arange(count) + 2
    last = f"{_letter(width)}"
    total: Sequence[str | int | None] = [None, "Tổng cộng", None, count]
    title: list[Sequence[str | int | None]] = [
        ["TRẠM Y TẾ " + ward_name.upper()],
        ["DANH SÁCH QUẢN LÝ SỨC KHỎE NGƯỜI DÂN"],
    ]
    if manner.form == "xlsx_title":
        blank = 10 if count > 12 else count  # a blank row after the first ten, as wards leave between pages
        write_workbook(
            path,
            [*title, [], manner.headings, *body[:blank], [], *body[blank:], total],
            "Danh sách",
            [f"A1:{last}1", f"A2:{last}2"],
        )
        return np.arange(count) + 5 + (np.arange(count) >= blank)
    top, low, merged = _stack_headings(manner)
    write_workbook(path, [title[0], top, low, *body, total], "DS", [f"A1:{last}1", *merged])
    return np.arange(count) + 4


def _stack_headings(manner: Manner) -> tuple[list[str | None], list[str | None], list[str]]:
    """A header in rows 2 and 3, personal columns (they stand together) under one heading; and the merged ranges."""
    inside = [place for place, name in enumerate(manner.columns) if name in PERSONAL]
    top: list[str | None] = [None if place in inside else heading for place, heading in enumerate(manner.headings)]
    top[inside[0]] = "Thông tin cá nhân"
    low = [heading if place in inside else None for place, heading in enumerate(manner.headings)]
    merged = [f"{_letter(inside[0] + 1)}2:{_letter(inside[-1] + 1)}2"]
    merged += [
        f"{_letter(place + 1)}2:{_letter(place + 1)}3" for place in range(len(manner.headings)) if place not in inside
    ]
    return top, low, merged


def _letter(number: int) -> str:
    """1 → A."""
    return chr(64 + number)


def _encode(form: str, rows: list[Sequence[str | int | None]]) -> bytes:
    """CSV text in the ward's encoding."""
    text = io.StringIO()
    separator = {"semicolon": ";", "utf16": "\t"}.get(form, ",")
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(rows)
    value = text.getvalue()
    if form == "tcvn3":
        return tcvn3.encode(value)
    return value.encode({"utf8_bom": "utf-8-sig", "semicolon": "utf-8-sig", "utf16": "utf-16"}.get(form, "utf-8"))
