"""Linkage of ours and Splink side by side: same machine, same data, one after the other.

    python -m tests.bench.linkage.compare --people 1000000 [--seed 7] [--maker city|other] [--data DIR] [--only ours|splink]

Figures go to var/bench/, a chart to docs/. Data is made once and used again.
"""

import argparse
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from etl.settings import PROJECT_DIR
from tests.bench.linkage.charts import draw_precision_recall, save
from tests.bench.linkage.judge import CAUSES
from tests.bench.linkage.make import MAKERS, Order, ensure
from tests.bench.linkage.systems import Figures, run_ours, run_splink

BENCH_DIR = PROJECT_DIR / "var" / "bench"
CHART = "linkage_precision_recall"
OPERATING_PRECISIONS = (0.99995, 0.9999, 0.9998, 0.9997, 0.9995, 0.999)
SYSTEMS = {"splink": run_splink, "ours": run_ours}


def figures_file(maker: str, people: int) -> Path:
    """Where the figures of one size are kept."""
    return BENCH_DIR / f"link-{maker}-{people}.json"


def compare(order: Order, data: Path, only: str | None) -> dict[str, Figures]:
    """Run both (or one, beside what the last run of the other measured) and keep their figures."""
    file = figures_file(order.maker, order.people)
    figures: dict[str, Figures] = json.loads(file.read_text()) if file.exists() else {}
    work = BENCH_DIR / "work"
    for name, run in SYSTEMS.items():
        if only in (None, name):
            work.mkdir(parents=True, exist_ok=True)
            figures[name] = run(data, work)
            file.write_text(json.dumps(figures, indent=1), encoding="utf-8")
            shutil.rmtree(work)
    return figures


def show(console: Console, title: str, figures: Mapping[str, Figures]) -> None:
    """One table of costs and quality, one of operating points."""
    table = Table("", *figures, title=title)
    for label, value in _rows().items():
        table.add_row(label, *(value(figures[name]) for name in figures))
    for cause in CAUSES:
        table.add_row(
            f"false matches: {cause}", *(f"{_verdict(one)['false_by_cause'][cause]:,}" for one in figures.values())
        )
    console.print(table)
    table = Table("precision at least", *(f"recall of {name}" for name in figures), title="Operating points by score")
    for precision in OPERATING_PRECISIONS:
        table.add_row(f"{precision}", *(_recall_at(one, precision) for one in figures.values()))
    table.add_row("best F1", *(_say_best(one) for one in figures.values()))
    console.print(table)
    for name, one in figures.items():
        console.print(f"{name}: seconds by stage {one['stages']}")


def _verdict(figures: Figures) -> Figures:
    """The verdict that stands for a system: its own decisions, or its point of the wanted precision, or of its best F1."""
    verdict: Figures = figures.get("verdict") or figures.get("precise") or figures["best_f1"]
    return verdict


def _rows() -> dict[str, Callable[[Figures], str]]:
    """What each row of the table says of a system."""
    return {
        "seconds": lambda one: f"{one['seconds']:.1f}",
        "processor seconds": lambda one: f"{one['cpu_seconds']:.1f}",
        "processor seconds of others": lambda one: f"{one.get('others_cpu_seconds', 0):.1f}",
        "peak memory, process tree": lambda one: f"{one['peak_tree_bytes'] / 1e9:.2f} GB",
        "peak memory, largest process": lambda one: f"{one['peak_process_bytes'] / 1e9:.2f} GB",
        "peak disk": lambda one: f"{one['peak_disk_bytes'] / 1e9:.2f} GB",
        "matches are": lambda one: (
            "its own decisions" if "verdict" in one else f"scores from {_verdict(one)['threshold']:.2f}"
        ),
        "precision of matches": lambda one: f"{_verdict(one)['precision']:.6f}",
        "recall of matches": lambda one: f"{_verdict(one)['recall']:.5f}",
        "recall, reviews resolved": lambda one: f"{_verdict(one)['recall_after_review']:.5f}",
        "share in review": lambda one: f"{_verdict(one)['review_share']:.5f}",
        "strangers linked": lambda one: f"{_verdict(one)['strangers_linked_share']:.5f}",
    }


def _recall_at(figures: Figures, precision: float) -> str:
    """The highest recall with at least this precision."""
    recalls = [point["recall"] for point in figures["points"] if point["precision"] >= precision]
    return f"{max(recalls):.5f}" if recalls else "never"


def _say_best(figures: Figures) -> str:
    """F1 and where it is."""
    points = figures["points"]
    best = max(
        points, key=lambda point: point["precision"] * point["recall"] / (point["precision"] + point["recall"] or 1)
    )
    f1 = 2 * best["precision"] * best["recall"] / (best["precision"] + best["recall"])
    return f"{f1:.5f} ({best['precision']:.5f} at {best['recall']:.5f})"


def main() -> None:
    """Make what is missing, compare, show, draw."""
    parser = argparse.ArgumentParser(description="Compare linkage with Splink.")
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--maker", choices=MAKERS, default="city")
    parser.add_argument("--data", type=Path, help="a folder that has the data already")
    parser.add_argument("--only", choices=SYSTEMS)
    given = parser.parse_args()
    order = Order(given.people, given.seed, given.maker)
    data = given.data or ensure(order, BENCH_DIR / f"{given.maker}-{given.people}-{given.seed}")
    figures = compare(order, data, given.only)
    show(Console(width=110), f"{given.people:,} people, maker {given.maker}", figures)
    save(draw_precision_recall(figures, given.people), PROJECT_DIR / "docs" / CHART)


if __name__ == "__main__":
    main()
