"""The two systems that are compared, each run as a process of its own on the same files, measured and judged."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from etl.settings import PROJECT_DIR
from tests.bench.linkage.judge import Point, choose_best_f1, choose_precise, judge, trace_points
from tests.bench.linkage.make import RECORDS, REGISTER, TRUTH
from tests.bench.linkage.measure import Measured, run_measured

MEMORY, THREADS = "8GB", 2
WANTED_PRECISION = 0.9999
Figures = dict[str, Any]
"""What was measured, as it is kept in JSON."""


def run_ours(data: Path, work: Path, more: Sequence[str] = ()) -> Figures:
    """`healthbook link` on the files in `data`."""
    out = work / "ours.parquet"
    command = [str(PROJECT_DIR / ".venv/bin/healthbook"), "link", "--out", str(out), *_common(data), *more]
    measured = run_measured(command, work / "scratch")
    shutil.rmtree(work / "scratch")
    totals = json.loads(measured.stdout or "{}")
    figures = _cost(measured, out) | {"stages": totals.pop("seconds", {}), "totals": totals}
    points = trace_points(out, data)
    return figures | {"verdict": judge(out, data).as_figures(), "points": say_points(points)}


def run_splink(data: Path, work: Path) -> Figures:
    """Splink on the same files; judged at the threshold of the wanted precision, if it has one, and at its best F1."""
    out, scratch = work / "splink.parquet", work / "scratch"
    command = [str(PROJECT_DIR / ".venv-bench/bin/python"), "-m", "tests.bench.linkage.splink_side"]
    command += ["--out", str(out), "--spill", str(scratch), *_common(data)]
    measured = run_measured(command, scratch, {"PYTHONPATH": str(PROJECT_DIR), "PYTHONWARNINGS": "ignore"})
    shutil.rmtree(scratch)
    totals = json.loads(measured.stdout.strip().splitlines()[-1])
    points = trace_points(out, data)
    chosen = {"precise": choose_precise(points, WANTED_PRECISION), "best_f1": choose_best_f1(points)}
    verdicts = {name: point and _judge_at(out, data, point) for name, point in chosen.items()}
    return _cost(measured, out) | {
        "stages": totals.pop("seconds"),
        "totals": totals,
        **verdicts,
        "points": say_points(points),
    }


def _common(data: Path) -> list[str]:
    """What both are told."""
    files = ["--register", str(data / REGISTER), "--records", str(data / RECORDS)]
    return [*files, "--memory", MEMORY, "--threads", str(THREADS)]


def _judge_at(out: Path, data: Path, point: Point) -> Figures:
    """The verdict where everything from the point's score on is a match."""
    return {"threshold": point.score, **judge(out, data, point.score).as_figures()}


def _cost(measured: Measured, out: Path) -> Figures:
    """Time and memory, and disk with what was written."""
    cost = asdict(measured)
    cost.pop("stdout")
    cost["peak_disk_bytes"] += out.stat().st_size
    return cost


def say_points(points: list[Point]) -> list[dict[str, float]]:
    """Operating points for JSON."""
    return [asdict(point) for point in points]


__all__ = ["RECORDS", "REGISTER", "TRUTH", "Figures", "run_ours", "run_splink"]
