"""The population register in PostgreSQL: versions, persons as of all files loaded, every number they ever had."""

from collections.abc import Iterator, Sequence
from datetime import date

import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl.contracts import REGISTER_IDENTIFIER, REGISTER_PERSON
from etl.errors import DataError
from etl.warehouse.load import fetch_table
from etl.warehouse.sealing import Seals

PEOPLE_AT_ONCE = 500_000


def find_version(connection: Connection, sha256: str) -> int | None:
    """The version that a file became, if it was loaded before."""
    with connection.cursor() as cursor:
        cursor.execute("select register_version from identity.register_version where sha256 = %s", (sha256,))
        row = cursor.fetchone()
    return int(row[0]) if row else None


def lock_register(connection: Connection) -> None:
    """Let one file at a time change the register."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('register'))")


def newest_snapshot(connection: Connection) -> date | None:
    """The latest day that a loaded snapshot describes."""
    with connection.cursor() as cursor:
        cursor.execute("select max(as_of_date) from identity.register_version where kind = 'snapshot'")
        row: tuple[date | None] | None = cursor.fetchone()
    return row[0] if row else None


def open_version(connection: Connection, sha256: str, kind: str, as_of_date: date, rows_in: int) -> int:
    """Number a file; versions count in the order in which files came, whatever day they describe.

    Raises DataError for a delta where nothing was loaded yet.
    """
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(max(register_version), 0) from identity.register_version")
        (newest,) = cursor.fetchone() or (0,)
        if kind == "delta" and newest == 0:
            raise DataError(
                "register file: a delta, but no snapshot was loaded yet; expected a snapshot first. Load the snapshot, then this file.",
                "register_out_of_order",
            )
        cursor.execute(
            "insert into identity.register_version (register_version, sha256, kind, as_of_date, rows_in, persons, loaded_at)"
            " values (%s, %s, %s, %s, %s, 0, now())",
            (newest + 1, sha256, kind, as_of_date, rows_in),
        )
    return int(newest) + 1


def close_version(connection: Connection, version: int) -> int:
    """Count the people of the register after a version; gives how many the version changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update identity.register_version set persons = (select count(*) from identity.register_person) where register_version = %s",
            (version,),
        )
        cursor.execute("select count(*) from identity.register_person where register_version = %s", (version,))
        (changed,) = cursor.fetchone() or (0,)
    return int(changed)


def read_register(connection: Connection, seals: Seals) -> Iterator[pa.Table]:
    """Every person of the register as of now, `PEOPLE_AT_ONCE` at a time in the order of their numbers.

    A citizen ID that a newer statement gives to somebody else is left out: it would lead to two people.
    """
    columns = ", ".join(
        "case when p.status = 'cancelled' or i.is_active then p.national_id end as national_id"
        if name == "national_id"
        else f"p.{name}"
        for name in REGISTER_PERSON.arrow_schema.names
    )
    last = 0
    while True:
        people = fetch_table(
            connection,
            f"""
            select {columns} from (
                select * from identity.register_person where person_id > %s order by person_id limit %s) as p
            left join identity.register_identifier i on i.person_id = p.person_id and i.national_id_hash = p.national_id_hash
            order by p.person_id""",
            (last, PEOPLE_AT_ONCE),
            REGISTER_PERSON.arrow_schema,
        )
        yield seals.open(REGISTER_PERSON, people)
        if people.num_rows < PEOPLE_AT_ONCE:
            return
        last = people["person_id"][-1].as_py()


def read_former_ids(connection: Connection, seals: Seals, among: Sequence[int] | None = None) -> pa.Table:
    """`former_id, current_id` (whole numbers): citizen IDs that were re-issued, or were of a number merged away, and
    that nobody else bears now; all, or those `among` some."""
    hashes = None if among is None else [seals.hash_of("national_id", f"{number:012d}") for number in among]
    found = fetch_table(
        connection,
        """
        with former as (
            select i.person_id, i.national_id, i.national_id_hash, coalesce(m.kept_id, i.person_id) as kept_id
            from identity.register_identifier i left join identity.merged_person m on m.person_id = i.person_id
            where not i.is_active and (%(hashes)s::text[] is null or i.national_id_hash = any(%(hashes)s)) and not exists (
                select from identity.register_identifier o where o.national_id_hash = i.national_id_hash and o.is_active)),
        borne as (
            select f.*, a.national_id as current_id, min(f.kept_id) over same <> max(f.kept_id) over same as is_of_many
            from former f join identity.register_identifier a on a.person_id = f.kept_id and a.is_active
            window same as (partition by f.national_id_hash))
        select person_id, national_id, kept_id, current_id from borne where not is_of_many""",
        {"hashes": hashes},
    )
    opened = seals.open(REGISTER_IDENTIFIER, found)
    current = seals.open_column("national_id", found["kept_id"], found["current_id"])
    numbers = {"former_id": opened["national_id"].cast(pa.int64()), "current_id": current.cast(pa.int64())}
    least = pa.table(numbers).group_by("former_id").aggregate([("current_id", "min")])
    return pa.table({"former_id": least["former_id"], "current_id": least["current_id_min"]})


def read_changed(connection: Connection, since: int) -> pa.Table:
    """`person_id` of the people whom versions after `since` changed."""
    return fetch_table(
        connection,
        "select person_id from identity.register_person where register_version > %s",
        (since,),
        pa.schema([REGISTER_PERSON.arrow_schema.field("person_id")]),
    )
