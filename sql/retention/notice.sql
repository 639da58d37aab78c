-- one row per message about tasks that does not wait any more
select notice_id, noticed_on::timestamp at time zone 'UTC' as at
from quality.notice
where state <> 'waiting' and noticed_on < %(before)s
