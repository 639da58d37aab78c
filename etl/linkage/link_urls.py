"""Linkage alone, on files of any file system that a cluster reaches."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from etl.engines.opening import open_engine
from etl.errors import ConfigError
from etl.linkage.link_files import OUTPUT, share_of, totals


def link_urls(
    register: str,
    records: str,
    out: str,
    *,
    memory: str,
    threads: int,
    progress: Callable[[str], None],
    profile: str = "vietnam",
    model: Path | None = None,
    save_model: Path | None = None,
    engine_name: str = "spark",
    master: str | None = None,
) -> dict[str, Any]:
    """As `link_files`, with URLs such as `hdfs://host/register` for files or folders of Parquet.

    Writes a folder of files at `out`, a row a record, and replaces what was there; intermediate tables lie beside it and
    are removed at the end. Models stay on this machine. Raises ConfigError and DataError where a file is not what
    `etl.linkage.remote_files` expects.
    """
    from etl.linkage import engine as linkage
    from etl.linkage import index, keys, remote_files
    from etl.linkage.model import load_model, write_model

    chosen = None if model is None else load_model(model)
    clock = linkage.Clock(progress)
    parent, _, name = out.rstrip("/").rpartition("/")
    if not name or ":" in name or any("://" not in url for url in (register, records, out)):
        raise ConfigError(
            "links: a URL is not whole; expected three such as hdfs://host/folder/register. "
            "Write paths of this machine as file:///folder/register."
        )
    with open_engine(engine_name, share_of(memory), threads, parent, master) as engine:
        with clock.stage("register"):
            people = remote_files.open_register(engine, register)
            waiting = remote_files.open_records(engine, records)
            people.load(engine, "people")
            waiting.load(engine, "records")
            index.build_index(engine, keys.PROFILES[profile], people.columns)
        used = linkage.link_records(
            engine, clock, keys.PROFILES[profile], waiting.columns, chosen, known_names="person_key_name"
        )
        with clock.stage("write"):
            engine.write_parquet(f"select d.record_id, {OUTPUT} from decision d", out)
        counts = engine.query("select decision, count(*) as records from decision group by decision").to_pylist()
    if save_model is not None:
        write_model(used, save_model)
    return totals(counts, used.version, clock.seconds)
