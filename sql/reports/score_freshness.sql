-- one row per sender: accepted rows that say when they were so, and those that came within rhythm and review (5 days)
select
    r.sender_code,
    count(*) filter (where least(b.received_at::date, %(today)s) - r.as_of_date <= s.rhythm_days + 5) as on_time,
    count(*) as dated
from intake.person_record as r
inner join intake.batch as b using (batch_id)
inner join reference.sender as s on r.sender_code = s.sender_code
where r.as_of_date is not null and b.state = 'accepted'
group by r.sender_code
order by r.sender_code
