"""Files of the register folded into it in any order and more than once: of each person the newest statement stands.

A delta's row is a statement about its person, a snapshot one about everybody: that those whom it does not name are
cancelled. Keys say which is newer (`register_key`); the register is the same whatever order the files came in. All is
done in sets, and a snapshot that repeats what is known writes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from psycopg2.extensions import connection as Connection

from etl.contracts import REGISTER_PERSON, hash_name
from etl.errors import DataError
from etl.warehouse.audit import record
from etl.warehouse.load import copy_table
from etl.warehouse.register import close_version, newest_snapshot, open_version
from etl.warehouse.register_numbers import settle_identifiers
from etl.warehouse.sealing import Seals

COLUMNS = REGISTER_PERSON.source_schema.names
STORED = (*COLUMNS, *map(hash_name, REGISTER_PERSON.looked_up))
CITIZEN_ID = r"^[0-9]{12}$"
NOTHING, BETWEEN = "\x1e", "\x1f"
"""Stand in what a content's hash is made over: for an empty field, and between two."""
EXTRA_TYPES = {
    "row_no": "integer",
    "change_kind": "text",
    "previous_national_id": "text",
    "previous_national_id_hash": "text",
    "merged_person_id": "bigint",
    "stated_key": "bigint",
    "hash": "bigint",
}
FIRST_DAY, DAYS = date(1900, 1, 1), 100_000
BEFORE_ALL = -1
"""A key older than any statement's."""
EFFECTIVE = "case when d.is_absent then d.stated_key else greatest(d.stated_key, {known}) end"
"""When a person was last named: a snapshot that repeated what was known did not write its key."""
IS_GONE = "(d.is_absent or d.merged_into is not null)"


@dataclass(frozen=True)
class RegisterFile:
    """A register file as it is loaded: its bytes, kind (snapshot or delta) and day; who confirmed a large removal."""

    sha256: str
    kind: str
    as_of_date: date
    confirmed_by: str | None = None


def day_key(day: date | None) -> int:
    """The key of what a snapshot of a day says."""
    return BEFORE_ALL if day is None else (day - FIRST_DAY).days * DAYS


def register_key(as_of: pa.Array, changed_on: pa.Array, file_day: date) -> pa.Array:
    """The key of each row: the day that it describes (`file_day` where it does not say it), then the day of its change.

    Days are Arrow dates. Whoever knew more comes later: a death registered late is not undone by an older file.
    """
    epoch = (FIRST_DAY - date(1970, 1, 1)).days
    day, change = (pc.subtract(pc.cast(pc.cast(days, pa.int32()), pa.int64()), epoch) for days in (as_of, changed_on))
    day = pc.fill_null(day, (file_day - FIRST_DAY).days)
    change = pc.max_element_wise(pc.fill_null(pc.min_element_wise(change, day, skip_nulls=False), 0), 0)
    return pc.add(pc.multiply(day, DAYS), change)


def apply_file(
    connection: Connection, seals: Seals, file: RegisterFile, parts: Iterable[pa.Table], removal_share: float
) -> tuple[int, int]:
    """Fold a file into the register; gives the number of its version, and its rows.

    `parts` have the columns of `register_person` but the version, and `EXTRA_TYPES` as far as the file has them. A
    snapshot that would cancel a larger share of the people than `removal_share` is refused (DataError
    `register_removal`) unless somebody confirmed it, as is a file in which a number is not one person's alone.
    """
    rows_in = _stage(connection, seals, parts)
    known = day_key(newest_snapshot(connection))
    version = open_version(connection, file.sha256, file.kind, file.as_of_date, rows_in)
    newest = max(known, day_key(file.as_of_date)) if file.kind == "snapshot" else known
    _check_numbers(connection, file.kind)
    if newest > known:
        _check_removal(connection, file, version, known, newest, removal_share)
    _note_merges(connection, version)
    _find_winners(connection, known, newest if file.kind == "snapshot" else None)
    _move_standings(connection, known, newest)
    _write_persons(connection, version)
    settle_identifiers(connection, version, EFFECTIVE.format(known=newest))
    changed = close_version(connection, version)
    counts: dict[str, int | str] = {"kind": file.kind, "rows_in": rows_in, "changed": changed}
    record(connection, "engine", "register.loaded", f"register version {version}", counts)
    return version, rows_in


def _run(connection: Connection, statement: str, **values: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return int(cursor.rowcount)


def _count(connection: Connection, query: str, **values: object) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        return tuple(int(value or 0) for value in cursor.fetchone() or ())


def _stage(connection: Connection, seals: Seals, parts: Iterable[pa.Table]) -> int:
    """Copy the file's rows to `incoming`, part by part, sealed; gives their number."""
    _run(connection, "create temp table incoming (like identity.register_person) on commit drop")
    _run(connection, "alter table incoming drop column register_version, alter column person_id drop not null")
    for name, sql_type in EXTRA_TYPES.items():
        _run(connection, f"alter table incoming add column {name} {sql_type}")
    rows_in = 0
    for part in parts:
        sealed = _sealed(seals, part)
        names = [name for name in (*STORED, *EXTRA_TYPES) if name in sealed.column_names]
        rows_in += copy_table(connection, "incoming", sealed.select(names))
    _run(connection, "create index on incoming (person_id)")
    _run(connection, "analyze incoming")
    return rows_in


def _sealed(seals: Seals, part: pa.Table) -> pa.Table:
    """A part as it is stored, with the hash of each row's content, and of the number that a person had before."""
    texts = [
        pc.fill_null(pc.cast(part[name], pa.string()), NOTHING)
        if name in part.column_names
        else pa.array([NOTHING] * part.num_rows)
        for name in COLUMNS
    ]
    contents = pc.binary_join_element_wise(*texts, BETWEEN).to_pylist()
    sealed = seals.seal(REGISTER_PERSON, part).append_column(
        "hash", pa.array(map(seals.number_of, contents), pa.int64())
    )
    if "previous_national_id" not in part.column_names:
        return sealed
    before = part["previous_national_id"].cast(pa.string())
    before = pc.if_else(pc.match_substring_regex(before, CITIZEN_ID), before, None)
    place = sealed.column_names.index("previous_national_id")
    own = seals.seal_column("national_id", part["person_id"], before)
    return sealed.set_column(place, "previous_national_id", own).append_column(
        "previous_national_id_hash", seals.hash_column("national_id", before)
    )


def _check_numbers(connection: Connection, kind: str) -> None:
    """Each row is about one person; in a snapshot no other row is. An ID in use is one person's of the file."""
    missing, repeated = _count(
        connection, "select count(*) - count(person_id), count(person_id) - count(distinct person_id) from incoming"
    )
    if missing or (repeated and kind == "snapshot"):
        raise DataError(
            f"register file, column MA_NGUOI: {missing} rows without a number, {repeated} more rows of a number than one;"
            " expected one row a person, with his number. Export the register again.",
            "register_number",
        )
    latest = "select distinct on (person_id) * from incoming order by person_id, stated_key desc, row_no desc"
    _run(connection, f"create temp view statement as {latest if repeated else 'select * from incoming'}")
    (shared,) = _count(
        connection,
        """
        select count(*) from (
            select from statement where national_id_hash is not null and status is distinct from 'cancelled'
            group by national_id_hash having count(*) > 1) as shared""",
    )
    if shared:
        raise DataError(
            f"register file, column SO_DINH_DANH: {shared} numbers are in use by two people; expected each by one."
            " Have the register corrected, and export it again.",
            "register_number",
        )


def _check_removal(
    connection: Connection, file: RegisterFile, version: int, known: int, newest: int, removal_share: float
) -> None:
    """Refuse the newest snapshot where it would cancel too many, unless somebody confirmed it, which is audited."""
    people, removed = _count(
        connection,
        f"""
        select count(*), count(*) filter (
            where {EFFECTIVE} < %(newest)s and (i.person_id is null or i.status = 'cancelled'))
        from identity.register_person r join identity.register_standing d using (person_id)
        left join incoming i using (person_id) where r.status is distinct from 'cancelled'""".format(known=known),
        newest=newest,
    )
    if removed <= people * removal_share:
        return
    if file.confirmed_by is None:
        raise DataError(
            f"register file: it would remove {removed} of {people} people ({removed / people:.2%}); expected at most"
            f" {removal_share:.2%}. If they are rightly gone, load it again with --confirm-removal and --actor;"
            " else have it exported again.",
            "register_removal",
        )
    counts: dict[str, int | str] = {"removed": removed, "people": people}
    record(connection, file.confirmed_by, "register.removal_confirmed", f"register version {version}", counts)


def _note_merges(connection: Connection, version: int) -> None:
    """Everybody whom the file names exists; what it says of two numbers being one person is kept."""
    for column in ("person_id", "merged_person_id"):
        _run(
            connection,
            f"""
            insert into identity.person (person_id, is_provisional) select distinct {column}, false from incoming i
            where {column} is not null and not exists (select from identity.person p where p.person_id = i.{column})
            on conflict do nothing""",
        )
    _run(
        connection,
        """
        insert into identity.register_merge as m (person_id, kept_id, stated_key, register_version)
        select merged_person_id, person_id, max(stated_key), %(version)s from incoming
        where change_kind = 'HOP_NHAT' group by 1, 2
        on conflict (person_id, kept_id) do update
            set stated_key = excluded.stated_key, register_version = excluded.register_version
            where excluded.stated_key > m.stated_key""",
        version=version,
    )


def _find_winners(connection: Connection, known: int, snapshot: int | None) -> None:
    """Make `winner`: the statements that are newer than what stands, and change it.

    The newest snapshot need not write what it repeats: `known` speaks for it from then on.
    """
    repeats = (
        "and not (d.person_id is not null and d.content_hash = i.hash and not d.is_absent and d.merged_into is null)"
        if snapshot is not None and snapshot >= known
        else ""
    )
    _run(
        connection,
        f"""
        create temp table winner on commit drop as
        select i.*, case when d.person_id is not null then {EFFECTIVE} end as last_key, d.live_key as last_live_key
        from statement i left join identity.register_standing d using (person_id)
        where (d.person_id is null or (i.stated_key, i.hash) > ({EFFECTIVE}, d.content_hash)) {repeats}""".format(
            known=known
        ),
    )
    _run(connection, "create unique index on winner (person_id)")
    _run(connection, "analyze winner")


def _move_standings(connection: Connection, known: int, newest: int) -> None:
    """Bring `register_standing` up to date; makes `remerged` (`person_id`): who was merged, or kept, otherwise before."""
    _run(
        connection,
        f"""
        insert into identity.register_standing (person_id, stated_key, content_hash, is_absent, live_key)
        select person_id, stated_key, hash, stated_key < %(newest)s,
            case when status = 'cancelled' then coalesce(last_live_key, last_key, {BEFORE_ALL}) end
        from winner
        on conflict (person_id) do update set stated_key = excluded.stated_key, content_hash = excluded.content_hash,
            is_absent = excluded.is_absent, live_key = excluded.live_key""",
        newest=newest,
    )
    _run(
        connection,
        """
        update identity.register_standing d set live_key = l.live_key from (
            select i.person_id, max(i.stated_key) as live_key
            from incoming i join identity.register_standing s using (person_id)
            where s.live_key is not null and i.status is distinct from 'cancelled' group by i.person_id) as l
        where l.person_id = d.person_id and d.live_key < l.live_key""",
    )
    if newest > known:
        _run(
            connection,
            """
            update identity.register_standing d set is_absent = true, stated_key = greatest(d.stated_key, %(known)s)
            where not d.is_absent and d.stated_key < %(newest)s
                and not exists (select from incoming i where i.person_id = d.person_id)""",
            known=known,
            newest=newest,
        )
    _run(
        connection,
        f"""
        create temp table remerged on commit drop as
        select d.person_id, d.merged_into as before, m.kept_id as after
        from (
            select distinct on (person_id) person_id, kept_id, stated_key from identity.register_merge
            order by person_id, stated_key desc, kept_id) as last
        join identity.register_standing d using (person_id)
        left join identity.register_merge m on m.person_id = last.person_id and m.kept_id = last.kept_id
            and m.stated_key >= coalesce(d.live_key, {EFFECTIVE})
        where d.merged_into is distinct from m.kept_id""".format(known=newest),
    )
    _run(
        connection,
        "update identity.register_standing d set merged_into = m.after from remerged m where m.person_id = d.person_id",
    )


def _write_persons(connection: Connection, version: int) -> None:
    """Write the persons whose statement won, and cancel those who are gone; who changed bears the version."""
    columns = ", ".join(STORED)
    values = ", ".join(
        f"case when {IS_GONE} then 'cancelled' else w.status end" if name == "status" else f"w.{name}"
        for name in STORED
    )
    updates = ", ".join(f"{column} = excluded.{column}" for column in (*STORED, "register_version"))
    old, new = (", ".join(f"{side}.{column}" for column in STORED) for side in ("r", "excluded"))
    _run(
        connection,
        f"""
        insert into identity.register_person as r ({columns}, register_version)
        select {values}, {version} from winner w join identity.register_standing d using (person_id)
        on conflict (person_id) do update set {updates} where ({old}) is distinct from ({new})""",
    )
    _run(
        connection,
        f"""
        update identity.register_person r set status = 'cancelled', register_version = {version}
        from identity.register_standing d
        where d.person_id = r.person_id and {IS_GONE} and r.status is distinct from 'cancelled'""",
    )
    _run(
        connection,
        f"""
        update identity.register_person r set register_version = {version}
        where person_id in (
            select person_id from remerged union select before from remerged union select after from remerged)""",
    )
