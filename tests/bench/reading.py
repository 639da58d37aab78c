"""How fast files are read, standardised and checked, beside what was asked; XML beside a bare parse of the same documents.

    python -m tests.bench.reading [--people 300000]

The rows are those of an invented register, written as a district's export: no two alike, few of them wrong.
"""

import argparse
import base64
import json
import resource
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pcsv
import xlsxwriter
from lxml import etree
from rich.console import Console
from rich.table import Table

from etl import sources
from etl.contracts import TABLES
from etl.contracts.reading import Remark, Sender
from etl.quality.gate import check
from etl.sample.city import write_city
from etl.settings import PROJECT_DIR
from etl.sources.rows import number_rows
from etl.standardise.records import standardise_table

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
    """Rows of a file, and the seconds of each stage."""

    rows: int
    seconds: dict[str, float]

    @property
    def rate(self) -> float:
        """Rows a second, all stages together."""
        return self.rows / sum(self.seconds.values())


def read_whole(path: Path, sender: Sender) -> Read:
    """Read, standardise and check one file as the pipeline does, stage by stage."""
    seconds = dict.fromkeys(("read", "standardise", "check"), 0.0)
    began = time.perf_counter()
    chunks = list(sources.read(path, sources.recognise(path), sender))
    seconds["read"] = time.perf_counter() - began
    parts: dict[str, list[pa.Table]] = {}
    remarks: list[Remark] = []
    began = time.perf_counter()
    for chunk in chunks:
        remarks += chunk.remarks
        for name, table in number_rows(chunk.tables, 1, sender.sender_code).items():
            parts.setdefault(name, []).append(standardise_table(TABLES[name], table, sender=sender, received_on=TODAY))
    tables = {name: pa.concat_tables(some, promote_options="default") for name, some in parts.items()}
    seconds["standardise"] = time.perf_counter() - began
    began = time.perf_counter()
    check(tables, remarks, TODAY)
    seconds["check"] = time.perf_counter() - began
    return Read(tables["person_record"].num_rows, seconds)


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


def main() -> None:
    """Invent, read, print."""
    parser = argparse.ArgumentParser(description="Measure reading.")
    parser.add_argument("--people", type=int, default=300_000)
    people = parser.parse_args().people
    with tempfile.TemporaryDirectory() as folder:
        city = Path(folder) / "city"
        write_city(people, 7, city)
        csv, xlsx = write_files(city, Path(folder))
        xmls = sorted((city / "hospital_xml").rglob("*.xml"), key=lambda path: -path.stat().st_size)[:XML_FILES]
        read_whole(next((city / "district_export").rglob("*.csv")), DISTRICT)  # libraries are loaded before
        by_csv, by_xlsx = read_whole(csv, DISTRICT), read_whole(xlsx, DISTRICT)
        bare, read = timed(lambda: parse_barely(xmls)), timed(lambda: read_only(xmls))
        size = sum(path.stat().st_size for path in xmls) / 1e6
    figures = {
        "csv": by_csv.__dict__,
        "xlsx": by_xlsx.__dict__,
        "xml": {"megabytes": size, "bare_seconds": bare, "read_seconds": read},
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    table = Table("", "asked", "measured", title="Reading, standardising, checking")
    for name, asked, one in (("CSV", "≥ 150,000 rows/s", by_csv), ("XLSX", "≥ 25,000 rows/s", by_xlsx)):
        stages = ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in one.seconds.items())
        table.add_row(f"{name}, {one.rows:,} rows", asked, f"{one.rate:,.0f} rows/s ({stages})")
    table.add_row(
        f"XML, {size:.0f} MB, beside bare lxml", "≤ 2.5 times", f"{read / bare:.2f} times ({read:.1f} of {bare:.1f} s)"
    )
    whole = CITY_ROWS / by_csv.rows * by_csv.seconds["standardise"]
    table.add_row(f"{CITY_ROWS:,} rows standardised", "≤ 40 s", f"{whole:,.0f} s, carried on from the CSV's")
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
