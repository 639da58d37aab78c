-- one row per path of the store that retention removed; an index is named without its format's number
select 'raw/' || b.sha256 as path from intake.removal as r inner join intake.batch as b on b.batch_id = r.subject_id where r.kind = 'raw_file'
union
select 'raw/' || v.sha256 from intake.removal as r inner join identity.register_version as v on v.register_version = r.subject_id where r.kind = 'register_file'
union
select p.prefix || r.subject_id
from intake.removal as r
inner join (values ('staged_file', 'staged/'), ('book_folder', 'books/'), ('register_folder', 'register/'), ('register_folder', 'index/')) as p (kind, prefix) using (kind)
