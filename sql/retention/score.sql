-- one row per score of a day gone by; the newest day stays, however old
select scored_on, scope_kind, scope_code, level, name, scored_on::timestamp at time zone 'UTC' as at
from quality.score
where scored_on < %(before)s and scored_on < (select max(s.scored_on) from quality.score as s)
