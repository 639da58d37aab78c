"""What linkage of the warehouse works on: the index of the register, and the keys of all accepted records.

Both are derived and kept in the store: an index for each register version, made from the last one and what changed; and
beside each build the keys of the records that it saw first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl.contracts import PERSON_RECORD, REGISTER_PERSON
from etl.engines.local import LocalEngine
from etl.errors import ConfigError
from etl.linkage import index, keys
from etl.linkage.engine import prepare_records
from etl.settings import Settings
from etl.steps.withdrawing import sql_for_standing
from etl.warehouse import batches, links, register, withdrawals
from etl.warehouse.store import Store

SENDER_COLUMNS = ("batch_id", "sender_code", "source_person_id", "passport_no")
KEPT_SCHEMA = pa.schema(
    [("record_id", pa.int64()), *keys.KEY_SCHEMA, *(PERSON_RECORD.arrow_schema.field(name) for name in SENDER_COLUMNS)]
)
KEY_FILE, NAME_FILE = f"record_key_{keys.VERSION}.parquet", f"record_name_{keys.VERSION}.parquet"
"""The keys of the records that a build saw first, beside the build."""
IS_CURRENT = (
    "batch_id in (select batch_id from accepted_batch)"
    " and (record_id, batch_id) not in (select record_id, batch_id from demoted)"
)
"""Of the kept keys those by which a record stands."""


@dataclass(frozen=True)
class Build:
    """What one run of `link` works with."""

    store: Store
    connection: Connection
    engine: LocalEngine
    run: links.Run
    newest: links.Run | None
    folder: Path
    """Where the run keeps its files, `links/<run_id>` of the store once it ends well."""


def open_engine(settings: Settings) -> LocalEngine:
    """An engine within the memory that the settings allow, which spills under `var`."""
    spill_dir = settings.var_dir / "spill"
    spill_dir.mkdir(parents=True, exist_ok=True)
    return LocalEngine(settings.memory_limit, settings.threads, spill_dir)


def load_people(build: Build) -> None:
    """Make the index of the run's register known; it is brought up to date from the last one, or made anew."""
    version = build.run.register_version
    if version is None:
        for table, (_, schema) in index.FILES.items():
            build.engine.register(table, schema.empty_table())
        return
    name, before = index.folder_name(version), last_index(build)
    if not build.store.complete(name):
        path = build.store.path(f"register/{version}") / "register_person.parquet"
        build.engine.create_from_parquet("register_person", [path], REGISTER_PERSON.arrow_schema)
        changed = "register_person" if before is None else _changed_people(build)
        build.engine.create_view("people", keys.sql_for_texts(changed, "person_id", "death_date"))
        if before is None:
            index.build_index(build.engine, keys.VIETNAM, keys.PERSON_COLUMNS)
        else:
            index.update_index(build.engine, before, keys.VIETNAM, keys.PERSON_COLUMNS)
        with build.store.writing(name) as folder:
            index.write_index(build.engine, folder)
    index.read_index(build.engine, build.store.path(name))


def last_index(build: Build) -> Path | None:
    """Where the index of the last build's register lies, where there is one."""
    version = None if build.newest is None else build.newest.register_version
    name = None if version is None else index.folder_name(version)
    return build.store.path(name) if name is not None and build.store.complete(name) else None


def _changed_people(build: Build) -> str:
    """Make `changed_people` of those whom the register changed since the last build; gives its name."""
    since = build.newest.register_version if build.newest is not None else None
    build.engine.create_view("changed_people", f"select * from register_person where register_version > {since or 0}")
    return "changed_people"


def load_records(build: Build) -> None:
    """Make `all_key` (every accepted record) and `record_name`; records that are new get their keys, which are kept."""
    engine, accepted = build.engine, batches.read_accepted(build.connection)
    engine.create_from_parquet("kept_key", build.store.files("links", KEY_FILE), KEPT_SCHEMA)
    known = set(engine.query("select distinct batch_id from kept_key")["batch_id"].to_pylist())
    engine.register("moved_row", withdrawals.read_moved(build.connection))
    engine.register("demoted", withdrawals.read_demoted(build.connection))
    promoted = withdrawals.read_promoted_batches(build.connection)
    new = [batch for batch in accepted if batch not in known or batch in promoted]
    paths = [build.store.path(f"staged/{batch}") / "person_record.parquet" for batch in new]
    schema = PERSON_RECORD.source_schema.append(pa.field("row_state", pa.string()))
    engine.create_from_parquet("staged_record", [path for path in paths if path.exists()], schema)
    engine.create_view("standing_record", sql_for_standing("staged_record", PERSON_RECORD.source_schema.names))
    engine.create_view("new_record", "select * from standing_record anti join kept_key using (record_id, batch_id)")
    engine.create_view("records", keys.sql_for_texts("new_record", "record_id", "as_of_date"))
    prepare_records(engine, keys.VIETNAM, keys.RECORD_COLUMNS)
    more = ", ".join(f"s.{name}" for name in SENDER_COLUMNS)
    engine.create("new_key", f"select k.*, {more} from record_key k join new_record s on s.record_id = k.record_id")
    if new:
        engine.write_parquet("select * from new_key", build.folder / KEY_FILE)
        engine.write_parquet("select * from record_name", build.folder / NAME_FILE)
    engine.create_from_parquet("kept_name", build.store.files("links", NAME_FILE), index.NAME_SCHEMA)
    engine.create(
        "every_name",
        "select key_id, min(key_text) as key_text"
        " from (select key_id, key_text from record_name union all select key_id, key_text from kept_name) t group by key_id",
    )
    engine.register("former_id", register.read_former_ids(build.connection, build.store.seals))
    engine.register("accepted_batch", pa.table({"batch_id": pa.array(accepted, pa.int64())}))
    columns = ", ".join(("record_id", *keys.KEY_SCHEMA.names, *SENDER_COLUMNS))
    engine.create_view(
        "every_key",
        f"select {columns} from new_key union all select {columns} from kept_key where {IS_CURRENT}",
    )
    engine.create_view("sender_record", f"select record_id, {', '.join(SENDER_COLUMNS)} from every_key")
    engine.create("all_key", keys.sql_for_current("every_key"))
    engine.create_view("record_name", "select * from every_name")


def load_chosen(connection: Connection, store: Store, engine: LocalEngine, record_ids: Sequence[int]) -> None:
    """Make `record_key` and `sender_record` of records that a build has looked at, and of no others: that takes no time.

    Raises ConfigError where the keys of one are not kept, since standardising has changed after the last build.
    """
    engine.register("accepted_batch", pa.table({"batch_id": pa.array(batches.read_accepted(connection), pa.int64())}))
    engine.register("demoted", withdrawals.read_demoted(connection))
    engine.register("chosen", pa.table({"record_id": pa.array(record_ids, pa.int64())}))
    engine.create_from_parquet("kept_key", store.files("links", KEY_FILE), KEPT_SCHEMA)
    engine.create(
        "chosen_key", f"select * from kept_key where {IS_CURRENT} and record_id in (select record_id from chosen)"
    )
    numbers = engine.query("select distinct national_id from chosen_key where national_id is not null")
    former = register.read_former_ids(connection, store.seals, numbers["national_id"].to_pylist())
    engine.register("former_id", former)
    engine.create("record_key", keys.sql_for_current("chosen_key"))
    engine.create_view("sender_record", f"select record_id, {', '.join(SENDER_COLUMNS)} from chosen_key")
    if engine.count("record_key") != len(set(record_ids)):
        raise ConfigError(
            "records: the last build was made by another version; expected the keys that this one makes. Run `healthbook build`."
        )
