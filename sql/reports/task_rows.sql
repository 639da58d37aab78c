-- one row per table and column in which the rows of a task's batch fail its rule, with their numbers
select f.table_name, f.column_name, f.row_count, f.row_nos
from quality.task as t
inner join quality.finding as f on t.batch_id = f.batch_id and t.rule_id = f.rule_id
where t.task_id = %(task)s and f.row_count > 0
order by f.table_name, f.column_name
