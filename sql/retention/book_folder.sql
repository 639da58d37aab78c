-- one row per build whose books stand in the database, or were overtaken by a newer one's
select 'book_folder' as kind, r.run_id as subject_id, 'books/' || r.run_id as path, coalesce(r.finished_at, r.started_at) as at
from identity.run as r
where
    coalesce(r.finished_at, r.started_at) < %(before)s
    and (
        r.state in ('published', 'scored', 'rejected')
        or exists (select from identity.run as n where n.run_id > r.run_id and n.state in ('published', 'scored'))
    )
order by r.run_id
