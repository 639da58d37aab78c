-- one row per session of the portal that cannot be used any more
select session_hash, seen_at as at
from access.session
where seen_at < %(before)s
