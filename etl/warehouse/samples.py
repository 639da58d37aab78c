"""Samples for blind review in PostgreSQL, and what was ruled of them."""

from typing import Any

import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl.contracts import REVIEW_SAMPLE
from etl.errors import ConfigError
from etl.warehouse.audit import record
from etl.warehouse.load import copy_table, fetch_table
from etl.warehouse.scores import read_query


def read_first(connection: Connection, sure: list[str], near: float, seed: int, most: int) -> list[dict[str, Any]]:
    """The pairs that come first by lot in each stratum: `record_id, person_id, stratum, stratum_records, place`."""
    parameters = {"sure": sure, "near": near, "seed": str(seed), "most": most}
    return list(read_query(connection, "review_strata", parameters).to_pylist())


def write_sample(
    connection: Connection, chosen: list[dict[str, Any]], seed: int, model_version: str, actor: str
) -> int:
    """Keep a sample; gives its number."""
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(max(sample_id), 0) + 1, now() from identity.review_sample")
        sample_id, moment = cursor.fetchone() or (1, None)
    more = {"sample_id": sample_id, "seed": seed, "model_version": model_version, "actor": actor, "drawn_at": moment}
    names = REVIEW_SAMPLE.arrow_schema.names
    rows = [{name: {**one, **more}[name] for name in names} for one in chosen]
    copy_table(connection, REVIEW_SAMPLE.qualified_name, pa.Table.from_pylist(rows, REVIEW_SAMPLE.arrow_schema))
    record(connection, actor, "review.sampled", f"sample {sample_id}", {"pairs": len(rows), "seed": seed})
    return int(sample_id)


def read_person(connection: Connection, sample_id: int, record_id: int) -> int:
    """The person against whom a sample holds a record; ConfigError where it does not hold it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select person_id from identity.review_sample where sample_id = %s and record_id = %s",
            (sample_id, record_id),
        )
        row = cursor.fetchone()
    if row is None:
        raise ConfigError(
            f"sample {sample_id}: it does not hold record {record_id}; expected a record of the sample. "
            f"See `healthbook review next --sample {sample_id}`."
        )
    return int(row[0])


def newest_sample(connection: Connection) -> int:
    """The number of the last sample; ConfigError where none was drawn."""
    with connection.cursor() as cursor:
        cursor.execute("select max(sample_id) from identity.review_sample")
        (newest,) = cursor.fetchone() or (None,)
    if newest is None:
        raise ConfigError("sample: none was drawn yet; expected one. Draw it with `healthbook review sample`.")
    return int(newest)


def read_sample(connection: Connection, sample_id: int) -> pa.Table:
    """A sample's pairs with the last ruling of each, blind or open, since it was drawn; `verdict` is null before.

    A ruling that settles something wins over a later one that cannot tell.
    """
    found = fetch_table(
        connection,
        """
        select s.record_id, s.person_id, s.stratum, s.stratum_records, (
            select case r.verdict when 'split' then 'different' else r.verdict end from identity.ruling_in_force r
            where r.record_id = s.record_id and r.person_id = s.person_id and r.decided_at >= s.drawn_at
            order by r.verdict = 'cannot_tell', r.ruling_id desc limit 1) as verdict
        from identity.review_sample s where s.sample_id = %s order by s.record_id""",
        (sample_id,),
    )
    if not found.num_rows:
        raise ConfigError(f"sample {sample_id}: there is no such sample; expected the number of one that was drawn.")
    return found


def read_unruled(connection: Connection, sample_id: int, actor: str) -> list[dict[str, Any]]:
    """The pairs of a sample on which a reviewer has not ruled, whether then or ever, in an order that tells nothing."""
    found = fetch_table(
        connection,
        """
        select s.record_id, s.person_id from identity.review_sample s
        where s.sample_id = %s and not exists (
            select from identity.ruling r left join identity.ruling u on u.undoes_ruling_id = r.ruling_id
            where r.record_id = s.record_id and r.person_id = s.person_id and r.actor = %s
                and r.undoes_ruling_id is null and not (r.is_blind and u.ruling_id is not null))
        order by md5(s.sample_id || ':' || s.seed || ':' || s.record_id), s.record_id""",
        (sample_id, actor),
    )
    return list(found.to_pylist())


def read_double(connection: Connection) -> list[tuple[str, str]]:
    """Pairs on which two reviewers ruled, one of them blind: what the first said and what the second did.

    Of each reviewer his last ruling of the pair counts, of more than two reviewers the first two.
    """
    with connection.cursor() as cursor:
        cursor.execute("""
            with last_said as (
                select distinct on (record_id, person_id, actor) record_id, person_id, actor, verdict, is_blind, ruling_id
                from identity.ruling_in_force order by record_id, person_id, actor, ruling_id desc),
            placed as (
                select *, row_number() over (partition by record_id, person_id order by ruling_id) as place from last_said)
            select one.verdict, other.verdict
            from placed one join placed other using (record_id, person_id)
            where one.place = 1 and other.place = 2 and (one.is_blind or other.is_blind)
            order by record_id, person_id""")
        return [(str(first), str(second)) for first, second in cursor.fetchall()]
