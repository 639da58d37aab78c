-- one row per rule and scope: what the standing checks of the day found
select checked_on, rule_id, scope_kind, scope_code, applicable, failing, observed, expected, has_erred
from quality.standing
where checked_on = %(today)s
order by rule_id, scope_kind, scope_code
