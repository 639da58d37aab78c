-- one row per rule of the city that applied to anything, worst first
select name as rule_id, satisfied, applicable, score
from quality.score_today
where scope_kind = 'city' and level = 'rule' and applicable > 0
order by score, applicable desc, name
