-- one row per upload that was given up, or sent and handed on
select upload_id, coalesce(submitted_at, created_at) as at
from intake.upload
where (state = 'discarded' or (state = 'sent' and dispatched_at is not null)) and coalesce(submitted_at, created_at) < %(before)s
