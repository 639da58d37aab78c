"""How long a register takes to load: a first snapshot, the same one a month later, a day's delta, the delta again late.

    python -m tests.bench.register --people 1000000
Prints a line of JSON a file: seconds and processor seconds of reading and folding (ours; PostgreSQL's are its own), and
the most memory that this process held.
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from etl import steps
from etl.contracts import reference
from etl.settings import Settings

CHANGED_SHARE = 0.002


def people_table(count: int, day: str, seed: int) -> pa.Table:
    """Invented rows of a snapshot."""
    rng = np.random.default_rng(seed)
    ids = np.arange(1, count + 1)
    wards = reference.wards()["ward_code"].to_numpy(zero_copy_only=False)
    texts = pa.array(ids).cast(pa.string())
    return pa.table(
        {
            "MA_NGUOI": ids,
            "SO_DINH_DANH": pc.utf8_lpad(texts, 12, "0"),
            "HO_TEN": NAMES[rng.integers(0, len(NAMES), count)],
            "NGAY_SINH": (rng.integers(1930, 2026, count) * 10_000 + rng.integers(1, 13, count) * 100 + 11).astype(str),
            "GIOI_TINH": rng.integers(1, 3, count),
            "MA_DANTOC": np.full(count, "01"),
            "MAXA_CU_TRU": wards[rng.integers(0, len(wards), count)],
            "DIA_CHI": pc.binary_join_element_wise("Số ", texts, " phố Huế", ""),
            "MA_HO": pc.binary_join_element_wise("HN", pa.array(ids // 3).cast(pa.string()), ""),
            "TINH_TRANG": np.ones(count, np.int8),
            "NGAY_CHOT": np.full(count, day),
        }
    )


NAMES = np.array(["Nguyễn Văn An", "Trần Thị Bình", "Lê Minh Châu", "Phạm Tiến Dũng", "Vũ Thu Hà"])


def delta_table(people: pa.Table, day: str) -> pa.Table:
    """The same rows for a few, of another address."""
    some = people.slice(0, int(people.num_rows * CHANGED_SHARE))
    moved = some.set_column(7, "DIA_CHI", pc.binary_join_element_wise(some["DIA_CHI"], " cũ", ""))
    moved = moved.set_column(10, "NGAY_CHOT", pa.repeat(day, len(some)))
    return moved.append_column("LOAI_BIEN_DONG", pa.repeat("DINH_CHINH", len(some))).append_column(
        "NGAY_BIEN_DONG", pa.repeat(day, len(some))
    )


def main() -> None:
    """Load the four files into a warehouse of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    count = parser.parse_args().people
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(var_dir=Path(folder) / "var")
        Path(folder).chmod(0o711)
        steps.prepare(settings)
        first = people_table(count, "20260801", 1)
        newer = first.set_column(10, "NGAY_CHOT", pa.repeat("20260901", count))
        files = {"first snapshot": first, "same, a month later": newer}
        files |= {"delta": delta_table(first, "20260915"), "late delta": delta_table(first, "20260815")}
        for name, table in files.items():
            path = Path(folder) / "file.csv"
            csv.write_csv(table, path)
            started, used = time.perf_counter(), time.process_time()
            steps.load_register(settings, path)
            print(
                json.dumps(
                    {
                        "file": name,
                        "rows": table.num_rows,
                        "seconds": round(time.perf_counter() - started, 1),
                        "processor_seconds": round(time.process_time() - used, 1),
                        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                    }
                ),
                flush=True,
            )
        from etl.warehouse.embedded import stop

        stop(settings)


if __name__ == "__main__":
    main()
