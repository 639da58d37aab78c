-- What person records say, by sender: whether they came in time, and whether the newest month is spread like those before over
-- sex and age (population stability index, from 200 rows on either side).
with told as (
    select
        b.sender_code, s.rhythm_days, p.sex,
        case
            when p.birth_date > day.today - interval '6 years' then 1
            when p.birth_date > day.today - interval '18 years' then 2
            when p.birth_date > day.today - interval '40 years' then 3
            when p.birth_date > day.today - interval '60 years' then 4
            when p.birth_date is not null then 5
        end as age_group,
        b.received_at > day.today - interval '30 days' as is_new,
        count(*) as records,
        count(*) filter (where p.as_of_date is not null) as dated,
        count(*) filter (where p.as_of_date is not null and least(b.received_at::date, day.today) - p.as_of_date > s.rhythm_days + 5) as late
    from intake.person_record as p
    inner join intake.batch as b using (batch_id)
    inner join reference.sender as s on b.sender_code = s.sender_code
    cross join (select current_setting('healthbook.today')::date as today) as day
    where b.state = 'accepted'
    group by 1, 2, 3, 4, 5
),
groups as (
    select
        sender_code, sex, age_group,
        coalesce(sum(records) filter (where is_new), 0)::float as new_records,
        coalesce(sum(records) filter (where not is_new), 0)::float as old_records
    from told
    group by 1, 2, 3
),
shares as (
    select
        sender_code, sum(new_records) over sender as all_new, sum(old_records) over sender as all_old,
        (new_records + 0.5) / (sum(new_records) over sender + 0.5) as new_share,
        (old_records + 0.5) / (sum(old_records) over sender + 0.5) as old_share
    from groups
    window sender as (partition by sender_code)
),
stability as (
    select sender_code, sum((new_share - old_share) * ln(new_share / old_share)) as observed
    from shares
    where all_new >= 200 and all_old >= 200
    group by sender_code
)
select
    'statement_fresh' as rule_id, 'sender' as scope_kind, sender_code as scope_code, sum(dated) as applicable, sum(late) as failing,
    null::float as observed, null::float as expected
from told
group by sender_code
union all
select 'people_spread_as_before', 'sender', sender_code, 1, (observed > 0.25)::int, observed, 0.25
from stability
