"""A dozen of the faults that `make fault` walks through: each kind, in a first build and in a day's."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from etl.settings import PROJECT_DIR

pytestmark = pytest.mark.slow


def test_a_build_cut_off_anywhere_ends_as_one_that_was_not(tmp_path: Path) -> None:
    """In a process that forks before it has threads: a worker that is killed is a process of its own."""
    words = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "tests.fault",
        "--faults",
        "12",
        "--seed",
        "3",
        "--out",
        str(tmp_path),
    ]
    done = subprocess.run(words, cwd=PROJECT_DIR, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr
    told = re.search(r"12 faults \((.+)\) in \d+ s: 0 left other tables", done.stdout)
    assert told is not None
    assert all(int(count) >= 1 for count in re.findall(r"\d+", told[1])), "each kind"
