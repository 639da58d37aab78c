"""Explain: why a record was linked as it was, from its vectors and the model of the day; a picture of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from psycopg2.extensions import connection as Connection

from etl.errors import ConfigError
from etl.linkage import index, trust
from etl.linkage.engine import round_size
from etl.linkage.explain import explain_link, pairs_of
from etl.linkage.model import Model
from etl.linkage.pairs import PAIR, compare_pairs
from etl.settings import Settings
from etl.steps.database import warehouse
from etl.steps.linkage_input import Build, load_people, load_records, open_engine
from etl.steps.models import read_model
from etl.warehouse import links, queue
from etl.warehouse.audit import record as note
from etl.warehouse.store import Store


def explain(settings: Settings, record_id: int, actor: str, out: Path | None = None) -> dict[str, Any]:
    """Why a record is linked as it is: best candidate and runner-up, field by field; with `out` a chart as well.

    It holds what record and persons state, and that it was shown is audited. Raises ConfigError for a record without a
    link, and where `out` cannot be written.
    """
    from etl.linkage.explain_chart import check_path, draw

    if out is not None:
        check_path(out)
    with warehouse(settings) as connection:
        found = explain_records(settings, connection, [record_id])
        if record_id not in found:
            raise ConfigError(
                f"record {record_id}: there is no such record with a link; expected one that a build linked. "
                "See `healthbook review next`."
            )
        note(connection, actor, "link.explained", f"record {record_id}", {})
    if out is not None:
        draw(found[record_id], out)
    return found[record_id]


def explain_file(
    register: Path, records: Path, record_id: str, *, model: Path | None = None, out: Path | None = None
) -> dict[str, Any]:
    """The same of a record in a file, without a database: nothing is audited, for the files are the caller's own."""
    from etl.linkage import explain_files
    from etl.linkage.explain_chart import check_path, draw

    if out is not None:
        check_path(out)
    found = explain_files.explain_file(register, records, record_id, memory="8GB", threads=2, model=model)
    if out is not None:
        draw(found, out)
    return found


def explain_records(
    settings: Settings,
    connection: Connection,
    record_ids: Sequence[int],
    reader: Connection | None = None,
    *,
    is_compared: bool = True,
) -> dict[int, dict[str, Any]]:
    """Explanations of the open links of records, by record.

    What is shown is read by `reader`, where there is one: of what he may not see there is no explanation. Without
    `is_compared` a pair whose link keeps no vector is shown without weights, which costs no time.
    """
    reader = reader or connection
    standing = queue.read_links(reader, record_ids)
    pairs = {record_id: pairs_of(link) for record_id, link in standing.items()}
    vectors = vectors_of(settings, connection, pairs) if is_compared else {}
    seals = Store(settings).seals
    records = queue.read_records(reader, seals, list(standing))
    people = sorted({one["person_id"] for found in pairs.values() for one in found if one["person_id"] is not None})
    persons = queue.read_persons(reader, seals, people)
    models: dict[tuple[str, int | None], Model] = {}
    explained = {}
    for record_id, link in standing.items():
        key = (link["model_version"], link["register_version"])
        models[key] = models.get(key) or sized_model(settings, connection, *key)
        explained[record_id] = explain_link(link, pairs[record_id], vectors, records[record_id], persons, models[key])
    return explained


def sized_model(
    settings: Settings, connection: Connection, version: str | None = None, register_version: int | None = None
) -> Model:
    """The model of a version (else the current one), as it weighs against a version of the register (else the last build's)."""
    newest, store = links.find_newest_run(connection), Store(settings)
    known = register_version or (newest.register_version if newest else None)
    name = None if known is None else index.folder_name(known)
    if name is not None and store.complete(name):
        people = int(pq.read_metadata(store.path(name) / index.PERSONS).num_rows)
    else:
        people = queue.count_people(connection)
    return replace(read_model(connection, version), register_size=round_size(people))


def vectors_of(
    settings: Settings, connection: Connection, pairs: Mapping[int, Sequence[Mapping[str, Any]]]
) -> dict[tuple[int, int], int]:
    """The vectors that no link keeps, compared anew; that takes seconds, and only sure links need it."""
    asked = [
        {"record_id": record_id, "person_id": one["person_id"]}
        for record_id, found in pairs.items()
        for one in found
        if one["vector"] is None
    ]
    newest = links.find_newest_run(connection)
    if not asked or newest is None:
        return {}
    with open_engine(settings) as engine, TemporaryDirectory(dir=settings.var_dir) as folder:
        build = Build(Store(settings), connection, engine, newest, newest, Path(folder))
        load_people(build)
        load_records(build)
        trust.find_shared(engine, "all_key")
        return compare_pairs(engine, pa.Table.from_pylist(asked, PAIR))
