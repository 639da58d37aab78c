-- one row per ward of today: residents, books and scores, worst total first, wards without a score last
with scores as (
    select
        scope_code as ward_code,
        max(score) filter (where name = 'total') as total,
        max(score) filter (where name = 'correct') as correct,
        max(score) filter (where name = 'complete') as complete,
        max(score) filter (where name = 'clean') as clean,
        max(score) filter (where name = 'live') as live
    from quality.score_today
    where scope_kind = 'ward' and level in ('dimension', 'total')
    group by scope_code
)
select
    c.ward_code, c.ward_name, c.residents, c.residents_with_book, c.books, c.verified_books,
    s.total, s.correct, s.complete, s.clean, s.live
from book.coverage as c
left join scores as s using (ward_code)
where c.ward_code is not null
order by s.total nulls last, c.ward_code
