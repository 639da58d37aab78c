-- one row per dimension and total of the city, as of the newest day that was scored
select level, name, satisfied, applicable, score, scored_on, catalogue_version
from quality.score_today
where scope_kind = 'city' and level in ('dimension', 'total')
order by level, name
