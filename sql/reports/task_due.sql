-- one row per task that is not closed, with who may be told of it and when that happened last
select t.task_id, t.rule_id, t.batch_id, t.scope_kind, t.scope_code, t.owner, t.sender_code, s.name as sender_name, s.ward_code,
    t.row_count, t.due_on, t.reopened,
    max(e.happened_on) filter (where e.kind = 'reminded') as reminded_on,
    max(e.happened_on) filter (where e.kind = 'escalated') as escalated_on,
    max(e.happened_on) filter (where e.kind in ('opened', 'reopened') and e.happened_on < %(today)s) as opened_on,
    bool_or(e.kind = 'reminded' and e.happened_on = %(today)s) as is_reminded_today,
    bool_or(e.kind = 'escalated' and e.happened_on = %(today)s) as is_escalated_today
from quality.task as t
left join reference.sender as s on t.sender_code = s.sender_code
left join quality.task_event as e on t.task_id = e.task_id
where t.state <> 'closed'
group by t.task_id, s.name, s.ward_code
order by t.due_on, t.task_id
