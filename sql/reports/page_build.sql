-- one row: the newest build of the books; none before the first
select r.run_id, r.matched, r.in_review, r.unmatched, r.register_version, v.as_of_date as register_as_of, r.finished_at
from identity.run as r
left join identity.register_version as v using (register_version)
order by r.run_id desc
limit 1
