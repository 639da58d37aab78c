"""The population register: a snapshot as of 2026-09-01 and the changes up to 2026-10-01."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from etl.sample.identifiers import digits
from etl.sample.people import DEAD, RESIDENT, SNAPSHOT_DAY, TODAY
from etl.sample.randomness import stream
from etl.sample.rows import split_days
from etl.sample.spoil_names import mistype

SNAPSHOT_FILE = "register/dan_cu_20260901.csv"
DELTA_FILE = "register/dan_cu_delta_20261001.csv"


def write_register(people: pa.Table, seed: int, out: Path) -> tuple[int, int]:
    """Write snapshot and delta; gives the rows of each. The snapshot holds the state of before each change."""
    rng = stream(seed, "register")
    known = people.filter(people["is_registered"]).sort_by("person_id")
    change = known["change"]
    before = known.filter(pc.invert(pc.is_in(change, pa.array(["SINH", "CHUYEN_DEN"]))))
    _write(_undo_changes(before, rng), out / SNAPSHOT_FILE, SNAPSHOT_DAY, {})
    is_reissued = pc.and_(pc.is_valid(known["previous_id"]), pc.equal(change, ""))
    kind = pc.if_else(is_reissued, "CAP_LAI", change)
    changed = known.set_column(known.schema.get_field_index("change"), "change", kind).filter(pc.not_equal(kind, ""))
    day = rng.integers(SNAPSHOT_DAY, TODAY, len(changed))
    for name, column in (("TU", "death_day"), ("SINH", "birth_day")):
        day = np.where(pc.equal(changed["change"], name).to_numpy(), changed[column].to_numpy(), day)
    is_new = pc.equal(changed["change"], "CAP_LAI")
    columns = {
        "LOAI_BIEN_DONG": changed["change"],
        "NGAY_BIEN_DONG": _print_days(day),
        "SO_DINH_DANH_CU": pc.if_else(is_new, changed["previous_id"], None),
    }
    _write(changed, out / DELTA_FILE, TODAY, columns)
    return len(before), len(changed)


def _undo_changes(table: pa.Table, rng: np.random.Generator) -> pa.Table:
    """The rows as they stood before: alive, still here, misspelt or with another day of birth, with the earlier ID."""
    change = table["change"].combine_chunks()
    status = pc.if_else(
        pc.is_in(change, pa.array(["TU", "CHUYEN_DI"])),
        pa.scalar(RESIDENT, pa.int8()),
        table["status"].combine_chunks(),
    )
    is_corrected = pc.equal(change, "DINH_CHINH").to_numpy(zero_copy_only=False)
    in_name = is_corrected & (rng.random(len(table)) < 0.6)
    wrong = pa.array([mistype(name) for name in table["full_name"].filter(pa.array(in_name)).to_pylist()], pa.string())
    names = pc.replace_with_mask(table["full_name"].combine_chunks(), pa.array(in_name), wrong)
    birth = table["birth_day"].to_numpy() - np.where(is_corrected & ~in_name, 1, 0)
    ids = pc.if_else(
        pc.and_(pc.is_valid(table["previous_id"]), pc.equal(change, "")), table["previous_id"], table["national_id"]
    )
    new = {"status": status, "full_name": names, "birth_day": pa.array(birth), "national_id": ids}
    for name, column in new.items():
        table = table.set_column(table.schema.get_field_index(name), name, column)
    return table


def _write(table: pa.Table, file: Path, as_of: int, more: dict[str, pa.Array]) -> None:
    """Write one file in the register's form."""
    day, month, year = split_days(table["birth_day"].to_numpy())
    unknown = table["is_year_only"].to_numpy()
    birth = year * 10_000 + np.where(unknown, 0, month * 100 + day)
    is_dead = pc.equal(table["status"], DEAD)
    columns = {
        "MA_NGUOI": table["person_id"],
        "SO_DINH_DANH": table["national_id"],
        "SO_CMND": table["old_id"],
        "HO_TEN": table["full_name"],
        "NGAY_SINH": pa.array(birth),
        "GIOI_TINH": table["sex"],
        "MA_DANTOC": table["ethnic_code"],
        "MAXA_CU_TRU": table["ward_code"],
        "DIA_CHI": table["address"],
        "MA_HO": table["household_id"],
        "MA_THE_BHYT": table["insurance_no"],
        "DIEN_THOAI": table["phone"],
        "TINH_TRANG": table["status"],
        "NGAY_MAT": pc.if_else(is_dead, _print_days(table["death_day"].to_numpy()), None),
        "NGAY_CHOT": pa.repeat(str(np.datetime64(int(as_of), "D")).replace("-", ""), len(table)),
        **more,
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as sink:
        sink.write((",".join(columns) + "\n").encode())
        csv.write_csv(pa.table(columns), sink, csv.WriteOptions(include_header=False, quoting_style="needed"))


def _print_days(days: np.ndarray) -> pa.Array:
    """yyyymmdd."""
    day, month, year = split_days(np.maximum(days, 0))
    return digits(year * 10_000 + month * 100 + day, 8)


COLUMNS = (
    "MA_NGUOI,SO_DINH_DANH,SO_CMND,HO_TEN,NGAY_SINH,GIOI_TINH,MA_DANTOC,MAXA_CU_TRU,DIA_CHI,MA_HO,"
    "MA_THE_BHYT,DIEN_THOAI,TINH_TRANG,NGAY_MAT,NGAY_CHOT"
)
CHANGE_COLUMNS = "LOAI_BIEN_DONG,NGAY_BIEN_DONG,SO_DINH_DANH_CU,MA_NGUOI_CU"
VILLAGE = {
    1: "001080000101,,Nguyễn Văn Mẫu,19800305,1,01,00004,Số 1 phố Huế,HN001,,0912000001",
    2: "001185000102,,Trần Thị Mẫu,19851117,2,01,00004,Số 1 phố Huế,HN001,,0912000002",
    3: "001190000103,,Lê Minh Thử,19900130,2,01,00004,Số 3 phố Huế,HN003,0123456703,",
    4: "001070000104,012345604,Phạm Tiến Thử,19700809,1,01,00008,Số 4 phố Liễu Giai,HN004,,",
    5: "001195000105,,Vũ Thu Thử,19950000,2,01,00008,Số 5 phố Liễu Giai,HN005,,",
    6: "001190000106,,Lê Minh Thử,19900130,2,01,00008,Số 6 phố Đội Cấn,HN006,,",
    7: ",,Hoàng Gia Mẫu,20260910,1,01,00004,Số 1 phố Huế,HN001,,",
    8: "001188000108,,Đỗ Thị Thử,19880606,2,01,00025,Số 8 phố Cửa Bắc,HN008,,",
}
"""Invented people by number, as before any change: what a row holds between MA_NGUOI and TINH_TRANG."""
MOVED_TO = "Số 9 phố Đội Cấn"


def write_register_forms(out: Path) -> list[Path]:
    """Write a snapshot, a delta with every kind of change, an older delta and a newer snapshot of a small village."""
    kept = [_row(number, "1,,20260901") for number in range(1, 7)]
    changed = [
        _row(7, "1,,20260920,SINH,20260910,,"),
        _row(4, "3,20260905,20260920,TU,20260905,,"),
        _row(5, "2,,20260920,CHUYEN_DI,20260907,,"),
        _row(8, "1,,20260920,CHUYEN_DEN,20260908,,"),
        _row(1, "1,,20260920,DINH_CHINH,20260909,,", ("Văn Mẫu", "Văn Mậu")),
        _row(2, "1,,20260920,CAP_LAI,20260911,001185000102,", ("001185000102", "001185000777")),
        _row(3, "1,,20260920,HOP_NHAT,20260912,,6"),
    ]
    undone = [_row(6, "1,,20260925,TACH,20260924,,"), _row(8, "4,,20260925,HUY,20260923,,")]
    late = [_row(1, "1,,20260910,DINH_CHINH,20260903,,", ("Số 1 phố Huế", MOVED_TO))]
    newer = [_row(1, "1,,20260930", ("Văn Mẫu", "Văn Mậu"))] + [_row(number, "1,,20260930") for number in (3, 6, 7)]
    newer += [
        _row(2, "1,,20260930", ("001185000102", "001185000777")),
        _row(4, "3,20260905,20260930"),
        _row(5, "2,,20260930"),
        _row(8, "4,,20260930"),
    ]
    forms = {
        "1_toan_bo_20260901.csv": (COLUMNS, kept),
        "2_bien_dong_20260920.csv": (f"{COLUMNS},{CHANGE_COLUMNS}", changed),
        "3_bien_dong_den_muon_20260910.csv": (f"{COLUMNS},{CHANGE_COLUMNS}", late),
        "4_bien_dong_20260925.csv": (f"{COLUMNS},{CHANGE_COLUMNS}", undone),
        "5_toan_bo_20260930.csv": (COLUMNS, newer),
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, (header, rows) in forms.items():
        (out / name).write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return [out / name for name in forms]


def _row(number: int, rest: str, change: tuple[str, str] = ("", "")) -> str:
    return f"{number},{VILLAGE[number].replace(*change)},{rest}"


__all__ = ["DELTA_FILE", "SNAPSHOT_FILE", "write_register", "write_register_forms"]
