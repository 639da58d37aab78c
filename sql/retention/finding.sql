-- one row per finding of a file that counts for no score any more
select f.batch_id, f.rule_id, f.table_name, f.column_name, b.finished_at as at
from quality.finding as f
inner join intake.batch as b using (batch_id)
where
    b.state in ('refused', 'withdrawn') and b.finished_at < %(before)s
    and not exists (select from quality.task as t where t.batch_id = b.batch_id and t.state in ('open', 'acknowledged'))
