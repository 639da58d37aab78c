-- Residents with a book and books verified, one row per ward, and one without a code for those whose ward is not known.
-- Age groups whose share of residents with a book is less than half of the ward's are missing from it.
with residents as materialized (
    select
        r.ward_code,
        case
            when r.birth_date > day.today - interval '6 years' then 1
            when r.birth_date > day.today - interval '18 years' then 2
            when r.birth_date > day.today - interval '60 years' then 3
            else 4
        end as age_group,
        count(*) as residents, count(b.person_id) as with_book
    from identity.register_person as r
    cross join (select current_setting('healthbook.today')::date as today) as day
    left join book.health_book as b using (person_id)
    where r.status = 'resident'
    group by 1, 2
),
wards as (
    select ward_code, sum(residents) as residents, sum(with_book) as with_book from residents group by ward_code
),
books as (
    select ward_code, count(*) as books, count(*) filter (where is_verified) as verified
    from book.health_book
    group by ward_code
)
select 'book_exists' as rule_id, 'ward' as scope_kind, ward_code as scope_code, residents as applicable, residents - with_book as failing,
    null::float as observed, null::float as expected
from wards
union all
select 'book_verified', 'ward', ward_code, books, books - verified, null, null
from books
union all
select
    'ages_covered', 'ward', ward_code, count(*), count(*) filter (where r.with_book * w.residents * 2 < w.with_book * r.residents),
    null, null
from residents as r
inner join wards as w using (ward_code)
where r.residents >= 50 and w.with_book > 0
group by ward_code
