-- one row: a task
select task_id, rule_id, batch_id, scope_kind, scope_code, sender_code, owner, state, assignee, row_count, opened_at, due_on,
    acknowledged_at, escalated_at, closed_at, reopened
from quality.task
where task_id = %(task)s
