-- one row per rule by which pairs had waited: how many of them reviewers ruled to be one person, and how many two
with last_ruling as (
    select distinct on (record_id, person_id) record_id, person_id, verdict
    from identity.ruling_in_force order by record_id, person_id, ruling_id desc
),

waited as (
    select distinct on (record_id, person_id) record_id, person_id, link_rule
    from identity.ruling_in_force where link_decision = 'review' and person_id > 0 order by record_id, person_id, ruling_id desc
)

select
    w.link_rule as rule,
    count(*) filter (where l.verdict = 'same') as same,
    count(*) filter (where l.verdict in ('different', 'split')) as different
from waited as w
inner join last_ruling as l using (record_id, person_id)
group by w.link_rule
order by w.link_rule
