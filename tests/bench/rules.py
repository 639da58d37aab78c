"""Rules on person records, with the numbers of the rows that fail: ours beside bare Great Expectations over pandas.

    python -m tests.bench.rules --rows 1000000
The same rules over the same standardised rows, of which some have errors. Bare Great Expectations gets the columns that the
rules look at ready-made; what only the whole file can tell (repeats, shares) is counted by ours alone.
"""

import argparse
import time
from collections.abc import Callable

import great_expectations  # noqa: F401 - imported first, so that its 8 s are not counted
import numpy as np
import pandas as pd
import pyarrow as pa
from rich.console import Console

from etl.quality import suites, verdicts
from etl.quality.catalogue import Suite, catalogue
from etl.quality.frames import Frame
from etl.quality.gate import Gate
from etl.quality.verdicts import columns_of
from etl.quality.whole_file import COUNTS, SHARES
from tests.quality.planted import PERSON, RECEIVED_ON, Random, invent_row, plant, stage

ROWS_AT_ONCE, INVENTED = 65_536, 20_000


def seconds_of(work: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def invent_people(count: int) -> pa.Table:
    """So many standardised person records: invented ones, over and over, each with a number and a digest of its own."""
    random = Random(1)
    rows = [invent_row(number, random) for number in range(2, 2 + INVENTED)]
    plant(rows, random)
    once = stage(rows)[PERSON]
    people = pa.concat_tables([once] * -(-count // INVENTED)).slice(0, count).combine_chunks()
    numbers = pa.array(np.arange(2, count + 2, dtype=np.int32))
    people = people.set_column(people.column_names.index("row_no"), "row_no", numbers)
    digests = numbers.cast(pa.string())
    return people.set_column(people.column_names.index("row_digest"), "row_digest", digests)


def by_gate(people: pa.Table) -> int:
    """Rows that any rule names, by ours."""
    with Gate(RECEIVED_ON) as gate:
        for start in range(0, people.num_rows, ROWS_AT_ONCE):
            gate.take({PERSON: people.slice(start, ROWS_AT_ONCE)})
        return sum(finding.row_count for finding in gate.finish())


def ready_frame(people: pa.Table, suite: Suite) -> pd.DataFrame:
    """Every column that the suite's rules look at, as pandas has it."""
    frame = Frame(PERSON, {PERSON: people}, RECEIVED_ON)
    columns = {}
    for name in {name for rule in suite.expectations for name in columns_of(rule)}:
        column = frame.values(name)
        columns[name] = column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
    return pa.table(columns).to_pandas(date_as_object=False).assign(case_no=np.arange(people.num_rows))


def by_great_expectations(frame: pd.DataFrame, suite: Suite) -> int:
    """The same by Great Expectations alone, which names the row of every failing value."""
    results = suites._validate(suite, tuple(rule.rule_id for rule in suite.expectations), frame)
    return sum(len(suites._failed(result)) for result in results.values())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the rules on person records.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    people = invent_people(parser.parse_args().rows)
    counted = {**COUNTS[PERSON], **SHARES[PERSON]}
    chosen = [rule for rule in catalogue().suites[PERSON].expectations if rule.kwargs.get("column") not in counted]
    suite = Suite(name=PERSON, expectations=tuple(chosen))
    by_gate(people.slice(0, 1000))
    frame = ready_frame(people, suite)
    bare = seconds_of(lambda: by_great_expectations(frame, suite))
    verdicts._remembered.clear()
    ours = seconds_of(lambda: by_gate(people))
    Console(width=120).print(
        f"{people.num_rows:,} rows: ours {ours:.1f} s for {len(chosen) + len(counted)} rules; bare Great Expectations"
        f" {bare:.1f} s for {len(chosen)} of them; {bare / ours:.1f} times"
    )


if __name__ == "__main__":
    main()
