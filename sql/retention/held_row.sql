-- one row per row that was set aside or known already, of a file with nothing left to do
select h.batch_id, h.row_no, b.finished_at as at
from intake.held_row as h
inner join intake.batch as b using (batch_id)
where
    h.outcome in ('quarantined', 'duplicate') and b.state <> 'waiting' and b.finished_at < %(before)s
    and not exists (select from quality.task as t where t.batch_id = b.batch_id and t.state in ('open', 'acknowledged'))
