-- one row per task that was closed
select task_id, closed_at as at
from quality.task
where state = 'closed' and closed_at < %(before)s
