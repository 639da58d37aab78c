-- one row per link that one build opened and another closed, of a record that has an open one; a ruling's links stay for good
select l.link_id, l.closed_at as at
from identity.link as l
where
    l.closed_at < %(before)s and l.opened_run_id is not null and l.closed_run_id is not null
    and exists (select from identity.link as o where o.record_id = l.record_id and o.closed_at is null)
