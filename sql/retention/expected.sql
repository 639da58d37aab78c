-- one row per path that the store must hold: bytes of what was received, tables that builds read
select 'raw/' || b.sha256 as path from intake.batch as b
where not exists (select from intake.removal as r where r.kind = 'raw_file' and r.subject_id = b.batch_id)
union
select 'raw/' || v.sha256 from identity.register_version as v
where not exists (select from intake.removal as r where r.kind = 'register_file' and r.subject_id = v.register_version)
union
select 'raw/' || u.sha256 from intake.upload as u where u.state in ('waiting', 'checked', 'refused', 'failed')
union
select 'staged/' || batch_id from intake.batch where state = 'accepted'
union
select 'register/' || max(register_version) from identity.register_version having max(register_version) is not null
union
select 'books/' || r.run_id from identity.run as r
where r.state = 'merged' and not exists (select from identity.run as n where n.run_id > r.run_id and n.state in ('published', 'scored'))
