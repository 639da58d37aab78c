"""The report of a city of 126 wards and 600 senders: pages, tables and PDF, from invented figures.

    python -m tests.bench.report
Asked: 60 seconds. What it reads from the warehouse is measured by `tests.bench.warehouse`, over ten million books.
"""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from etl.reports.data import ReportData
from etl.reports.page import write_report
from etl.reports.pdf import write_pdf
from etl.reports.workbook import write_tables
from tests.bench.warehouse import seconds_of
from tests.reports.invented import invented_report

SENDERS = 600


def crowded() -> ReportData:
    """The invented report with more senders of the same kinds, each with scores, tasks and batches of its own."""
    data = invented_report()
    known = [one for one in data.senders if one.kind != "ward"]
    more = {f"CS9{number:04}": known[number % len(known)] for number in range(SENDERS - len(data.senders))}
    scores = [one for one in data.scope_scores if (one.scope_kind, one.scope_code) == ("sender", "PX00004")]
    return replace(
        data,
        senders=(*data.senders, *(replace(sender, sender_code=code) for code, sender in more.items())),
        scope_scores=(*data.scope_scores, *(replace(one, scope_code=code) for code in more for one in scores)),
        batches=(*data.batches, *(replace(one, sender_code=code) for code in more for one in data.batches)),
        open_tasks=(
            *data.open_tasks,
            *(replace(data.open_tasks[0], task_id=1000 + place, scope_code=code) for place, code in enumerate(more)),
        ),
    )


def main() -> None:
    """Write it, print the seconds of each part."""
    data, before = crowded(), invented_report()
    table = Table(
        "part", "seconds", "files", title=f"Report of {len(data.wards)} wards, {len(data.senders)} senders (≤ 60 s)"
    )
    parts: dict[str, Callable[[Path], object]] = {
        "pages": lambda folder: write_report(data, folder, before),
        "XLSX, CSV": lambda folder: write_tables(data, folder),
        "PDF": lambda folder: write_pdf(data, folder, before),
    }
    total = 0.0
    for name, part in parts.items():
        with tempfile.TemporaryDirectory() as folder:
            seconds = seconds_of(partial(part, Path(folder)))
            total += seconds
            table.add_row(name, f"{seconds:.1f}", str(sum(path.is_file() for path in Path(folder).rglob("*"))))
    table.add_row("all", f"{total:.1f}", "")
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
