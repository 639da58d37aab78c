-- one row per sender: what its own patient numbers say of the links to people of the register
with linked as (
    select
        r.sender_code, r.source_person_id, l.person_id, r.full_name_toneless as name, r.birth_date as birth,
        l.decision = 'match' and l.rule <> 'reviewer' as is_automatic
    from intake.person_record as r
    inner join identity.link as l on l.record_id = r.record_id and l.closed_at is null
    where l.decision = 'match' and r.source_person_id is not null
),

numbers as (
    select sender_code, source_person_id, count(*) as records, count(distinct person_id) as people
    from linked
    group by sender_code, source_person_id
),

persons as (
    select
        sender_code, person_id, count(distinct source_person_id) as numbers, count(distinct name) as names,
        count(distinct birth) as births
    from linked
    group by sender_code, person_id
),

matches as (
    select sender_code, count(*) as records from linked where is_automatic group by sender_code
)

select
    n.sender_code, n.repeated_numbers, n.repeated_records, n.apart_numbers, p.persons, p.shared_persons,
    p.contradicting_persons, coalesce(m.records, 0) as matches
from (
    select
        sender_code,
        count(*) filter (where records > 1) as repeated_numbers,
        coalesce(sum(records) filter (where records > 1), 0)::bigint as repeated_records,
        count(*) filter (where people > 1) as apart_numbers
    from numbers
    group by sender_code
) as n
inner join (
    select
        sender_code,
        count(*) as persons,
        count(*) filter (where numbers > 1) as shared_persons,
        count(*) filter (where numbers > 1 and names > 1 and births > 1) as contradicting_persons
    from persons
    group by sender_code
) as p on p.sender_code = n.sender_code
left join matches as m on m.sender_code = n.sender_code
order by n.sender_code
