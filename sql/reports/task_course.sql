-- one row per thing that happened to a task, oldest first
select kind, happened_on, row_count, actor, noted_at
from quality.task_event
where task_id = %(task)s
order by event_id
