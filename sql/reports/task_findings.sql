-- one row per finding of an accepted batch, for the rules that have a task open
select f.batch_id, f.rule_id, b.sender_code, b.kind, f.applicable, f.row_count
from quality.finding as f
inner join intake.batch as b using (batch_id)
where b.state = 'accepted' and f.rule_id in (select t.rule_id from quality.task as t where t.state <> 'closed')
order by f.batch_id, f.rule_id
