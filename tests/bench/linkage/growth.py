"""Time and memory of linkage against size, from the figures that `compare` has kept.

python -m tests.bench.linkage.growth
"""

import json
import re

import pandas as pd
from rich.console import Console
from rich.table import Table

from etl.settings import PROJECT_DIR
from tests.bench.linkage.charts import draw_growth, save
from tests.bench.linkage.compare import BENCH_DIR

CHART = "linkage_growth"


def read_costs() -> pd.DataFrame:
    """One row per system and size: `system, people, seconds, peak_gb`."""
    rows = []
    for file in BENCH_DIR.glob("link-city-*.json"):
        people = int(re.findall(r"\d+", file.stem)[-1])
        for system, figures in json.loads(file.read_text()).items():
            rows.append((system, people, figures["seconds"], figures["peak_tree_bytes"] / 1e9))
    return pd.DataFrame(rows, columns=["system", "people", "seconds", "peak_gb"]).sort_values(["system", "people"])


def main() -> None:
    """Print the costs and draw them."""
    costs = read_costs()
    if costs.empty:
        raise SystemExit("var/bench: it holds no figures; expected link-city-*.json. Run make bench-link first.")
    table = Table("system", "people", "seconds", "peak memory GB", title="Cost against size")
    for row in costs.to_dict("records"):
        table.add_row(str(row["system"]), f"{row['people']:,}", f"{row['seconds']:.1f}", f"{row['peak_gb']:.2f}")
    Console(width=100).print(table)
    save(draw_growth(costs), PROJECT_DIR / "docs" / CHART)


if __name__ == "__main__":
    main()
