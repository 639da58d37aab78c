-- one row per ward of today, and one without a code for people whose ward is not known; exact, for scores and pages; heavy: reads every book
-- mỗi dòng là một phường, xã hiện nay, và một dòng không mã cho người chưa rõ nơi ở; số đúng, dùng để chấm điểm; nặng: đọc mọi sổ
-- ward_code: Mã phường/xã; trống: chưa rõ — Ward of today; empty: not known
-- ward_name: Tên phường/xã — Name of the ward
-- residents: Người đang cư trú — Residents in the population register
-- residents_with_book: Người đang cư trú đã có sổ — Residents who have a book
-- books: Số sổ — Books, those of people outside the register included
-- verified_books: Sổ đã đối chiếu — Books whose person was found in the population register
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
