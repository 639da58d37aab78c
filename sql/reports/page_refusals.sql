-- one row per rule that refused files
select refusal_rule_id as rule_id, count(*) as files
from intake.batch
where state = 'refused' and refusal_rule_id is not null
group by refusal_rule_id
order by files desc, rule_id
