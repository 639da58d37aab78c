"""Odd values with what they should become, kept by hand as tables that anybody can read.

In a table `=` is the value as it was sent, an empty cell is null, and \\uXXXX or \\t stand for characters nobody sees.
"""

import csv
import re
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"
ESCAPE = re.compile(r"\\u([0-9a-f]{4})|\\t")


def rows_of(stem: str) -> list[dict[str, str | None]]:
    """The rows of a table, with null for empty cells, but for what was sent."""
    with (FOLDER / f"{stem}.csv").open(encoding="utf-8", newline="") as lines:
        return [_read(row) for row in csv.DictReader(lines)]


def _read(row: dict[str, str]) -> dict[str, str | None]:
    sent = ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else "\t", row["sent"])
    return {
        "sent": sent,
        **{name: sent if cell == "=" else (cell or None) for name, cell in row.items() if name != "sent"},
    }
