"""Rulings of reviewers in PostgreSQL: facts that are added and never changed, and the links that they open and close."""

from dataclasses import dataclass

import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl.contracts import LINK, RULING
from etl.errors import ConfigError
from etl.warehouse.audit import record
from etl.warehouse.load import fetch_table

BINDING_SCHEMA = pa.schema([RULING.arrow_schema.field(name) for name in ("record_id", "person_id", "verdict")])
STANDING = """
    select distinct on (r.record_id, coalesce(m.kept_id, r.person_id)) ruling_id, r.record_id, coalesce(m.kept_id, r.person_id) as person_id, verdict
    from identity.ruling_in_force r left join identity.merged_person m using (person_id)
    where not is_blind order by r.record_id, coalesce(m.kept_id, r.person_id), ruling_id desc"""
"""One row per pair that was ruled on: the ruling that counts, which is the last one. What was ruled of a number that the
register merged away is ruled of the one that it keeps."""


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


def read_rulings(connection: Connection) -> pa.Table:
    """What binds the engine: `record_id, person_id, verdict` (`same`, at most one a record, or `different`).

    The last ruling of a pair counts, and of several `same` of one record the last: the record has one person. `same`
    holds as long as the register knows the person and has not cancelled him.
    """
    return fetch_table(
        connection,
        f"""
        with standing as ({STANDING}),
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
    """Every record (`record_id`) that was ever ruled on openly: few enough to be looked at in every build."""
    return fetch_table(
        connection,
        "select distinct record_id from identity.ruling where not is_blind",
        (),
        pa.schema([LINK.arrow_schema.field("record_id")]),
    )


def read_apart(connection: Connection) -> pa.Table:
    """The records (`record_id`) that a reviewer split from a provisional person: each is a person of its own."""
    return fetch_table(
        connection,
        f"select distinct record_id from ({STANDING}) s where person_id < 0 and verdict in ('different', 'split')",
        (),
        pa.schema([LINK.arrow_schema.field("record_id")]),
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
