-- one row per event of the audit that concerns a person: his number, those merged into it, their records and those records' rows
with numbers as (
    select %(person_id)s::bigint as person_id
    union
    select person_id from identity.merged_person where kept_id = %(person_id)s
),
records as (
    select l.record_id
    from identity.link as l
    inner join numbers as n on n.person_id in (l.person_id, l.candidate_person_id, l.runner_up_person_id)
    union
    select r.record_id
    from identity.ruling as r
    inner join numbers as n using (person_id)
),
subjects as (
    select 'person ' || person_id as subject from numbers
    union all
    select 'record ' || record_id from records
    union all
    select 'batch ' || batch_id || ' row ' || row_no
    from intake.person_record
    inner join records using (record_id)
)
select c.entry_no, c.chained_at, e.actor, e.action, e.subject, e.detail
from subjects as s
-- the subject itself, or with more words after it: '!' is the character after the space
inner join audit.event as e on e.subject ~>=~ s.subject and e.subject ~<~ (s.subject || '!')
inner join audit.chain as c using (event_id)
where e.subject = s.subject or starts_with(e.subject, s.subject || ' ')
order by c.entry_no
