-- What the first pages of books hold, one row per ward and measure; one read of the table.
with day as (
    select current_setting('healthbook.today')::date as today
),
counted as (
    select
        ward_code, count(*) as books,
        count(*) filter (where national_id is null) as without_id,
        count(*) filter (where phone is null) as without_phone,
        count(*) filter (where ward_code is null) as without_ward,
        count(*) filter (where status = 'deceased') as deceased,
        count(*) filter (where status = 'deceased' and death_date is null) as without_death_date,
        count(*) filter (where status <> 'deceased' and birth_date > today - interval '6 years') as children,
        count(*) filter (
            where status <> 'deceased' and birth_date > today - interval '6 years' and guardian_name is null
        ) as without_guardian,
        count(*) filter (where status = 'resident') as living,
        count(*) filter (where status = 'resident' and coalesce(last_event_on, '1900-01-01') < today - interval '1 year') as untouched
    from book.health_book
    cross join day
    group by ward_code
)
select m.rule_id, 'ward' as scope_kind, c.ward_code as scope_code, m.applicable, m.failing, null::float as observed, null::float as expected
from counted as c
cross join lateral (
    values
    ('book_has_id', c.books, c.without_id),
    ('book_has_phone', c.books, c.without_phone),
    ('book_has_ward', c.books, c.without_ward),
    ('death_dated', c.deceased, c.without_death_date),
    ('child_has_guardian', c.children, c.without_guardian),
    ('book_touched', c.living, c.untouched)
) as m (rule_id, applicable, failing)
