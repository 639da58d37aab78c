-- one row per ward of today, and one without a code for people whose ward is not known
with residents as (
    select coalesce(r.ward_code, '') as ward_code, count(*) as residents, count(b.person_id) as residents_with_book
    from identity.register_person as r
    left join book.health_book as b using (person_id)
    where r.status = 'resident'
    group by 1
),
books as (
    select coalesce(ward_code, '') as ward_code, count(*) as books, count(*) filter (where is_verified) as verified_books
    from book.health_book
    group by 1
),
places as (
    select ward_code, name from reference.ward
    union all
    select '', 'Không rõ'
)
select
    nullif(p.ward_code, '') as ward_code, p.name as ward_name,
    coalesce(r.residents, 0) as residents, coalesce(r.residents_with_book, 0) as residents_with_book,
    coalesce(b.books, 0) as books, coalesce(b.verified_books, 0) as verified_books
from places as p
left join residents as r using (ward_code)
left join books as b using (ward_code)
where p.ward_code <> '' or r.residents is not null or b.books is not null
