"""Many broken and invented files through reading, standardising and checking: each must end in a stated result.

    python -m tests.fuzz [--inputs 100000] [--seed 1]

Three quarters are broken samples, the rest invented by Hypothesis. Whatever crashes, hangs, takes too much memory or lets
a value into a message is kept under var/fuzz/ and named at the end, with exit code 1.
"""

import argparse
import json
import multiprocessing
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console

from etl import sources
from etl.contracts import TABLES
from etl.contracts.reading import Sender
from etl.errors import DataError
from etl.quality.catalogue import catalogue
from etl.settings import PROJECT_DIR
from etl.sources.rows import SeenRecords, number_rows
from etl.standardise.records import standardise_table
from etl.steps.staging import Source, stage
from tests.fuzz.mutate import CANARY, corpus, mutate, write

TODAY = date(2026, 10, 1)
SENDERS = {
    "hospital": Sender("CS01929", "hospital", "", facility_code="01929"),
    "district": Sender("QH001", "district", ""),
    "ward": Sender("PX00004", "ward", "", ward_code="00004"),
    "register": Sender("DC01", "register", ""),
}
LIMITS = sources.Limits(max_file_bytes=4 << 20, max_unpacked_bytes=16 << 20)
SECONDS, BYTES, BATCH, STAGED_EVERY = 10, 3 << 30, 250, 25
KEPT = PROJECT_DIR / "var" / "fuzz"


class Hang(BaseException):
    """An input took too long; no handler of ours may catch it."""


@dataclass
class Tally:
    """What became of some inputs."""

    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0
    peak_bytes: int = 0


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Stops what takes more of the processor, or waits ten times as long: the machine may be busy with other work."""

    def stop(*_: object) -> None:
        raise Hang

    for told in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(told, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.alarm(10 * seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)


def try_file(path: Path, with_staging: bool) -> str:
    """Read one file as the pipeline does; gives its kind or the rule that refused it."""
    try:
        return _try_file(path, with_staging)
    except DataError as error:
        refusal = error
    assert refusal.rule_id in catalogue().rules, f"no rule is called {refusal.rule_id}"
    assert CANARY not in str(refusal), "a value stands in the message"
    return f"refused: {refusal.rule_id}"


def _try_file(path: Path, with_staging: bool) -> str:
    recognition = sources.recognise(path, None, LIMITS)
    sender = next(one for one in SENDERS.values() if one.kind == sources.KINDS[recognition.kind].SENDER_KIND)
    if with_staging and sender.kind != "register":
        with tempfile.TemporaryDirectory() as folder:
            staged = stage(Source(path, sender, 1, TODAY), Path(folder), SeenRecords(), LIMITS)
        assert staged.counts["rows_in"] == sum(staged.counts.values()) - staged.counts["rows_in"]
        return f"{recognition.kind}, staged"
    for chunk in sources.read(path, recognition, sender, LIMITS):
        check_chunk(chunk.tables, [remark.rule_id for remark in chunk.remarks], sender)
    return recognition.kind


def check_chunk(tables: dict[str, pa.Table], rules: list[str], sender: Sender) -> None:
    """The contract of a chunk, and of what standardising makes of it."""
    assert set(rules) <= catalogue().rules.keys()
    if "register_person" in tables:
        standardise_table(TABLES["register_person"], tables["register_person"], sender=sender)
        return
    rows = tables["person_record"]["row_no"]
    assert pc.count_distinct(rows).as_py() == len(rows), "a row number stands twice"
    assert not len(rows) or pc.min(rows).as_py() > 0
    for name, table in number_rows(tables, 1, sender.sender_code).items():
        made = standardise_table(TABLES[name], table, sender=sender, received_on=TODAY)
        assert made.num_rows == table.num_rows
        assert pc.all(pc.is_in(table["row_no"], value_set=rows.combine_chunks())).as_py() is not False
        for wanted in TABLES[name].source_schema:
            assert made.schema.field(wanted.name).type == wanted.type


def invented(seed: int, count: int) -> list[bytes]:
    """Files invented by Hypothesis."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    from tests.fuzz.invent import FILES

    made: list[bytes] = []

    @seeded(seed)
    @settings(
        max_examples=count,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(FILES)
    def keep(content: bytes) -> None:
        made.append(content)

    keep()
    return made


def run_batch(number: int, seed: int, out: "multiprocessing.SimpleQueue[Tally]", current: Path) -> None:
    """One process's share: its inputs follow from `seed` and its number alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (BYTES * 4, BYTES * 4))
    rng, tally = random.Random(f"{seed} {number}"), Tally()
    if number % 4 == 0:
        inputs = invented(seed * 1_000_003 + number, BATCH)
    else:
        files = corpus()
        inputs = [mutate(rng.choice(files), rng.choice(files), rng) for _ in range(BATCH)]
    for place, content in enumerate(inputs):
        write(current, content)
        began = time.perf_counter()
        try:
            with at_most(SECONDS):
                outcome = try_file(current, place % STAGED_EVERY == 0)
        except BaseException as error:  # a panic of a library in Rust is no Exception
            kept = KEPT / f"{number}_{place}.bin"
            write(kept, content)
            lines = traceback.extract_tb(error.__traceback__)
            tally.faults.append(
                f"{kept.name}: {type(error).__name__} at {lines[-1].filename.split('/')[-1]}:{lines[-1].lineno}"
            )
            outcome = "FAULT"
        tally.outcomes[outcome] += 1
        tally.slowest = max(tally.slowest, time.perf_counter() - began)
    tally.peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    out.put(tally)


def main() -> int:
    """Fuzz, print, and keep what went wrong."""
    parser = argparse.ArgumentParser(description="Fuzz reading.")
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    KEPT.mkdir(parents=True, exist_ok=True)
    import great_expectations  # noqa: F401  # takes 8 s: before the processes part, not in each

    whole, began = Tally(), time.perf_counter()
    context = multiprocessing.get_context("fork")
    numbers = list(range((asked.inputs + BATCH - 1) // BATCH))
    running: dict[int, tuple[multiprocessing.process.BaseProcess, multiprocessing.SimpleQueue[Tally], Path]] = {}
    while numbers or running:
        while numbers and len(running) < (os.cpu_count() or 1):
            number = numbers.pop()
            queue, current = context.SimpleQueue(), KEPT / f"current_{number}"
            process = context.Process(target=run_batch, args=(number, asked.seed, queue, current))
            process.start()
            running[number] = (process, queue, current)
        for number, (process, queue, current) in list(running.items()):
            process.join(0.05)
            if not queue.empty():
                tally = queue.get()
                whole.outcomes += tally.outcomes
                whole.faults += tally.faults
                whole.slowest, whole.peak_bytes = (
                    max(whole.slowest, tally.slowest),
                    max(whole.peak_bytes, tally.peak_bytes),
                )
                process.join()
                current.unlink(missing_ok=True)
                del running[number]
            elif process.exitcode is not None and queue.empty():
                if current.exists():
                    current.rename(KEPT / f"{number}_killed.bin")
                whole.faults.append(f"{number}_killed.bin: the process ended with {process.exitcode}")
                del running[number]
    tell(whole, time.perf_counter() - began)
    return 1 if whole.faults else 0


def tell(tally: Tally, seconds: float) -> None:
    """Print what became of all, and keep the figures."""
    inputs = tally.outcomes.total()
    console = Console(width=120)
    for outcome, count in tally.outcomes.most_common():
        console.print(f"{count:>9,}  {outcome}")
    console.print(
        f"{inputs:,} inputs in {seconds:,.0f} s; slowest {tally.slowest:.2f} s, largest process {tally.peak_bytes / 1e9:.2f} GB; {len(tally.faults)} faults"
    )
    for fault in tally.faults[:40]:
        console.print(fault)
    figures = {
        "inputs": inputs,
        "seconds": seconds,
        "slowest": tally.slowest,
        "peak_bytes": tally.peak_bytes,
        "faults": len(tally.faults),
        "outcomes": dict(tally.outcomes),
    }
    out = PROJECT_DIR / "var" / "bench" / "fuzz.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
