-- Records and their links: everything that was accepted is somebody's; links that wait for a reviewer may be a second book of one person.
with told as (
    select
        p.sender_code, count(*) as records, count(*) filter (where l.record_id is null) as lost,
        count(*) filter (where l.decision = 'review') as in_review,
        count(*) filter (where l.decision = 'none') as unknown
    from intake.person_record as p
    inner join intake.batch as b using (batch_id)
    left join identity.link as l on p.record_id = l.record_id and l.closed_at is null
    -- A batch that was accepted since the newest build waits for the next one.
    where b.state = 'accepted' and b.finished_at < (select max(started_at) from identity.run where books is not null)
    group by p.sender_code
)
select m.rule_id, 'sender' as scope_kind, t.sender_code as scope_code, m.applicable, m.failing, null::float as observed, null::float as expected
from told as t
cross join lateral (
    values ('record_has_link', records, lost), ('book_single', records, in_review), ('record_in_register', records, unknown)
) as m (rule_id, applicable, failing)
