"""Estimate: how many automatic matches are false, without anybody looking: by senders' own numbers, and by hidden people."""

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl.contracts import PERSON_RECORD
from etl.errors import ConfigError
from etl.linkage import index, trust
from etl.linkage.absent import link_without_hidden, scale_hidden
from etl.linkage.agreement import false_by_collisions, share_of
from etl.linkage.chance import draw
from etl.linkage.deterministic import NUMBERS, RULES
from etl.linkage.model import Model
from etl.linkage.own_numbers import sql_for_own_numbers
from etl.settings import Settings
from etl.steps.database import warehouse
from etl.steps.linkage_input import Build, load_people, load_records, open_engine
from etl.steps.models import read_model
from etl.warehouse import batches, links, queue
from etl.warehouse.load import fetch_table
from etl.warehouse.store import Store

MATCHED = "select record_id, person_id from identity.link where closed_at is null and decision = 'match'"
LINKED = """
    select l.record_id, r.batch_id, r.row_no, l.person_id, l.rule not in ('reviewer', 'joined') as is_automatic
    from identity.link l join intake.person_record r using (record_id)
    where l.closed_at is null and l.decision = 'match'"""
"""Who matched, and by which row."""
OWN_COLUMNS = ("record_id", "batch_id", "row_no", "sender_code", "source_person_id", "full_name_toneless", "birth_date")


def estimate(settings: Settings, seed: int = 1, share: float = 0.01) -> dict[str, Any]:
    """Both estimates of the share of automatic matches that are false, with intervals; nothing is changed."""
    if not 0 < share <= 0.5:
        raise ConfigError("share: it does not fit; expected more than 0 and at most 0.5. Hide fewer people.")
    with warehouse(settings) as connection:
        newest = links.find_newest_run(connection)
        if newest is None or newest.register_version is None:
            raise ConfigError("estimate: nothing was linked yet; expected a build. Run `healthbook build` first.")
        with open_engine(settings) as engine, TemporaryDirectory(dir=settings.var_dir) as folder:
            build = Build(Store(settings), connection, engine, newest, newest, Path(folder))
            numbers = by_own_numbers(build)
            hidden = by_hidden_people(build, read_model(connection), seed, share)
    return {"own_numbers": numbers, "hidden_people": hidden}


def by_own_numbers(build: Build) -> dict[str, Any]:
    """What senders' own patient numbers say of the links.

    `apart`: of the records whose number comes more than once at a sender, the share of numbers linked to two people. One
    of such links is false, or the sender gave the number out twice: about an upper bound of the share of false links.
    `shared`: people who bear two numbers of one sender; most were registered twice. `contradicting` of them also bear two
    names and two birth dates at that sender: two people's records on one person, hardly a typing error in both. That is
    at least how many matches are false; how many more are never seen, as their victim was no patient of that sender, is
    estimated by `false_by_collisions` (after Blakely & Salmond 2002, International Journal of Epidemiology 31:1246).
    """
    engine, connection = build.engine, build.connection
    paths = [
        build.store.path(f"staged/{batch}") / "person_record.parquet" for batch in batches.read_accepted(connection)
    ]
    schema = pa.schema([PERSON_RECORD.arrow_schema.field(name) for name in OWN_COLUMNS])
    engine.create_from_parquet("own_record", [path for path in paths if path.exists()], schema)
    engine.register("open_link", fetch_table(connection, LINKED))
    rows = engine.query(sql_for_own_numbers("own_record", "open_link")).to_pylist()
    people = queue.count_people(connection)
    total = {name: sum(row[name] for row in rows) for name in rows[0] if name != "sender_code"} if rows else {}
    matches = {row["sender_code"]: row["matches"] for row in rows}
    persons = {row["sender_code"]: row["persons"] for row in rows}
    collisions = total.get("contradicting_persons", 0)
    scaled = false_by_collisions(collisions, matches, persons, people)
    return {
        **total,
        "apart": asdict(share_of(total.get("apart_numbers", 0), total.get("repeated_records", 0))),
        "contradicting": asdict(share_of(collisions, total.get("matches", 0))),
        "false_if_by_chance": None if scaled is None else round(scaled, 8),
    }


def by_hidden_people(build: Build, model: Model, seed: int, share: float) -> dict[str, Any]:
    """Hide people who have sure links, link their records again, and count those that go to somebody else: all false.

    A test on negative controls (Harron et al. 2020, Annals of Human Biology 47:218): whoever is hidden cannot be found.
    `as_sent` looks for the records as they are, `without_numbers` without ID and insurance number, as records of absent
    people often come. `false_matches` scales to all automatic matches (`absent.scale_hidden`). It says nothing of people
    who are in the register and lose a record to somebody else who is.
    """
    engine, connection = build.engine, build.connection
    engine.register("hidden", _hide(connection, seed, share))
    load_people(build)
    load_records(build)
    trust.find_shared(engine, "all_key")
    engine.register("matched", fetch_table(connection, MATCHED))
    version = build.run.register_version
    assert version is not None
    path = build.store.path(index.folder_name(version)) / index.PERSONS
    engine.create_from_parquet("every_person", [path], index.PERSON_SCHEMA)
    counts = queue.count_links(connection)
    linked = {
        name: link_without_hidden(engine, model, without)
        for name, without in (("as_sent", ()), ("without_numbers", NUMBERS))
    }
    result: dict[str, Any] = {"people": engine.count("hidden")}
    for name, found in linked.items():
        records = sum(found.values())
        absent = share_of(found["match"], records)
        scaled = scale_hidden(absent, found, counts)
        result[name] = {**found, "linked_to_another": asdict(absent), "false_matches": scaled}
    return result


def _hide(connection: Connection, seed: int, share: float) -> pa.Table:
    """The people to hide (`person_id`): drawn by lot from those who have a sure link."""
    sure = fetch_table(
        connection,
        "select distinct person_id from identity.link where closed_at is null and rule = any(%s)",
        (list(RULES.values()),),
    )
    chosen = draw(np.asarray(sure["person_id"]), seed) < share
    return sure.filter(pa.array(chosen))
