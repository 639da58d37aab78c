-- one row per task that is open, the most urgent first
select task_id, rule_id, scope_kind, scope_code, batch_id, owner, state, row_count, due_on, reopened
from quality.task
where state <> 'closed' and opened_at::date <= %(today)s
order by due_on, row_count desc, task_id
