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
from etl.linkage.explain import explain_pair, reason_of, score_of, side_by_side
from etl.linkage.model import Model
from etl.linkage.pairs import PAIR, compare_pairs
from etl.linkage.wording import RULE_WORDS
from etl.settings import Settings
from etl.steps.database import warehouse
from etl.steps.linkage_input import Build, load_people, load_records, open_engine
from etl.steps.models import read_model
from etl.warehouse import links, queue
from etl.warehouse.audit import record as note
from etl.warehouse.store import Store

SHOWN = ("decision", "rule", "actor", "model_version", "opened_at", "person_id")
Vectors = Mapping[tuple[int, int], int]


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


def explain_records(settings: Settings, connection: Connection, record_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Explanations of the open links of records, by record."""
    standing = queue.read_links(connection, record_ids)
    pairs = {record_id: _pairs_of(link) for record_id, link in standing.items()}
    vectors = vectors_of(settings, connection, pairs)
    records = queue.read_records(connection, list(standing))
    people = sorted({one["person_id"] for found in pairs.values() for one in found if one["person_id"] is not None})
    persons = queue.read_persons(connection, people)
    models: dict[tuple[str, int | None], Model] = {}
    explained = {}
    for record_id, link in standing.items():
        key = (link["model_version"], link["register_version"])
        models[key] = models.get(key) or sized_model(settings, connection, *key)
        explained[record_id] = _explain(link, pairs[record_id], vectors, records[record_id], persons, models[key])
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


def _pairs_of(link: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The persons whom a link weighs: the linked one or the candidate, and the runner-up."""
    is_match = link["decision"] == "match"
    best = link["person_id"] if is_match else link["candidate_person_id"]
    pairs = [{"role": "linked" if is_match else "candidate", "person_id": best, "vector": link["vector"]}]
    if link["runner_up_person_id"] is not None:
        runner_up = {"person_id": link["runner_up_person_id"], "vector": link["runner_up_vector"]}
        pairs.append({"role": "runner_up", **runner_up})
    return [one for one in pairs if one["person_id"] is not None or one["vector"] is not None]


def vectors_of(
    settings: Settings, connection: Connection, pairs: Mapping[int, Sequence[Mapping[str, Any]]]
) -> Vectors:
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


def _explain(
    link: Mapping[str, Any],
    pairs: Sequence[Mapping[str, Any]],
    vectors: Vectors,
    record: Mapping[str, Any],
    persons: Mapping[int, Mapping[str, Any]],
    model: Model,
) -> dict[str, Any]:
    record_id = int(link["record_id"])
    known = [
        one["vector"] if one["vector"] is not None else vectors.get((record_id, one["person_id"])) for one in pairs
    ]
    scores = [None if vector is None else score_of(model, vector) for vector in known]
    explained = []
    for place, (one, vector) in enumerate(zip(pairs, known, strict=True)):
        rival = next((score for other, score in enumerate(scores) if other != place and score is not None), None)
        score, person = scores[place], persons.get(one["person_id"])
        lead = None if score is None or rival is None else round(score - rival, 3)
        said = {"role": one["role"], "person_id": one["person_id"]}
        if vector is None:
            explained.append({**said, "fields": side_by_side(record, person), "veto": None, "score": None})
        else:
            explained.append({**said, **explain_pair(model, vector, lead, record, person)})
    first = explained[0] if explained else {}
    vi, en = RULE_WORDS.get(link["rule"], (link["rule"], link["rule"]))
    return {
        "record_id": record_id,
        "link": {**{name: link[name] for name in SHOWN}, "rule_vi": vi, "rule_en": en},
        "why": reason_of(link["decision"], link["rule"], first.get("score"), first.get("lead"), model),
        "thresholds": {"match": model.match_threshold, "lead": model.match_threshold, "review": model.review_threshold},
        "pairs": explained,
    }
