-- one row per report of a day gone by; the newest stays, however old
select reported_on, reported_on::timestamp at time zone 'UTC' as at
from quality.report_day
where reported_on < %(before)s and reported_on < (select max(r.reported_on) from quality.report_day as r)
