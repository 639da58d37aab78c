-- one row per thing that happened to a task
select kind, happened_on, row_count, actor
from quality.task_event
where task_id = %(task)s
order by event_id
