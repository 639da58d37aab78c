"""How fast files are read, standardised and checked, beside what was asked; XML beside a bare parse of the same documents.

    python -m tests.bench.reading [--people 300000] [--gigabytes 2]

The rows are those of an invented register, written as a district's export: no two alike, few of them wrong.
"""

import argparse
import base64
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import xlsxwriter
from lxml import etree
from rich.console import Console
from rich.table import Table

from etl import sources
from etl.contracts import TABLES
from etl.contracts.reading import Sender
from etl.quality.gate import Gate
from etl.sample.city import write_city
from etl.settings import PROJECT_DIR
from etl.sources.rows import SeenRecords, number_rows
from etl.standardise.records import standardise_table
from etl.steps.staging import Source, stage

Result = TypeVar("Result")
TODAY = date(2026, 10, 1)
DISTRICT = Sender("QH001", "district", "")
COLUMNS = {
    "MAXA_CU_TRU": "MA_XA",
    "HO_TEN": "HO_TEN",
    "NGAY_SINH": "NGAY_SINH",
    "GIOI_TINH": "GIOI_TINH",
    "SO_DINH_DANH": "SO_CCCD",
    "SO_CMND": "SO_CMND",
    "MA_THE_BHYT": "MA_THE_BHYT",
    "DIEN_THOAI": "DIEN_THOAI",
    "DIA_CHI": "DIA_CHI",
    "MA_DANTOC": "MA_DANTOC",
    "NGAY_CHOT": "NGAY_CAP_NHAT",
}
"""Of the register's columns, what a district calls them."""
XLSX_ROWS, XML_FILES, CITY_ROWS = 100_000, 3, 22_000_000
OUT = PROJECT_DIR / "var" / "bench" / "read.json"


@dataclass(frozen=True)
class Read:
    """Rows of a file, the seconds by the clock and of the processor that it took from file to staged tables, and the
    processor's seconds of each stage alone."""

    rows: int
    seconds: float
    processor: float
    stages: dict[str, float]

    @property
    def rate(self) -> float:
        """Rows a second, all stages together."""
        return self.rows / self.seconds


def stage_whole(path: Path, sender: Sender) -> tuple[int, float, float]:
    """Read, standardise, check and write down one file as the pipeline does; rows, seconds, processor's seconds."""
    with tempfile.TemporaryDirectory() as folder:
        began, worked = time.perf_counter(), time.process_time()
        staged = stage(
            Source(path, sender, 1, TODAY), Path(folder), SeenRecords(), sources.Limits(max_file_bytes=4 << 30)
        )
        return staged.counts["rows_in"], time.perf_counter() - began, time.process_time() - worked


def read_whole(path: Path, sender: Sender) -> Read:
    """The whole as the pipeline does it, then stage by stage."""
    rows, seconds, processor = stage_whole(path, sender)
    stages: dict[str, float] = {}

    def told(name: str, work: Callable[[], Result]) -> Result:
        began = time.process_time()
        made = work()
        stages[name] = time.process_time() - began
        return made

    chunks = told("read", lambda: list(sources.read(path, sources.recognise(path), sender)))
    tables = told(
        "standardise",
        lambda: [
            {
                name: standardise_table(TABLES[name], table, sender=sender, received_on=TODAY)
                for name, table in number_rows(chunk.tables, 1, sender.sender_code).items()
            }
            for chunk in chunks
        ],
    )
    with Gate(TODAY) as gate:
        told(
            "check",
            lambda: (
                [gate.take(some, chunk.remarks) for some, chunk in zip(tables, chunks, strict=True)] and gate.finish()
            ),
        )
    return Read(rows, seconds, processor, stages)


def timed(work: Callable[[], object]) -> float:
    """Seconds of a piece of work."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def parse_barely(paths: Iterable[Path]) -> None:
    """Outer and inner documents through lxml, nothing looked at."""
    for path in paths:
        for inner in etree.parse(path).iter("NOIDUNGFILE"):
            etree.fromstring(base64.b64decode(inner.text or ""))


def read_only(paths: Iterable[Path]) -> None:
    """The contract's tables, as text."""
    for path in paths:
        code = path.parent.name
        for _ in sources.read(path, sources.recognise(path), Sender(code, "hospital", "", facility_code=code[2:])):
            pass


def write_files(city: Path, folder: Path) -> tuple[Path, Path]:
    """The register as a district's CSV, and its first rows as XLSX."""
    snapshot = max((city / "register").rglob("*.csv"), key=lambda path: path.stat().st_size)
    text = pcsv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, pa.string()), include_columns=list(COLUMNS))
    rows = pcsv.read_csv(snapshot, convert_options=text).rename_columns(list(COLUMNS.values()))
    pcsv.write_csv(rows, folder / "rows.csv")
    with xlsxwriter.Workbook(folder / "rows.xlsx", {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for at, line in enumerate(
            [rows.column_names, *zip(*rows.slice(0, XLSX_ROWS).to_pydict().values(), strict=True)]
        ):
            for place, cell in enumerate(line):
                sheet.write_string(at, place, cell or "")
    return folder / "rows.csv", folder / "rows.xlsx"


def write_large(rows: Path, out: Path, gigabytes: float) -> None:
    """The rows again and again, each time with other addresses, up to a size."""
    text = pcsv.ConvertOptions(column_types=dict.fromkeys(COLUMNS.values(), pa.string()))
    table = pcsv.read_csv(rows, convert_options=text)
    place = table.column_names.index("DIA_CHI")
    with out.open("wb") as file:
        for copy in count(1):
            other = pc.binary_join_element_wise(table["DIA_CHI"], f"tổ {copy}", ", ")
            pcsv.write_csv(table.set_column(place, "DIA_CHI", other), file, pcsv.WriteOptions(include_header=copy == 1))
            if file.tell() >= gigabytes * 1e9:
                return


def read_large(rows: Path, gigabytes: float) -> None:
    """Print how much memory a large file takes, in a process of its own."""
    with tempfile.TemporaryDirectory(dir=OUT.parent) as folder:
        large = Path(folder) / "large.csv"
        write_large(rows, large, gigabytes)
        script = "import sys; from pathlib import Path; from tests.bench.reading import measure_large; measure_large(Path(sys.argv[1]))"
        subprocess.run([sys.executable, "-c", script, str(large)], cwd=PROJECT_DIR, check=True)


def measure_large(path: Path) -> None:
    """Stage a file and print rows a second and the most memory that it took."""
    size = path.stat().st_size / 1e9
    rows, seconds, processor = stage_whole(path, DISTRICT)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(
        f"{size:.2f} GB, {rows:,} rows: {rows / seconds:,.0f} rows/s ({processor / rows * 1e6:.1f} µs of processor a row), most memory {peak:.2f} GiB (asked: ≤ 1)"
    )


def main() -> None:
    """Invent, read, print."""
    parser = argparse.ArgumentParser(description="Measure reading.")
    parser.add_argument("--people", type=int, default=300_000)
    parser.add_argument("--gigabytes", type=float, default=0, help="read a CSV of this size too, and print its memory")
    asked = parser.parse_args()
    people = asked.people
    OUT.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        city = Path(folder) / "city"
        write_city(people, 7, city)
        csv, xlsx = write_files(city, Path(folder))
        xmls = sorted((city / "hospital_xml").rglob("*.xml"), key=lambda path: -path.stat().st_size)[:XML_FILES]
        read_whole(next((city / "district_export").rglob("*.csv")), DISTRICT)  # libraries are loaded before
        if asked.gigabytes:
            read_large(csv, asked.gigabytes)
        by_csv, by_xlsx = read_whole(csv, DISTRICT), read_whole(xlsx, DISTRICT)
        bare, read = timed(lambda: parse_barely(xmls)), timed(lambda: read_only(xmls))
        size = sum(path.stat().st_size for path in xmls) / 1e6
    figures = {
        "csv": by_csv.__dict__,
        "xlsx": by_xlsx.__dict__,
        "xml": {"megabytes": size, "bare_seconds": bare, "read_seconds": read},
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    OUT.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    table = Table("", "asked", "measured", title="Reading, standardising, checking")
    for name, wanted, one in (("CSV", "≥ 150,000 rows/s", by_csv), ("XLSX", "≥ 25,000 rows/s", by_xlsx)):
        stages = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in one.stages.items())
        told = f"{one.rate:,.0f} rows/s; processor {one.processor:.2f} s ({stages})"
        table.add_row(f"{name}, {one.rows:,} rows", wanted, told)
    table.add_row(
        f"XML, {size:.0f} MB, beside bare lxml", "≤ 2.5 times", f"{read / bare:.2f} times ({read:.1f} of {bare:.1f} s)"
    )
    whole = CITY_ROWS / by_csv.rows * by_csv.stages["standardise"] / 2
    table.add_row(
        f"{CITY_ROWS:,} rows standardised",
        "≤ 40 s",
        f"{whole:,.0f} s, processor's time of the CSV's, halved for two cores",
    )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
