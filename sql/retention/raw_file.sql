-- one row per batch or register version whose file nothing needs: no waiting or accepted row, open link, open task, register row
with batch_used as (
    select b.sha256
    from intake.batch as b
    where
        b.state = 'waiting' or b.finished_at >= %(before)s or (b.state = 'accepted' and b.accepted > 0)
        or exists (select from quality.task as t where t.batch_id = b.batch_id and t.state in ('open', 'acknowledged'))
        or exists (
            select from intake.person_record as p
            inner join identity.link as l on l.record_id = p.record_id and l.closed_at is null
            where p.batch_id = b.batch_id
        )
),
version_stated as (
    select register_version from identity.register_person
    union
    select register_version from identity.register_identifier
    union
    select register_version from identity.register_merge
    union
    select max(register_version) from identity.register_version
),
version_used as (
    select v.sha256
    from identity.register_version as v
    where v.loaded_at >= %(before)s or v.register_version in (select s.register_version from version_stated as s)
),
received as (
    select 'raw_file' as kind, batch_id as subject_id, sha256, finished_at as at from intake.batch
    union all
    select 'register_file', register_version, sha256, loaded_at from identity.register_version
)
select kind, subject_id, 'raw/' || sha256 || '*' as path, at
from received
where
    sha256 not in (select u.sha256 from batch_used as u)
    and sha256 not in (select u.sha256 from intake.upload as u where u.state in ('waiting', 'checked', 'refused', 'failed'))
    and sha256 not in (select u.sha256 from version_used as u)
order by kind, subject_id
