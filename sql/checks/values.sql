-- Books of registered people in which records state another value than the register, or each other; the city's steward decides.
with told as (
    select
        count(distinct person_id) filter (where field_name = 'full_name') as names,
        count(distinct person_id) filter (where field_name = 'birth_date') as births,
        count(distinct person_id) filter (where field_name = 'sex') as sexes,
        count(distinct person_id) filter (where is_conflicting) as conflicting
    from book.field_value
    where is_conflicting or (is_verified and field_name in ('full_name', 'birth_date', 'sex') and value_rank > 1)
),
books as (
    select count(*) as books, count(*) filter (where is_verified) as verified from book.health_book
)
select m.rule_id, 'city' as scope_kind, 'HN' as scope_code, m.applicable, m.failing, null::float as observed, null::float as expected
from told
cross join books
cross join lateral (
    values
    ('name_agrees_with_register', verified, least(names, verified)),
    ('birth_date_agrees_with_register', verified, least(births, verified)),
    ('sex_agrees_with_register', verified, least(sexes, verified)),
    ('values_agree', books, conflicting)
) as m (rule_id, applicable, failing)
