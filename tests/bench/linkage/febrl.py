"""FEBRL 4: 5,000 records to 5,000 people, invented and widely measured; ours beside Splink.

python -m tests.bench.linkage.febrl
"""

import json
import shutil
import subprocess
from pathlib import Path

from rich.console import Console
from rich.table import Table

from etl.settings import PROJECT_DIR
from tests.bench.linkage.compare import BENCH_DIR
from tests.bench.linkage.judge import Point, choose_best_f1, choose_precise, trace_points
from tests.bench.linkage.systems import Figures, run_ours, say_points

SIDE = [str(PROJECT_DIR / ".venv-bench/bin/python"), "-W", "ignore", "-m", "tests.bench.linkage.febrl_side"]
PRECISION = 0.9998
STEP = 0.01


def run_splink(data: Path, work: Path) -> dict[str, list[Point]]:
    """Operating points of Splink: of the best candidate of each record, and of all pairs."""
    best, pairs = work / "splink.parquet", work / "pairs.parquet"
    _run_side("link", str(best), str(pairs))
    return {"Splink": trace_points(best, data, STEP), "Splink, all pairs": trace_points(pairs, data, STEP)}


def _run_side(*arguments: str) -> None:
    """Run the part that lives in the environment of Splink."""
    subprocess.run(
        [*SIDE, *arguments], check=True, cwd=PROJECT_DIR, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def show(ours: Figures, points: dict[str, list[Point]]) -> Table:
    """Pairwise figures: of our own decisions, and of the best candidate at every score."""
    table = Table("", "precision", "recall", "F1", title="FEBRL 4, pairs")
    verdict = ours["verdict"]
    own = Point(0.0, verdict["precision"], verdict["recall"], verdict["matched"] - verdict["right"])
    resolved = verdict["right"] + verdict["won_in_review"]
    both = Point(0.0, resolved / (resolved + own.false), verdict["recall_after_review"], own.false)
    rows: dict[str, Point | None] = {"ours, matches": own, "ours, reviews resolved": both}
    for name, one in points.items():
        rows[f"{name}, best F1"] = choose_best_f1(one)
        rows[f"{name}, precision ≥ {PRECISION}"] = choose_precise(one, PRECISION)
    for label, point in rows.items():
        table.add_row(
            label, *(f"{value:.4f}" for value in (point.precision, point.recall, point.f1)) if point else ("never",)
        )
    return table


def main() -> None:
    """Write the files, link with both, print."""
    work = BENCH_DIR / "febrl"
    data = work / "data"
    _run_side("write", str(data))
    ours = run_ours(data, work, ("--profile", "generic"))
    ours_points = [Point(**point) for point in ours["points"]]
    splink = run_splink(data, work)
    Console(width=100).print(show(ours, {"ours": ours_points, **splink}))
    figures = {"ours": ours, **{name: {"points": say_points(one)} for name, one in splink.items()}}
    (BENCH_DIR / "febrl.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
