"""Whether a workbook can be opened at all, tried in a process of its own: a damaged one can make its library fill the memory,
never end, or bring its process down."""

import subprocess
import sys
from functools import lru_cache
from pathlib import Path

BYTES, SECONDS = 2 << 30, 120
SCRIPT = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({BYTES}, {BYTES}))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
import python_calamine as calamine
try:
    book = calamine.CalamineWorkbook.from_path(sys.stdin.read())
    for name in book.sheet_names:
        try:
            book.get_sheet_by_name(name)
        except (calamine.CalamineError, OSError):
            pass
except (calamine.CalamineError, OSError):
    pass
"""
"""What the library itself says of a workbook is heard when it is opened for good; the path goes in unseen by others."""


def can_be_opened(path: Path) -> bool:
    """False for a workbook whose opening takes more than 2 GB, two minutes, or the process with it."""
    told = path.stat()
    return _can_be_opened(str(path), told.st_size, told.st_mtime_ns)


@lru_cache(maxsize=64)
def _can_be_opened(path: str, size: int, modified: int) -> bool:
    try:
        tried = subprocess.run(
            [sys.executable, "-I", "-c", SCRIPT], input=path.encode(), capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return tried.returncode == 0
