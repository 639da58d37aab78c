"""`make month`: plays the month on a server of its own, prints its days and what became of each case, takes pictures.

    python -m tests.month --days 31
Reports and pictures stay in var/month. Exit code 1 where a case was not found, or not as it should be.
"""

import argparse
import shutil
import sys
import time
from datetime import timedelta

from rich.console import Console
from rich.table import Table

from etl import steps
from etl.settings import PROJECT_DIR, Settings
from etl.warehouse.embedded import stop
from tests.month.invent import BAD_WARD, FAULTY, FIRST, LAST, MONDAYS, SILENT, days, invent
from tests.month.story import CASES, Day, course_of, installation, is_as_told, play
from tests.reports.browser import take_pictures

FOLDER = PROJECT_DIR / "var" / "month"
WIDE, NARROW = 1200, 360


def main() -> int:
    """Play, print, picture; gives the exit code."""
    parser = argparse.ArgumentParser(description="A month of invented days.")
    parser.add_argument("--days", type=int, default=(LAST - FIRST).days + 1)
    last = FIRST + timedelta(days=parser.parse_args().days - 1)
    shutil.rmtree(FOLDER, ignore_errors=True)
    began, lived, is_good = time.monotonic(), [], True
    with installation(Settings(var_dir=FOLDER, database_url=None)) as (settings, mailbox):
        try:
            steps.prepare(settings)
            register, deliveries = invent(FOLDER / "city")
            for day in play(settings, mailbox, register, [one for one in deliveries if one.day <= last], days()):
                lived.append(day)
                print(f"{time.monotonic() - began:6.0f} s  {day}", flush=True)
            show(lived)
            courses = {case: course_of(settings, case) for case in CASES}
            steps.compare(settings, FIRST, last)
        finally:
            stop(settings)
    for case, course in courses.items():
        is_right = is_as_told(case, course, last)
        is_good &= is_right
        print(f"{case.story}: {case.rule_id} of {case.sender_code}{'' if is_right else ', NOT AS IT SHOULD BE'}")
        for kind, on, rows in course:
            print(f"    {on}  {kind}, {rows} rows")
    pages = {"index": "index.html", "compare": "compare.html"}
    pages |= {f"sender-CS{code}": f"{last}/sender-CS{code}.html" for code in (SILENT, MONDAYS, FAULTY)}
    pages |= {f"ward-{BAD_WARD}": f"{last}/ward-{BAD_WARD}.html"}
    take_pictures(
        {name: settings.reports_dir / page for name, page in pages.items()}, FOLDER / "pictures", (WIDE, NARROW)
    )
    return 0 if is_good else 1


def show(days: list[Day]) -> None:
    """A line for each day."""
    table = Table(*(name.replace("_", " ") for name in Day.__dataclass_fields__), title="A month")
    for day in days:
        table.add_row(*(f"{value:.1f}" if isinstance(value, float) else str(value) for value in vars(day).values()))
    Console(width=160).print(table)


if __name__ == "__main__":
    sys.exit(main())
