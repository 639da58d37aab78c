-- one row per expected sender: hospitals and wards always, an old district once it has sent; longest silence first
with batches as (
    select sender_code, least(max(received_at)::date, %(today)s) as last_accepted_on
    from intake.batch
    where state = 'accepted'
    group by sender_code
)
select
    s.sender_code, s.name, s.kind, s.rhythm_days, b.last_accepted_on,
    case
        when b.last_accepted_on is null then 'silent'
        when %(today)s - b.last_accepted_on > s.rhythm_days then 'late'
        else 'on_time'
    end as state,
    %(today)s - b.last_accepted_on as days_since
from reference.sender as s
left join batches as b using (sender_code)
where s.kind in ('hospital', 'ward') or (s.kind = 'district' and b.last_accepted_on is not null)
order by days_since desc nulls first, s.kind, s.sender_code
