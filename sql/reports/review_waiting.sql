-- one row per record that a reviewer should look at: it waits for one, or a blind review contradicts its link
with standing as (
    select distinct on (record_id, person_id) record_id, person_id, verdict
    from identity.ruling_in_force where not is_blind order by record_id, person_id, ruling_id desc
),

blind as (
    select distinct on (record_id) record_id, person_id, verdict, ruling_id
    from identity.ruling_in_force where is_blind and verdict <> 'cannot_tell' order by record_id, ruling_id desc
),

contested as (
    select b.record_id
    from blind as b
    inner join identity.link as l on l.record_id = b.record_id and l.closed_at is null
    where (b.verdict = 'same') <> (l.decision = 'match' and l.person_id = b.person_id)
        and not exists (
            select from identity.ruling_in_force as o
            where o.record_id = b.record_id and not o.is_blind and o.ruling_id > b.ruling_id
        )
),

waiting as (
    select link_id from identity.link where closed_at is null and decision = 'review'
    union
    select l.link_id from contested as c inner join identity.link as l on l.record_id = c.record_id and l.closed_at is null
)

select
    l.record_id, l.decision, l.rule, l.vector, l.runner_up_vector, l.opened_at,
    coalesce(h.record_count, 1) as records, coalesce(h.encounter_count, 0) as events,
    coalesce(s.verdict = 'cannot_tell', false) as is_passed, c.record_id is not null as is_contested
from waiting as w
inner join identity.link as l on l.link_id = w.link_id
left join book.health_book as h on h.person_id = l.person_id
left join standing as s on s.record_id = l.record_id and s.person_id = l.candidate_person_id
left join contested as c on c.record_id = l.record_id
order by l.record_id
