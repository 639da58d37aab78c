-- one row per rule by which pairs had waited: how many of them reviewers ruled to be one person, and how many two
select
    link_rule as rule,
    count(*) filter (where verdict = 'same') as same,
    count(*) filter (where verdict in ('different', 'split')) as different
from (
    select distinct on (record_id, person_id) link_rule, verdict
    from identity.ruling where link_decision = 'review' order by record_id, person_id, ruling_id desc
) as last_ruling
group by link_rule
order by link_rule
