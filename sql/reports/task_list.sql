-- one row per task that is open, the most urgent first
select
    task_id, rule_id, scope_kind, scope_code, batch_id, owner, state, assignee, row_count, due_on, due_on - %(today)s::date as days_left,
    reopened, escalated_at
from quality.task
where state <> 'closed'
order by due_on, row_count desc, task_id
