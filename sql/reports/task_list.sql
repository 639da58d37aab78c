-- one row per task that is not closed, those due first
select task_id, rule_id, batch_id, scope_kind, scope_code, sender_code, owner, state, assignee, row_count, due_on,
    due_on < %(today)s as is_overdue, reopened
from quality.task
where state <> 'closed'
    and (%(owner)s::text is null or owner = %(owner)s)
    and (%(sender)s::text is null or sender_code = %(sender)s)
    and (not %(overdue)s or due_on < %(today)s)
order by due_on, task_id
