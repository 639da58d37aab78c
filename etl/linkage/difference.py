"""What a full re-link would change, before anybody sees it: persons kept, moved, split and merged, and why."""

import pyarrow as pa

from etl.engines import Engine

KINDS = ("kept", "moved", "split", "merged")
"""A person's records all stay his; all become somebody else's; part among several; come to one who has others' too."""
DIFFERENCE = pa.schema(
    [("kind", pa.string()), ("reason", pa.string()), ("persons", pa.int64()), ("records", pa.int64())]
)


def sql_for_differences() -> str:
    """One row per kind of change and reason (the rule that links now, and the one that will).

    Reads `before` and `after` (`record_id, person_id, rule`), both of the records that both know. A person is counted
    under the first reason of his records that change, by name.
    """
    return """
    with paired as (
        select b.record_id, b.person_id as old_id, a.person_id as new_id,
            case when b.person_id = a.person_id then '' else concat(b.rule, ' > ', a.rule) end as reason
        from before b join after a on a.record_id = b.record_id),
    spread as (
        select old_id, count(distinct new_id) as targets, min(new_id) as new_id, count(*) as records,
            sum(case when old_id = new_id then 0 else 1 end) as moved, max(reason) as reason
        from paired group by old_id),
    gathered as (select new_id, count(distinct old_id) as origins from paired group by new_id),
    judged as (
        select s.records, s.reason,
            case when s.targets > 1 then 'split' when g.origins > 1 then 'merged' when s.moved > 0 then 'moved'
                else 'kept' end as kind
        from spread s join gathered g on g.new_id = s.new_id)
    select kind, reason, count(*) as persons, cast(sum(records) as bigint) as records
    from judged group by kind, reason order by kind, reason"""


def differences(engine: Engine, before: pa.Table, after: pa.Table) -> pa.Table:
    """`DIFFERENCE` of two sets of links; for who gains records without losing any, the reason is empty."""
    engine.register("before", before)
    engine.register("after", after)
    return engine.query(sql_for_differences()).cast(DIFFERENCE)


def changes_anything(found: pa.Table) -> bool:
    """Whether any person would gain or lose a record."""
    return any(kind != "kept" for kind in found["kind"].to_pylist())
