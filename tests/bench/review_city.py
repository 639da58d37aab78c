"""The queue of the sample city worked through by a reviewer who knows the truth: what becomes of its links, and how fast.

    python -m tests.bench.review_city [FOLDER]        (default: data_samples)

Runs in a database and folder of its own, which are removed again.
"""

import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.csv as pcsv
from rich.console import Console

from etl import steps
from etl.engines.local import LocalEngine
from etl.settings import PROJECT_DIR, Settings
from etl.warehouse.load import fetch_table
from tests.bench.city import LINKS, hashes_of, judge_links, own_settings, show_links
from tests.pipeline.city import build, read_open_links, take_in_city


def read_truth(settings: Settings, city: Path) -> dict[int, int]:
    """The true person of each record."""
    with LocalEngine() as engine, steps.warehouse(settings) as connection:
        engine.register("opened", fetch_table(connection, LINKS))
        engine.register("file", hashes_of(settings, city))
        engine.register("truth_row", pcsv.read_csv(city / "truth" / "records.csv"))
        rows = engine.query("""
            select o.record_id, t.person_id from opened o join file f using (sha256)
            join truth_row t on t.path = f.path and t.row_no = o.row_no""").to_pylist()
    return {row["record_id"]: row["person_id"] for row in rows}


def ruling_of(item: dict[str, Any], truth: dict[int, int]) -> steps.Ruling:
    """What somebody who knows the truth says of a pair that he is shown."""
    shown, true = [pair["person_id"] for pair in item["pairs"]], truth.get(item["record_id"])
    verdict, person_id = ("same", true) if true in shown else ("different", shown[0])
    assert person_id is not None
    return steps.Ruling(item["record_id"], person_id, verdict, "documents", "bench")


def work_through(settings: Settings, truth: dict[int, int]) -> tuple[int, float]:
    """Rule on the queue until a build brings nothing new; gives the rulings and the seconds that each took."""
    rulings, seconds = 0, 0.0
    while items := steps.next_pairs(settings, "bench", 100)["items"]:
        for item in items:
            began = time.perf_counter()
            steps.decide(settings, ruling_of(item, truth))
            seconds += time.perf_counter() - began
            rulings += 1
        build(settings)
    return rulings, seconds / max(rulings, 1)


def main(folder: str = str(PROJECT_DIR / "data_samples")) -> None:
    """Take in, rule, build, judge, print."""
    console, city = Console(width=130), Path(folder)
    with own_settings() as settings:
        steps.prepare(settings)
        take_in_city(settings, city)
        truth = read_truth(settings, city)
        console.print("without anybody looking", steps.estimate(settings, share=0.1))
        rulings, seconds = work_through(settings, truth)
        console.print(f"{rulings} rulings, {1000 * seconds:.0f} ms each")
        with LocalEngine() as engine:
            show_links(console, judge_links(settings, city, engine), engine)
        before = read_open_links(settings)
        run_id = steps.link(settings, full=True)
        state = steps.read_run(settings, run_id)["state"]
        if state == "proposed":
            steps.approve(settings, run_id, "bench")
        console.print(f"a full re-link is {state}; it believes the same: {read_open_links(settings) == before}")


if __name__ == "__main__":
    main(*sys.argv[1:])
