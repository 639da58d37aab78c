-- one row per task of a standing condition, closed or not
select task_id, rule_id, scope_kind, scope_code, state, row_count
from quality.task
where batch_id is null
order by task_id
