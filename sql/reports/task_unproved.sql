-- one row per closed task of an accepted batch whose rows still fail and for which no newer accepted batch speaks any more:
-- what closed it was withdrawn
select t.task_id, t.rule_id
from quality.task as t
inner join intake.batch as b on t.batch_id = b.batch_id
where t.state = 'closed' and b.state = 'accepted'
    and exists (
        select from quality.finding as own
        where own.batch_id = t.batch_id and own.rule_id = t.rule_id and own.row_count > 0
            and own.action in ('open_task', 'quarantine_row'))
    and not exists (
        select from intake.batch as n
        inner join quality.finding as f on n.batch_id = f.batch_id
        where n.sender_code = t.sender_code and n.kind = b.kind and n.batch_id > t.batch_id and n.state = 'accepted'
            and f.rule_id = t.rule_id
        group by n.batch_id
        having sum(f.applicable) >= t.row_count and sum(f.row_count) = 0)
order by t.task_id
