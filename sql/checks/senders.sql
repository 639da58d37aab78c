-- Whether senders send: hospitals and wards always, an old district once it has sent. `observed` and `expected` are days, or rows.
with day as (
    select current_setting('healthbook.today')::date as today
),
batches as (
    select
        b.sender_code, least(max(b.received_at)::date, max(day.today)) as last_accepted_on, min(b.received_at)::date as first_accepted_on,
        count(distinct date_trunc('month', b.received_at)) filter (where b.received_at < date_trunc('month', day.today)) as months
    from intake.batch as b
    cross join day
    where b.state = 'accepted'
    group by b.sender_code
),
events as (
    select b.sender_code, max(p.as_of_date) as last_event_on
    from intake.person_record as p
    inner join intake.batch as b using (batch_id)
    cross join day
    where b.state = 'accepted' and p.as_of_date <= day.today
    group by b.sender_code
),
expected as (
    select
        s.sender_code, s.rhythm_days, r.expected_days, r.gap_days, b.last_accepted_on, b.first_accepted_on, b.months, e.last_event_on,
        day.today
    from reference.sender as s
    cross join day
    inner join quality.sender_rhythm as r using (sender_code)
    left join batches as b using (sender_code)
    left join events as e using (sender_code)
    where s.kind in ('hospital', 'ward') or (s.kind = 'district' and b.sender_code is not null)
),
-- A weekday's rows beside those of the same weekday over the last 26 weeks: median, and the median distance from it.
volumes as (
    select b.sender_code, b.received_at::date as on_day, sum(b.rows_in) as rows_in
    from intake.batch as b
    cross join day
    where b.state = 'accepted' and b.received_at::date between day.today - 189 and day.today
    group by 1, 2
),
recent as (
    select v.sender_code, v.on_day, v.rows_in
    from volumes as v
    cross join day
    where v.on_day > day.today - 7
),
medians as (
    select
        r.sender_code, r.on_day, r.rows_in, percentile_cont(0.5) within group (order by v.rows_in) as median,
        count(*) as days, array_agg(v.rows_in) as before
    from recent as r
    inner join volumes as v
        on r.sender_code = v.sender_code and v.on_day < r.on_day and extract(dow from v.on_day) = extract(dow from r.on_day)
    group by r.sender_code, r.on_day, r.rows_in
),
-- The worst of the last seven days: a good Tuesday does not mend a Monday.
seasons as (
    select distinct on (m.sender_code) m.sender_code, m.rows_in, m.median, d.distance
    from medians as m
    cross join lateral (
        select percentile_cont(0.5) within group (order by abs(b - m.median)) as distance from unnest(m.before) as b
    ) as d
    where m.days >= 8
    order by m.sender_code, m.rows_in - (m.median - greatest(5 * 1.4826 * d.distance, 0.5 * m.median))
)
select
    'batch_expected' as rule_id, 'sender' as scope_kind, sender_code as scope_code, 1 as applicable,
    (last_accepted_on is null or today - last_accepted_on > rhythm_days)::int as failing,
    (today - last_accepted_on)::float as observed, rhythm_days::float as expected
from expected
union all
-- What an event of the first day of a period tells arrives at the period's end at the earliest.
select
    'sender_live', 'sender', sender_code, 1, (last_event_on is null or today - last_event_on > 2 * rhythm_days)::int,
    (today - last_event_on)::float, 2.0 * rhythm_days
from expected
union all
select
    'sender_in_rhythm', 'sender', sender_code, 1, (today - last_accepted_on > expected_days)::int,
    (today - last_accepted_on)::float, expected_days::float
from expected
where gap_days is not null
union all
-- Months that are over, from the first in which anything came.
select
    'months_without_gap', 'sender', sender_code, m.passed, greatest(m.passed - months, 0), null, null
from expected
cross join lateral (
    -- A file may have come after the day that is asked for, where that lies in the past.
    select
        greatest(extract(year from age(date_trunc('month', today), date_trunc('month', first_accepted_on))) * 12
        + extract(month from age(date_trunc('month', today), date_trunc('month', first_accepted_on))), 0)::bigint as passed
) as m
where first_accepted_on is not null and rhythm_days <= 31
union all
select
    'volume_in_season', 'sender', sender_code, 1, (rows_in < median - greatest(5 * 1.4826 * distance, 0.5 * median))::int, rows_in, median
from seasons
