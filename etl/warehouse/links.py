"""Runs and links in PostgreSQL: a link is opened and closed, never overwritten."""

from dataclasses import dataclass

import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl.contracts import LINK
from etl.errors import ConfigError
from etl.warehouse.audit import record
from etl.warehouse.load import copy_table, fetch_table

OPEN_LINK_SCHEMA = pa.schema([LINK.arrow_schema.field(name) for name in ("record_id", "person_id", "decision", "rule")])
NEW_LINK_COLUMNS = (
    "record_id",
    "person_id",
    "decision",
    "rule",
    "score",
    "candidate_person_id",
    "runner_up_person_id",
    "runner_up_score",
    "model_version",
    "vector",
    "runner_up_vector",
)


BUILD = "build"
"""What a build is alone with, by `lock_build` or on a connection of `connect_alone`."""


@dataclass(frozen=True)
class Run:
    """One build of the books, and how far it came."""

    run_id: int
    is_full: bool
    input_digest: str
    register_version: int | None
    model_version: str
    state: str
    matched: int
    in_review: int
    unmatched: int
    books: int | None


def lock_build(connection: Connection) -> None:
    """Let one build at a time change links and books, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", (BUILD,))


def find_newest_run(connection: Connection) -> Run | None:
    """The newest run that took effect, if there was one."""
    return _select_run(connection, "state not in ('proposed', 'rejected')", ())


def find_published_run(connection: Connection) -> Run | None:
    """The run whose books readers see, if there is one."""
    return _select_run(connection, "state in ('published', 'scored')", ())


def read_run(connection: Connection, run_id: int) -> Run:
    """The run of a number; `ConfigError` where the number is nobody's."""
    run = _select_run(connection, "run_id = %s", (run_id,))
    if run is None:
        raise ConfigError(
            f"run {run_id}: there is no such build; expected the number of a build. See `healthbook status`."
        )
    return run


def _select_run(connection: Connection, condition: str, parameters: tuple[int, ...]) -> Run | None:
    columns = ", ".join(Run.__dataclass_fields__)
    with connection.cursor() as cursor:
        cursor.execute(f"select {columns} from identity.run where {condition} order by run_id desc limit 1", parameters)
        row = cursor.fetchone()
    return Run(*row) if row else None


def is_overtaken(connection: Connection, run_id: int) -> bool:
    """Whether a newer build's books are published: an older build that was cut off must not replace them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from identity.run where run_id > %s and state in ('published', 'scored'))", (run_id,)
        )
        (found,) = cursor.fetchone() or (False,)
    return bool(found)


def digest_input(connection: Connection, model_version: str) -> str:
    """32 hex digits over all that links depend on: the register, the model, the accepted batches, what reviewers ruled."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select md5(concat_ws(';', %s, (select max(register_version) from identity.register_version),"
            " (select string_agg(batch_id || ':' || accepted, ',' order by batch_id) from intake.batch where state = 'accepted'),"
            " (select 'ruling ' || max(ruling_id) from identity.ruling where not is_blind)))",
            (model_version,),
        )
        (digest,) = cursor.fetchone() or ("",)
    return str(digest)


def open_run(connection: Connection, is_full: bool, model_version: str, input_digest: str) -> int:
    """Number a new build."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into identity.run (is_full, model_version, register_version, input_digest, state, matched, in_review, unmatched, started_at)"
            " values (%s, %s, (select max(register_version) from identity.register_version), %s, 'linked', 0, 0, 0, now()) returning run_id",
            (is_full, model_version, input_digest),
        )
        (run_id,) = cursor.fetchone() or (0,)
    return int(run_id)


def read_open_links(connection: Connection) -> pa.Table:
    """What is believed now: `record_id, person_id, decision, rule`."""
    return fetch_table(
        connection,
        "select record_id, person_id, decision, rule from identity.link where closed_at is null",
        (),
        OPEN_LINK_SCHEMA,
    )


def read_open_pairs(connection: Connection, place: str, schema: pa.Schema) -> pa.Table:
    """Whose each record is believed to be now: `record_id, person_id, place`, the last by the expression `place`."""
    query = f"select record_id, person_id, {place} as place from identity.link where closed_at is null"
    return fetch_table(connection, query, (), schema)


def write_links(connection: Connection, run_id: int, decided: pa.Table) -> None:
    """Close the links that `decided` (`NEW_LINK_COLUMNS`, one row a record) changes, and open the new ones.

    A link that says what it said before stays as it is. Provisional persons come into being with their first link.
    """
    with connection.cursor() as cursor:
        cursor.execute("create temp table decided (like identity.link) on commit drop")
        for column in ("link_id", "opened_at", "actor"):
            cursor.execute(f"alter table decided alter column {column} drop not null")
    copy_table(connection, "decided", decided.select(list(NEW_LINK_COLUMNS)))
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into identity.person (person_id, is_provisional) select distinct person_id, true from decided where person_id < 0 on conflict do nothing"
        )
        cursor.execute("""
            delete from decided d using identity.link l where l.record_id = d.record_id and l.closed_at is null
            and (l.person_id, l.decision, l.rule) = (d.person_id, d.decision, d.rule)
            and l.candidate_person_id is not distinct from d.candidate_person_id""")
        cursor.execute(
            "update identity.link l set closed_run_id = %s, closed_at = now() from decided d where l.record_id = d.record_id and l.closed_at is null",
            (run_id,),
        )
        closed = cursor.rowcount
        columns = ", ".join(NEW_LINK_COLUMNS)
        cursor.execute(
            f"insert into identity.link ({columns}, opened_run_id, opened_at, actor) select {columns}, %s, now(), 'engine' from decided order by record_id",
            (run_id,),
        )
        opened = cursor.rowcount
        cursor.execute(
            """
            update identity.run set (matched, in_review, unmatched) = (
                select count(*) filter (where decision = 'match'), count(*) filter (where decision = 'review'), count(*) filter (where decision = 'none')
                from identity.link where closed_at is null) where run_id = %s""",
            (run_id,),
        )
    record(connection, "engine", "links.written", f"run {run_id}", {"opened": opened, "closed": closed})


def mark_run(connection: Connection, run_id: int, state: str) -> None:
    """Note how far a build came."""
    with connection.cursor() as cursor:
        cursor.execute("update identity.run set state = %s where run_id = %s", (state, run_id))
