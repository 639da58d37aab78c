"""Link: who is who among all that was accepted. Only what may have changed is looked at; a re-link waits for approval."""

from typing import Any

import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl.errors import ConfigError
from etl.linkage import difference, drift, index, keys, reopen, trust
from etl.linkage.engine import Clock, link_keys
from etl.linkage.model import Model
from etl.linkage.provisional import group_provisional
from etl.settings import Settings
from etl.steps.bonds import JOINED, bonds_of
from etl.steps.database import warehouse
from etl.steps.linkage_input import Build, last_index, load_people, load_records, open_engine
from etl.steps.models import read_model
from etl.warehouse import links, models, register, relinks, rulings, withdrawals
from etl.warehouse.store import Store

DECIDED = f"""
    select d.record_id, coalesce(p.person_id, d.person_id) as person_id, d.decision, d.rule, d.score,
        d.person_id as candidate_person_id, d.runner_up_person_id, d.runner_up_score, d.model_version, d.vector,
        d.runner_up_vector
    from decision d left join provisional p on p.record_id = d.record_id where p.person_id is null or p.person_id < 0
    union all
    select d.record_id, p.person_id, 'match', '{JOINED}', null, p.person_id, null, null, d.model_version, null, null
    from decision d join provisional p on p.record_id = d.record_id where p.person_id > 0
    order by 1"""
"""What `links.write_links` takes: provisional persons stand in where there is no match, and who was ruled to be of one person
with a record that has one is linked to him."""


def link(settings: Settings, full: bool = False, model_version: str | None = None) -> int:
    """Decide who is who for all records that may be decided anew, or for every record; gives the number of the build.

    Looked at are records without a match and those that `reopen` names: the register changed about them, or numbers
    came to be shared. The same input is not linked twice: the build that did it is given again. With `full`, or another
    model than the last build's, everything is linked anew: where that would change anybody's records the build is only
    *proposed*, with a report of the differences, until somebody approves it.
    """
    with warehouse(settings) as connection:
        links.lock_build(connection)
        model = read_model(connection, model_version)
        newest, digest = links.find_newest_run(connection), links.digest_input(connection, model.version)
        if newest is not None and newest.input_digest == digest and not full:
            return newest.run_id
        is_relink = newest is not None and (full or newest.model_version != model.version)
        run_id = links.open_run(connection, is_relink or newest is None, model.version, digest)
        run, store = links.read_run(connection, run_id), Store(settings)
        with open_engine(settings) as engine, store.writing(f"links/{run_id}") as folder:
            build = Build(store, connection, engine, run, newest, folder)
            engine.register("departed", withdrawals.close_departed(connection, run_id))
            load_people(build)
            load_records(build)
            reasons = _choose_records(build, is_relink)
            decided = _decide(build, model)
            relinks.write_reasons(connection, run_id, reasons)
            relinks.write_drift(connection, run_id, drift.measure_drift(engine))
            if is_relink and _is_proposed(build, decided):
                engine.write_parquet("select * from decided", folder / "decided.parquet")
                links.mark_run(connection, run_id, "proposed")
            else:
                links.write_links(connection, run_id, decided)
    return run_id


def approve(settings: Settings, run_id: int, actor: str) -> None:
    """Let a proposed build take effect: its links are opened, and its model is the one of all builds to come.

    Raises ConfigError where it is not proposed, or records, register or rulings have changed since.
    """
    with warehouse(settings) as connection:
        links.lock_build(connection)
        run = _proposed(connection, run_id)
        if links.digest_input(connection, run.model_version) != run.input_digest:
            raise ConfigError(
                f"run {run_id}: records, register or rulings have changed since it was proposed; expected what it was "
                "made from. Run `healthbook build --full` again, and read its report."
            )
        links.write_links(connection, run_id, Store(settings).read_table(f"links/{run_id}", "decided"))
        links.mark_run(connection, run_id, "linked")
        models.make_current(connection, run.model_version, actor)
        relinks.note_answer(connection, run_id, actor, "approved")


def reject(settings: Settings, run_id: int, actor: str) -> None:
    """Close a proposed build: nothing of it takes effect."""
    with warehouse(settings) as connection:
        links.lock_build(connection)
        _proposed(connection, run_id)
        links.mark_run(connection, run_id, "rejected")
        relinks.note_answer(connection, run_id, actor, "rejected")


def read_differences(settings: Settings, run_id: int) -> list[dict[str, Any]]:
    """What a re-link would change, or changed: `kind, reason, persons, records`."""
    with warehouse(settings) as connection:
        return relinks.read_differences(connection, run_id)


def _proposed(connection: Connection, run_id: int) -> links.Run:
    run = links.read_run(connection, run_id)
    if run.state != "proposed":
        raise ConfigError(f"run {run_id}: it is {run.state}; expected a proposed build. See `healthbook status`.")
    return run


def _choose_records(build: Build, is_relink: bool) -> dict[str, int]:
    """Make `record_key` of the records to decide; gives how many for each reason."""
    engine = build.engine
    trust.find_shared(engine, "all_key")
    if is_relink or build.newest is None:
        engine.create_view("record_key", "select * from all_key")
        return {"every_record": engine.count("all_key")}
    before = last_index(build)
    engine.create_from_parquet("old_rarity", [before / index.RARITY] if before else [], index.RARITY_SCHEMA)
    engine.register("open_link", links.read_open_links(build.connection))
    engine.register("changed_person", _changed_numbers(build))
    engine.register("ruled_record", rulings.read_ruled(build.connection))
    engine.create_from_parquet("old_person", [before / index.PERSONS] if before else [], index.PERSON_SCHEMA)
    changed = "where person_id in (select person_id from changed_person)"
    names = ", ".join(index.PERSON_SCHEMA.names)
    engine.create(
        "changed_key",  # as they are, and as they were: who no longer is a candidate changes decisions as well
        f"select {names} from person_key {changed} union all select {names} from old_person {changed}",
    )
    gone = "(select * from kept_key semi join departed using (record_id))"
    engine.create("departed_key", keys.sql_for_current(gone))
    reasons = reopen.reopen(engine)
    engine.create("record_key", "select * from all_key where record_id in (select record_id from reopened)")
    return reasons


def _changed_numbers(build: Build) -> pa.Table:
    """The people whom the register changed since the last build (`person_id`)."""
    since = build.newest.register_version if build.newest is not None else None
    return register.read_changed(build.connection, since or 0)


def _decide(build: Build, model: Model) -> pa.Table:
    """What is decided of the chosen records, as `links.write_links` takes it; kept as `decided`."""
    engine = build.engine
    engine.register("ruled", rulings.read_rulings(build.connection))
    ruled = engine.query("select * from ruled where record_id in (select record_id from record_key)")
    link_keys(engine, Clock(), model, rulings=ruled)
    engine.register("provisional", group_provisional(engine, bonds_of(build.connection)))
    decided = engine.query(DECIDED)
    engine.register("decided", decided)
    return decided


def _is_proposed(build: Build, decided: pa.Table) -> bool:
    """Whether a re-link would change anybody's records; the differences are written down."""
    before = links.read_open_links(build.connection)
    found = difference.differences(build.engine, before, decided.select(["record_id", "person_id", "rule"]))
    relinks.write_differences(build.connection, build.run.run_id, found)
    return difference.changes_anything(found)
