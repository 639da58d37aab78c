-- one row per actor and action of a period: how many events, whom they concern, and what concerns a record of nobody
with happened as (
    select
        c.entry_no, c.chained_at, e.happened_at, e.actor, e.action, e.subject,
        (regexp_match(e.subject, '^person (-?[0-9]{1,18})( |$)'))[1]::bigint as person_id,
        (regexp_match(e.subject, '^record ([0-9]{1,18})( |$)'))[1]::bigint as record_id,
        (regexp_match(e.subject, '^batch ([0-9]{1,18}) row [0-9]{1,9}( |$)'))[1]::bigint as batch_id,
        (regexp_match(e.subject, '^batch [0-9]{1,18} row ([0-9]{1,9})( |$)'))[1]::integer as row_no
    from audit.chain as c
    inner join audit.event as e using (event_id)
    where c.chained_at >= %(from)s and c.chained_at < %(to)s
),
with_record as (
    select h.*, coalesce(h.record_id, p.record_id) as about_record_id
    from happened as h
    left join intake.person_record as p on h.batch_id = p.batch_id and h.row_no = p.row_no
),
-- whose the record was held to be at that time, and who stood beside him as a candidate: both were seen
concerned as (
    select w.entry_no, coalesce(w.person_id, seen.person_id) as person_id
    from with_record as w
    left join identity.link as l
        on w.about_record_id = l.record_id and w.happened_at >= l.opened_at
        and (l.closed_at is null or w.happened_at <= l.closed_at)
    cross join lateral (
        values (l.person_id), (l.candidate_person_id), (l.runner_up_person_id)
    ) as seen (person_id)
)
select
    h.actor, h.action, count(distinct h.entry_no) as events,
    min(h.chained_at) as first_at, max(h.chained_at) as last_at,
    coalesce(array_agg(distinct c.person_id order by c.person_id) filter (where c.person_id is not null), '{}') as person_ids,
    coalesce(
        array_agg(distinct h.subject) filter (
            where (h.record_id is not null or h.batch_id is not null)
                and not exists (select from concerned as o where o.entry_no = h.entry_no and o.person_id is not null)
        ), '{}'
    ) as of_nobody
from happened as h
left join concerned as c using (entry_no)
group by h.actor, h.action
order by h.actor, h.action
