-- one row per rule and scope that a standing check spoke of on the day
select rule_id, scope_kind, scope_code, applicable, failing, has_erred
from quality.standing
where checked_on = %(today)s
order by rule_id, scope_kind, scope_code
