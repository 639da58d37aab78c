-- one row per pair of matches and of ruled pairs that comes first by lot in its stratum, for a blind review
with ruled as (
    select distinct on (r.record_id) r.record_id, r.person_id, r.verdict
    from identity.ruling_in_force as r where not r.is_blind order by r.record_id, r.ruling_id desc
),

stratum as (
    select
        l.record_id, l.person_id,
        case
            when l.rule = any(%(sure)s) then 'sure'
            when least(l.score, l.score - l.runner_up_score) < %(near)s then 'near_threshold'
            else 'other_match'
        end as stratum
    from identity.link as l
    where l.closed_at is null and l.decision = 'match' and l.rule not in ('reviewer', 'joined')
    union all
    select r.record_id, r.person_id, 'reviewed'
    from ruled as r
    inner join identity.link as l on l.record_id = r.record_id and l.closed_at is null
    where r.verdict in ('same', 'different') and r.person_id > 0 and (l.decision <> 'match' or l.rule in ('reviewer', 'joined'))
),

drawn as (
    select
        record_id, person_id, stratum, count(*) over (partition by stratum) as stratum_records,
        row_number() over (partition by stratum order by md5(%(seed)s || ':' || record_id), record_id) as place
    from stratum
)

select record_id, person_id, stratum, stratum_records, place
from drawn
where place <= %(most)s
order by stratum, place
