-- one row per rule, scope and batch whose task was open at the end of either day: new, resolved or persisting
with turns as (
    select task_id, happened_on, kind in ('opened', 'reopened') as is_open, event_id
    from quality.task_event
    where kind in ('opened', 'closed', 'reopened')
),
before as (
    select distinct on (task_id) task_id, is_open from turns where happened_on <= %(first)s order by task_id, event_id desc
),
after as (
    select distinct on (task_id) task_id, is_open from turns where happened_on <= %(second)s order by task_id, event_id desc
)
select
    t.task_id, t.rule_id, t.scope_kind, t.scope_code, t.batch_id, t.owner, t.row_count, t.due_on,
    case
        when not coalesce(b.is_open, false) then 'new'
        when not coalesce(a.is_open, false) then 'resolved'
        else 'persisting'
    end as course
from quality.task as t
left join before as b using (task_id)
left join after as a using (task_id)
where coalesce(b.is_open, false) or coalesce(a.is_open, false)
order by course, t.rule_id, t.scope_kind, t.scope_code, t.batch_id
