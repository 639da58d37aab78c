-- one row per sender: when his newest accepted batch came, and the newest day of which it tells, neither after today
with batches as (
    select sender_code, least(max(received_at)::date, %(today)s) as last_accepted_on
    from intake.batch
    where state = 'accepted'
    group by sender_code
),
events as (
    select sender_code, max(as_of_date) as last_event_on
    from intake.person_record
    inner join intake.batch using (batch_id, sender_code)
    where as_of_date <= %(today)s and state = 'accepted'
    group by sender_code
)
select s.sender_code, s.kind, s.ward_code, s.rhythm_days, b.last_accepted_on, e.last_event_on
from reference.sender as s
left join batches as b using (sender_code)
left join events as e using (sender_code)
order by s.sender_code
