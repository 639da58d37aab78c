"""Linkage alone, on files: for other programs, and for measuring."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

from etl.contracts import PERSON_RECORD, REGISTER_PERSON
from etl.engines.local import LocalEngine
from etl.errors import ConfigError
from etl.linkage.engine import link_records


def link_files(
    register: Path, records: Path, out: Path, memory: str, threads: int, progress: Callable[[str], None]
) -> dict[str, int]:
    """Linkage alone, from Parquet files of text as sources wrote it; writes a row a record in their order, gives totals.

    Raises ConfigError where a file is not what `etl.linkage.files` expects, or `out` cannot be written.
    """
    from etl.linkage import files
    from etl.standardise.records import standardise_people

    if not out.parent.is_dir() or out.is_dir():
        raise ConfigError(
            "links: the path cannot be written to; expected a file in a folder that is there. "
            "Make the folder, or choose another path."
        )
    progress("reading")
    people, (waiting, record_ids) = files.read_register(register), files.read_records(records)
    with LocalEngine(memory, threads, out.parent) as engine:
        for name, table, contract in (("people", people, REGISTER_PERSON), ("records", waiting, PERSON_RECORD)):
            progress(f"{name}: standardising {table.num_rows:,} rows")
            engine.register(name, files.with_columns(standardise_people(table), contract))
        progress("linking")
        decided = link_records(engine)
    assert decided.num_rows == len(record_ids), "every record has one decision"
    decided = decided.set_column(0, "record_id", record_ids.take(decided["record_id"]))
    draft = out.with_name(f".{out.name}.part")
    pq.write_table(decided, draft)
    draft.replace(out)
    counts = Counter(decided["decision"].to_pylist())
    return {"records": decided.num_rows, **{decision: counts[decision] for decision in ("match", "review", "none")}}
