-- one row per event of the audit
select event_id, happened_at as at
from audit.event
where happened_at < %(before)s
