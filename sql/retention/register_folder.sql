-- one row per folder of a register version that is neither the newest nor that of a build which is not done
with newest as (
    select coalesce(max(run_id), 0) as run_id from identity.run where state in ('published', 'scored')
),
used as (
    select r.register_version from identity.run as r cross join newest as n where r.run_id >= n.run_id or r.state = 'proposed'
    union
    select max(register_version) from identity.register_version
)
select 'register_folder' as kind, v.register_version as subject_id, f.prefix || v.register_version || f.suffix as path, v.loaded_at as at
from identity.register_version as v
cross join (values ('register/', ''), ('index/', '-*')) as f (prefix, suffix)
where v.loaded_at < %(before)s and not exists (select from used as u where u.register_version = v.register_version)
order by v.register_version, path
