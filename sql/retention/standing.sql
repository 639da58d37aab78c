-- one row per result of a standing check of a day gone by; the newest day stays, however old
select checked_on, rule_id, scope_kind, scope_code, checked_on::timestamp at time zone 'UTC' as at
from quality.standing
where checked_on < %(before)s and checked_on < (select max(s.checked_on) from quality.standing as s)
