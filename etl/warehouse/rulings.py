"""Rulings of reviewers in PostgreSQL: facts that are added and never changed, and the links that they open and close."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from psycopg2.extensions import connection as Connection
from psycopg2.extras import RealDictCursor

from etl.contracts import LINK, RULING
from etl.errors import ConfigError
from etl.warehouse.audit import record
from etl.warehouse.load import fetch_table

BINDING_SCHEMA = pa.schema([RULING.arrow_schema.field(name) for name in ("record_id", "person_id", "verdict")])
RECORD_SCHEMA = pa.schema([LINK.arrow_schema.field("record_id")])
PAIR_SCHEMA = RECORD_SCHEMA.append(pa.field("other_id", pa.int64()))
VERDICTS = ("same", "different", "cannot_tell", "split")


def sql_for_last(verdicts: Sequence[str] = VERDICTS, which: str = "true") -> str:
    """One row per pair that was ruled on: the ruling that counts, which is the last one. What was ruled of a number that the
    register merged away is ruled of the one that it keeps. `which` is a condition on pairs."""
    person = "coalesce(m.kept_id, r.person_id)"
    return f"""
        select distinct on (r.record_id, {person}) ruling_id, r.record_id, {person} as person_id, verdict
        from identity.ruling_in_force r left join identity.merged_person m using (person_id)
        where not is_blind and {which} and verdict in ({", ".join(f"'{verdict}'" for verdict in verdicts)})
        order by r.record_id, {person}, ruling_id desc"""


@dataclass(frozen=True)
class OpenLink:
    """What is believed of a record now, and why."""

    link_id: int
    record_id: int
    person_id: int
    decision: str
    rule: str
    score: float | None
    candidate_person_id: int | None
    runner_up_person_id: int | None
    runner_up_score: float | None
    model_version: str
    vector: int | None
    runner_up_vector: int | None
    opened_run_id: int | None


@dataclass(frozen=True)
class Ruling:
    """What a reviewer decided of a record and a person; fields as in the contract."""

    record_id: int
    person_id: int
    verdict: str
    reason: str
    actor: str
    note: str | None = None
    sample_id: int | None = None
    undoes_ruling_id: int | None = None

    @property
    def is_blind(self) -> bool:
        """Whether it was ruled without seeing what engine or others decided."""
        return self.sample_id is not None


@dataclass(frozen=True)
class Weighed:
    """What was known of the pair when it was ruled on; lead and `rival_vector` are over the best other candidate."""

    score: float | None = None
    lead: float | None = None
    vector: int | None = None
    rival_vector: int | None = None


@dataclass(frozen=True)
class Move:
    """To whom the record of a link goes, and what stands of it then."""

    link_id: int
    before: str
    """What was decided until now."""
    person_id: int
    decision: str
    rule: str
    candidate_person_id: int | None


def read_rulings(connection: Connection) -> pa.Table:
    """What binds the engine: `record_id, person_id, verdict` (`same`, at most one a record, or `different`).

    The last ruling of a pair counts, and of several `same` of one record the last: the record has one person. `same`
    holds as long as the register knows the person and has not cancelled him.
    """
    return fetch_table(
        connection,
        f"""
        with standing as ({sql_for_last()}),
        chosen as (
            select record_id, max(ruling_id) as ruling_id from identity.ruling_in_force where verdict = 'same' and not is_blind
            group by record_id)
        select s.record_id, s.person_id, case s.verdict when 'same' then 'same' else 'different' end as verdict
        from standing s left join chosen c on c.ruling_id = s.ruling_id
            left join identity.register_person p on p.person_id = s.person_id and p.status is distinct from 'cancelled'
        where s.person_id > 0
            and (s.verdict in ('different', 'split') or (c.ruling_id is not null and p.person_id is not null))
        order by s.record_id, s.person_id""",
        (),
        BINDING_SCHEMA,
    )


def read_ruled(connection: Connection) -> pa.Table:
    """Every record (`record_id`) that was ever ruled on openly, or to which another was ruled to belong: few enough to be
    looked at in every build."""
    return fetch_table(
        connection,
        "select record_id from identity.ruling where not is_blind"
        " union select -person_id from identity.ruling where not is_blind and person_id < 0",
        (),
        RECORD_SCHEMA,
    )


def read_apart(connection: Connection) -> pa.Table:
    """The records (`record_id`) that a reviewer split from a provisional person: each stands apart until `same` or
    `cannot_tell` is ruled of the pair."""
    last = sql_for_last(("same", "cannot_tell", "split"), "r.person_id < 0")
    query = f"select distinct record_id from ({last}) s where verdict = 'split'"
    return fetch_table(connection, query, (), RECORD_SCHEMA)


def read_together(connection: Connection, record_id: int | None = None) -> pa.Table:
    """The pairs of records (`record_id, other_id`) that were ruled to be of one person, all or those of one record.

    `same` of a provisional person means the record that names him. It holds until another ruling of the pair, or a split of
    either record.
    """
    which = "r.person_id < 0" + (" and %(record)s in (r.record_id, -r.person_id)" if record_id is not None else "")
    return fetch_table(
        connection,
        f"""
        select s.record_id, -s.person_id as other_id from ({sql_for_last(which=which)}) s
        where s.verdict = 'same' and not exists (
            select from identity.ruling_in_force t where t.verdict = 'split' and not t.is_blind
            and t.record_id in (s.record_id, -s.person_id) and t.ruling_id > s.ruling_id)
        order by 1, 2""",
        {"record": record_id},
        PAIR_SCHEMA,
    )


def read_open_link(connection: Connection, record_id: int) -> OpenLink:
    """The open link of a record; `ConfigError` where the number is nobody's or the record was not linked yet."""
    columns = ", ".join(OpenLink.__dataclass_fields__)
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {columns} from identity.link where record_id = %s and closed_at is null for update", (record_id,)
        )
        row = cursor.fetchone()
    if row is None:
        raise ConfigError(
            f"record {record_id}: there is no such record with a link; expected one that a build linked. "
            "See `healthbook review next`."
        )
    return OpenLink(*row)


def read_person_of(connection: Connection, record_id: int) -> int | None:
    """To whom a record is linked now, if it is linked."""
    with connection.cursor() as cursor:
        cursor.execute("select person_id from identity.link where record_id = %s and closed_at is null", (record_id,))
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def read_links_of_persons(connection: Connection, person_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The open links of some persons, by record."""
    with connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(
            "select * from identity.link where closed_at is null and person_id = any(%s) order by record_id for update",
            (list(person_ids),),
        )
        return {int(row["record_id"]): dict(row) for row in cursor.fetchall()}


def read_persons_touched(connection: Connection, record_id: int) -> list[int]:
    """To whom the records are linked now whose links the rulings of a record opened or closed, and the record itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with given as (select ruling_id from identity.ruling where record_id = %(record)s and not is_blind)
            select distinct person_id from identity.link where closed_at is null and record_id in (
                select %(record)s
                union select -person_id from identity.ruling where record_id = %(record)s and not is_blind and person_id < 0
                union select record_id from identity.link where opened_ruling_id in (select ruling_id from given)
                union select record_id from identity.link where closed_ruling_id in (select ruling_id from given))""",
            {"record": record_id},
        )
        return [int(person_id) for (person_id,) in cursor.fetchall()]


def is_in_register(connection: Connection, person_id: int) -> bool:
    """Whether the register knows a person and has not cancelled him."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from identity.register_person where person_id = %s"
            " and status is distinct from 'cancelled')",
            (person_id,),
        )
        (found,) = cursor.fetchone() or (False,)
    return bool(found)


def was_ruled(connection: Connection, record_id: int, person_id: int, actor: str | None = None) -> bool:
    """Whether anybody, or a certain reviewer, ruled on a pair before; what was taken back counts, but for a blind ruling."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from identity.ruling r left join identity.ruling u on u.undoes_ruling_id = r.ruling_id"
            " where r.record_id = %s and r.person_id = %s and (%s::text is null or r.actor = %s)"
            " and r.undoes_ruling_id is null and not (r.is_blind and u.ruling_id is not null))",
            (record_id, person_id, actor, actor),
        )
        (found,) = cursor.fetchone() or (False,)
    return bool(found)


def read_examples(connection: Connection) -> pa.Table:
    """Weighed pairs with their last clear ruling, blind or not: `record_id, vector, rival_vector, verdict`."""
    return fetch_table(
        connection,
        """
        select record_id, vector, rival_vector, case verdict when 'same' then 'same' else 'different' end as verdict
        from (
            select distinct on (record_id, person_id) record_id, person_id, vector, rival_vector, verdict
            from identity.ruling_in_force where verdict <> 'cannot_tell' and vector is not null
            order by record_id, person_id, ruling_id desc) as r
        order by record_id, person_id""",
    )


def count_rulings(connection: Connection) -> dict[str, int]:
    """How many rulings of each verdict there are, and how many of all are blind."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select verdict, count(*) from identity.ruling_in_force where not is_blind group by verdict order by verdict"
        )
        counts = {str(verdict): int(count) for verdict, count in cursor.fetchall()}
        cursor.execute("select count(*) from identity.ruling_in_force where is_blind")
        (blind,) = cursor.fetchone() or (0,)
    return {**counts, "blind": int(blind)}


def write_ruling(connection: Connection, ruling: Ruling, link: OpenLink, weighed: Weighed) -> int:
    """Add a ruling, with what stood of the record and what was known of the pair. Gives its number."""
    values = {
        **ruling.__dict__,
        "is_blind": ruling.is_blind,
        "link_decision": link.decision,
        "link_rule": link.rule,
        **weighed.__dict__,
        "model_version": link.model_version,
    }
    places = ", ".join(f"%({name})s" for name in values)
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into identity.ruling ({', '.join(values)}, decided_at) values ({places}, now()) returning ruling_id",
            values,
        )
        (ruling_id,) = cursor.fetchone() or (0,)
    record(
        connection,
        ruling.actor,
        "review.decided",
        f"record {ruling.record_id}",
        {
            "ruling": int(ruling_id),
            "person": ruling.person_id,
            "verdict": ruling.verdict,
            "reason": ruling.reason,
            "is_blind": int(ruling.is_blind),
        },
    )
    return int(ruling_id)


def change_link(
    connection: Connection,
    link: OpenLink,
    ruling_id: int,
    actor: str,
    *,
    person_id: int,
    decision: str,
    candidate_person_id: int | None,
) -> None:
    """Close a link and open the one that a ruling puts in its place, at once; nothing of the old one is overwritten."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into identity.person (person_id, is_provisional) values (%s, %s) on conflict do nothing",
            (person_id, person_id < 0),
        )
        cursor.execute(
            "update identity.link set closed_ruling_id = %s, closed_at = now() where link_id = %s",
            (ruling_id, link.link_id),
        )
        cursor.execute(
            "insert into identity.link (record_id, person_id, decision, rule, candidate_person_id, model_version,"
            " opened_ruling_id, opened_at, actor) values (%s, %s, %s, 'reviewer', %s, %s, %s, now(), %s)",
            (link.record_id, person_id, decision, candidate_person_id, link.model_version, ruling_id, actor),
        )
    record(
        connection,
        actor,
        "links.ruled",
        f"record {link.record_id}",
        {"ruling": ruling_id, "before": link.decision, "after": decision},
    )


def move_links(connection: Connection, moves: Sequence[Move], ruling_id: int, actor: str) -> None:
    """Close links and open others of the same records: what was weighed stays beside a link whose decision is the same."""
    weighed = ("score", "runner_up_person_id", "runner_up_score", "vector", "runner_up_vector")
    kept = ", ".join(f"case when decision = %(decision)s then {name} end" for name in weighed)
    with connection.cursor() as cursor:
        for move in moves:
            values = {**move.__dict__, "ruling_id": ruling_id, "actor": actor, "is_provisional": move.person_id < 0}
            cursor.execute(
                "insert into identity.person (person_id, is_provisional) values (%(person_id)s, %(is_provisional)s) on conflict do nothing",
                values,
            )
            cursor.execute(
                f"""
                with closed as (
                    update identity.link set closed_ruling_id = %(ruling_id)s, closed_at = now() where link_id = %(link_id)s
                    returning *)
                insert into identity.link (record_id, person_id, decision, rule, candidate_person_id, {", ".join(weighed)},
                    model_version, opened_ruling_id, opened_at, actor)
                select record_id, %(person_id)s, %(decision)s, %(rule)s, %(candidate_person_id)s, {kept}, model_version,
                    %(ruling_id)s, now(), %(actor)s from closed returning record_id""",
                values,
            )
            (record_id,) = cursor.fetchone() or (0,)
            detail: dict[str, int | str] = {
                "ruling": ruling_id,
                "before": move.before,
                "after": move.decision,
                "person": move.person_id,
            }
            record(connection, actor, "links.ruled", f"record {record_id}", detail)
