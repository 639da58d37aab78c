-- one row per task, with whether it was open at the end of either day; one older than its course counts from its opening
with last_of as (
    select distinct on (d.day, e.task_id) d.day, e.task_id, e.kind <> 'closed' as is_open
    from (values (%(first)s::date), (%(second)s::date)) as d (day)
    inner join quality.task_event as e on e.happened_on <= d.day and e.kind in ('opened', 'reopened', 'closed')
    order by d.day, e.task_id, e.event_id desc
)
select t.task_id, t.rule_id, t.scope_kind, t.scope_code, t.batch_id,
    coalesce(a.is_open, (t.opened_at at time zone 'UTC')::date <= %(first)s::date and c.is_silent) as was_open,
    coalesce(b.is_open, (t.opened_at at time zone 'UTC')::date <= %(second)s::date and c.is_silent) as is_open
from quality.task as t
left join last_of as a on t.task_id = a.task_id and a.day = %(first)s::date
left join last_of as b on t.task_id = b.task_id and b.day = %(second)s::date
cross join lateral (
    select not exists (select from quality.task_event as e where e.task_id = t.task_id and e.kind = 'opened') as is_silent
) as c
order by t.rule_id, t.scope_kind, t.scope_code, t.task_id
