-- one row per ward or sender and each of its scores, as of the newest day that was scored
select scope_kind, scope_code, level, name, satisfied, applicable, score
from quality.score_today
where scope_kind in ('ward', 'sender') and (level <> 'rule' or score is not null)
order by scope_kind, scope_code, level, name
