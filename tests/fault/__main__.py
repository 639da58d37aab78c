"""A walk through every step and every write of a build, with a fault at each of several hundred points.

    python -m tests.fault --faults 300 --seed 1 --part 1/2
At each point the worker is killed, its database sessions are ended, the whole server is killed, its disk is full, or a
second build begins; then everything is run again, and every table must hold what it holds without a fault. Deterministic
by seed; parts may be walked at the same time, each with an `--out` of its own. Cases that fail are kept in var/fault/failed.jsonl; run them again with --again.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import great_expectations  # noqa: F401 - eight seconds, once, before all forks

from etl.settings import PROJECT_DIR
from etl.warehouse.embedded import EmbeddedServer
from tests.fault.points import KINDS, Points, fault_of
from tests.fault.world import STORIES, World, in_child, start_child, wait_for

OUT = PROJECT_DIR / "var" / "fault"


@dataclass(frozen=True)
class Case:
    """A fault of a kind at a point of a story."""

    story: str
    kind: str
    point: int
    label: str


def count_points(world: World, story: str) -> tuple[list[str], dict[str, str]]:
    """The points of a story that nothing disturbs, in their order, and the digests that it ends with."""
    settings, out = world.copy(story, "undisturbed"), world.folder / "points.json"

    def work() -> None:
        points = Points(settings.var_dir)
        points.watch()
        world.tell(story, settings, points)
        out.write_text(json.dumps(points.labels), encoding="utf-8")

    code = in_child(work, world.folder / "log")
    assert code == 0, f"the story {story} breaks without a fault: see {world.folder / 'log'}"
    digests = world.digests("undisturbed")
    world.remove("undisturbed")
    return json.loads(out.read_text(encoding="utf-8")), digests


def choose_cases(story: str, labels: list[str], count: int, seed: int) -> list[Case]:
    """Points of every name first, then any others; the kinds of fault in turn."""
    rng = random.Random(f"{seed} {story}")
    points = list(enumerate(labels))
    rng.shuffle(points)
    seen: Counter[str] = Counter()
    ranked = []
    for number, label in points:
        ranked.append((seen[label], number, label))
        seen[label] += 1
    ranked.sort(key=lambda one: one[0])
    chosen = [ranked[n % len(ranked)] for n in range(count)]
    return [
        Case(story, KINDS[(n + n // len(ranked)) % len(KINDS)], number, label)
        for n, (_, number, label) in enumerate(chosen)
    ]


def strike(world: World, case: Case, log: Path) -> None:
    """Tell the story with its fault, alone or beside a second one that begins at the point."""
    settings, pid = world.copy(case.story, "struck"), world.server.pid()
    assert pid is not None
    others: list[int] = []

    def meet() -> None:
        others.append(start_child(lambda: world.tell(case.story, settings), log))

    def work() -> None:
        points = Points(settings.var_dir, case.point, fault_of(case.kind, settings.database_url or "", pid, meet))
        points.watch()
        world.tell(case.story, settings, points)
        assert all(wait_for(other) == 0 for other in others), "the second build broke"

    code = in_child(work, log)
    if case.kind == "two" and code != 0:
        raise AssertionError("two builds at once: one broke")


def examine(world: World, case: Case, expected: dict[str, str]) -> str:
    """What is wrong after a fault and a second run; nothing where all is as without."""
    log = world.folder / "log"
    log.unlink(missing_ok=True)
    try:
        strike(world, case, log)
        world.start()
        settings = world.settings("struck")
        if in_child(lambda: world.tell(case.story, settings), log) != 0:
            return f"the second run broke: {log.read_text(encoding='utf-8')[-1500:]}"
        found = world.digests("struck")
        differing = {name: (expected[name], found[name]) for name in expected if expected[name] != found[name]}
        return f"tables differ: {differing}" if differing else ""
    except AssertionError as error:
        return f"{error}: {log.read_text(encoding='utf-8')[-1500:]}"
    finally:
        world.start()
        world.remove("struck")


def walk(faults: int, seed: int, part: tuple[int, int], again: list[Case], folder: Path) -> Iterator[tuple[Case, str]]:
    """Every case with what is wrong after it."""
    world = World(folder)
    try:
        world.prepare()
        share = {"first": faults // 3, "day": faults - faults // 3}
        for story in STORIES:
            labels, expected = count_points(world, story)
            chosen = again or choose_cases(story, labels, share[story], seed)
            cases = [case for case in chosen if case.story == story]
            cases = cases[part[0] - 1 :: part[1]]
            print(
                f"{story}: {len(labels)} points, {len(set(labels))} of different names, {len(cases)} faults", flush=True
            )
            for case in cases:
                yield case, examine(world, case, expected)
    finally:
        with world.server.locked():
            EmbeddedServer(folder / "postgres").stop()


def run(faults: int, seed: int, part: tuple[int, int], again: list[Case], out: Path) -> list[tuple[Case, str]]:
    """Walk in a folder of its own under `out`; gives every case with what is wrong."""
    out.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=out, prefix="walk-"))
    folder.chmod(0o711)  # the account that runs the server must pass
    try:
        results = []
        for case, wrong in walk(faults, seed, part, again, folder):
            results.append((case, wrong))
            print(f"{case.story} {case.kind} at {case.point} ({case.label}): {wrong or 'as without it'}", flush=True)
        return results
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Walk, print the counts by kind, keep what failed."""
    parser = argparse.ArgumentParser(description="Walk through a build with faults.")
    parser.add_argument("--faults", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", default="1/1", help="such as 2/2: every second case, from the second on")
    parser.add_argument("--again", action="store_true", help="only the cases that failed the last time")
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args()
    kept = asked.out / "failed.jsonl"
    again = [Case(**json.loads(line)["case"]) for line in kept.read_text().splitlines()] if asked.again else []
    began = time.monotonic()
    place, parts = map(int, asked.part.split("/"))
    results = run(asked.faults, asked.seed, (place, parts), again, asked.out)
    failed = [(case, wrong) for case, wrong in results if wrong]
    kept.write_text("".join(json.dumps({"case": asdict(case), "wrong": wrong}) + "\n" for case, wrong in failed))
    kinds = Counter(case.kind for case, _ in results)
    told = ", ".join(f"{kinds[kind]} {kind}" for kind in KINDS)
    print(f"{len(results)} faults ({told}) in {time.monotonic() - began:.0f} s: {len(failed)} left other tables")
    sys.exit(1 if failed or not results else 0)


if __name__ == "__main__":
    main()
