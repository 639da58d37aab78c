-- People with a diagnosis for life between one and two years ago who were seen within the last year, and not with any such one.
with day as (
    select current_setting('healthbook.today')::date as today
),
told as (
    select
        person_id,
        bool_or(is_chronic and diagnosed_on <= today - interval '1 year') as had,
        bool_or(diagnosed_on > today - interval '1 year') as was_seen,
        bool_or(is_chronic and diagnosed_on > today - interval '1 year') as has
    from (
        select
            d.person_id, d.diagnosed_on, day.today,
            left(d.icd10_code, 3) between 'E10' and 'E14' or left(d.icd10_code, 3) between 'I10' and 'I15'
            or left(d.icd10_code, 3) in ('J44', 'J45') as is_chronic
        from book.diagnosis as d
        cross join day
        where d.diagnosed_on > day.today - interval '2 years'
    ) as recent
    group by person_id
)
select
    'chronic_continues' as rule_id, 'city' as scope_kind, 'HN' as scope_code, count(*) filter (where had and was_seen) as applicable,
    count(*) filter (where had and was_seen and not has) as failing, null::float as observed, null::float as expected
from told
