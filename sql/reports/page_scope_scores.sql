-- one row per ward or sender and each of its scores, as of the newest day that was scored, with what its rule measured
select s.scope_kind, s.scope_code, s.level, s.name, s.satisfied, s.applicable, s.score, m.observed, m.expected
from quality.score_today as s
left join quality.standing as m
    on s.scored_on = m.checked_on and s.level = 'rule' and s.name = m.rule_id
    and s.scope_kind = m.scope_kind and s.scope_code = m.scope_code
where s.scope_kind in ('ward', 'sender') and (s.level <> 'rule' or s.score is not null)
order by s.scope_kind, s.scope_code, s.level, s.name
