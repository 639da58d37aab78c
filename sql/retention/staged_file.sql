-- one row per file that was withdrawn or refused, and that no open link leads to
select 'staged_file' as kind, b.batch_id as subject_id, 'staged/' || b.batch_id as path, b.finished_at as at
from intake.batch as b
where
    b.state in ('refused', 'withdrawn') and b.finished_at < %(before)s
    and not exists (
        select from intake.person_record as p
        inner join identity.link as l on l.record_id = p.record_id and l.closed_at is null
        where p.batch_id = b.batch_id
    )
order by b.batch_id
