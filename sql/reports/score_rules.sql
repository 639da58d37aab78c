-- one row per sender and rule: how often it applied and failed in the batches accepted up to the day
select b.sender_code, f.rule_id, sum(f.applicable)::bigint as applicable, sum(f.row_count)::bigint as row_count
from quality.finding as f
inner join intake.batch as b using (batch_id)
where b.state = 'accepted' and b.received_at::date <= %(today)s
group by b.sender_code, f.rule_id
order by b.sender_code, f.rule_id
