-- Visits of one person at one facility beside each other: the same one twice, and stays that overlap; one row per facility's sender.
with ordered as (
    select
        facility_code, visit_type_code, started_at,
        lag(started_at) over stay as before_started_at,
        max(ended_at) over (
            partition by person_id, facility_code, visit_type_code order by started_at, record_id
            rows between unbounded preceding and 1 preceding
        ) as before_ended_at
    from book.encounter
    where started_at is not null and facility_code is not null
    window stay as (partition by person_id, facility_code, visit_type_code order by started_at, record_id)
),
told as (
    select
        facility_code, count(*) as visits,
        count(*) filter (where started_at = before_started_at and started_at <> date_trunc('day', started_at)) as again,
        count(*) filter (where visit_type_code = '03') as stays,
        count(*) filter (where visit_type_code = '03' and started_at < before_ended_at) as overlapping
    from ordered
    group by facility_code
)
select m.rule_id, 'sender' as scope_kind, s.sender_code as scope_code, m.applicable, m.failing, null::float as observed, null::float as expected
from told as t
left join reference.sender as s using (facility_code)
cross join lateral (
    values ('visit_once', visits, again), ('stays_apart', stays, overlapping)
) as m (rule_id, applicable, failing)
