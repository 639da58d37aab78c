-- one row per scored day, scope and score that a line is drawn of: the city's words and coverage, totals of wards and senders
with days as (
    select distinct scored_on from quality.score where scored_on <= %(today)s order by scored_on desc limit 60
)
select s.scored_on, s.scope_kind, s.scope_code, s.name, s.score
from quality.score as s
inner join days using (scored_on)
where s.score is not null and (
    s.level = 'total' or (s.scope_kind = 'city' and (s.level = 'dimension' or s.name = 'book_exists'))
)
order by s.scope_kind, s.scope_code, s.name, s.scored_on
