"""Our linkage over data of other kinds: more and fewer errors, another maker, columns missing, a register with mistakes.

    python -m tests.bench.linkage.makers_matrix [--people 300000]

Figures go to var/bench/makers.json.
"""

import argparse
import json
import shutil

from rich.console import Console
from rich.table import Table

from tests.bench.linkage.compare import BENCH_DIR
from tests.bench.linkage.make import Order, ensure
from tests.bench.linkage.systems import Figures, run_ours


def plan_orders(people: int, seed: int = 7) -> dict[str, Order]:
    """What is tried, by name."""
    return {
        "city": Order(people, seed),
        "city, half the errors": Order(people, seed, errors=0.5),
        "city, twice the errors": Order(people, seed, errors=2.0),
        "city, no phone": Order(people, seed, without=("phone",)),
        "city, no insurance": Order(people, seed, without=("insurance_no",)),
        "city, no ward": Order(people, seed, without=("ward_code",)),
        "city, register 1 % wrong": Order(people, seed, register_wrong=0.01),
        "other maker": Order(people, seed, "other"),
        "other maker, half the errors": Order(people, seed, "other", errors=0.5),
        "other maker, twice the errors": Order(people, seed, "other", errors=2.0),
    }


def run_all(people: int) -> dict[str, Figures]:
    """The verdict on each kind of data; data is made, linked, judged and removed."""
    figures: dict[str, Figures] = {}
    for name, order in plan_orders(people).items():
        work = BENCH_DIR / "matrix"
        data = ensure(order, work / "data")
        one = run_ours(data, work)
        figures[name] = {**one["verdict"], "seconds": one["seconds"]}
        shutil.rmtree(work)
    return figures


def show(figures: dict[str, Figures]) -> Table:
    """One row per kind of data."""
    table = Table(
        "data", "precision", "false", "recall", "reviews resolved", "in review", "strangers linked", "s", title="Makers"
    )
    for name, one in figures.items():
        table.add_row(
            name,
            f"{one['precision']:.6f}",
            f"{one['matched'] - one['right']:,}",
            f"{one['recall']:.5f}",
            f"{one['recall_after_review']:.5f}",
            f"{one['review_share']:.5f}",
            f"{one['strangers_linked_share']:.5f}",
            f"{one['seconds']:.1f}",
        )
    return table


def main() -> None:
    """Run all and print."""
    parser = argparse.ArgumentParser(description="Link data of many kinds.")
    parser.add_argument("--people", type=int, default=300_000)
    figures = run_all(parser.parse_args().people)
    (BENCH_DIR / "makers.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    Console(width=120).print(show(figures))


if __name__ == "__main__":
    main()
