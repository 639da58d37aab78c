-- one row per ward, year, vaccine and number of the dose; a name that fewer than 5 people have is not told; heavy: reads every dose
-- mỗi dòng là một phường, xã, năm, vắc xin và mũi số; tên vắc xin của dưới 5 người không được nêu; nặng: đọc mọi mũi tiêm
-- year: Năm tiêm — Year of the dose
-- vaccine_name: Tên vắc xin như đã gửi; trống: dưới 5 người có tên này — Name as sent; empty: fewer than 5 people have it
-- doses: Số mũi; trống: của 1 đến 4 người — Doses; empty: those of 1 to 4 people
-- persons: Số người; trống: từ 1 đến 4 — People; empty: 1 to 4
with common as (
    select vaccine_name
    from book.immunisation
    group by vaccine_name
    having count(distinct person_id) >= 5
),
counted as (
    select
        b.ward_code, extract(year from i.given_on)::integer as year, c.vaccine_name, i.dose_no,
        count(*) as doses, count(distinct i.person_id) as persons
    from book.immunisation as i
    inner join book.health_book as b using (person_id)
    left join common as c using (vaccine_name)
    group by 1, 2, 3, 4
)
select
    n.ward_code, w.name as ward_name, n.year, n.vaccine_name, n.dose_no,
    case when n.persons >= 5 then n.doses end as doses,
    case when n.persons >= 5 then n.persons end as persons
from counted as n
left join reference.ward as w using (ward_code)
