"""Linkage alone, on files: for other programs, and for measuring."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from etl.engines import Engine
from etl.engines.opening import open_engine
from etl.errors import ConfigError

if TYPE_CHECKING:
    from etl.linkage.files import TextFile

OUTPUT = "d.person_id, d.decision, d.score, d.runner_up_person_id, d.runner_up_score, d.rule, d.model_version"
ENGINE_SHARE = 0.6
"""Of the memory that the process may take, what the engine may hold; the rest is for Arrow batches and Python."""


def link_files(
    register: Path,
    records: Path,
    out: Path,
    *,
    memory: str,
    threads: int,
    progress: Callable[[str], None],
    profile: str = "vietnam",
    model: Path | None = None,
    save_model: Path | None = None,
    engine_name: str = "duckdb",
    master: str | None = None,
) -> dict[str, Any]:
    """Linkage alone, from Parquet files of text as sources wrote it; writes a row a record, gives totals.

    The rows have the records' order only where record ids are no whole numbers that differ. `register` may be a folder
    that `index_register` wrote. Without `model` one is trained on the data, and kept in
    `save_model` where that is named. `engine_name` and `master`: see `open_engine`. Raises ConfigError where a file is not what `etl.linkage.files` expects, or a path
    cannot be written to.
    """
    from etl.linkage import engine as linkage
    from etl.linkage import files, index, keys
    from etl.linkage.model import load_model, write_model

    for path in (out, save_model):
        if path is not None:
            _check_path(path)
    chosen = None if model is None else load_model(model)
    clock = linkage.Clock(progress)
    is_index = (register / index.PERSONS).is_file()
    people = None if is_index else files.open_register(register)
    waiting, ids = files.open_records(records)
    opened = open_engine(engine_name, share_of(memory), threads, out.parent, master)
    with opened as engine, _checking(people, waiting):
        with clock.stage("register"):
            if people is None:
                index.read_index(engine, register)
            else:
                people.load(engine, "people")
                index.build_index(engine, keys.PROFILES[profile], people.columns)
        places = files.number_records(engine, waiting, ids)
        known_names = "" if people is None else "person_key_name"
        used = linkage.link_records(
            engine, clock, keys.PROFILES[profile], waiting.columns, chosen, known_names=known_names
        )
        with clock.stage("write"):
            _write_links(engine, places, out)
        counts = engine.query("select decision, count(*) as records from decision group by decision").to_pylist()
    if save_model is not None:
        write_model(used, save_model)
    return totals(counts, used.version, clock.seconds)


def index_register(register: Path, out: Path, *, memory: str, threads: int, profile: str = "vietnam") -> dict[str, Any]:
    """Standardise a register once and keep it in the folder `out`, for `link_files`; gives how many people it holds."""
    from etl.linkage import files, index, keys

    people = files.open_register(register)
    out.mkdir(parents=True, exist_ok=True)
    with open_engine("duckdb", share_of(memory), threads, out) as engine, _checking(people):
        people.load(engine, "people")
        index.build_index(engine, keys.PROFILES[profile], people.columns)
        index.write_index(engine, out)
        counted = engine.query("select count(*) as people from person_key").to_pylist()
    return {"people": counted[0]["people"], "index": str(out)}


def _write_links(engine: Engine, places: pa.Table | None, out: Path) -> None:
    """The decisions; by their own ids, or else in the order of the file."""
    draft = out.with_name(f".{out.name}.part")
    if places is None:
        engine.write_parquet(f"select d.record_id, {OUTPUT} from decision d", draft)
    else:
        engine.register("place", places)
        engine.write_parquet(
            f"select p.id as record_id, {OUTPUT} from decision d join place p on p.place = d.record_id order by p.place",
            draft,
        )
    draft.replace(out)


@contextmanager
def _checking(*sources: "TextFile | None") -> Iterator[None]:
    """Where the work ends in an error because a file holds no text, say that instead."""
    from etl.linkage.files import check_text

    try:
        yield
    except Exception:
        for source in sources:
            if source is not None:
                check_text(source)
        raise


def totals(counts: list[dict[str, Any]], model_version: str, seconds: dict[str, float]) -> dict[str, Any]:
    """What a run of linkage says of itself, from the `records` of each `decision`."""
    found = {row["decision"]: row["records"] for row in counts}
    return {
        "records": sum(found.values()),
        **{decision: found.get(decision, 0) for decision in ("match", "review", "none")},
        "model_version": model_version,
        "seconds": {stage: round(spent, 2) for stage, spent in seconds.items()},
    }


def share_of(memory: str) -> str:
    """What the engine may hold of an amount such as 8GB."""
    return f"{float(memory[:-2]) * ENGINE_SHARE:.2f}{memory[-2:]}"


def _check_path(path: Path) -> None:
    if not path.parent.is_dir() or path.is_dir():
        raise ConfigError(
            "links: the path cannot be written to; expected a file in a folder that is there. "
            "Make the folder, or choose another path."
        )
