-- one row per task that is not closed, with the kind of file that its batch was
select t.task_id, t.rule_id, t.batch_id, t.sender_code, b.kind, t.row_count
from quality.task as t
inner join intake.batch as b using (batch_id)
where t.state <> 'closed'
order by t.task_id
