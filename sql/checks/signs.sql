-- Adults whose height differs by more than 10 cm between two measurements: two people may stand in one book.
with heights as (
    select v.person_id, max(v.value_number) - min(v.value_number) as difference
    from book.vital_sign as v
    inner join book.health_book as b on v.person_id = b.person_id
    where v.sign = 'height' and v.value_number is not null and b.birth_date < v.measured_on - interval '20 years'
    group by v.person_id
    having count(*) > 1
)
select
    'height_steady' as rule_id, 'city' as scope_kind, 'HN' as scope_code, count(*) as applicable,
    count(*) filter (where difference > 10) as failing, null::float as observed, null::float as expected
from heights
