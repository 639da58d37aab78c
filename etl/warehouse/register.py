"""The population register in PostgreSQL: versions, persons as of the newest one, every number they ever had."""

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from psycopg2.extensions import connection as Connection

from etl.contracts import REGISTER_PERSON
from etl.errors import DataError
from etl.warehouse.audit import record
from etl.warehouse.load import copy_table, fetch_table

COLUMNS = REGISTER_PERSON.source_schema.names


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


def apply_version(connection: Connection, sha256: str, kind: str, as_of_date: date, persons: pa.Table) -> int:
    """Make a snapshot or delta the newest version of the register; gives its number.

    `persons` has the columns of `register_person` but the version. A snapshot cancels the people whom it no longer
    names; a delta touches its own people only. A file older than the register is refused (`DataError`), as is one
    in which a person or an ID in use is not one person's alone.
    """
    _check_numbers(persons)
    version = _open_version(connection, sha256, kind, as_of_date, persons.num_rows)
    with connection.cursor() as cursor:
        cursor.execute("create temp table incoming (like identity.register_person) on commit drop")
        cursor.execute("alter table incoming alter column register_version drop not null")
    copy_table(connection, "incoming", persons.select(COLUMNS))
    columns, values = ", ".join(COLUMNS), ", ".join(f"i.{column}" for column in COLUMNS)
    updates = ", ".join(f"{column} = excluded.{column}" for column in (*COLUMNS, "register_version"))
    old, new = (", ".join(f"{side}.{column}" for column in COLUMNS) for side in ("r", "excluded"))
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into identity.person (person_id, is_provisional) select person_id, false from incoming on conflict do nothing"
        )
        cursor.execute(
            f"insert into identity.register_person as r ({columns}, register_version) select {values}, {version} from incoming i"
            f" on conflict (person_id) do update set {updates} where ({old}) is distinct from ({new})"
        )
        changed = cursor.rowcount
        if kind == "snapshot":
            cursor.execute(
                "update identity.register_person r set status = 'cancelled', register_version = %s where status is distinct from 'cancelled'"
                " and not exists (select 1 from incoming i where i.person_id = r.person_id)",
                (version,),
            )
            changed += cursor.rowcount
    _note_identifiers(connection, version)
    with connection.cursor() as cursor:
        cursor.execute(
            "update identity.register_version set persons = (select count(*) from identity.register_person) where register_version = %s",
            (version,),
        )
    record(
        connection,
        "engine",
        "register.loaded",
        f"register version {version}",
        {"kind": kind, "rows_in": persons.num_rows, "changed": changed},
    )
    return version


def _open_version(connection: Connection, sha256: str, kind: str, as_of_date: date, rows_in: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(max(register_version), 0), max(as_of_date) from identity.register_version")
        newest, newest_date = cursor.fetchone() or (0, None)
        if newest_date is not None and as_of_date < newest_date:
            raise DataError(
                f"register file: it describes {as_of_date}, but the register already stands at {newest_date};"
                " expected a later day. Load register files in the order of their days.",
                "register_out_of_order",
            )
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


def _check_numbers(persons: pa.Table) -> None:
    """Each row must be about one person whom no other row is about."""
    numbers = persons["person_id"]
    missing, distinct = numbers.null_count, pc.count_distinct(numbers).as_py()
    if missing or distinct != persons.num_rows:
        raise DataError(
            f"register file, column MA_NGUOI: {missing} rows without a number, {persons.num_rows - missing - distinct} more rows of a number than one;"
            " expected one row a person, with his number. Export the register again.",
            "register_number",
        )


def _check_identifiers(connection: Connection) -> None:
    """An ID is one person's: with two, whatever is linked by it would be wrong."""
    with connection.cursor() as cursor:
        cursor.execute("""
            select count(*) from (
                select national_id from (
                    select person_id, national_id from incoming where national_id is not null and status is distinct from 'cancelled'
                    union select person_id, national_id from identity.register_identifier where is_active) as used
                group by national_id having count(*) > 1) as shared""")
        (shared,) = cursor.fetchone() or (0,)
    if shared:
        raise DataError(
            f"register file, column SO_DINH_DANH: {shared} numbers are in use by two people; expected each by one."
            " Have the register corrected, and export it again.",
            "register_number",
        )


def _note_identifiers(connection: Connection, version: int) -> None:
    """Keep the numbers that people had before as inactive ones, and make those they have now active."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            update identity.register_identifier n set is_active = false, register_version = %s from incoming i
            where i.person_id = n.person_id and n.is_active and i.national_id is distinct from n.national_id""",
            (version,),
        )
        cursor.execute(
            """
            update identity.register_identifier n set is_active = false, register_version = %s from identity.register_person r
            where r.person_id = n.person_id and n.is_active and r.status = 'cancelled'""",
            (version,),
        )
        _check_identifiers(connection)
        cursor.execute(
            """
            insert into identity.register_identifier (person_id, national_id, is_active, register_version)
            select person_id, national_id, true, %s from incoming where national_id is not null and status is distinct from 'cancelled'
            on conflict (person_id, national_id) do update set is_active = true, register_version = excluded.register_version
            where not identity.register_identifier.is_active""",
            (version,),
        )


def read_register(connection: Connection) -> pa.Table:
    """Every person of the register as of the newest version."""
    columns = ", ".join(REGISTER_PERSON.arrow_schema.names)
    return fetch_table(connection, f"select {columns} from identity.register_person", (), REGISTER_PERSON.arrow_schema)


def read_former_ids(connection: Connection) -> pa.Table:
    """`former_id, current_id` (whole numbers): citizen IDs that were re-issued and that nobody else bears now."""
    return fetch_table(
        connection,
        """
        select i.national_id::bigint as former_id, min(p.national_id::bigint) as current_id
        from identity.register_identifier i join identity.register_person p using (person_id)
        where not i.is_active and p.national_id is not null
            and not exists (select from identity.register_identifier a where a.national_id = i.national_id and a.is_active)
        group by i.national_id having count(distinct p.person_id) = 1""",
        (),
        pa.schema([("former_id", pa.int64()), ("current_id", pa.int64())]),
    )


def read_changed(connection: Connection, since: int) -> pa.Table:
    """`person_id` of the people whom versions after `since` changed."""
    return fetch_table(
        connection,
        "select person_id from identity.register_person where register_version > %s",
        (since,),
        pa.schema([REGISTER_PERSON.arrow_schema.field("person_id")]),
    )
