-- People whom the register changed since the newest published build, which does not know it yet.
select
    'register_in_books' as rule_id, 'city' as scope_kind, 'HN' as scope_code, count(*) as applicable,
    count(*) filter (where r.register_version > coalesce(n.register_version, 0)) as failing,
    null::float as observed, null::float as expected
from identity.register_person as r
cross join (
    select max(register_version) as register_version from identity.run where state in ('published', 'scored')
) as n
